"""EXR files: what is written is what is read, in the same bytes every time."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from farm.errors import FarmError, FullError, TaskError
from farm.media import exr

from .media_pictures import noise, ramp

LOSSLESS = ["zip", "piz", "none"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "frame.exr"


@pytest.mark.parametrize("compression", LOSSLESS)
def test_lossless_frames_come_back_bit_by_bit(file: Path, compression: exr.Compression) -> None:
    pixels = noise().astype(np.float16)
    exr.write_exr(file, pixels, compression=compression)
    read, header = exr.read_exr(file)
    assert read.dtype == np.float16
    assert np.array_equal(read, pixels)
    assert header["compression"] == compression


def test_dwab_is_close_and_written_at_level_45(file: Path) -> None:
    exr.write_exr(file, ramp(270, 480), compression="dwab")
    read, header = exr.read_exr(file)
    assert np.abs(read - ramp(270, 480)).max() < 0.05
    assert header["dwaCompressionLevel"] == 45.0


@pytest.mark.parametrize("compression", ["dwab", *LOSSLESS])
def test_the_same_frame_gives_the_same_bytes(tmp_path: Path, compression: exr.Compression) -> None:
    header = {"owner": "a", "software": "b", "timeCode": "00:00:41:17"}
    backwards = dict(reversed(header.items()))
    for name, said in (("a", header), ("b", backwards)):
        exr.write_exr(tmp_path / name, noise(), compression=compression, header=said)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_half_cannot_hold_is_clamped_and_counted(file: Path) -> None:
    pixels = ramp()
    pixels[0, 0] = [1e6, -np.inf, np.inf]
    assert exr.write_exr(file, pixels, compression="piz").clamped == 3
    assert exr.read_exr(file)[0][0, 0].tolist() == [65504, -65504, 65504]


def test_values_that_would_round_up_to_infinity_are_clamped_too() -> None:
    half, clamped = exr.to_half(np.full((1, 1, 3), 65519, np.float32))
    assert half.max() == exr.MAX_HALF
    assert clamped == 3


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_nan_is_refused_with_its_place(file: Path, kind: type) -> None:
    pixels = ramp().astype(kind)
    pixels[5, 7, 1] = np.nan
    with pytest.raises(TaskError, match="x=7 y=5"):
        exr.write_exr(file, pixels, compression="piz")
    assert not file.exists()


def test_the_callers_pixels_and_header_stay_as_they_are(file: Path) -> None:
    pixels, header = ramp(), {"owner": "a"}
    pixels[0, 0] = 1e6
    before = pixels.copy()
    exr.write_exr(file, pixels, compression="zip", header=header)
    assert np.array_equal(pixels, before)
    assert header == {"owner": "a"}


def test_header_values_come_back_in_their_own_types(file: Path) -> None:
    said = {
        "framesPerSecond": Fraction(24000, 1001),
        "timeCode": "01:02:03:04",
        "chromaticities": exr.AP0,
        "imageCounter": 1001,
        "aperture": 2.5,
        "comments": "überrollt 赤いボール",
    }
    exr.write_exr(file, ramp(), compression="zip", header=said)
    read = exr.read_header(file)
    assert read["chromaticities"] == pytest.approx(exr.AP0)
    assert {name: read[name] for name in said if name != "chromaticities"} == {
        name: value for name, value in said.items() if name != "chromaticities"
    }
    assert (read["width"], read["height"]) == (48, 27)


def test_the_rate_is_stored_as_the_standards_rational(file: Path) -> None:
    exr.write_exr(
        file, ramp(), compression="zip", header={"framesPerSecond": Fraction(24000, 1001)}
    )
    assert b"framesPerSecond\0rational\0" in file.read_bytes()


@pytest.mark.parametrize(
    "header", [{"seed": 2**31}, {"a_name_that_is_too_long_for_aces": "x"}, {"timeCode": "noon"}]
)
def test_what_a_header_cannot_hold_is_refused(file: Path, header: dict) -> None:
    with pytest.raises(TaskError):
        exr.write_exr(file, ramp(), compression="zip", header=header)


def test_a_file_says_nothing_of_when_and_where_it_was_written(file: Path) -> None:
    exr.write_exr(file, ramp(), compression="zip")
    with OpenEXR.File(str(file), header_only=True) as opened:
        assert not {"capDate", "utcOffset", "owner", "software"} & set(opened.header())


def test_a_clip_keeps_every_frame_in_order(tmp_path: Path) -> None:
    frames = np.stack([noise(seed=seed) for seed in range(12)])
    assert exr.write_clip(tmp_path / "clip.exr", frames).clamped == 0
    read = exr.read_clip(tmp_path / "clip.exr")
    assert np.array_equal(read, frames.astype(np.float16))
    exr.write_clip(tmp_path / "again.exr", list(frames))
    assert (tmp_path / "again.exr").read_bytes() == (tmp_path / "clip.exr").read_bytes()


def test_a_clip_of_nothing_is_refused(file: Path) -> None:
    with pytest.raises(TaskError, match="at least one frame"):
        exr.write_clip(file, [])


def test_a_clip_of_frames_of_two_sizes_is_refused(file: Path) -> None:
    with pytest.raises(TaskError):
        exr.write_clip(file, [ramp(8, 8), ramp(8, 16)])


def test_a_full_disk_is_told_apart() -> None:
    with pytest.raises(FullError):
        exr.write_exr(Path("/dev/full"), noise(270, 480), compression="none")


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(FarmError):
        exr.write_exr(tmp_path / "gone" / "a.exr", ramp(), compression="zip")


@pytest.mark.parametrize("read", [exr.read_exr, exr.read_header, exr.read_clip])
def test_a_file_that_is_cut_off_is_never_read(file: Path, read: object) -> None:
    exr.write_exr(file, ramp(), compression="zip")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(TaskError, match="not whole"):
        read(file)  # type: ignore[operator]


def test_other_pictures_than_half_rgb_are_refused(file: Path) -> None:
    OpenEXR.File({}, {"Z": np.zeros((4, 4), np.float32)}).write(str(file))
    with pytest.raises(TaskError, match="half RGB"):
        exr.read_exr(file)

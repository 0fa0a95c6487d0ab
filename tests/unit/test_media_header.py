"""The header of a delivered EXR, read back with the OpenEXR library, attribute by attribute."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from farm.frames import Rate
from farm.media.container import aces_container_faults
from farm.media.exr import read_header, write_exr
from farm.media.header import Lens, Slate, container_header, delivery_header, timecode

from .media_pictures import ramp

FILM = Rate.parse("24000/1001")
SLATE = Slate(
    show="aurora",
    shot="sq010_sh0010",
    variant="tonic_9x16",
    take="t03",
    version="v002",
    seed=str(2**62 + 1),
    model="previz",
    revision="1",
    prompt_digest="ab" * 32,
    rate=FILM,
    light="native",
    lens=Lens(focal_length=35, aperture=2.8, shutter_angle=180),
)


def read_back(file: Path) -> dict:
    with OpenEXR.File(str(file), header_only=True) as opened:
        return dict(opened.header())


@pytest.fixture
def delivered(tmp_path: Path) -> dict:
    file = tmp_path / "a.exr"
    write_exr(file, ramp(), compression="dwab", header=delivery_header(SLATE, frame=1001))
    return read_back(file)


TEXTS = {
    "colorInteropID": "lin_ap0_scene",
    "farm_colorspace": "ACES2065-1",
    "farm_hdr": "native",
    "farm_model": "previz",
    "farm_prompt_sha256": "ab" * 32,
    "farm_revision": "1",
    "farm_seed": "4611686018427387905",
    "farm_shot": "sq010_sh0010",
    "farm_show": "aurora",
    "farm_take": "t03",
    "farm_variant": "tonic_9x16",
    "farm_version": "v002",
    "reelName": "sq010_sh0010_t03",
    "software": "farm 0.1",
}
NUMBERS = {
    "aperture": 2.8,
    "dwaCompressionLevel": 45.0,
    "expTime": 1001 / 48000,
    "nominalFocalLength": 35.0,
    "pixelAspectRatio": 1.0,
    "screenWindowWidth": 1.0,
    "shutterAngle": 180.0,
}
WHOLE_NUMBERS = {"farm_frame": 1001, "imageCounter": 1001}
OTHERS = {
    "adoptedNeutral", "channels", "chromaticities", "compression", "dataWindow", "displayWindow",
    "framesPerSecond", "lineOrder", "screenWindowCenter", "timeCode", "type",
}  # fmt: skip


def test_a_delivered_frame_has_these_attributes_and_no_others(delivered: dict) -> None:
    assert set(delivered) == set(TEXTS) | set(NUMBERS) | set(WHOLE_NUMBERS) | OTHERS


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_what_the_slate_says(delivered: dict, name: str) -> None:
    assert delivered[name] == TEXTS[name]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_is_a_float_of_the_right_size(delivered: dict, name: str) -> None:
    assert type(delivered[name]) is float
    assert delivered[name] == pytest.approx(NUMBERS[name], rel=1e-6)


@pytest.mark.parametrize("name", WHOLE_NUMBERS)
def test_frame_numbers_are_whole_numbers(delivered: dict, name: str) -> None:
    assert type(delivered[name]) is int
    assert delivered[name] == WHOLE_NUMBERS[name]


def test_the_colours_are_those_of_aces2065_1(delivered: dict) -> None:
    primaries = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    assert delivered["chromaticities"] == pytest.approx(primaries)
    assert delivered["adoptedNeutral"].tolist() == pytest.approx([0.32168, 0.33767])
    assert [channel.name for channel in delivered["channels"]] == ["B", "G", "R"]


def test_the_rate_and_the_timecode_are_the_standards_types(delivered: dict) -> None:
    assert delivered["framesPerSecond"] == Fraction(24000, 1001)
    code = delivered["timeCode"]
    assert isinstance(code, OpenEXR.TimeCode)
    assert (code.hours, code.minutes, code.seconds, code.frame) == (0, 0, 41, 17)
    assert not code.dropFrame


def test_the_library_itself_finds_no_contradiction_in_the_colours(delivered: dict) -> None:
    colours = {
        name: delivered[name] for name in ("chromaticities", "adoptedNeutral", "colorInteropID")
    }
    assert not OpenEXR.checkColorMetadata(colours)


def test_a_slate_without_variant_and_lens_leaves_them_out() -> None:
    plain = Slate(
        **{name: getattr(SLATE, name) for name in Slate.__slots__} | {"variant": "", "lens": None}
    )
    header = delivery_header(plain, frame=1)
    assert not {"farm_variant", "aperture", "nominalFocalLength", "expTime"} & set(header)


@pytest.mark.parametrize(
    ("rate", "frame", "code"),
    [
        ("24", 1001, "00:00:41:17"),
        ("25", 0, "00:00:00:00"),
        ("30000/1001", 29, "00:00:00:29"),
        ("48", 47, "00:00:00:23"),
        ("60", 59, "00:00:00:29"),
        ("120", 119, "00:00:00:29"),
        ("24", -1, "23:59:59:23"),
    ],
)
def test_timecode_never_counts_past_thirty(
    tmp_path: Path, rate: str, frame: int, code: str
) -> None:
    assert timecode(Rate.parse(rate), frame) == code
    file = tmp_path / "a.exr"
    header = container_header(Rate.parse(rate), frame=frame)
    write_exr(file, ramp(), compression="none", header=header)
    assert read_header(file)["timeCode"] == code


def test_a_strict_container_holds_to_the_standard(tmp_path: Path) -> None:
    file = tmp_path / "a.exr"
    write_exr(file, ramp(), compression="none", header=container_header(FILM, frame=1001))
    assert aces_container_faults(file) == []
    assert file.read_bytes()[4:8] == (2).to_bytes(4, "little")
    header = read_back(file)
    assert header["acesImageContainerFlag"] == 1
    assert not [name for name in header if name.startswith("farm")]


@pytest.mark.parametrize(
    ("compression", "changed", "fault"),
    [
        ("zip", {}, "compressed"),
        ("none", {"acesImageContainerFlag": 0}, "acesImageContainerFlag is not 1"),
        ("none", {"chromaticities": (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)}, "AP0|ACES"),
    ],
)
def test_each_broken_rule_of_the_container_is_named(
    tmp_path: Path, compression: str, changed: dict, fault: str
) -> None:
    file = tmp_path / "a.exr"
    header = container_header(FILM, frame=1001) | changed
    write_exr(file, ramp(), compression=compression, header=header)  # type: ignore[arg-type]
    (found,) = aces_container_faults(file)
    assert any(word in found for word in fault.split("|"))


def test_an_ordinary_delivery_is_no_strict_container(tmp_path: Path) -> None:
    file = tmp_path / "a.exr"
    write_exr(file, ramp(), compression="none", header=delivery_header(SLATE, frame=1001))
    assert aces_container_faults(file) == [
        "the required attribute acesImageContainerFlag is missing"
    ]


def test_other_channels_are_not_allowed_in_a_container(tmp_path: Path) -> None:
    file = tmp_path / "a.exr"
    OpenEXR.File(
        {
            "compression": OpenEXR.NO_COMPRESSION,
            "acesImageContainerFlag": 1,
            "chromaticities": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
        },
        {"Z": np.zeros((4, 4), np.float32)},
    ).write(str(file))
    faults = aces_container_faults(file)
    assert any("channels are Z" in fault for fault in faults)
    assert any("not half" in fault for fault in faults)


def test_a_truncated_container_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "a.exr"
    write_exr(file, ramp(), compression="none", header=container_header(FILM, frame=1))
    file.write_bytes(file.read_bytes()[:-10])
    assert "cut off" in aces_container_faults(file)[0]

"""Footage that people give: what its numbers mean is read from it, or assumed and said."""

from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.bundle import sequence_of, write_bundle
from farm.media.codecs import CODECS
from farm.media.colorspace import ACES2065_1, LINEAR_REC709, convert
from farm.media.exr import AP0, write_exr
from farm.media.movie import encode_movie
from farm.media.plates import known_names, open_plate, read_still

GREY = np.full((8, 8, 3), 118, np.uint8)


def rec709(still):
    return convert(still.pixels, ACES2065_1, LINEAR_REC709)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff"])
def test_a_grey_card_of_any_kind_reads_as_18_percent(tmp_path, suffix):
    path = tmp_path / f"card.{suffix}"
    cv2.imwrite(str(path), GREY, [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == "webp" else [])
    still = read_still(path)
    assert rec709(still).mean() == pytest.approx(0.18, abs=0.005)
    assert still.for_screen
    assert "assumed" in still.told


def test_sixteen_bits_and_a_missing_suffix_are_no_matter(tmp_path):
    path = tmp_path / "card"
    assert cv2.imwrite(str(tmp_path / "card.png"), GREY.astype(np.uint16) * 257)
    (tmp_path / "card.png").rename(path)
    assert rec709(read_still(path)).mean() == pytest.approx(0.18, abs=0.005)


def test_colours_keep_their_order(tmp_path):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((4, 4, 3), (0, 0, 255), np.uint8))
    red = rec709(read_still(tmp_path / "red.png"))[0, 0]
    assert red == pytest.approx([1, 0, 0], abs=1e-3)


def test_what_is_clear_is_laid_over_black(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4, 4), (255, 255, 255, 0), np.uint8))
    assert read_still(tmp_path / "a.png").pixels.max() == 0


def test_a_profile_is_named_and_one_that_is_not_known_refused(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(GREY).save(tmp_path / "a.png", icc_profile=srgb)
    assert "named by its profile" in read_still(tmp_path / "a.png").told
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    Image.fromarray(GREY).save(tmp_path / "b.png", icc_profile=lab)
    with pytest.raises(TaskError, match="has the colour profile") as told:
        read_still(tmp_path / "b.png")
    assert "convert it to sRGB" in told.value.hint


def test_an_exr_is_light_of_the_primaries_that_it_names(tmp_path):
    pixels = np.full((4, 4, 3), (2.0, 0.5, 0.25), np.float32)
    write_exr(tmp_path / "a.exr", pixels, compression="zip")
    plain = read_still(tmp_path / "a.exr")
    assert plain.colorspace == LINEAR_REC709
    assert rec709(plain)[0, 0] == pytest.approx([2.0, 0.5, 0.25], rel=2e-3)
    strange = (0.5, 0.4, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
    write_exr(tmp_path / "b.exr", pixels, compression="zip", header={"chromaticities": strange})
    with pytest.raises(TaskError, match="chromaticities that the farm does not know"):
        read_still(tmp_path / "b.exr")


@pytest.mark.parametrize(
    ("named", "light", "for_screen"),
    [("srgb", 0.18, True), ("pq", 0.632, False), ("ARRI LogC4", 1.471, False)],
)
def test_the_colours_of_a_picture_may_be_named(tmp_path, named, light, for_screen):
    """Code 118 of 255 by IEC 61966-2-1, by ST 2084 in shares of 100 nits, by ARRI's LogC4 paper."""
    cv2.imwrite(str(tmp_path / "a.png"), GREY)
    still = read_still(tmp_path / "a.png", named=named)
    assert rec709(still).mean() == pytest.approx(light, rel=0.01)
    assert still.for_screen == for_screen
    assert still.told == "named in the shot list"


def test_the_light_of_an_exr_may_be_named_but_not_as_codes_of_a_screen(tmp_path):
    write_exr(tmp_path / "a.exr", np.full((4, 4, 3), 0.5, np.float32), compression="zip")
    still = read_still(tmp_path / "a.exr", named="ACES2065-1")
    assert still.pixels == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(TaskError, match="hold light, not the codes of srgb"):
        read_still(tmp_path / "a.exr", named="srgb")


def test_what_is_no_picture_is_told_by_name(tmp_path):
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(TaskError, match=r"notes\.png is no picture"):
        read_still(tmp_path / "notes.png")
    with pytest.raises(TaskError, match="cannot be read as a movie"):
        open_plate(tmp_path / "notes.png")


def test_a_movies_colours_are_what_a_person_says_they_are(tmp_path):
    path = tmp_path / "a.mov"
    codes = np.full((136, 256, 3), 0x6800, np.uint16)
    for _ in encode_movie(path, iter([codes]), CODECS["prores4444"], rate=Rate.parse(24)):
        pass
    (as_said,) = open_plate(path).frames()
    assert open_plate(path).sdr
    for named, hdr in (("pq", True), ("ARRI LogC4", True), ("rec709", False)):
        plate = open_plate(path, named=named)
        (light,) = plate.frames()
        assert plate.told == "named in the shot list"
        assert plate.sdr is not hdr
        assert np.allclose(light, as_said, rtol=0.02) is not hdr
    (logged,) = open_plate(path, named="ARRI LogC4").frames()
    truth = convert(np.full((1, 1, 3), 0x6800 / 0xFFFF, np.float32), "ARRI LogC4", ACES2065_1)
    assert np.median(logged, axis=(0, 1)) == pytest.approx(truth[0, 0], rel=0.02)


def test_every_name_that_is_known_can_be_read(tmp_path):
    path = tmp_path / "a.mov"
    codes = np.full((136, 256, 3), 0x4000, np.uint16)
    for _ in encode_movie(path, iter([codes]), CODECS["prores4444"], rate=Rate.parse(24)):
        pass
    for named in ("srgb", "hlg", "ACEScct", "Log3G10 REDWideGamutRGB", "S-Log3 S-Gamut3.Cine"):
        assert named in known_names()
        (light,) = open_plate(path, named=named).frames()
        assert np.isfinite(light).all()


def sequence(folder, *, count=3, chromaticities=AP0):
    for number in range(count):
        light = np.full((4, 6, 3), 0.5 + number, np.float32)
        header = {"chromaticities": chromaticities, "framesPerSecond": Fraction(24000, 1001)}
        write_exr(folder / f"a.{1001 + number}.exr", light, compression="zip", header=header)
    return folder / "a.1001.exr"


def test_a_sequence_of_exrs_is_a_plate_of_light(tmp_path):
    first = sequence(tmp_path)
    write_exr(tmp_path / "a.1009.exr", np.ones((4, 6, 3), np.float32), compression="zip")
    assert [path.name for path in sequence_of(first)] == [f"a.{n}.exr" for n in range(1001, 1004)]
    write_bundle(tmp_path / "plate", sequence_of(first))
    plate = open_plate(tmp_path / "plate")
    assert (plate.size, plate.rate) == ((6, 4), Fraction(24000, 1001))
    assert (plate.colorspace, plate.told) == ("ACES2065-1", "named by the EXR")
    assert not plate.sdr
    assert [float(light.mean()) for light in plate.frames()] == [0.5, 1.5, 2.5]


def test_the_same_frames_make_the_same_bundle(tmp_path):
    frames = sequence_of(sequence(tmp_path))
    write_bundle(tmp_path / "a", frames)
    write_bundle(tmp_path / "b", frames)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sequence_of(tmp_path / "plate.mov") == [tmp_path / "plate.mov"]


def test_the_light_of_a_sequence_may_be_named_but_is_no_screens(tmp_path):
    write_bundle(tmp_path / "plate", sequence_of(sequence(tmp_path, count=1)))
    (light,) = open_plate(tmp_path / "plate", named="ACEScg").frames()
    assert light.mean() == pytest.approx(0.5, abs=0.01)
    with pytest.raises(TaskError, match="EXRs hold light"):
        open_plate(tmp_path / "plate", named="pq")

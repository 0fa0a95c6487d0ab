"""Keyframes as pictures: at their own frame they are what they were, and a camera moves in them."""

from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest

from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1, ACESCG, convert, to_display
from farm.media.exr import AP0, write_exr
from farm.media.plates import Still
from farm.shots.request import KeyPicture, Request
from farm.shots.spec import Camera
from functions.models.previz.camera import View
from functions.models.previz.mattes.project import film, matte_of
from functions.models.previz.model import Previz

LEVEL = (1.0, 0.0, 0.0, 0.0)
SIZE = (192, 108)


def near_card_before_a_wall() -> Still:
    """A white card 2 m away, a third of the frame wide, before a striped wall 20 m away."""
    pixels = np.zeros((216, 384, 3), np.float32)
    pixels[:, ::16] = pixels[:, 1::16] = (0.1, 0.4, 0.9)
    pixels[72:144, 128:256] = 1.0
    depth = np.full((216, 384), 20.0, np.float32)
    depth[72:144, 128:256] = 2.0
    return Still(pixels=pixels, colorspace=ACES2065_1, told="made", for_screen=False, depth=depth)


def filmed(place=(0.0, 0.0, 0.0), focal=36.0):
    matte = matte_of(near_card_before_a_wall(), aspect=16 / 9, focal_mm=36.0)
    there = View(place=(0.0, 0.0, 0.0), turn=LEVEL, focal_mm=36.0)
    here = View(place=place, turn=LEVEL, focal_mm=focal)
    return matte, film(matte, there=there, here=[here], scale=1.0, size=SIZE)


def card_of(picture) -> tuple[float, int]:
    """Return where the white card's middle is, and how many pixels it is wide."""
    columns = np.flatnonzero(picture[SIZE[1] // 2].min(axis=1) > 0.5)
    return float(columns.mean()), len(columns)


def test_its_own_camera_sees_the_picture_as_it_was_given():
    matte, picture = filmed()
    given = cv2.resize(matte.picture, SIZE, interpolation=cv2.INTER_AREA)
    assert np.abs(picture - given).mean() < 0.002
    assert np.quantile(np.abs(picture - given), 0.99) < 0.05


def test_a_truck_shifts_what_is_near_by_the_parallax_of_its_depth():
    _, picture = filmed(place=(0.2, 0.0, 0.0))
    # 0.2 m at 2 m of depth is a tenth of a frame that is a metre wide at a metre's depth
    moved = card_of(filmed()[1])[0] - card_of(picture)[0]
    assert moved == pytest.approx(0.2 / 2 * SIZE[0], abs=1.0)


def test_what_is_far_hardly_moves_in_a_truck():
    stripes = [picture[2, :, 2] for picture in (filmed()[1], filmed(place=(0.2, 0.0, 0.0))[1])]
    shifts = range(-8, 9)
    best = max(
        shifts, key=lambda s: float(np.dot(stripes[0][16:-16], np.roll(stripes[1], s)[16:-16]))
    )
    assert abs(best) == pytest.approx(0.2 / 20 * SIZE[0], abs=1.0)


def test_a_dolly_grows_what_is_near_more_than_what_is_far_and_a_zoom_grows_both():
    before = card_of(filmed()[1])[1]
    dolly = card_of(filmed(place=(0.0, 0.0, -1.0))[1])[1]
    zoom = card_of(filmed(focal=54.0)[1])[1]
    assert dolly / before == pytest.approx(2.0, rel=0.06)
    assert zoom / before == pytest.approx(1.5, rel=0.06)


def test_what_the_card_hid_is_filled_with_what_is_around_it():
    _, picture = filmed(place=(0.4, 0.0, 0.0))
    was = slice(SIZE[0] * 52 // 100, SIZE[0] * 62 // 100)
    hidden = picture[SIZE[1] // 2, was]
    assert hidden.max() < 0.95
    assert hidden.mean() > 0.005


def picture_file(path: Path, color) -> Path:
    pixels = np.zeros((54, 96, 3), np.uint8)
    pixels[:27], pixels[27:] = color, (40, 40, 40)
    cv2.imwrite(str(path), pixels)
    return path


def wish(*frames: int, moves=("static",)) -> Request:
    keys = tuple(KeyPicture(frame=f, file=f"keyframe.{i}") for i, f in enumerate(frames))
    return Request(
        prompt="A quiet street", frames=9, rate=24, size=(96, 54), keyframes=keys,
        camera=Camera(moves=moves),
    )  # fmt: skip


def shown(model: Previz, state, frame: int):
    (pixels,) = model.render(state, FrameRange(frame, frame), size=(96, 54))
    return to_display(convert(pixels, ACESCG, ACES2065_1))


def test_a_picture_for_a_screen_looks_there_as_it_did(tmp_path):
    model = Previz({"keyframe.0": picture_file(tmp_path / "a.png", (200, 120, 60))})
    state = model.draft(wish(0), seed=1)
    top = shown(model, state, 0)[10, 48]
    assert np.abs(top.astype(int) - (60, 120, 200)).max() <= 3
    assert "reconstructed" in state.facts["keyframes"][0]["read_as"]


def test_the_first_and_the_last_frame_are_their_pictures_and_between_they_blend(tmp_path):
    files = {
        "keyframe.0": picture_file(tmp_path / "a.png", (200, 0, 0)),
        "keyframe.1": picture_file(tmp_path / "b.png", (0, 0, 200)),
    }
    model = Previz(files)
    state = model.draft(wish(0, 8), seed=1)
    first, middle, last = (shown(model, state, f)[10, 48].astype(int) for f in (0, 4, 8))
    assert first == pytest.approx([0, 0, 200], abs=10)
    assert last == pytest.approx([200, 0, 0], abs=10)
    assert middle == pytest.approx([125, 10, 125], abs=65)


def test_extension_and_a_fresh_worker_keep_the_pictures(tmp_path):
    model = Previz({"keyframe.0": picture_file(tmp_path / "a.png", (200, 120, 60))})
    state = model.draft(wish(0, moves=("truck_left",)), seed=1)
    longer = model.extend(state, frames=4, seed=2)
    assert longer.beside == state.beside
    assert np.array_equal(shown(model, state, 5), shown(Previz(), longer, 5))


def test_an_exr_with_depth_says_that_its_depth_was_read(tmp_path):
    still = near_card_before_a_wall()
    channels = {"RGB": still.pixels.astype(np.float16), "Z": still.depth}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, channels).write(str(tmp_path / "z.exr"))
    model = Previz({"keyframe.0": tmp_path / "z.exr"})
    told = model.draft(wish(0), seed=1).facts["keyframes"][0]["read_as"]
    assert told == (
        "Linear Rec.709 (sRGB), assumed: the EXR says nothing; depth read from its channel Z"
    )


def test_what_a_person_named_a_keyframes_colours_is_what_is_read(tmp_path):
    path = picture_file(tmp_path / "a.png", (90, 90, 90))
    keys = [{"frame": 0, "file": "keyframe.0", "colorspace": "rec709"}]
    asked = Request.model_validate(wish(0).model_dump() | {"keyframes": keys})
    state = Previz({"keyframe.0": path}).draft(asked, seed=1)
    assert "rec709 display, named in the shot list" in state.facts["keyframes"][0]["read_as"]
    again = Previz().extend(state, frames=2, seed=1)
    assert again.facts["keyframes"] == state.facts["keyframes"]


def test_light_in_an_exr_goes_past_white(tmp_path):
    write_exr(tmp_path / "sun.exr", np.full((54, 96, 3), 40.0, np.float32), compression="zip",
              header={"chromaticities": AP0})  # fmt: skip
    model = Previz({"keyframe.0": tmp_path / "sun.exr"})
    state = model.draft(wish(0), seed=1)
    (pixels,) = model.render(state, FrameRange(0, 0), size=(96, 54))
    assert convert(pixels, ACESCG, ACES2065_1).max() == pytest.approx(40, rel=0.01)

"""The camera in a header: what it says projects onto the very pixels."""

from pathlib import Path

import numpy as np
import pytest

from farm.media.exr import HeaderValue, read_header, write_exr
from farm.shots.request import Request
from functions.camera import between, camera_header, cropped
from functions.models.previz.camera import view
from functions.models.previz.model import Previz, scene_of

from .media_pictures import noise

REQUEST = Request.model_validate(
    {
        "prompt": "A red ball rolls into a sunlit courtyard",
        "frames": 6,
        "rate": 24,
        "size": (96, 54),
        "camera": {"moves": ["orbit_left", "zoom_in"], "focal_length": "35mm"},
    }
)


@pytest.mark.parametrize("frame", [0, 5])
def test_a_point_of_the_world_lands_where_the_header_says(frame: int, tmp_path: Path) -> None:
    model = Previz()
    state = model.draft(REQUEST, seed=3)
    header = camera_header(model, state, frame, size=(96, 54))
    write_exr(tmp_path / "a.exr", noise(), compression="zip", header=header)
    read = read_header(tmp_path / "a.exr")
    to_camera, to_picture = (
        np.reshape(read[name], (4, 4)) for name in ("worldToCamera", "worldToNDC")
    )
    seen = view(scene_of(state), (frame + 0.25) / 24)
    point = (0.3, 0.8, -0.4)
    x, y, depth = seen.project(point, 96 / 54)
    row = np.array([*point, 1.0])
    projected = row @ to_picture
    assert projected[:2] / projected[3] == pytest.approx([x, y], abs=1e-5)
    assert (row @ to_camera)[2] == pytest.approx(-depth, abs=1e-5)
    assert np.linalg.det(to_camera[:3, :3]) == pytest.approx(1, abs=1e-5)
    assert read["nominalFocalLength"] == pytest.approx(seen.focal_mm)


def on_picture(header: dict[str, HeaderValue], point: tuple[float, ...]) -> list[float]:
    projected = np.array([*point, 1.0]) @ np.reshape(header["worldToNDC"], (4, 4))
    return list(projected[:2] / projected[3])


@pytest.mark.parametrize("time", [2.5, 2.2, 3.4])
def test_between_and_past_two_frames_the_camera_is_where_it_is_at_that_time(time: float) -> None:
    model = Previz()
    state = model.draft(REQUEST, seed=3)
    first, then = (camera_header(model, state, frame, size=(96, 54)) for frame in (2, 3))
    made = between(first, then, time - 2)
    seen = view(scene_of(state), (time + 0.25) / 24)
    x, y, _ = seen.project((0.3, 0.8, -0.4), 96 / 54)
    assert on_picture(made, (0.3, 0.8, -0.4)) == pytest.approx([x, y], abs=6e-4)
    assert made["nominalFocalLength"] == pytest.approx(seen.focal_mm, rel=3e-3)
    turn = np.reshape(made["worldToCamera"], (4, 4))[:3, :3]
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)


def test_the_camera_of_a_window_puts_a_point_where_the_window_shows_it() -> None:
    model = Previz()
    header = camera_header(model, model.draft(REQUEST, seed=3), 0, size=(96, 54))
    x, y = on_picture(header, (0.3, 0.8, -0.4))
    made = cropped(header, (0.25, 0.1, 0.75, 0.9))
    assert on_picture(made, (0.3, 0.8, -0.4)) == pytest.approx([(x - 0.25) / 0.5, (y - 0.1) / 0.8])
    assert made["worldToCamera"] == pytest.approx(header["worldToCamera"])
    assert made["nominalFocalLength"] == pytest.approx(2 * float(str(header["nominalFocalLength"])))


def test_what_has_no_camera_gets_none() -> None:
    model = Previz()
    header = camera_header(model, model.draft(REQUEST, seed=3), 0, size=(96, 54))
    assert between(header, {}, 0.5) == between({}, {}, 0.5) == cropped({}, (0, 0, 1, 1)) == {}


def test_a_model_that_does_not_know_its_camera_says_nothing() -> None:
    class Blind:
        colorspace = "ACEScg"

    state = Previz().draft(REQUEST, seed=3)
    assert camera_header(Blind(), state, 0, size=(96, 54)) == {}

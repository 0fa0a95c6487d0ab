"""The camera's motion is told from pixels: sign, size and depth of every move."""

from functools import cache

import numpy as np
import pytest

from functions.critics.base import Take
from functions.critics.moves import MARKS
from functions.critics.plates import film
from functions.critics.track import PAN, ROLL, SHEAR, STRETCH, TILT, ZOOM, Track

SIZE = (192, 108)


@cache
def track_of(*moves: str, amount: float = 1.0) -> Track:
    return Take(name="t01", clip=film(*moves, frames=9, size=SIZE, amount=amount)).camera


@pytest.mark.parametrize("move", sorted(MARKS))
def test_every_move_shows_with_its_sign(move: str) -> None:
    mark = MARKS[move]
    assert np.sign(track_of(move).mean[mark.row]) == mark.sign


@pytest.mark.parametrize(
    ("standing", "travelling", "row"),
    [
        ("pan_left", "truck_left", PAN),
        ("tilt_up", "pedestal_up", TILT),
        ("zoom_in", "dolly_in", ZOOM),
    ],
)
def test_parallax_tells_a_camera_that_travels(standing: str, travelling: str, row: int) -> None:
    assert track_of(standing).parallax[row] < 0.12 < track_of(travelling).parallax[row]


@pytest.mark.parametrize(
    ("move", "row", "truth"),
    [
        ("pan_right", PAN, np.radians(14) / 24 * 35 / 36),
        ("tilt_up", TILT, np.radians(9) / 24 * 35 / 36),
        ("roll_right", ROLL, np.radians(14) / 24),
        ("zoom_in", ZOOM, np.log(1.4) / 24),
    ],
)
def test_turns_are_measured_in_their_own_units(move: str, row: int, truth: float) -> None:
    assert np.median(track_of(move).steps[:, row]) == pytest.approx(truth, rel=0.05)


def test_combined_moves_are_told_apart() -> None:
    steps = track_of("pan_left", "zoom_in").steps.sum(axis=0)
    assert steps[PAN] < -0.05
    assert steps[ZOOM] > 0.05
    assert abs(steps[TILT]) < 0.01


def test_a_still_camera_does_not_move() -> None:
    still = track_of("static")
    assert still.speed.max() < 1e-4
    assert abs(still.mean[[SHEAR, STRETCH]]).max() < 1e-4


def test_a_small_thing_that_moves_does_not_move_the_camera() -> None:
    take = Take(name="t01", clip=film("static", frames=9, size=SIZE, ball=True))
    assert take.camera.speed.max() < 1e-3
    assert take.movers.max() > 0.005


def test_a_picture_without_texture_does_not_tell_how_the_camera_moves() -> None:
    clip = np.full((9, 108, 192, 3), 0.3, np.float16)
    for frame in range(9):
        clip[frame, 40:60, 60 + 4 * frame : 80 + 4 * frame] = (0.9, 0.2, 0.1)
    found = Take(name="t01", clip=clip).camera
    assert not found.told
    assert found.speed.max() == 0


def test_threads_change_nothing() -> None:
    clip = film("dolly_in", frames=5, size=SIZE)
    alone, together = (Take(name="t01", clip=clip, threads=n).camera for n in (1, 3))
    assert np.array_equal(alone.steps, together.steps)

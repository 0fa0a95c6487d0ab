"""Which way a camera travelled, and what moves besides it."""

from functools import cache

import numpy as np
import pytest

from farm.shots.request import Request
from functions.critics.base import Take
from functions.critics.bodies import bodies_of
from functions.critics.plates import ACROSS, film

SIZE = (192, 108)
FRAMES = 12


@cache
def take(*moves: str, ball: bool = False) -> Take:
    return Take(name="t01", clip=film(*moves, frames=FRAMES, size=SIZE, ball=ball))


def request(*moves: str) -> Request:
    return Request.model_validate(
        {"prompt": "a ball rolls", "frames": FRAMES, "rate": 24, "size": SIZE}
        | {"camera": {"moves": moves}}
    )


@pytest.mark.parametrize("ball", [False, True])
@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        ("truck_right", 0, 1), ("truck_left", 0, -1), ("orbit_right", 0, 1),
        ("crane_up", 1, 1), ("crane_down", 1, -1), ("dolly_in", 2, 1), ("dolly_out", 2, -1),
    ],
)  # fmt: skip
def test_the_way_is_told_with_its_sign(move: str, axis: int, sign: int, ball: bool) -> None:
    found = take(move, ball=ball).travel
    assert found.told
    assert sign * found.way[axis] > 0.9
    assert np.linalg.norm(found.way) == pytest.approx(1)


@pytest.mark.parametrize("ball", [False, True])
def test_a_camera_that_stands_has_not_travelled(ball: bool) -> None:
    assert not take("static", ball=ball).travel.told


@pytest.mark.parametrize("move", ["dolly_in", "truck_right", "orbit_left", "pan_right", "zoom_in"])
def test_a_world_at_rest_does_not_act_however_the_camera_moves(move: str) -> None:
    assert not any(bodies_of(frame) for frame in take(move).acting_for(request(move)).surely)


@pytest.mark.parametrize("move", ["dolly_in", "crane_up", "pan_right", "zoom_in"])
def test_what_acts_is_found_where_it_is_however_the_camera_moves(move: str) -> None:
    acting = take(move, ball=True).acting_for(request(move)).surely
    (begins, _), (ends, _) = ACROSS
    for frame in range(1, FRAMES - 1):
        body, *_ = bodies_of(acting[frame])
        right = begins + (ends - begins) * frame / (FRAMES - 1)
        assert body.middle[0] == pytest.approx(right, abs=0.06)


def test_the_same_take_is_read_the_same_way_twice() -> None:
    first, second = (
        Take(name=name, clip=take("dolly_in", ball=True).clip) for name in ("t01", "t02")
    )
    assert (first.travel.way == second.travel.way).all()
    assert (first.acting_in_depth.surely == second.acting_in_depth.surely).all()

"""Every move of the vocabulary is a true move of a camera in space."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest

from farm.shots.request import Request
from farm.shots.spec import Camera, Move
from functions.models.previz.camera import View, field_of_view, progress, view
from functions.models.previz.compose import compose
from functions.models.previz.scene import Scene
from functions.models.previz.space import add, norm, sub, turned

ASPECT = 16 / 9
END = 5.0


def scene_with(*moves: str, **camera: object) -> Scene:
    values = {"moves": moves, **camera}
    request = Request(
        prompt="a tower in a field", frames=120, rate=24, size=(480, 270),
        camera=Camera.model_validate(values),
    )  # fmt: skip
    return compose(request, 1)


def ends(*moves: str, **camera: object) -> tuple[View, View, Scene]:
    scene = scene_with(*moves, **camera)
    return view(scene, 0.0), view(scene, END), scene


def spots(camera: View, scene: Scene) -> tuple[tuple[float, float, float], ...]:
    """Project the pivot and a point twice as far away on the first camera's line of sight."""
    first = view(scene, 0.0)
    ahead = turned(first.turn, (0.0, 0.0, -1.0))
    far = norm(sub(scene.rig.pivot, first.place))
    return tuple(camera.project(add(first.place, ahead, far * k), scene.aspect) for k in (1.0, 3.0))


def shift(*moves: str, axis: int) -> tuple[float, float]:
    """Return how far a near and a far point move over the frame."""
    before, after, scene = ends(*moves)
    a, b = spots(before, scene), spots(after, scene)
    return b[0][axis] - a[0][axis], b[1][axis] - a[1][axis]


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        ("pan_left", 0, 1), ("pan_right", 0, -1), ("tilt_up", 1, 1), ("tilt_down", 1, -1),
        ("truck_left", 0, 1), ("truck_right", 0, -1), ("pedestal_up", 1, 1),
        ("pedestal_down", 1, -1),
    ],
)  # fmt: skip
def test_the_picture_moves_against_the_camera(move: str, axis: int, sign: int) -> None:
    near, _ = shift(move, axis=axis)
    assert near * sign > 0.03


@pytest.mark.parametrize("move", ["pan_left", "pan_right", "tilt_up", "tilt_down"])
def test_turning_shows_no_parallax_and_stays_in_place(move: str) -> None:
    before, after, _ = ends(move)
    near, far = shift(move, axis=0 if "pan" in move else 1)
    assert near == pytest.approx(far, abs=1e-6)
    assert after.place == pytest.approx(before.place)


@pytest.mark.parametrize("move", ["truck_left", "truck_right", "pedestal_up", "pedestal_down"])
def test_carrying_shows_parallax(move: str) -> None:
    near, far = shift(move, axis=0 if "truck" in move else 1)
    assert abs(near) > 1.5 * abs(far)
    assert near * far > 0


def test_an_orbit_keeps_the_pivot_and_moves_what_is_behind_it() -> None:
    for move, sign in (("orbit_left", -1), ("orbit_right", 1)):
        before, after, scene = ends(move)
        assert after.project(scene.rig.pivot, ASPECT)[:2] == pytest.approx(
            before.project(scene.rig.pivot, ASPECT)[:2], abs=1e-6
        )
        right = turned(before.turn, (1.0, 0.0, 0.0))
        moved = sum(a * b for a, b in zip(sub(after.place, before.place), right, strict=True))
        assert moved * sign > 0.1


@pytest.mark.parametrize(
    ("move", "sign"), [("dolly_in", 1), ("dolly_out", -1), ("push_in", 1), ("pull_out", -1)]
)
def test_a_dolly_changes_size_by_distance_and_not_by_lens(move: str, sign: int) -> None:
    before, after, scene = ends(move)
    closer = norm(sub(scene.rig.pivot, before.place)) - norm(sub(scene.rig.pivot, after.place))
    assert closer * sign > 0.3
    assert after.focal_mm == before.focal_mm


@pytest.mark.parametrize(("move", "sign"), [("zoom_in", 1), ("zoom_out", -1)])
def test_a_zoom_changes_the_focal_length_alone(move: str, sign: int) -> None:
    before, after, _ = ends(move)
    assert (after.focal_mm - before.focal_mm) * sign > 5
    assert after.place == before.place
    assert after.turn == before.turn


def test_a_dolly_zoom_keeps_the_subject_and_stretches_the_rest() -> None:
    before, after, scene = ends("dolly_zoom")
    pivot = scene.rig.pivot
    up = add(pivot, (0.0, 1.0, 0.0))

    def tall(camera: View) -> float:
        return abs(camera.project(up, ASPECT)[1] - camera.project(pivot, ASPECT)[1])

    assert tall(after) == pytest.approx(tall(before), rel=0.04)
    assert abs(after.focal_mm - before.focal_mm) > 5


@pytest.mark.parametrize(("move", "sign"), [("crane_up", 1), ("crane_down", -1)])
def test_a_crane_rises_and_keeps_the_pivot_in_its_place(move: str, sign: int) -> None:
    before, after, scene = ends(move)
    assert (after.place[1] - before.place[1]) * sign > 0.5
    assert after.project(scene.rig.pivot, ASPECT)[1] == pytest.approx(
        before.project(scene.rig.pivot, ASPECT)[1], abs=0.05
    )


@pytest.mark.parametrize(("move", "sign"), [("roll_left", 1), ("roll_right", -1)])
def test_a_roll_turns_the_picture_about_its_middle(move: str, sign: int) -> None:
    before, after, _ = ends(move)
    right = turned(after.turn, (1.0, 0.0, 0.0))
    assert right[1] * sign > 0.05
    assert after.place == before.place


def test_handheld_shakes_and_steadicam_glides() -> None:
    shaken, glided = scene_with("handheld"), scene_with("steadicam")
    frames = [k / 24 for k in range(120)]

    def jerk(scene: Scene) -> float:
        yaws = [turned(view(scene, t).turn, (0, 0, -1))[0] for t in frames]
        return max(abs(a - 2 * b + c) for a, b, c in zip(yaws, yaws[1:], yaws[2:], strict=False))

    assert jerk(shaken) > 3 * jerk(glided)
    assert norm(sub(view(glided, END).place, view(glided, 0.0).place)) > 0.2


@pytest.mark.parametrize("move", [m for m in get_args(Move) if m != "static"])
def test_every_move_moves_at_every_frame(move: str) -> None:
    scene = scene_with(move)
    views = [view(scene, k / 24) for k in range(121)]
    for a, b in pairwise(views):
        change = norm(sub(a.place, b.place)) + abs(a.focal_mm - b.focal_mm)
        change += sum(abs(p - q) for p, q in zip(a.turn, b.turn, strict=True))
        assert change > 1e-6


def test_moves_combine() -> None:
    before, after, scene = ends("dolly_in", "pan_left")
    alone = scene_with("dolly_in")
    assert norm(sub(after.place, before.place)) > 0.3
    assert len(scene.rig.moves) == 2
    assert after.turn != view(alone, END).turn


@pytest.mark.parametrize("focal", ["14mm", "35mm", "50mm", "200mm"])
def test_the_angle_of_view_follows_from_the_focal_length(focal: str) -> None:
    scene = scene_with("static", focal_length=focal)
    camera = view(scene, 0.0)
    number = float(focal.removesuffix("mm"))
    assert camera.focal_mm == number
    edge = camera.ray(1.0, 0.5, ASPECT)
    ahead = turned(camera.turn, (0.0, 0.0, -1.0))
    half = math.acos(sum(a * b for a, b in zip(edge, ahead, strict=True)))
    assert 2 * half == pytest.approx(2 * math.atan(36 / (2 * number)))
    assert field_of_view(number) == pytest.approx(2 * half)


def test_speed_and_pace_scale_the_move() -> None:
    far = {}
    for speed in ("slow", "normal", "fast"):
        scene = scene_with("pan_right", speed=speed)
        far[speed] = scene.rig.moves[0].amount
    assert far["slow"] < far["normal"] < far["fast"]


def test_a_move_goes_on_at_the_same_speed_after_its_span() -> None:
    for endless in (True, False):
        before = progress(5.0, 5.0, 0.5, endless=endless) - progress(
            4.999, 5.0, 0.5, endless=endless
        )
        after = progress(5.001, 5.0, 0.5, endless=endless) - progress(
            5.0, 5.0, 0.5, endless=endless
        )
        assert after == pytest.approx(before, rel=0.01)


def test_the_length_of_the_footage_changes_no_frame() -> None:
    scene = scene_with("orbit_left", "handheld")
    assert view(replace(scene, frames=999), 3.3) == view(scene, 3.3)

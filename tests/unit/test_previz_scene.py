"""A scene is a value: the same request and seed make the same one, and JSON holds all of it."""

import json

import numpy as np
import pytest

from farm.digest import canonical, digest_value
from farm.errors import TaskError
from farm.shots.request import Request
from farm.shots.spec import Annotation, Camera
from functions.models.previz.camera import view
from functions.models.previz.compose import compose
from functions.models.previz.filming import Stage, snapshot_at
from functions.models.previz.physics import Tracks
from functions.models.previz.scene import Scene, from_plain, to_plain

PROMPTS = [
    "A red ball rolls into a sunlit courtyard, hits a stack of wooden crates, and they topple",
    "An astronaut walks across a red desert at golden hour",
    "A chrome ring spins above dark water at dusk, neon spheres orbit it",
    "A house explodes in a storm at night",
    "",
]
ON_TABLE = "An apple and a candle on a table"
ON_FENCE = "A cat watches a bird on a fence"


def scene_for(prompt: str, *, seed: int = 1, **more: object) -> Scene:
    values: dict[str, object] = {"frames": 48, "rate": 24, "size": (480, 270), **more}
    return compose(Request.model_validate({"prompt": prompt, **values}), seed)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_same_request_and_seed_make_the_same_scene(prompt: str) -> None:
    first, again = scene_for(prompt), scene_for(prompt)
    assert canonical(to_plain(first)) == canonical(to_plain(again))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_scene_that_went_through_json_films_the_same_bits(prompt: str) -> None:
    scene = scene_for(prompt)
    copy = from_plain(json.loads(canonical(to_plain(scene))))
    assert copy == scene
    for name in ("positions", "rotations", "sizes", "particles", "materials", "kinds"):
        one = getattr(snapshot_at(scene, 31), name)
        other = getattr(snapshot_at(copy, 31), name)
        assert np.array_equal(one, other), name


def test_frames_do_not_depend_on_the_order_they_are_asked_for() -> None:
    scene = scene_for(PROMPTS[0])
    forward, backward = Stage(scene, Tracks()), Stage(scene, Tracks())
    places = {k: forward.snapshot(k).positions for k in (0, 20, 47)}
    for k in (47, 0, 20):
        assert np.array_equal(backward.snapshot(k).positions, places[k])


def test_takes_differ_but_never_in_lens_or_moves() -> None:
    takes = [
        scene_for(PROMPTS[1], seed=s, camera=Camera(moves=("dolly_in",), focal_length="50mm"))
        for s in range(4)
    ]
    assert len({digest_value(to_plain(take)) for take in takes}) == 4
    assert {take.rig.focal_mm for take in takes} == {50.0}
    assert {tuple(m.kind for m in take.rig.moves) for take in takes} == {("dolly_in",)}


def test_a_scene_of_another_version_is_refused() -> None:
    with pytest.raises(TaskError, match="version"):
        from_plain({"version": 999})


def test_snapshots_have_the_shapes_that_the_renderer_expects() -> None:
    shot = snapshot_at(scene_for(PROMPTS[3]), 40)
    n = len(shot.kinds)
    assert shot.positions.shape == (2, n, 3)
    assert shot.rotations.shape == (2, n, 4)
    assert np.allclose(np.linalg.norm(shot.rotations, axis=-1), 1.0)
    assert shot.materials.shape[1] == 16
    assert shot.shape_materials.max() < len(shot.materials)
    assert shot.particles.shape[1] == 8
    assert shot.kinds.min() >= -1
    assert np.isfinite(shot.positions).all()


@pytest.mark.parametrize("prompt", PROMPTS[:3])
@pytest.mark.parametrize("size", [(480, 270), (270, 480), (400, 400)])
def test_the_subject_stands_in_the_frame_half_way(prompt: str, size: tuple[int, int]) -> None:
    scene = scene_for(prompt, size=size, frames=96)
    stage = Stage(scene, Tracks())
    place = stage.place(1 if "crates" in prompt else 0, 2.0)
    u, v, depth = view(scene, 2.0).project((place[0], place[1] + 0.5, place[2]), scene.aspect)
    assert depth > 0
    assert 0.0 < u < 1.0
    assert 0.0 < v < 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_ball_that_rolls_stays_on_the_floor(seed):
    scene = scene_for("Ein roter Ball rollt", seed=seed)
    stage = Stage(scene, Tracks())
    heights = [stage.snapshot(frame).positions[0, 0, 1] for frame in range(0, 48, 8)]
    assert heights == pytest.approx([scene.bodies[0].parts[0].size[1]] * 6, abs=1e-6)


def test_a_street_in_the_shade_is_exposed_for_its_shade():
    scene = scene_for("Golden leaves fall in a city park", seed=3)
    assert scene.sky.exposure_stops > 1.0


def test_a_subject_follows_the_path_drawn_for_it() -> None:
    path = ((0.15, 0.75), (0.45, 0.62), (0.8, 0.7))
    mark = Annotation(frame=0, path=path, guides="subject", subject="ball")
    scene = scene_for("A blue ball rolls on a beach", annotations=(mark,))
    stage = Stage(scene, Tracks())
    half = 0.5 * scene.subjects[0].height
    for frame, (u, v) in ((0, path[0]), (47, path[-1])):
        place = stage.place(0, frame / 24)
        seen = view(scene, frame / 24).project((place[0], place[1] + half, place[2]), scene.aspect)
        assert seen[:2] == pytest.approx((u, v), abs=0.03)


def test_an_arrow_for_the_camera_carries_the_camera_along_it() -> None:
    mark = Annotation(frame=0, arrow=((0.2, 0.5), (0.8, 0.5)), guides="camera")
    scene = scene_for("A tower", annotations=(mark,))
    before, after = view(scene, 0.0), view(scene, 2.0)
    to_the_right = view(scene, 0.0).project(after.place, scene.aspect)
    moved = np.subtract(after.place, before.place)
    assert np.linalg.norm(moved) > 0.5
    assert to_the_right[0] > 0.5


def test_all_that_is_said_to_be_on_a_table_stands_on_it_apart() -> None:
    apple, candle, table = (body.position for body in scene_for(ON_TABLE).bodies[:3])
    assert apple[1] == candle[1] > table[1] == 0
    assert abs(apple[0] - candle[0]) > 0.1


def test_a_relation_between_two_that_are_not_the_lead_holds() -> None:
    cat, bird, fence = (body.position for body in scene_for(ON_FENCE).bodies[:3])
    assert bird[1] > 0.3 > cat[1] == fence[1]


def test_a_bird_on_a_fence_stays_there_and_a_bird_above_it_flies() -> None:
    on, above = scene_for(ON_FENCE), scene_for(ON_FENCE.replace("on a", "above a"))
    assert "travel" not in {act.verb for act in on.bodies[1].acts}
    assert "travel" in {act.verb for act in above.bodies[1].acts}

"""Scenes go on without a seam, and close without one."""

from functools import cache

import numpy as np
import pytest

from farm.frames import FrameRange
from farm.shots.request import Request
from farm.shots.spec import Camera
from functions.models.base import State
from functions.models.previz.camera import view
from functions.models.previz.filming import Stage
from functions.models.previz.model import Previz, scene_of
from functions.models.previz.physics import Tracks
from functions.models.previz.snapshot import Snapshot

PROMPTS = [
    "A red ball rolls into a sunlit courtyard, hits a stack of wooden crates, and they topple",
    "An astronaut walks across a red desert at golden hour",
    "A chrome ring spins above dark water at dusk, neon spheres orbit it",
    "A dog runs over a meadow in the rain",
    "A house explodes at night",
]
MOVES = [("dolly_in",), ("orbit_left", "handheld"), ("truck_right",), ("steadicam", "zoom_in")]
FRAMES = 48


@cache
def draft(prompt: str, *moves: str) -> State:
    camera = Camera.model_validate({"moves": moves or ("static",)})
    request = Request(prompt=prompt, frames=FRAMES, rate=24, size=(480, 270), camera=camera)
    return Previz().draft(request, seed=3)


def filmed(state: State) -> Stage:
    return Stage(scene_of(state), Tracks())


def same(a: Snapshot, b: Snapshot) -> bool:
    names = ("positions", "rotations", "sizes", "particles", "kinds", "materials")
    arrays = all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)
    seen = ("position", "rotation", "focal_mm")
    lens = all(np.array_equal(getattr(a.lens, n), getattr(b.lens, n)) for n in seen)
    return arrays and lens and a.lens.focus_m == b.lens.focus_m


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_an_extension_leaves_every_frame_before_it_as_it_was(
    prompt: str, moves: tuple[str, ...]
) -> None:
    state = draft(prompt, *moves)
    longer = Previz().extend(state, frames=36, seed=9)
    assert longer.frames == FRAMES + 36
    short, long = filmed(state), filmed(longer)
    assert all(same(short.snapshot(k), long.snapshot(k)) for k in (0, 17, 46, 47))


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_nothing_jumps_at_the_seam_of_an_extension(prompt: str, moves: tuple[str, ...]) -> None:
    longer = Previz().extend(draft(prompt, *moves), frames=36, seed=9)
    scene = scene_of(longer)
    seam = FRAMES / 24
    tiny = 1e-4
    before = np.subtract(view(scene, seam).place, view(scene, seam - tiny).place) / tiny
    after = np.subtract(view(scene, seam + tiny).place, view(scene, seam).place) / tiny
    assert after == pytest.approx(before, abs=0.02)
    stage = Stage(scene, Tracks())
    for body in range(len(scene.bodies)):
        if scene.bodies[body].collider is not None:
            continue
        a, b, c = (np.array(stage.place(body, seam + d)) for d in (-tiny, 0.0, tiny))
        assert (c - b) / tiny == pytest.approx((b - a) / tiny, abs=0.05)


def test_a_chain_of_extensions_ends_where_it_should() -> None:
    model = Previz()
    state = draft(PROMPTS[1], "truck_right")
    for seed in range(3):
        state = model.extend(state, frames=24, seed=seed)
    assert state.frames == FRAMES + 72
    scene = scene_of(state)
    place = Stage(scene, Tracks()).place(0, 4.9)
    u, _, _ = view(scene, 4.9).project((place[0], 1.0, place[2]), scene.aspect)
    assert 0.2 < u < 0.8


@pytest.mark.parametrize("moves", MOVES)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_loop_closes_in_place_and_in_speed(prompt: str, moves: tuple[str, ...]) -> None:
    closed = filmed(Previz().loop(draft(prompt, *moves)))
    first, again = closed.snapshot(0), closed.snapshot(FRAMES)
    assert again.positions == pytest.approx(first.positions, abs=1e-9)
    assert again.particles == pytest.approx(first.particles, abs=1e-9)
    assert again.lens.position == pytest.approx(first.lens.position, abs=1e-9)
    assert again.lens.focal_mm == pytest.approx(first.lens.focal_mm)
    turns = np.abs(np.sum(again.rotations * first.rotations, axis=-1))
    assert turns == pytest.approx(np.ones_like(turns), abs=1e-9)
    next_one, next_again = closed.snapshot(1), closed.snapshot(FRAMES + 1)
    assert next_again.positions == pytest.approx(next_one.positions, abs=1e-9)
    tiny = 1e-4
    scene = closed.scene
    for body in range(len(scene.bodies)):
        a, b, c = (np.array(closed.place(body, scene.period + d)) for d in (-tiny, 0.0, tiny))
        assert (c - b) / tiny == pytest.approx((b - a) / tiny, abs=0.06)


def test_a_loop_says_how_it_was_closed() -> None:
    state = Previz().loop(draft(PROMPTS[0], "dolly_in"))
    said = ["physics: out and back", "camera dolly_in: out and back"]
    assert state.facts["loop"][:2] == said
    assert scene_of(state).period == pytest.approx(2.0)


def test_a_frame_is_the_same_in_any_chunk() -> None:
    state = draft(PROMPTS[1], "truck_right")
    whole = list(Previz().render(state, FrameRange(10, 12), size=(64, 36)))
    alone = list(Previz().render(state, FrameRange(12, 12), size=(64, 36)))
    assert np.array_equal(whole[2], alone[0])
    assert whole[0].shape == (36, 64, 3)
    assert whole[0].dtype == np.float32
    assert np.isfinite(whole[0]).all()


def test_the_facts_tell_what_was_and_was_not_understood() -> None:
    facts = draft("A green zorble spins beside a lighthouse at dusk").facts
    assert facts["not_understood"] == ["zorble"]
    assert facts["stand_ins"] == ["zorble"]
    assert facts["light"] == "dusk"
    assert "previsualisation" in str(facts["note"])

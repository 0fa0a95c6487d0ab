"""A seam passes where position, speed and light go on, and fails where one of them does not."""

from pathlib import Path

import numpy as np
import pytest

from farm.errors import TaskError
from farm.media.exr import write_clip
from farm.store import open_store
from farm.task import Made, Task
from functions.bench import Bench
from functions.critics.faults import burn, grain
from functions.critics.joint import measure_joint
from functions.critics.plates import Clip, film
from functions.seam import facts_of, seam

SIZE = (192, 108)


@pytest.fixture(scope="module")
def whole() -> Clip:
    return film("dolly_in", "pan_left", frames=20, size=SIZE)


def ok(before: Clip, after: Clip) -> bool:
    return bool(facts_of(measure_joint(before, after))["ok"])


def test_footage_that_was_cut_joins_again(whole: Clip) -> None:
    facts = facts_of(measure_joint(whole[:10], whole[10:]))
    assert facts["ok"]
    assert facts["score"] == 1
    assert facts["said"] == "the joint does not show"


def test_grain_does_not_break_a_joint(whole: Clip) -> None:
    noisy = grain(whole, 0.04)
    assert ok(noisy[:10], noisy[10:])


@pytest.mark.parametrize("skipped", [4, 7])
def test_a_jump_in_position_shows(whole: Clip, skipped: int) -> None:
    facts = facts_of(measure_joint(whole[:8], whole[8 + skipped :]))
    assert not facts["ok"]
    assert "position" in str(facts["said"])


def test_a_turn_back_shows_in_velocity(whole: Clip) -> None:
    facts = facts_of(measure_joint(whole[:10], whole[8::-1]))
    assert not facts["ok"]
    assert "velocity" in str(facts["said"])


def test_a_sudden_stop_shows_in_velocity(whole: Clip) -> None:
    facts = facts_of(measure_joint(whole[:10], whole[9:10].repeat(8, axis=0)))
    assert not facts["ok"]


@pytest.mark.parametrize("stops", [0.15, -0.3])
def test_a_step_of_light_shows(whole: Clip, stops: float) -> None:
    facts = facts_of(measure_joint(whole[:10], burn(whole[10:], stops)))
    assert not facts["ok"]
    assert "light" in str(facts["said"])


def test_another_scene_shows(whole: Clip) -> None:
    assert not ok(whole[:10], film("dolly_in", frames=10, size=SIZE, seed=8))


def test_a_still_shot_may_go_on_still() -> None:
    still = film("static", frames=12, size=SIZE)
    assert ok(still[:6], still[6:])


def test_sides_of_two_sizes_are_refused(whole: Clip) -> None:
    with pytest.raises(TaskError):
        measure_joint(whole[:4], film("static", frames=4, size=(96, 54)))


def test_a_loop_is_checked_from_its_last_frame_to_its_first(tmp_path: Path) -> None:
    store = open_store(f"file:{tmp_path / 'store'}")
    there_and_back = _swing(16)
    for clip, closed in ((there_and_back, True), (there_and_back[:9], False)):
        path = tmp_path / "clip.exr"
        write_clip(path, clip)
        task = Task(
            stage="seam", version=1, params={}, inputs={"clip": store.put_file(path, kind="clip")}
        )
        steps = seam(Bench(task=task, store=store, scratch=tmp_path))
        made = _end(steps)
        assert made.facts["ok"] is closed


def _swing(frames: int) -> Clip:
    """Carry a picture once around a circle."""
    wide = film("static", frames=1, size=(300, 200))[0].astype(np.float32)
    turned = []
    for frame in range(frames):
        angle = 2 * np.pi * frame / frames
        x, y = round(50 + 20 * np.cos(angle)), round(40 + 20 * np.sin(angle))
        turned.append(wide[y : y + 108, x : x + 192])
    return np.stack(turned).astype(np.float16)


def _end(steps) -> Made:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value

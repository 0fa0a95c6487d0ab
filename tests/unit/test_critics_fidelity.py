"""A master agrees with its draft in place and in motion; its grade does not count."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from farm.crew.clock import RealClock
from farm.crew.rehearsal import Rehearsal
from farm.crew.sim import MemoryStore
from farm.digest import canonical
from farm.media.exr import write_clip, write_exr
from farm.route.show import Terms, shoot_show
from farm.shots.load import load_shot_list
from farm.store import open_store
from farm.task import Task
from functions.bench import Bench
from functions.critics.fidelity import structure_agreement
from functions.critics.plates import Clip, film
from functions.fidelity import fidelity

DRAFT, MASTER = (160, 90), (480, 270)


@pytest.fixture(scope="module")
def draft() -> Clip:
    return film("dolly_in", frames=6, size=DRAFT)


@pytest.fixture(scope="module")
def master() -> Clip:
    return film("dolly_in", frames=6, size=MASTER)


def test_a_true_master_agrees(draft: Clip, master: Clip) -> None:
    found = structure_agreement(draft, master)
    assert found.structure > 0.97
    assert found.motion > 0.99
    assert found.drift < 0.1


def test_a_grade_changes_nothing(draft: Clip, master: Clip) -> None:
    graded = (2 * np.maximum(master.astype(np.float32), 0) ** 0.7).astype(np.float16)
    found = structure_agreement(draft, graded)
    assert found.structure > 0.97
    assert found.motion > 0.99


def test_another_set_has_another_structure(draft: Clip) -> None:
    assert (
        structure_agreement(draft, film("dolly_in", frames=6, size=MASTER, seed=9)).structure < 0.5
    )


def test_another_move_has_another_motion(draft: Clip, master: Clip) -> None:
    assert structure_agreement(draft, film("tilt_up", frames=6, size=MASTER)).motion < 0.5
    assert structure_agreement(draft, master[::-1]).motion < -0.9


def test_two_stills_agree(draft: Clip, master: Clip) -> None:
    found = structure_agreement(draft[:1].repeat(3, axis=0), master[:1].repeat(3, axis=0))
    assert found.motion == 1


@pytest.mark.parametrize(("move", "ok"), [("dolly_in", True), ("pan_left", False)])
def test_the_stage_holds_a_chunk_against_its_piece_of_the_draft(
    tmp_path: Path, move: str, ok: bool
) -> None:
    """The piece begins at frame 4 of its state, and the chunk at the piece's third frame."""
    draft = film("dolly_in", frames=8, size=DRAFT)
    master = film(move, frames=8, size=MASTER)
    store = open_store(f"file:{tmp_path / 'store'}")
    write_clip(tmp_path / "draft.exr", draft)
    frames = []
    for number in range(2, 8):
        path = tmp_path / f"{number}.exr"
        write_exr(path, master[number], compression="zip")
        frames.append((4 + number, store.put_file(path, kind="exr")))
    rows = [{"frame": n, "digest": a.digest, "size": a.size, "kind": a.kind} for n, a in frames]
    kept = store.put(canonical({"frames": rows}), kind="sequence")
    inputs = {"draft": store.put_file(tmp_path / "draft.exr", kind="clip"), "frames": kept}
    task = Task(stage="fidelity", version=1, params={"start": 4}, inputs=inputs)
    steps = fidelity(Bench(task=task, store=store, scratch=tmp_path))
    next(steps)
    with pytest.raises(StopIteration) as end:
        next(steps)
    facts = end.value.value.facts
    assert facts["ok"] is ok
    assert facts["frames"] == [7, 8, 9, 10]
    assert set(facts["measured"]) == {"structure_ssim", "flow_cosine", "flow_drift"}


@pytest.mark.parametrize(("model", "checked"), [("ltx-2", True), ("previz", False)])
def test_masters_are_checked_where_they_could_stray(
    tmp_path: Path, model: str, checked: bool
) -> None:
    """A second rendering of the same scene need not be compared with the first."""
    path = tmp_path / "list.yaml"
    path.write_text(
        f"show: q\nshots:\n  - {{shot: a, prompt: a ball, frames: 1001-1049, model: {model}}}\n"
        "delivery: {resolution: 1280x704}\n"
    )
    doer = Rehearsal(store=MemoryStore(RealClock()))
    terms = Terms(out=tmp_path / "out", publish=False, until="master")

    async def show() -> None:
        try:
            await shoot_show(load_shot_list(path), doer, terms)
        finally:
            await doer.close()

    asyncio.run(show())
    stages = [row.stage for row in doer.rows]
    assert ("fidelity" in stages) is checked
    assert stages.count("fidelity") == (stages.count("master") if checked else 0)

"""The worker: a task goes in, progress and one outcome come out, whatever the stage does."""

import errno
import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import pin
from farm.cards.sets import Weights
from farm.cards.shelf import open_shelf
from farm.errors import (
    FullError,
    LostError,
    MissingError,
    ModeratedError,
    OutOfMemoryError,
    PlanError,
    ShortageError,
    TaskError,
)
from farm.store import open_store
from farm.task import Artifact, Made, Outcome, Progress, Task
from functions.bench import Bench
from functions.models.weights import record
from functions.stages import STAGES
from functions.worker import _check_engine, perform


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'store'}"


def _probe(**params: object) -> Task:
    return Task(stage="probe", version=1, params=params, shot="sq010_sh0010")


def _outcome(task: Task, uri: str) -> Outcome:
    *_, last = perform(task, uri)
    assert isinstance(last, Outcome)
    return last


def _put_on_stage(monkeypatch: pytest.MonkeyPatch, stage: object) -> None:
    monkeypatch.setattr(STAGES, "get", lambda _: stage)


def test_progress_comes_first_and_the_outcome_last(uri: str) -> None:
    *steps, outcome = perform(_probe(steps=3), uri)
    assert steps == [Progress(done=n, total=3) for n in (1, 2, 3)]
    assert isinstance(outcome, Outcome)
    assert outcome.worker.endswith(f":{os.getpid()}")
    assert outcome.seconds > 0


def test_the_outcome_is_remembered_and_is_the_same_when_recalled(uri: str) -> None:
    task = _probe(value={"a": [1.0, 2.5]}, write_bytes=70_000)
    outcome = _outcome(task, uri)
    assert open_store(uri).recall(task.key) == outcome
    assert outcome.facts == {"value": {"a": [1, 2.5]}}
    assert outcome.outputs["bytes"].size == 70_000


def test_work_that_is_remembered_is_not_done_again(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = _probe(value=1)
    outcome = _outcome(task, uri)
    monkeypatch.setattr(STAGES, "get", lambda _: pytest.fail("it was done again"))
    assert list(perform(task, uri)) == [outcome]


def test_the_scratch_folder_goes_even_when_the_stage_fails(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def stage(bench: Bench) -> Generator[Progress, None, Made]:
        seen.append(bench.scratch)
        (bench.scratch / "half").write_bytes(b"x")
        yield Progress(done=1, total=2)
        raise ValueError("no light")

    _put_on_stage(monkeypatch, stage)
    with pytest.raises(TaskError, match=r"sq010_sh0010 probe.*ValueError: no light \(test_worker"):
        list(perform(_probe(), uri))
    assert not seen[0].exists()


def test_the_scratch_folder_goes_when_nobody_listens_to_the_end(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def stage(bench: Bench) -> Generator[Progress, None, Made]:
        seen.append(bench.scratch)
        yield Progress(done=1, total=2)
        raise AssertionError

    _put_on_stage(monkeypatch, stage)
    steps = perform(_probe(), uri)
    next(steps)
    assert seen[0].exists()
    steps.close()
    assert not seen[0].exists()


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (MemoryError(), OutOfMemoryError),
        (OSError(errno.ENOSPC, "No space left on device"), FullError),
        (OSError(errno.EACCES, "Permission denied"), TaskError),
        (ZeroDivisionError("division by zero"), TaskError),
        (MissingError("gone"), MissingError),
        (ModeratedError("refused"), ModeratedError),
    ],
)
def test_every_fault_of_a_stage_is_told_in_the_farms_words(
    uri: str, monkeypatch: pytest.MonkeyPatch, raised: Exception, told: type[Exception]
) -> None:
    def stage(bench: Bench) -> Generator[Progress, None, Made]:
        yield Progress(done=0, total=1)
        raise raised

    _put_on_stage(monkeypatch, stage)
    with pytest.raises(told) as caught:
        list(perform(_probe(), uri))
    assert type(caught.value) is told


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("lost", LostError),
        ("shortage", ShortageError),
        ("memory", OutOfMemoryError),
        ("moderated", ModeratedError),
        ("anything else", TaskError),
    ],
)
def test_the_probe_fails_as_it_is_told(uri: str, word: str, told: type[Exception]) -> None:
    with pytest.raises(told, match=word):
        list(perform(_probe(fail=word), uri))
    assert open_store(uri).recall(_probe(fail=word).key) is None


def test_a_stage_that_says_nothing_about_what_it_made_has_failed(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stage(bench: Bench) -> Generator[Progress, None, object]:
        yield Progress(done=1, total=1)
        return None

    _put_on_stage(monkeypatch, stage)
    with pytest.raises(TaskError, match="without saying what it made"):
        list(perform(_probe(), uri))


def test_facts_that_are_not_plain_are_refused_by_name(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stage(bench: Bench) -> Generator[Progress, None, Made]:
        yield Progress(done=1, total=1)
        return Made(outputs={}, facts={"score": float("nan")})

    _put_on_stage(monkeypatch, stage)
    with pytest.raises(TaskError, match="facts of probe are not plain"):
        list(perform(_probe(), uri))


def test_an_unknown_stage_is_refused(uri: str) -> None:
    with pytest.raises(PlanError, match="no stage named 'prob'"):
        list(perform(Task(stage="prob", version=1, params={}), uri))


def test_a_worker_with_other_libraries_refuses_the_task(uri: str) -> None:
    engine = card_for("previz").engine
    task = Task(stage="probe", version=1, params={}, engine=engine)
    assert _outcome(task, uri)
    other = Task(
        stage="probe", version=1, params={}, engine=replace(engine, fingerprint="numba 0.1")
    )
    with pytest.raises(TaskError, match=r"numba 0\.1[\s\S]*install the same versions"):
        list(perform(other, uri))


def test_a_missing_input_is_told_as_such(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stage(bench: Bench) -> Generator[Progress, None, Made]:
        yield Progress(done=0, total=1)
        return Made(outputs={}, facts={"bytes": len(bench.read("clip"))})

    _put_on_stage(monkeypatch, stage)
    gone = Artifact(digest="ab" * 32, size=4, kind="clip")
    with pytest.raises(MissingError):
        list(perform(Task(stage="probe", version=1, params={}, inputs={"clip": gone}), uri))


def test_weights_without_a_commit_are_pinned_by_their_content(tmp_path, monkeypatch):
    folder = tmp_path / "shelf" / "studio/tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(bytes(100))
    monkeypatch.setenv("FARM_WEIGHTS", str(tmp_path / "shelf"))
    one = Weights(hub="studio/tiny", gb=0.001)
    card = card_for("ltx-2").model_copy(update={"weights": {"base": one}})
    monkeypatch.setattr("functions.worker.card_for", lambda _: card)
    assert card.unpinned(open_shelf()) == ["base"]
    far = card.engine  # as a driver sees it, that has not got them
    record(folder)
    pin.cache_clear()
    here = card.engine
    assert "base=sha256:" in here.revision
    assert (far != here, card.unpinned(open_shelf())) == (True, [])
    task = Task(stage="draft", version=1, params={}, engine=here)
    _check_engine(task)
    _check_engine(replace(task, engine=far))
    (folder / "model.safetensors").write_bytes(bytes(101))
    record(folder)
    with pytest.raises(TaskError, match="sha256"):
        _check_engine(task)
    _check_engine(replace(task, engine=far))

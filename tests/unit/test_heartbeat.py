"""A master that is silent for long says that it is at work; what fails in its thread is told."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from farm.store import open_store
from farm.task import Made, Progress, Task
from functions import heartbeat
from functions import master as stage
from functions.bench import Bench
from functions.heartbeat import heard
from functions.models.base import State


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)


class Blank:
    """A model that knows no camera."""


def test_a_master_tells_that_it_has_begun_and_again_while_it_decodes(tmp_path: Path, monkeypatch):
    decoded = threading.Event()

    def frames(*_: object, **__: object) -> Iterator[np.ndarray]:
        assert decoded.wait(30)
        yield from (np.zeros((9, 16, 3), np.float32) for _ in range(2))

    monkeypatch.setattr(stage, "aces_frames", frames)
    monkeypatch.setattr(stage, "open_model", lambda _: Blank())
    monkeypatch.setattr(stage, "read_state", lambda _: State(data=b"", kind="none", frames=2))
    task = Task(stage="master", version=1, params={"first": 0, "last": 1, "size": [16, 9]})
    store = open_store(f"file:{tmp_path / 'store'}")
    making = stage.master(Bench(task=task, store=store, scratch=tmp_path))
    told = [next(making) for _ in range(4)]
    assert {word.done for word in told} == {0}
    decoded.set()
    made = ended(making, told)
    assert sorted({word.done for word in told}) == [0, 1, 2]
    assert made.facts["count"] == 2


def test_what_fails_in_the_thread_is_told_to_whoever_waits():
    def broken() -> None:
        raise MemoryError("no room")

    with ThreadPoolExecutor(1) as pool, pytest.raises(MemoryError, match="no room"):
        ended(heard(pool.submit(broken), Progress(done=0, total=1)), [])


def ended(making: object, told: list[Progress]) -> Made:
    while True:
        try:
            told.append(next(making))
        except StopIteration as end:
            return end.value

"""Garbage is what no outcome names and nobody touched lately; nothing else is."""

import json
import time
from pathlib import Path

import pytest

from farm.errors import StoreError
from farm.store.gc import DAY, HOUR, collect_garbage
from farm.store.local import LocalStore
from farm.task import Artifact, Outcome


class Clock:
    """The real time, moved on by what the test says: the age of a file cannot be faked."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> LocalStore:
    return LocalStore(str(tmp_path / "store"), clock=clock)


def _remember(store: LocalStore, key: str, *pieces: bytes) -> list[Artifact]:
    artifacts = [store.put(piece, kind="exr") for piece in pieces]
    outputs = {f"out{i}": artifact for i, artifact in enumerate(artifacts)}
    store.remember(Outcome(key=key, outputs=outputs))
    return artifacts


def test_bytes_that_no_outcome_names_go_and_named_ones_stay(
    store: LocalStore, clock: Clock
) -> None:
    _remember(store, "aa", b"named")
    loose = store.put(b"loose!", kind="exr")
    clock.ahead = 2 * HOUR
    swept = collect_garbage(store, dry_run=False)
    assert (swept.outcomes, swept.artifacts, swept.freed, swept.kept) == (0, 1, 6, 1)
    assert store.recall("aa")
    assert loose.digest not in set(store.digests())


def test_a_dry_run_says_the_same_and_removes_nothing(store: LocalStore, clock: Clock) -> None:
    _remember(store, "aa", b"named")
    store.put(b"loose!", kind="exr")
    clock.ahead = 40 * DAY
    said = collect_garbage(store, keep_days=30, dry_run=True)
    assert store.recall("aa")
    clock.ahead = 80 * DAY
    assert collect_garbage(store, keep_days=30, dry_run=False) == said


def test_frames_of_a_sequence_stay_with_it(store: LocalStore, clock: Clock) -> None:
    frames = [store.put(piece, kind="exr") for piece in (b"one", b"two")]
    rows = [
        {"frame": i, "digest": a.digest, "size": 3, "kind": "exr"} for i, a in enumerate(frames)
    ]
    sequence = store.put(json.dumps({"frames": rows}).encode(), kind="sequence")
    store.remember(Outcome(key="aa", outputs={"frames": sequence}))
    clock.ahead = 2 * HOUR
    assert collect_garbage(store, dry_run=False).artifacts == 0
    assert store.recall("aa")
    store.forget("aa")
    assert collect_garbage(store, dry_run=False).artifacts == 3


def test_young_bytes_stay_because_their_outcome_may_be_on_its_way(store: LocalStore) -> None:
    store.put(b"loose", kind="exr")
    assert collect_garbage(store, dry_run=False).artifacts == 0


def test_old_bytes_that_were_just_kept_again_count_as_young(
    store: LocalStore, clock: Clock
) -> None:
    store.put(b"loose", kind="exr")
    time.sleep(1.1)
    clock.ahead = HOUR - 0.5
    store.put(b"loose", kind="exr")
    assert collect_garbage(store, dry_run=False).artifacts == 0


def test_what_was_made_since_the_oldest_task_at_work_began_stays(
    store: LocalStore, clock: Clock
) -> None:
    store.claim("bb", owner="east", seconds=100 * DAY)
    store.put(b"its first frame", kind="exr")
    clock.ahead = 5 * HOUR
    assert collect_garbage(store, keep_days=0, dry_run=False).artifacts == 0
    store.release("bb", owner="east")
    assert collect_garbage(store, dry_run=False).artifacts == 1


def test_outcomes_that_nobody_asked_for_in_days_go_and_recalled_ones_stay(
    store: LocalStore, clock: Clock
) -> None:
    (old,) = _remember(store, "aa", b"old")
    (used,) = _remember(store, "bb", b"used")
    clock.ahead = 31 * DAY
    assert store.recall("bb")
    swept = collect_garbage(store, keep_days=30, dry_run=False)
    assert (swept.outcomes, swept.artifacts) == (1, 1)
    assert store.recall("aa") is None
    assert store.recall("bb")
    assert set(store.digests()) == {used.digest}
    assert old.digest != used.digest


def test_stale_leases_go_and_live_ones_stay(store: LocalStore, clock: Clock) -> None:
    store.claim("aa", owner="dead", seconds=60)
    store.claim("bb", owner="east", seconds=10 * DAY)
    clock.ahead = 2 * DAY
    collect_garbage(store, dry_run=False)
    assert [lease.key for lease in store.leases.all()] == ["bb"]


def test_desks_of_the_dead_go_and_those_of_the_living_stay(store: LocalStore) -> None:
    with store.scratch() as scratch:
        (scratch / "half").write_bytes(b"x" * 10)
        dead = Path(store.desk.place, "1-dead")
        dead.mkdir()
        (dead / "half").write_bytes(b"x" * 100)
        swept = collect_garbage(store, dry_run=False)
        assert (swept.desks, swept.freed) == (1, 100)
        assert not dead.exists()
        assert scratch.exists()


def test_a_store_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        collect_garbage(LocalStore(str(tmp_path / "nowhere")), dry_run=False)
    assert list(tmp_path.iterdir()) == []

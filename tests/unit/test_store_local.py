"""What only a store in a folder has to prove: full disks, torn files, dead owners, races."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from farm.errors import FullError, MissingError, StoreError
from farm.store.desk import abandoned
from farm.store.local import LocalStore
from farm.task import Outcome, Task
from functions.worker import perform

KEY = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(str(tmp_path / "store"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 256 KiB, where this user may."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk; the faked one below is always tested")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def _files(place: Path) -> set[str]:
    """List what is in a store, without locks and desks."""
    own = {"lock", "held"}
    return {
        str(path.relative_to(place))
        for path in place.rglob("*")
        if path.is_file() and path.name not in own
    }


# Full disks


def test_a_full_disk_ends_clearly_and_leaves_what_was_there(small_disk: Path) -> None:
    store = LocalStore(str(small_disk))
    kept = store.put(b"light" * 1000, kind="exr")
    store.remember(Outcome(key=KEY, outputs={"clip": kept}))
    before = _files(small_disk)
    with pytest.raises(FullError, match=r"no room left[\s\S]*farm gc"):
        store.put(os.urandom(1 << 20), kind="exr")
    assert _files(small_disk) == before
    assert store.recall(KEY)
    assert store.put(b"small", kind="json")


def test_a_stage_that_fills_the_disk_ends_clearly_too(small_disk: Path) -> None:
    task = Task(stage="probe", version=1, params={"write_bytes": 1 << 20})
    with pytest.raises(FullError, match="no room left"):
        list(perform(task, str(small_disk)))
    assert _files(small_disk) == set()
    fits = Task(stage="probe", version=1, params={"write_bytes": 1 << 10})
    assert list(perform(fits, str(small_disk)))


@pytest.mark.parametrize("refusal", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_half_way_through_leaves_nothing_half_written(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    store.put(b"first", kind="json")
    before, write = _files(Path(store.place)), os.write

    def write_a_little(seat: int, data: memoryview) -> int:
        if len(data) <= 500:
            raise OSError(refusal, os.strerror(refusal))
        return write(seat, data[:400])

    monkeypatch.setattr(os, "write", write_a_little)
    for fill in (
        lambda: store.put(b"x" * 1000, kind="exr"),
        lambda: store.remember(Outcome(key=KEY, outputs={})),
        lambda: store.write_note("a", "x" * 1000),
    ):
        with pytest.raises(FullError):
            fill()
    monkeypatch.undo()
    assert _files(Path(store.place)) == before


def test_a_folder_that_cannot_be_written_to_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be used") as caught:
        LocalStore(str(tmp_path / "file")).put(b"light", kind="exr")
    assert "choose another store" in caught.value.hint


# Torn and altered files


@pytest.mark.parametrize("harm", ["truncate", "flip", "empty", "swap"])
def test_an_outcome_that_was_torn_or_altered_counts_as_missing(
    store: LocalStore, harm: str
) -> None:
    store.remember(Outcome(key=KEY, outputs={}, facts={"score": 1}))
    record = Path(store.place, "outcomes", KEY[:2], KEY)
    whole = record.read_bytes()
    harmed = {
        "truncate": whole[:-5],
        "flip": whole.replace(b'"score":1', b'"score":2'),
        "empty": b"",
        "swap": b"{}",
    }
    record.write_bytes(harmed[harm])
    assert store.recall(KEY) is None


def test_a_file_verified_once_is_hashed_again_only_when_it_was_touched(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = store.put(b"light", kind="exr")
    path = store.path(artifact)
    monkeypatch.setattr("farm.store.local.digest_file", lambda _: "hashed")
    assert store.path(artifact) == path
    path.touch()
    with pytest.raises(MissingError):
        store.path(artifact)


def test_a_note_that_was_torn_is_not_passed_over(store: LocalStore) -> None:
    store.write_note("picks/a", 1)
    Path(store.place, "notes/picks/a.json").write_text("{")
    with pytest.raises(StoreError, match=r"cannot be read[\s\S]*remove it"):
        store.read_note("picks/a")


# Dead owners

DIE_HALF_WAY = """
import os, signal, sys
from farm.store.local import LocalStore
store = LocalStore(sys.argv[1])
with store.scratch() as scratch:
    (scratch / "half").write_bytes(b"x" * 1000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_worker_left_is_cleared_by_the_next_and_by_nobody_before(
    store: LocalStore,
) -> None:
    store.put(b"light", kind="exr")
    dead = subprocess.run([sys.executable, "-c", DIE_HALF_WAY, store.place], check=False)
    assert dead.returncode == -signal.SIGKILL
    (desk,) = abandoned(store.desk.place)
    assert desk.size == 1000
    LocalStore(store.place).put(b"night", kind="exr")
    assert abandoned(store.desk.place) == []
    store.put(b"more", kind="exr")


RACE = """
import sys, time
from farm.store.local import LocalStore
place, owner, rounds, start = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
store = LocalStore(place, clock=lambda: 1e9)
won = []
for n in range(rounds):
    while time.time() < start + n * 0.003:
        pass
    if store.claim(f"{n:064x}", owner=owner, seconds=60):
        won.append(n)
print(*won)
"""


@pytest.mark.parametrize("stale", [False, True])
def test_two_farms_race_for_a_lease_and_one_wins(store: LocalStore, *, stale: bool) -> None:
    rounds = 150
    if stale:  # a dead farm's leases, long expired: the race is for the take-over
        past = LocalStore(store.place, clock=lambda: 1e8)
        for n in range(rounds):
            past.claim(f"{n:064x}", owner="dead", seconds=60)
    start = str(time.time() + 1.0)
    farms = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, store.place, owner, str(rounds), start],
            stdout=subprocess.PIPE,
        )
        for owner in ("east", "west")
    ]
    east, west = (set(farm.communicate()[0].split()) for farm in farms)
    assert not east & west
    assert len(east | west) == rounds

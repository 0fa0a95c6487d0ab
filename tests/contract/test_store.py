"""One suite for every store: whole or absent, verified, and never two owners of one lease."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from farm.digest import digest_bytes, digest_write
from farm.errors import MissingError, StoreError
from farm.store import STORES, open_store
from farm.store.base import Store
from farm.task import Artifact, Outcome
from tests.contract.stores import RIGS, Rig

KEY = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](request, tmp_path) as rig:
        yield rig


def test_every_store_on_the_guest_list_is_in_this_suite() -> None:
    assert STORES.names() == sorted(RIGS)


def _outcome(key: str = KEY, **outputs: Artifact) -> Outcome:
    return Outcome(key=key, outputs=outputs, facts={"score": 0.5, "words": ["a"]}, seconds=1.5)


def _sequence(store: Store, *pieces: bytes) -> tuple[Artifact, list[Artifact]]:
    frames = [store.put(piece, kind="exr") for piece in pieces]
    rows = [
        {"frame": 1001 + i, "digest": a.digest, "size": a.size, "kind": a.kind}
        for i, a in enumerate(frames)
    ]
    return store.put(json.dumps({"frames": rows}).encode(), kind="sequence"), frames


# Bytes


def test_bytes_come_back_under_their_digest(rig: Rig) -> None:
    artifact = rig.store.put(b"light", kind="exr")
    assert artifact == Artifact(digest=digest_bytes(b"light"), size=5, kind="exr")
    assert rig.again().get(artifact) == b"light"
    assert rig.again().path(artifact).read_bytes() == b"light"


def test_nothing_is_something_too(rig: Rig) -> None:
    assert rig.store.get(rig.store.put(b"", kind="json")) == b""


def test_keeping_the_same_bytes_twice_keeps_one(rig: Rig) -> None:
    first = rig.store.put(b"light", kind="exr")
    before = rig.shelf.written(first)
    assert rig.store.put(b"light", kind="exr") == first
    assert rig.shelf.written(first) == before


def test_a_finished_file_is_kept(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "frame.exr"
    file.write_bytes(b"light" * 1000)
    artifact = rig.store.put_file(file, kind="exr")
    assert artifact.digest == digest_bytes(b"light" * 1000)
    assert rig.store.get(artifact) == b"light" * 1000


def test_a_file_whose_digest_its_writer_took_is_not_read_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(path: Path) -> str:
        raise AssertionError(f"{path.name} was read for its digest")

    monkeypatch.setattr("farm.store.local.digest_file", never)
    with rig.store.scratch() as scratch:
        digest = digest_write(scratch / "frame.exr", memoryview(b"light" * 1000))
        artifact = rig.store.put_file(scratch / "frame.exr", kind="exr", digest=digest)
    assert artifact.digest == digest_bytes(b"light" * 1000)
    assert rig.store.get(artifact) == b"light" * 1000


def test_a_file_from_the_scratch_folder_is_kept_and_the_folder_goes(rig: Rig) -> None:
    with rig.store.scratch() as scratch:
        (scratch / "frame.exr").write_bytes(b"light")
        (scratch / "rest").mkdir()
        artifact = rig.store.put_file(scratch / "frame.exr", kind="exr")
    assert not scratch.exists()
    assert rig.store.get(artifact) == b"light"


def test_a_linked_file_is_copied_so_that_its_other_name_cannot_change_it(
    rig: Rig, tmp_path: Path
) -> None:
    file, link, soft = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    file.write_bytes(b"light")
    link.hardlink_to(file)
    soft.symlink_to(file)
    kept = rig.store.put_file(link, kind="exr")
    assert rig.store.put_file(soft, kind="exr") == kept
    file.write_bytes(b"night")
    assert rig.store.get(kept) == b"light"


def test_what_a_stage_reads_cannot_be_written_to(rig: Rig) -> None:
    artifact = rig.store.put(b"light", kind="exr")
    assert rig.store.path(artifact).stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("read", ["get", "path"])
@pytest.mark.parametrize("harm", [b"", b"lig", b"night", b"lighter"])
def test_altered_bytes_are_never_read_and_are_dropped(rig: Rig, read: str, harm: bytes) -> None:
    artifact = rig.store.put(b"light", kind="exr")
    getattr(rig.store, read)(artifact)
    rig.shelf.harm(artifact, harm)
    with pytest.raises(MissingError, match="altered"):
        getattr(rig.store, read)(artifact)
    assert not rig.shelf.holds(artifact)
    with pytest.raises(MissingError, match="run the same command again"):
        getattr(rig.store, read)(artifact)


def test_altered_bytes_are_healed_by_keeping_them_again(rig: Rig) -> None:
    artifact = rig.store.put(b"light", kind="exr")
    rig.shelf.harm(artifact, b"night")
    assert rig.store.put(b"light", kind="exr") == artifact
    assert rig.store.get(artifact) == b"light"


def test_sixteen_threads_keep_the_same_bytes_as_one(rig: Rig) -> None:
    data, kept, gate = b"light" * 100_000, [], threading.Barrier(16)

    def keep() -> None:
        store = rig.again()
        gate.wait()
        kept.append(store.put(data, kind="exr"))

    threads = [threading.Thread(target=keep) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 16
    assert len(set(kept)) == 1
    assert rig.store.get(kept[0]) == data


# Outcomes


def test_what_was_remembered_is_recalled_by_another_farm(rig: Rig) -> None:
    outcome = _outcome(clip=rig.store.put(b"clip", kind="clip"))
    rig.store.remember(outcome)
    assert rig.again().recall(KEY) == outcome
    assert rig.store.recall(OTHER) is None


def test_a_forgotten_outcome_is_not_recalled(rig: Rig) -> None:
    rig.store.remember(_outcome())
    rig.store.forget(KEY)
    rig.store.forget(KEY)
    assert rig.store.recall(KEY) is None


@pytest.mark.parametrize("harm", [b"", b"cli", b"plic", b"clips"])
def test_an_outcome_whose_bytes_were_altered_is_not_recalled(rig: Rig, harm: bytes) -> None:
    artifact = rig.store.put(b"clip", kind="clip")
    rig.store.remember(_outcome(clip=artifact))
    rig.shelf.harm(artifact, harm)
    assert rig.again().recall(KEY) is None
    assert not rig.shelf.holds(artifact)


def test_an_outcome_whose_bytes_are_gone_is_not_recalled(rig: Rig) -> None:
    artifact = rig.store.put(b"clip", kind="clip")
    rig.store.remember(_outcome(clip=artifact))
    rig.shelf.lose(artifact)
    assert rig.store.recall(KEY) is None


def test_bytes_that_were_only_touched_are_recalled(rig: Rig) -> None:
    artifact = rig.store.put(b"clip", kind="clip")
    rig.store.remember(_outcome(clip=artifact))
    rig.shelf.touch(artifact)
    assert rig.store.recall(KEY)
    assert rig.store.recall(KEY)


def test_a_sequence_is_recalled_only_with_all_its_frames(rig: Rig) -> None:
    sequence, frames = _sequence(rig.store, b"one", b"two", b"three")
    rig.store.remember(_outcome(frames=sequence))
    assert rig.store.recall(KEY)
    rig.shelf.harm(frames[1], b"owt")
    assert rig.again().recall(KEY) is None


# Leases


def test_a_lease_has_one_owner(rig: Rig) -> None:
    assert rig.store.claim(KEY, owner="east", seconds=60)
    assert not rig.again().claim(KEY, owner="west", seconds=60)
    assert rig.store.claim(KEY, owner="east", seconds=60)
    assert rig.again().claim(OTHER, owner="west", seconds=60)


def test_a_released_lease_is_free(rig: Rig) -> None:
    rig.store.claim(KEY, owner="east", seconds=60)
    rig.store.release(KEY, owner="west")
    assert not rig.store.claim(KEY, owner="west", seconds=60)
    rig.store.release(KEY, owner="east")
    assert rig.store.claim(KEY, owner="west", seconds=60)


def test_an_expired_lease_is_taken_over_and_its_owner_learns_of_it(rig: Rig) -> None:
    rig.store.claim(KEY, owner="east", seconds=60)
    rig.clock.now += 61
    assert rig.store.claim(KEY, owner="west", seconds=60)
    assert not rig.store.renew(KEY, owner="east", seconds=60)
    rig.store.release(KEY, owner="east")
    assert rig.store.renew(KEY, owner="west", seconds=60)


def test_a_renewed_lease_lasts(rig: Rig) -> None:
    rig.store.claim(KEY, owner="east", seconds=60)
    rig.clock.now += 50
    assert rig.store.renew(KEY, owner="east", seconds=60)
    rig.clock.now += 50
    assert not rig.store.claim(KEY, owner="west", seconds=60)


def test_an_expired_lease_that_nobody_took_can_be_renewed(rig: Rig) -> None:
    rig.store.claim(KEY, owner="east", seconds=60)
    rig.clock.now += 3600
    assert rig.store.renew(KEY, owner="east", seconds=60)
    assert not rig.store.renew(OTHER, owner="east", seconds=60)


# Notes


def test_a_note_is_kept_and_replaced(rig: Rig) -> None:
    assert rig.store.read_note("picks/aurora/sq010_sh0010") is None
    rig.store.write_note("picks/aurora/sq010_sh0010", {"take": "t01"})
    rig.store.write_note("picks/aurora/sq010_sh0010", {"take": "t02"})
    assert rig.again().read_note("picks/aurora/sq010_sh0010") == {"take": "t02"}


@pytest.mark.parametrize("name", ["../../escape", "a/../b", "été/夜", ".", "a.json/b", "x y"])
def test_a_note_stays_in_the_store_whatever_its_name(rig: Rig, name: str) -> None:
    rig.store.write_note(name, 1)
    rig.store.write_note("a", 2)
    assert rig.store.read_note(name) == 1
    assert rig.shelf.strays() == []


def test_a_note_needs_a_name(rig: Rig) -> None:
    with pytest.raises(StoreError, match="cannot name a note"):
        rig.store.write_note("picks//x", 1)


# The door


def test_a_store_that_is_only_looked_at_is_not_made(rig: Rig) -> None:
    assert rig.store.recall(KEY) is None
    assert rig.store.read_note("picks/a") is None
    assert rig.shelf.is_empty()


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}"])
def test_a_folder_is_opened_by_path_and_by_uri(form: str, tmp_path: Path) -> None:
    assert open_store(form.format(tmp_path)).uri == f"file:{tmp_path}"


@pytest.mark.parametrize("uri", ["gs://x", "ftp:x", "s4://bucket"])
def test_a_place_that_no_store_serves_is_refused_by_name(uri: str) -> None:
    with pytest.raises(StoreError, match=r"is not supported yet[\s\S]*hint: give a folder"):
        open_store(uri)

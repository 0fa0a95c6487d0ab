"""Publishing: whole or not at all, once, and as cheap as a link."""

import errno
import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from farm.delivery import placing
from farm.delivery.manifest import read_manifest
from farm.delivery.placing import place
from farm.delivery.publish import publish
from farm.delivery.verify import verify
from farm.digest import digest_bytes, digest_file
from farm.errors import DeliveryError, FullError, MissingError
from farm.frames import FrameRange
from farm.store import open_store
from farm.store.base import Store

from .delivered import MADE, delivery, sequence


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def _never(source: Path, target: Path) -> bool:
    return False


def leftovers(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.name.startswith(".")]


def test_everything_lies_where_the_layout_says(store: Store, tmp_path: Path, out: Path) -> None:
    folder = publish(delivery(store, tmp_path), store, out, made=MADE).folder
    assert folder == out / "aurora/tonic_9x16/sq010_sh0010/v001"
    stem = "aurora_tonic_9x16_sq010_sh0010_v001"
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        f"{stem}_review.mp4",
        f"{stem}_takes.png",
        *(f"exr/{stem}.{n}.exr" for n in range(1001, 1005)),
        "manifest.json",
    ]
    assert not leftovers(out)


def test_the_manifest_lists_every_file_and_where_it_came_from(
    store: Store, tmp_path: Path, out: Path
) -> None:
    folder = publish(delivery(store, tmp_path), store, out, made=MADE).folder
    manifest = read_manifest(folder)
    assert manifest.frames == FrameRange(1001, 1004)
    assert manifest.lineage["prompt"] == "A red ball"
    assert manifest.made == MADE
    for file in manifest.files:
        path = folder / file.path
        assert (path.stat().st_size, digest_file(path)) == (file.size, file.sha256)
    numbers = [file.frame for file in manifest.files if file.kind == "exr"]
    assert numbers == [1001, 1002, 1003, 1004]
    assert verify(folder, pixels=True).faults == ()


def test_delivered_files_cannot_be_written_to(store: Store, tmp_path: Path, out: Path) -> None:
    folder = publish(delivery(store, tmp_path), store, out, made=MADE).folder
    assert all(not p.stat().st_mode & 0o222 for p in folder.rglob("*") if p.is_file())


def test_the_same_content_is_left_as_it_is(store: Store, tmp_path: Path, out: Path) -> None:
    small = delivery(store, tmp_path)
    folder = publish(small, store, out, made=MADE).folder
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    assert publish(small, store, out, made={"when": "later"}).folder == folder
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_a_version_is_never_overwritten(store: Store, tmp_path: Path, out: Path) -> None:
    small = delivery(store, tmp_path)
    folder = publish(small, store, out, made=MADE).folder
    with pytest.raises(DeliveryError, match="another content"):
        publish(replace(small, content="d" * 64), store, out, made=MADE)
    assert verify(folder).faults == ()


def flip(path: Path) -> None:
    """Alter a byte and keep the size, some time after the delivery."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(2**62, 2**62))


SPOILT = {"gone": Path.unlink, "cut": lambda path: os.truncate(path, 10), "altered": flip}


@pytest.mark.parametrize("name", SPOILT)
def test_a_damaged_version_is_mended_with_the_very_bytes(
    store: Store, tmp_path: Path, out: Path, name: str
) -> None:
    small = delivery(store, tmp_path)
    folder = publish(small, store, out, made=MADE).folder
    (victim,) = folder.glob("exr/*.1002.exr")
    data = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(data)
    SPOILT[name](victim)
    assert verify(folder).faults
    done = publish(small, store, out, made={"when": "later"})
    assert done.mended == (f"exr/{victim.name}",)
    assert victim.read_bytes() == data
    assert verify(folder).faults == ()
    assert publish(small, store, out, made=MADE).mended == ()


def test_a_damaged_version_whose_bytes_the_store_has_lost_is_told(
    store: Store, tmp_path: Path, out: Path
) -> None:
    small = delivery(store, tmp_path)
    folder = publish(small, store, out, made=MADE).folder
    (victim,) = folder.glob("exr/*.1002.exr")
    (kept,) = Path(store.uri.removeprefix("file:")).rglob(digest_file(victim))
    kept.chmod(0o644)
    kept.unlink()
    victim.unlink()
    with pytest.raises(MissingError):
        publish(small, store, out, made=MADE)


def test_movies_sequences_and_stills_lie_where_their_kind_says(
    store: Store, tmp_path: Path, out: Path
) -> None:
    small = delivery(store, tmp_path)
    movie, still = store.put(b"hdr", kind="movie"), store.put(b"still", kind="avif")
    asked = replace(
        small,
        movies={"review": movie, "prores4444_pq": movie},
        sequences={"dpx": small.frames},
        stills={"avif": still},
    )
    folder = publish(asked, store, out, made=MADE).folder
    stem = "aurora_tonic_9x16_sq010_sh0010_v001"
    for path in (f"{stem}_prores4444_pq.mov", f"{stem}_still.avif", f"dpx/{stem}.1003.dpx"):
        assert (folder / path).is_file()
    assert verify(folder).faults == ()


def test_a_media_hash_list_is_made_and_asked(store: Store, tmp_path: Path, out: Path) -> None:
    pytest.importorskip("ascmhl", reason="pip install 'farm[editorial]' brings it")
    small = replace(delivery(store, tmp_path), mhl=True)
    folder = publish(small, store, out, made=MADE).folder
    (listed,) = folder.glob("ascmhl/*_v001_*.mhl")
    assert "xxh128" in listed.read_text()
    assert verify(folder).faults == ()
    (folder / "ascmhl" / "note.txt").write_text("x")
    assert [str(fault) for fault in verify(folder).faults] == [
        "ascmhl/note.txt: not in the manifest"
    ]
    (victim,) = folder.glob("exr/*.1002.exr")
    victim.unlink()
    assert any(fault.path == "ascmhl" for fault in verify(folder).faults)


def test_what_an_interrupted_farm_left_is_cleared(store: Store, tmp_path: Path, out: Path) -> None:
    half_done = out / "aurora/tonic_9x16/sq010_sh0010/.v001.part/exr"
    half_done.mkdir(parents=True)
    (half_done / "a.exr").write_bytes(b"half")
    folder = publish(delivery(store, tmp_path), store, out, made=MADE).folder
    assert not leftovers(out)
    assert verify(folder).faults == ()


def test_a_fault_while_publishing_leaves_nothing(store: Store, tmp_path: Path, out: Path) -> None:
    small = delivery(store, tmp_path)
    rows = json.loads(store.get(small.frames[1]))["frames"]
    lost = Path(store.uri.removeprefix("file:"))
    (victim,) = lost.rglob(rows[0]["digest"])
    victim.chmod(0o644)
    victim.write_bytes(b"altered")
    with pytest.raises(MissingError):
        publish(small, store, out, made=MADE)
    assert not leftovers(out)
    assert not list(out.rglob("v001"))


def test_a_gap_between_the_chunks_is_not_delivered(store: Store, tmp_path: Path, out: Path) -> None:
    small = delivery(store, tmp_path, count=6)
    with pytest.raises(DeliveryError, match="not one whole run"):
        publish(replace(small, frames=small.frames[::-1] * 2), store, out, made=MADE)
    rows = json.loads(store.get(small.frames[1]))["frames"]
    assert rows[0]["frame"] == 1004
    gone = replace(small, frames=(small.frames[0], sequence(store, {})))
    publish(replace(gone, version="v002"), store, out, made=MADE)
    with pytest.raises(DeliveryError, match="not one whole run"):
        publish(replace(small, frames=(sequence(store, {}),), version="v003"), store, out, made={})


def test_two_farms_publish_at_once_and_one_delivery_stands(
    store: Store, tmp_path: Path, out: Path
) -> None:
    small = delivery(store, tmp_path)
    folders, faults = [], []

    def farm() -> None:
        try:
            folders.append(publish(small, store, out, made=MADE).folder)
        except DeliveryError as fault:
            faults.append(fault)

    farms = [threading.Thread(target=farm) for _ in range(8)]
    for one in farms:
        one.start()
    for one in farms:
        one.join()
    assert not faults
    assert len(set(folders)) == 1
    assert verify(folders[0]).faults == ()


def test_a_file_is_linked_where_blocks_cannot_be_shared(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"pixels")
    place(source, target, digest=digest_bytes(b"pixels"))
    assert target.read_bytes() == b"pixels"
    shares = target.stat().st_ino == source.stat().st_ino or target.stat().st_nlink == 1
    assert shares


def test_a_file_is_copied_where_it_cannot_be_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "_linked", _never)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"pixels")
    place(source, target, digest=digest_bytes(b"pixels"))
    assert target.read_bytes() == b"pixels"
    assert target.stat().st_ino != source.stat().st_ino
    with pytest.raises(DeliveryError, match="changed while"):
        place(source, tmp_path / "c", digest="0" * 64)
    assert not (tmp_path / "c").exists()


def test_a_full_disk_is_told_and_leaves_nothing(
    store: Store, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> bool:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    small = delivery(store, tmp_path)
    monkeypatch.setattr(placing, "_linked", full)
    monkeypatch.setattr(placing, "_shared", _never)
    with pytest.raises(FullError, match="no room"):
        publish(small, store, out, made=MADE)
    assert not leftovers(out)


def test_a_place_that_may_not_be_written_is_told(store: Store, tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("not a folder")
    with pytest.raises(DeliveryError, match="cannot be written"):
        publish(delivery(store, tmp_path), store, blocked, made=MADE)

"""Publish a delivery: assembled beside its place under another name, then renamed whole."""

import fcntl
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from farm.delivery import mhl
from farm.delivery.layout import frame_path, movie_path, picture_path, sheet_path, still_path
from farm.delivery.manifest import File, Manifest, Picture, read_manifest, write_manifest
from farm.delivery.mend import mend
from farm.delivery.placing import disk_fault, place
from farm.digest import Plain
from farm.errors import DeliveryError
from farm.frames import FrameRange
from farm.media.flight import in_flight
from farm.naming import Address
from farm.store.base import Store
from farm.task import Artifact

HALF_DONE = ".part"
AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to be handed over, all of it in the store.

    `frames` are sequences whose numbers follow each other, and so are `sequences`, by their kind;
    `movies` and `stills` are named by their kind; `others` are files by their path, and what has no
    frames of its own says its `span`. `lineage` is written into the manifest.
    """

    address: Address
    version: str
    content: str
    picture: Picture
    frames: tuple[Artifact, ...] = ()
    movies: Mapping[str, Artifact] = field(default_factory=dict)
    sequences: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    stills: Mapping[str, Artifact] = field(default_factory=dict)
    sheet: Artifact | None = None
    others: Mapping[str, Artifact] = field(default_factory=dict)
    span: FrameRange | None = None
    mhl: bool = False
    lineage: Mapping[str, Plain] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version's folder, and what had to be put back into it because it was damaged."""

    folder: Path
    mended: tuple[str, ...] = ()


Placed = list[tuple[File, Artifact]]


def publish(delivery: Delivery, store: Store, out: Path, *, made: Mapping[str, Plain]) -> Published:
    """Publish a version under `out`; one that is there is left as it is, and mended if damaged.

    `made` says who, when and where. Raises DeliveryError where the version is there with another
    content or cannot be mended, and FullError where there is no room.
    """
    mended: tuple[str, ...] = ()
    shot = out / delivery.address.folder
    folder = shot / delivery.version
    try:
        shot.mkdir(parents=True, exist_ok=True)
        with _alone_in(shot):
            _clear_half_done(shot)
            if folder.exists():
                mended = _mended(folder, delivery, store)
            else:
                _assemble(delivery, store, folder, made=made)
    except OSError as error:
        raise disk_fault(error, folder) from error
    return Published(folder=folder, mended=mended)


def _assemble(delivery: Delivery, store: Store, folder: Path, *, made: Mapping[str, Plain]) -> None:
    """Build the version in a folder that no one takes for a delivery, and move it to its place."""
    hidden = folder.with_name(f".{folder.name}{HALF_DONE}")
    draft = hidden / folder.name
    placed = _placed(delivery, store)
    try:
        for file, _ in placed:
            (draft / file.path).parent.mkdir(parents=True, exist_ok=True)
        deque(in_flight(lambda row: _place(row, store, draft), placed, at_once=AT_ONCE), maxlen=0)
        manifest = write_manifest(draft, _manifest(delivery, placed, made))
        manifest.chmod(0o444)
        if delivery.mhl:
            mhl.seal(draft)
        _settle(manifest)
        draft.rename(folder)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
    _settle(folder.parent)


def _place(placed: tuple[File, Artifact], store: Store, draft: Path) -> None:
    """Bring one file to its place; from a store far away a few come at once."""
    file, artifact = placed
    place(store.path(artifact), draft / file.path, digest=artifact.digest)


def _placed(delivery: Delivery, store: Store) -> Placed:
    """Name every file of the delivery, frames first."""
    address, version = delivery.address, delivery.version
    placed: Placed = []
    frames = _run(delivery.frames, store, address.label) if delivery.span is None else []
    for number, artifact in frames:
        placed.append((_file(frame_path(address, version, number), artifact, number), artifact))
    for kind, artifact in delivery.movies.items():
        placed.append((_file(movie_path(address, version, kind), artifact), artifact))
    for kind, parts in delivery.sequences.items():
        for number, artifact in _run(parts, store, address.label):
            path = picture_path(address, version, kind, number)
            placed.append((_file(path, artifact), artifact))
    for kind, artifact in delivery.stills.items():
        placed.append((_file(still_path(address, version, kind), artifact), artifact))
    for path, artifact in delivery.others.items():
        placed.append((_file(path, artifact), artifact))
    if delivery.sheet:
        placed.append((_file(sheet_path(address, version), delivery.sheet), delivery.sheet))
    return placed


def _run(parts: Sequence[Artifact], store: Store, label: str) -> list[tuple[int, Artifact]]:
    """Read sequences as one run of frames; a gap or a double is not delivered."""
    rows = [row for part in parts for row in json.loads(store.get(part))["frames"]]
    frames = sorted(((row["frame"], _artifact(row)) for row in rows), key=lambda row: row[0])
    numbers = [number for number, _ in frames]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise DeliveryError(
            f"{label}: the frames to deliver are not one whole run",
            hint="run the same command again; if it stays, some master left a gap",
        )
    return frames


def _artifact(row: dict[str, Any]) -> Artifact:
    """Rebuild a frame's reference from a sequence's JSON, which has no static types."""
    return Artifact(digest=row["digest"], size=row["size"], kind=row["kind"])


def _file(path: str, artifact: Artifact, frame: int | None = None) -> File:
    return File(
        path=path, size=artifact.size, sha256=artifact.digest, kind=artifact.kind, frame=frame
    )


def _manifest(delivery: Delivery, placed: Placed, made: Mapping[str, Plain]) -> Manifest:
    files = tuple(file for file, _ in placed)
    numbers = [file.frame for file in files if file.frame is not None]
    return Manifest(
        show=delivery.address.show,
        variant=delivery.address.variant,
        shot=delivery.address.shot,
        version=delivery.version,
        content=delivery.content,
        frames=delivery.span or FrameRange(min(numbers), max(numbers)),
        picture=delivery.picture,
        files=files,
        lineage=delivery.lineage,
        made=made,
    )


def _mended(folder: Path, delivery: Delivery, store: Store) -> tuple[str, ...]:
    """See that a version which is there already is the same; put back what it has lost."""
    manifest = read_manifest(folder)
    if manifest.content != delivery.content:
        raise DeliveryError(
            f"{folder} was published with another content in the meantime",
            hint="run the same command again: it becomes the next version",
        )
    return mend(folder, manifest, store)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder against other farms; the kernel lets go of it when this one dies."""
    seat = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(seat, fcntl.LOCK_EX)
        yield
    finally:
        os.close(seat)


def _clear_half_done(shot: Path) -> None:
    """Take away what an interrupted farm left: nobody else is at work here now."""
    for path in shot.glob(f".*{HALF_DONE}"):
        shutil.rmtree(path)


def _settle(path: Path) -> None:
    seat = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(seat)
    finally:
        os.close(seat)

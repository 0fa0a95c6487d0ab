"""Publish a delivery: assembled beside its place under another name, then renamed whole."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from farm.delivery.layout import frame_path, movie_path, sheet_path
from farm.delivery.manifest import File, Manifest, Picture, read_manifest, write_manifest
from farm.delivery.placing import disk_fault, place
from farm.delivery.verify import missing_or_cut
from farm.digest import Plain
from farm.errors import DeliveryError
from farm.frames import FrameRange
from farm.naming import Address
from farm.store.base import Store
from farm.task import Artifact

HALF_DONE = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is to be handed over, all of it in the store.

    `frames` are sequences whose numbers follow each other; `movies` are named by their kind;
    `lineage` is written into the manifest.
    """

    address: Address
    version: str
    content: str
    picture: Picture
    frames: tuple[Artifact, ...]
    movies: Mapping[str, Artifact] = field(default_factory=dict)
    sheet: Artifact | None = None
    lineage: Mapping[str, Plain] = field(default_factory=dict)


Placed = list[tuple[File, Artifact]]


def publish(delivery: Delivery, store: Store, out: Path, *, made: Mapping[str, Plain]) -> Path:
    """Publish a version under `out` and return its folder; one that is there is left as it is.

    `made` says who, when and where. Raises DeliveryError where the version is there with another
    content or is no longer whole, and FullError where there is no room.
    """
    shot = out / delivery.address.folder
    folder = shot / delivery.version
    try:
        shot.mkdir(parents=True, exist_ok=True)
        with _alone_in(shot):
            _clear_half_done(shot)
            if folder.exists():
                _check_kept(folder, delivery)
            else:
                _assemble(delivery, store, folder, made=made)
    except OSError as error:
        raise disk_fault(error, folder) from error
    return folder


def _assemble(delivery: Delivery, store: Store, folder: Path, *, made: Mapping[str, Plain]) -> None:
    """Build the version under a name that no one takes for a delivery, and rename it."""
    draft = folder.with_name(f".{folder.name}{HALF_DONE}")
    placed = _placed(delivery, store)
    try:
        for file, artifact in placed:
            target = draft / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            place(store.path(artifact), target, digest=artifact.digest)
        manifest = write_manifest(draft, _manifest(delivery, placed, made))
        manifest.chmod(0o444)
        _settle(manifest)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _settle(folder.parent)


def _placed(delivery: Delivery, store: Store) -> Placed:
    """Name every file of the delivery, frames first."""
    address, version = delivery.address, delivery.version
    placed: Placed = []
    for number, artifact in _frames(delivery, store):
        placed.append((_file(frame_path(address, version, number), artifact, number), artifact))
    for kind, artifact in delivery.movies.items():
        placed.append((_file(movie_path(address, version, kind), artifact), artifact))
    if delivery.sheet:
        placed.append((_file(sheet_path(address, version), delivery.sheet), delivery.sheet))
    return placed


def _frames(delivery: Delivery, store: Store) -> list[tuple[int, Artifact]]:
    """Read the sequences as one run of frames; a gap or a double is not delivered."""
    rows = [row for part in delivery.frames for row in json.loads(store.get(part))["frames"]]
    frames = sorted(((row["frame"], _artifact(row)) for row in rows), key=lambda row: row[0])
    numbers = [number for number, _ in frames]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise DeliveryError(
            f"{delivery.address.label}: the frames to deliver are not one whole run",
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
        frames=FrameRange(min(numbers), max(numbers)),
        picture=delivery.picture,
        files=files,
        lineage=delivery.lineage,
        made=made,
    )


def _check_kept(folder: Path, delivery: Delivery) -> None:
    """See that a version which is there already is the same, and whole as far as sizes tell."""
    manifest = read_manifest(folder)
    if manifest.content != delivery.content:
        raise DeliveryError(
            f"{folder} was published with another content in the meantime",
            hint="run the same command again: it becomes the next version",
        )
    if faults := missing_or_cut(folder, manifest):
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise DeliveryError(
            f"{folder} is no longer whole: {faults[0]}{more}",
            hint=f"see `farm verify {folder}`; move the folder away and deliver it anew",
        )


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

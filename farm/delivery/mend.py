"""Mend a published version: what is gone or altered is put back from the store, byte for byte."""

from collections.abc import Iterator
from pathlib import Path

from farm.delivery.manifest import File, Manifest
from farm.delivery.placing import place
from farm.delivery.presence import absence
from farm.delivery.version import MANIFEST
from farm.digest import digest_file
from farm.store.base import Store
from farm.task import Artifact


def mend(folder: Path, manifest: Manifest, store: Store) -> tuple[str, ...]:
    """Put every damaged file back, and return their paths; whole versions are left untouched.

    A file counts as damaged when it is gone, has another size, or was written after the manifest
    and has other bytes. Raises MissingError where the store does not have a file's very bytes.
    """
    damaged = list(_damaged(folder, manifest))
    for file in damaged:
        _put_back(folder, file, store)
    return tuple(file.path for file in damaged)


def _damaged(folder: Path, manifest: Manifest) -> Iterator[File]:
    sealed = (folder / MANIFEST).stat().st_mtime_ns
    for file in manifest.files:
        path = folder / file.path
        if absence(folder, file) or (
            path.stat().st_mtime_ns > sealed and digest_file(path) != file.sha256
        ):
            yield file


def _put_back(folder: Path, file: File, store: Store) -> None:
    """Place the bytes beside their place, then move them there: whole or not at all."""
    target = folder / file.path
    fresh = target.with_name(f".{target.name}.part")
    artifact = Artifact(digest=file.sha256, size=file.size, kind=file.kind)
    source = store.path(artifact)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    place(source, fresh, digest=file.sha256)
    fresh.replace(target)

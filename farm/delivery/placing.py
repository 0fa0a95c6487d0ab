"""A file from the store, placed in a delivery at the least cost: shared blocks, a link, a copy."""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from farm.errors import DeliveryError, FullError, PlanError
from farm.store.copying import FICLONE, copy_and_digest

READ_ONLY = 0o444
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def place(source: Path, target: Path, *, digest: str) -> None:
    """Place a verified, read-only file; raises FullError or DeliveryError, leaving nothing."""
    try:
        if not _shared(source, target) and not _linked(source, target):
            _copied(source, target, digest=digest)
    except OSError as error:
        with contextlib.suppress(FileNotFoundError):
            target.unlink()
        raise disk_fault(error, target) from error


def see_that_writable(folder: Path) -> None:
    """Raise PlanError where no delivery can ever be written: better said before all the work."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with TemporaryDirectory(prefix=".farm_", dir=there):
            pass
    except OSError as error:
        raise PlanError(
            f"nothing can be delivered into {folder}: {error.strerror or error}",
            hint="check that you may write there, or choose another folder with --out",
        ) from error


def disk_fault(error: OSError, place: Path) -> FullError | DeliveryError:
    """Say what a refusal of the disk means to a delivery."""
    if error.errno in FULL:
        return FullError(
            f"there is no room left to deliver to {place.parent}",
            hint="free some space and run the same command again",
        )
    return DeliveryError(
        f"{place} cannot be written: {error.strerror or error}",
        hint="check that you may write there, or choose another folder with --out",
    )


def _shared(source: Path, target: Path) -> bool:
    """Share the source's blocks, where the file system can."""
    with source.open("rb") as reader, target.open("xb") as writer:
        try:
            fcntl.ioctl(writer.fileno(), FICLONE, reader.fileno())
        except OSError:
            target.unlink()
            return False
    target.chmod(READ_ONLY)
    return True


def _linked(source: Path, target: Path) -> bool:
    """Link to the very file in the store, which nobody can write to."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _copied(source: Path, target: Path, *, digest: str) -> None:
    if copy_and_digest(os.fspath(source), os.fspath(target))[0] != digest:
        target.unlink()
        raise DeliveryError(f"{target.name} changed while it was copied", hint="run it again")
    target.chmod(READ_ONLY)

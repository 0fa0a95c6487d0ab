"""The desk of one farm or worker: where half-finished files lie until they are whole.

Every desk is a folder inside the store, so that finishing a file is a rename. Its owner holds a
lock on it; the kernel drops that lock when the owner dies, however it dies, and whoever opens
the next desk clears away what the dead left behind.
"""

import contextlib
import fcntl
import itertools
import os
import secrets
import shutil
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from farm.store.locks import is_free, locked, open_lock

HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """A desk whose owner is gone, and the bytes that lie on it."""

    folder: str
    size: int


class Desk:
    """A folder of this owner alone, made when it is first needed and gone with its owner."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._folder = ""
        self._opening = threading.Lock()
        self._count = itertools.count()

    def draft(self) -> str:
        """Name a file on the desk that nobody else uses; nothing is made yet."""
        return f"{self._folder or self._open()}/{os.getpid()}-{next(self._count)}"

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Lend an empty folder, and take it away with all that is in it."""
        folder = self.draft()
        os.mkdir(folder)
        try:
            yield Path(folder)
        finally:
            _remove(folder)

    def _open(self) -> str:
        with self._opening:
            if not self._folder:
                with locked(f"{self.place}/lock"):
                    clear_abandoned(self.place)
                    self._folder = self._settle()
        return self._folder

    def _settle(self) -> str:
        folder = f"{self.place}/{os.getpid()}-{secrets.token_hex(4)}"
        seat = open_lock(f"{folder}/{HELD}")
        fcntl.flock(seat, fcntl.LOCK_SH)
        weakref.finalize(self, _leave, folder, seat, os.getpid())
        return folder


def abandoned(place: str) -> list[Abandoned]:
    """List the desks whose owners are gone."""
    try:
        folders = [entry.path for entry in os.scandir(place) if entry.is_dir()]
    except FileNotFoundError:
        return []
    return [
        Abandoned(folder=folder, size=_size(folder))
        for folder in folders
        if is_free(f"{folder}/{HELD}")
    ]


def clear_abandoned(place: str) -> None:
    """Remove the desks whose owners are gone; the caller holds the lock of `place`."""
    for desk in abandoned(place):
        shutil.rmtree(desk.folder, ignore_errors=True)


def _leave(folder: str, seat: int, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(seat)


def _remove(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)


def _size(folder: str) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{parent}/{name}").st_size
    return total

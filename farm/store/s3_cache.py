"""What this machine keeps of the buckets: a folder of verified bytes, the least used go first.

It is a store in a folder that may lose anything at any time. All farms and workers of a machine
share it, for all buckets: a digest means the same bytes everywhere.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path

from farm.errors import FullError, MissingError
from farm.store.faults import disk
from farm.store.local import SEAL, LocalStore
from farm.store.locks import locked
from farm.task import Artifact

GB = 1e9
NOTED = "records"
DEFAULT_GB = 20.0
LEFT_ALONE = 300.0
"""Seconds after its last use in which nothing is dropped: whoever asked for it may not have opened
it yet. So the cap may be passed for as long."""

ROOM_AFTER = 0.8
"""How full a cache is left that had grown past its cap."""

USED_SECONDS = 60.0


def cache_folder(environ: Mapping[str, str] = os.environ) -> str:
    """Name the folder: FARM_CACHE, or the user's cache."""
    home = environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return environ.get("FARM_CACHE") or os.path.join(home, "farm")


def cache_cap(environ: Mapping[str, str] = os.environ) -> int:
    """Return how many bytes it may hold: FARM_CACHE_GB."""
    said = environ.get("FARM_CACHE_GB", "")
    try:
        return int(max(0.0, float(said)) * GB)
    except ValueError:
        return int(DEFAULT_GB * GB)


class Cache:
    """Verified files by digest, no more than `cap` bytes of them."""

    def __init__(self, place: str, *, cap: int, left_alone: float = LEFT_ALONE) -> None:
        self.shelf = LocalStore(place)
        self.cap = cap
        self._left_alone = left_alone
        self._added = cap  # so that the first to add something looks at what is there
        self._adding = threading.Lock()

    def keep(self, data: bytes, *, kind: str) -> Artifact:
        """Keep bytes."""
        return self._kept(self._with_room(lambda: self.shelf.put(data, kind=kind)))

    def keep_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a file, which is taken away from where it lies."""
        put = self.shelf.put_file
        return self._kept(self._with_room(lambda: put(path, kind=kind, digest=digest)))

    def fetched(self, artifact: Artifact, fetch: Callable[[str], None]) -> None:
        """Keep what is fetched into a file of that name, and was hashed on its way there."""

        def keep() -> Artifact:
            with disk(self.shelf.uri), self.shelf.scratch() as scratch:
                fetch(f"{scratch}/coming")
                self.shelf.put_verified(scratch / "coming", artifact)
            return artifact

        self._kept(self._with_room(keep))

    def path(self, artifact: Artifact) -> Path | None:
        """Return a verified, read-only file, or None."""
        try:
            path = self.shelf.path(artifact)
            self._mark_used(path)
        except MissingError:
            return None
        return path

    def get(self, artifact: Artifact) -> bytes | None:
        """Return verified bytes, or None."""
        try:
            return self.shelf.get(artifact)
        except MissingError:
            return None

    def note(self, name: str, data: bytes) -> None:
        """Keep a few bytes under a name; their reader must be able to tell if they are whole."""
        place, draft = self._noted(name), self.shelf.desk.draft()
        with contextlib.suppress(OSError):  # then it is fetched again
            with open(draft, "xb") as file:
                file.write(data)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.replace(draft, place)

    def noted(self, name: str) -> bytes:
        """Return what was noted under a name; empty if nothing was."""
        try:
            with open(self._noted(name), "rb", buffering=0) as file:
                return file.readall()
        except OSError:
            return b""

    def make_room(self, *, to: int) -> int:
        """Drop what was used longest ago until `to` bytes are left; return how many are."""
        with locked(f"{self.shelf.place}/cas/lock"):
            files = sorted(self._files())
            total = sum(size for _, size, _ in files)
            now = self.shelf.clock()
            for used, size, path in files:
                if total <= to or used > now - self._left_alone:
                    break
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
                total -= size
        return total

    def _kept(self, artifact: Artifact) -> Artifact:
        with self._adding:
            self._added += artifact.size
            due = self._added > self.cap * (1 - ROOM_AFTER)
            if due:
                self._added = 0
        if due:
            self._look()
        return artifact

    def _look(self) -> None:
        """Make room if the cap is passed; what others added meanwhile counts too."""
        if sum(size for _, size, _ in self._files()) > self.cap:
            self.make_room(to=int(self.cap * ROOM_AFTER))

    def _with_room(self, keep: Callable[[], Artifact]) -> Artifact:
        """Keep something; where the disk is full, drop half of the cache and try once more."""
        try:
            return keep()
        except FullError:
            self.make_room(to=sum(size for _, size, _ in self._files()) // 2)
            return keep()

    def _mark_used(self, path: Path) -> None:
        """Renew a file's change time, by which the least used is told."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            if os.stat(path).st_ctime < self.shelf.clock() - USED_SECONDS:
                os.utime(path, ns=(SEAL, SEAL))

    def _noted(self, name: str) -> str:
        return f"{self.shelf.place}/{NOTED}/{name[-2:]}/{name}"

    def _files(self) -> list[tuple[float, int, str]]:
        """List when each file was used, its size and its path."""
        found = []
        rooms = (f"{self.shelf.place}/{room}" for room in ("cas", NOTED))
        for folder, _, names in chain.from_iterable(map(os.walk, rooms)):
            for name in names:
                path = f"{folder}/{name}"
                with contextlib.suppress(FileNotFoundError):
                    status = os.stat(path)
                    if name != "lock":
                        found.append((status.st_ctime, status.st_size, path))
        return found

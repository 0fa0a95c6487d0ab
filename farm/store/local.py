"""A store in a folder: the default, and the one that tests use.

    cas/<2 hex>/<digest>      the bytes, read-only, sealed
    outcomes/<2 hex>/<key>    a line with the digest of what follows, then the outcome as JSON
    leases/  notes/  desks/   who is at work; small values; half-finished files

Every write is finished on a desk and then renamed, so it is whole or absent for whoever looks.
Nothing but notes is fsynced: after a power cut a file may be short, empty or gone although its
name is there, and each of these is caught where it matters, because an outcome carries its own
digest, recall checks every size and seal, and bytes that feed a task are hashed. What is lost
is made again. A note is a person's word, which cannot be made again.

The seal makes a look at recall cheap: a finished object gets one fixed modification time, and
whoever writes to it afterwards breaks that. A broken seal costs one hash: whole bytes are sealed
again, others are dropped.
"""

import contextlib
import errno
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

from farm.digest import Plain, canonical, digest_bytes, digest_file
from farm.errors import MissingError, StoreError
from farm.store.copying import copy_and_digest
from farm.store.desk import Desk
from farm.store.faults import disk
from farm.store.leases import Leases
from farm.store.locks import locked
from farm.task import Artifact, Outcome

SEAL = 1_000_000_000 * 10**9  # nanoseconds of the epoch: a second in 2001
READ_ONLY = 0o444
HOUR = 3600.0


class LocalStore:
    """Bytes by digest, outcomes by key, leases and notes, all under one folder.

    The folder is made by the first write. `clock` gives the seconds of the epoch.
    """

    def __init__(self, place: str, *, clock: Callable[[], float] = time.time) -> None:
        self.place = os.path.abspath(os.path.expanduser(place))
        self.uri = f"file:{self.place}"
        self.lanes = 4
        self.desk = Desk(f"{self.place}/desks")
        self.leases = Leases(f"{self.place}/leases", desk=self.desk, clock=clock)
        self.clock = clock
        self._verified: dict[str, tuple[int, ...]] = {}

    # Bytes by digest

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep the bytes; twice costs nothing. Raises FullError when there is no room."""
        artifact = Artifact(digest=digest_bytes(data), size=len(data), kind=kind)
        with disk(self.uri):
            if not self._has_already(artifact):
                with _undone_on_fault(self.desk.draft()) as draft:
                    _write(draft, data, mode=READ_ONLY)
                    self._shelve(draft, artifact.digest)
        return artifact

    def put_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a finished file: taken away by a rename where that is possible, else copied."""
        with disk(self.uri), _undone_on_fault(self.desk.draft()) as draft:
            digest, size = _take(os.fspath(path), draft, digest)
            artifact = Artifact(digest=digest, size=size, kind=kind)
            if self._has_already(artifact):
                os.unlink(draft)
            else:
                os.chmod(draft, READ_ONLY)
                self._shelve(draft, digest)
        return artifact

    def put_verified(self, path: Path, artifact: Artifact) -> None:
        """Keep a file from our own scratch whose bytes were hashed on their way into it."""
        with disk(self.uri):
            os.chmod(path, READ_ONLY)
            self._shelve(os.fspath(path), artifact.digest)

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes; raises MissingError (and drops them) if gone or altered."""
        shelf = self._shelf(artifact.digest)
        with disk(self.uri):
            try:
                with open(shelf, "rb", buffering=0) as file:
                    data = file.readall()
            except FileNotFoundError:
                raise self._missing(artifact) from None
            if digest_bytes(data) != artifact.digest:
                raise self._altered(artifact)
        return data

    def path(self, artifact: Artifact) -> Path:
        """Return a read-only file, verified now or since it was last touched."""
        shelf = self._shelf(artifact.digest)
        with disk(self.uri):
            try:
                identity = _identity(shelf)
                if self._verified.get(artifact.digest) != identity:
                    if digest_file(Path(shelf)) != artifact.digest:
                        raise self._altered(artifact)
                    self._verified[artifact.digest] = identity
            except FileNotFoundError:
                raise self._missing(artifact) from None
        return Path(shelf)

    def scratch(self) -> AbstractContextManager[Path]:
        """Lend a folder inside the store for one task's files, and take it away afterwards."""
        return self.desk.folder()

    # Outcomes by key

    def recall(self, key: str) -> Outcome | None:
        """Return what this work left behind, if it was done and all of it is still whole."""
        outcome = self.outcome(key)
        with disk(self.uri):
            if outcome is None or not all(map(self._is_whole, outcome.outputs.values())):
                return None
        self._mark_used(key)
        return outcome

    def remember(self, outcome: Outcome) -> None:
        """Keep an outcome under its key; its artifacts must be in the store already."""
        body = canonical(outcome.plain())
        with disk(self.uri), _undone_on_fault(self.desk.draft()) as draft:
            _write(draft, b"%s\n%s" % (digest_bytes(body).encode(), body))
            _move(draft, self._record(outcome.key))

    def forget(self, key: str) -> None:
        """Drop an outcome, so that its work counts as not done."""
        with disk(self.uri), contextlib.suppress(FileNotFoundError):
            os.unlink(self._record(key))

    def outcome(self, key: str) -> Outcome | None:
        """Read the outcome under a key without a look at its artifacts; a torn one is none."""
        with disk(self.uri):
            try:
                with open(self._record(key), "rb", buffering=0) as file:
                    digest, _, body = file.readall().partition(b"\n")
            except FileNotFoundError:
                return None
        if digest_bytes(body).encode() != digest:
            return None
        try:
            return Outcome.from_plain(json.loads(body))
        except (ValueError, KeyError, TypeError):
            return None

    # Leases and notes

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take the lease on a key: True if `owner` holds it now; an expired one is taken over."""
        with disk(self.uri):
            return self.leases.claim(key, owner=owner, seconds=seconds)

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease; False if it was lost to somebody else."""
        with disk(self.uri):
            return self.leases.renew(key, owner=owner, seconds=seconds)

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back."""
        with disk(self.uri):
            self.leases.release(key, owner=owner)

    def write_note(self, name: str, value: Plain) -> None:
        """Keep a small mutable value under a name such as `picks/aurora/sq010_sh0010`."""
        note = self._note(name)
        with disk(self.uri), _undone_on_fault(self.desk.draft()) as draft:
            _write(draft, canonical(value), sync=True)
            _move(draft, note)

    def read_note(self, name: str) -> Plain:
        """Return a note's value, or None."""
        note = self._note(name)
        try:
            with open(note, "rb") as file:
                value: Plain = json.load(file)
        except FileNotFoundError:
            return None
        except ValueError:
            raise StoreError(
                f"the note {name!r} in {self.uri} cannot be read",
                hint=f"somebody wrote to {note}; remove it and say it again",
            ) from None
        return value

    # What is left to the garbage collector

    def outcome_keys(self) -> Iterator[str]:
        """Name every key with an outcome."""
        return _leaves(f"{self.place}/outcomes")

    def digests(self) -> Iterator[str]:
        """Name every digest that has bytes."""
        return _leaves(f"{self.place}/cas")

    def last_used(self, key: str) -> float:
        """Say when an outcome was last made or recalled, to an hour; 0 if it is gone."""
        with contextlib.suppress(FileNotFoundError):
            return os.stat(self._record(key)).st_mtime
        return 0.0

    def frames_of(self, artifact: Artifact) -> list[Artifact]:
        """List the frames of a sequence; raises MissingError if its list is gone or altered."""
        rows = json.loads(self.get(artifact))["frames"]
        return [Artifact(digest=r["digest"], size=r["size"], kind=r["kind"]) for r in rows]

    def sweep(self, digest: str, *, before: float, dry_run: bool) -> int | None:
        """Remove bytes that nobody touched since `before`; return how many, or None if any did."""
        with locked(self._sweeping), contextlib.suppress(FileNotFoundError):
            status = os.stat(self._shelf(digest))
            if status.st_ctime < before:
                if not dry_run:
                    os.unlink(self._shelf(digest))
                return status.st_size
        return None

    # Inside

    @property
    def _sweeping(self) -> str:
        return f"{self.place}/cas/lock"

    def _shelf(self, digest: str) -> str:
        return f"{self.place}/cas/{digest[:2]}/{digest}"

    def _record(self, key: str) -> str:
        return f"{self.place}/outcomes/{key[:2]}/{key}"

    def _note(self, name: str) -> str:
        words = name.split("/")
        if not all(words):
            raise StoreError(f"{name!r} cannot name a note", hint="name it like picks/show/shot")
        path = "/".join(quote(word, safe=" ").replace(".", "%2E") for word in words)
        return f"{self.place}/notes/{path}.json"

    def _shelve(self, draft: str, digest: str) -> None:
        """Put verified bytes in their place; who reads them here next need not hash them again."""
        os.utime(draft, ns=(SEAL, SEAL))
        _move(draft, self._shelf(digest))
        with contextlib.suppress(FileNotFoundError):
            self._verified[digest] = _identity(self._shelf(digest))

    def _has_already(self, artifact: Artifact) -> bool:
        """Tell whether the bytes are there and sealed, and save them from a sweep under way."""
        shelf = self._shelf(artifact.digest)
        if not _is_sealed(shelf, artifact.size):
            return False
        with locked(self._sweeping, shared=True), contextlib.suppress(FileNotFoundError):
            os.utime(shelf, ns=(SEAL, SEAL))
            return True
        return False

    def _is_whole(self, artifact: Artifact) -> bool:
        try:
            if not self._is_there(artifact):
                return False
            return artifact.kind != "sequence" or all(map(self._is_there, self.frames_of(artifact)))
        except MissingError:
            return False

    def _is_there(self, artifact: Artifact) -> bool:
        shelf = self._shelf(artifact.digest)
        return _is_sealed(shelf, artifact.size) or self._seal_again(artifact, shelf)

    def _seal_again(self, artifact: Artifact, shelf: str) -> bool:
        try:
            if digest_file(Path(shelf)) != artifact.digest:
                os.unlink(shelf)
                return False
            os.chmod(shelf, READ_ONLY)
            os.utime(shelf, ns=(SEAL, SEAL))
        except FileNotFoundError:
            return False
        return os.stat(shelf).st_size == artifact.size

    def _mark_used(self, key: str) -> None:
        """Note, once an hour at most, that an outcome is wanted: for the garbage collector."""
        if self.last_used(key) < self.clock() - HOUR:
            with contextlib.suppress(OSError):
                now = self.clock()
                os.utime(self._record(key), (now, now))

    def _missing(self, artifact: Artifact) -> MissingError:
        return MissingError(
            f"{self.uri} has no {artifact.kind} {artifact.digest}",
            hint="run the same command again: what is missing is made again",
        )

    def _altered(self, artifact: Artifact) -> MissingError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._shelf(artifact.digest))
        return MissingError(
            f"the {artifact.kind} {artifact.digest} in {self.uri} was altered or cut short; "
            "it has been dropped",
            hint="run the same command again: what is missing is made again",
        )


@contextlib.contextmanager
def _undone_on_fault(draft: str) -> Iterator[str]:
    try:
        yield draft
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def _write(path: str, data: bytes, *, mode: int = 0o666, sync: bool = False) -> None:
    seat = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(seat, rest) :]
        if sync:
            os.fsync(seat)
    finally:
        os.close(seat)


def _move(draft: str, place: str) -> None:
    try:
        os.replace(draft, place)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(draft, place)


def _take(path: str, draft: str, known: str) -> tuple[str, int]:
    """Bring a file onto the desk as `draft`, and return its digest, if not `known`, and size."""
    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
        try:
            os.rename(path, draft)
        except OSError as error:
            if error.errno not in {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EROFS}:
                raise
        else:
            return known or digest_file(Path(draft)), status.st_size
    return copy_and_digest(path, draft)


def _is_sealed(path: str, size: int) -> bool:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return False
    return status.st_size == size and status.st_mtime_ns == SEAL


def _identity(path: str) -> tuple[int, ...]:
    status = os.stat(path)
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _leaves(folder: str) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError):
        for shelf in sorted(os.listdir(folder)):
            with contextlib.suppress(NotADirectoryError):
                yield from sorted(os.listdir(f"{folder}/{shelf}"))

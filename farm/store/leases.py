"""Leases: who is at work on which key, until when, so that two farms never pay twice."""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from farm.store.desk import Desk
from farm.store.locks import locked
from farm.store.owners import is_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A claim on a key: whose it is, since when, and until when, in seconds of the epoch."""

    key: str
    owner: str
    since: float
    until: float


class Leases:
    """One small file a lease, changed only under one lock, always whole.

    The lock makes "read, decide, write" one step for every farm on the folder, so two that take
    over the same expired lease cannot both win. A lease that does not parse was torn by a power
    cut; its owner is dead, and the key is free. So is the key of an owner that ran on this machine
    and is gone: nobody waits for its lease to run out.
    """

    def __init__(self, place: str, *, desk: Desk, clock: Callable[[], float]) -> None:
        self._place = place
        self._desk = desk
        self._clock = clock

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take or keep the lease on `key`; False if it is somebody else's and still good."""
        with locked(f"{self._place}/lock"):
            now = self._clock()
            held = self._read(key)
            others = held and held.owner != owner and held.until > now
            if held and others and not is_gone(held.owner):
                return False
            since = held.since if held and held.owner == owner else now
            self._write(Lease(key=key, owner=owner, since=since, until=now + seconds))
            return True

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease, even one that ran out unnoticed; False if it is not `owner`'s now."""
        with locked(f"{self._place}/lock"):
            held = self._read(key)
            if not held or held.owner != owner:
                return False
            until = self._clock() + seconds
            self._write(Lease(key=key, owner=owner, since=held.since, until=until))
            return True

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back, if it is still `owner`'s."""
        with locked(f"{self._place}/lock"):
            held = self._read(key)
            if held and held.owner == owner:
                self._remove(key)

    def held(self, key: str) -> Lease | None:
        """Return the lease on `key` as it lies there, even one that ran out."""
        return self._read(key)

    def all(self) -> list[Lease]:
        """List every lease, those that ran out included."""
        with contextlib.suppress(FileNotFoundError):
            leases = (self._read(name) for name in sorted(os.listdir(self._place)))
            return [lease for lease in leases if lease]
        return []

    def live(self) -> list[Lease]:
        """List the leases that are good now."""
        now = self._clock()
        return [lease for lease in self.all() if lease.until > now]

    def drop_expired(self, *, before: float) -> int:
        """Remove the leases that ran out before a time, and count them."""
        with locked(f"{self._place}/lock"):
            stale = [lease for lease in self.all() if lease.until < before]
            for lease in stale:
                self._remove(lease.key)
        return len(stale)

    def _read(self, key: str) -> Lease | None:
        try:
            with open(f"{self._place}/{key}", "rb") as file:
                raw = json.load(file)
            return Lease(key=key, **raw)
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _write(self, lease: Lease) -> None:
        terms = {"owner": lease.owner, "since": lease.since, "until": lease.until}
        draft = self._desk.draft()
        try:
            with open(draft, "xb", buffering=0) as file:
                file.write(json.dumps(terms).encode())
            os.replace(draft, f"{self._place}/{lease.key}")
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise

    def _remove(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self._place}/{key}")

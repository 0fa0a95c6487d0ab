"""Leases in a bucket: made only where none is, taken over only from the dead."""

import json
import secrets
import threading
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from farm.digest import canonical
from farm.store.leases import Lease
from farm.store.s3_beats import FOLDER as BEATS
from farm.store.s3_beats import Beats, BuriedError
from farm.store.s3_bucket import Bucket, Fetched, TakenError

FOLDER = "leases"
TRIES = 3
MANY = 8
"""From so many keys on that others hold, their leases are watched by listing."""

LOOK_SECONDS = 1.0
RELEASE_SECONDS = 5.0
"""How long a release is tried, and how long after a failed request none is: it is owed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What a lease says: whose it is, on which heartbeat it stands, and for how long.

    `since` is when its work began, by the server's clock; 0 where the object is as old as that.
    """

    owner: str
    beat: str
    seconds: float
    since: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Held:
    """A lease of ours, its object's ETag, and the number of the beat that last proved it good."""

    terms: _Terms
    etag: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """A lease of somebody else's, as it was seen."""

    terms: _Terms
    etag: str


class BucketLeases:
    """Claims, renews and releases; may be called from several threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._beats = Beats(bucket)
        self._held: dict[str, _Held] = {}
        self._owed: dict[str, str] = {}
        self._others: dict[str, _Other] = {}
        self._seen: dict[str, str] = {}
        self._looked = float("-inf")
        self._looking = threading.Lock()

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take or keep the lease on `key`; False if it is somebody else's and still good."""
        self._settle(but=key)
        if self.is_others(key):
            return False
        self._others.pop(key, None)
        if key in self._held and self.renew(key, owner=owner, seconds=seconds):
            return True
        for _ in range(TRIES):
            try:
                self._write(key, _Terms(owner=owner, beat="", seconds=seconds))
            except TakenError:
                there = self._bucket.get(_place(key))
                if there is None:
                    continue
                return self._take_over(key, there, owner=owner, seconds=seconds)
            else:
                return True
        return False

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease, even one that ran out unnoticed; False if it is not `owner`'s now."""
        self._settle(but=key)
        held = self._held.get(key)
        if held is None or held.terms.owner != owner or held.terms.seconds != seconds:
            return self._adopt(key, owner=owner, seconds=seconds)
        beat = self._beats.own(owner, seconds)
        try:
            if beat.name == held.terms.beat:
                held.number = self._beats.after(beat, held.number)
                return True
        except BuriedError:
            pass
        return self._adopt(key, owner=owner, seconds=seconds)

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back, if it is still `owner`'s."""
        if self._bucket.patience.calm_for() < RELEASE_SECONDS:
            self._owed[key] = owner  # nobody who stops should wait for a server that is away
        else:
            self._give_back(key, owner=owner)

    def _give_back(self, key: str, *, owner: str) -> None:
        held = self._held.pop(key, None)
        self._others.pop(key, None)
        if held and held.terms.owner == owner and self._is_surely_ours(held):
            etag = held.etag
        else:
            there = self._bucket.get(_place(key))
            terms = _terms(there.data) if there else None
            if there is None or terms is None or terms.owner != owner:
                return
            etag = there.found.etag
        self._bucket.delete(_place(key), only=etag, seconds=RELEASE_SECONDS)

    def is_others(self, key: str) -> bool:
        """Tell whether another farm is surely at work on a key, without a request of its own.

        Where many keys are waited for, one listing a second answers for all of them.
        """
        other = self._others.get(key)
        if other is None or len(self._others) < MANY:
            return False
        if self._listed().get(key) != other.etag:
            self._others.pop(key, None)
            return False
        name, seconds = other.terms.beat, other.terms.seconds
        return self._beats.was_alive(name, within=LOOK_SECONDS) or not self._beats.is_dead(
            name, seconds=seconds
        )

    def _settle(self, *, but: str) -> None:
        """Give back what is owed, as soon as the server is well again; `but` is wanted anew."""
        self._owed.pop(but, None)
        while self._owed and self._bucket.patience.calm_for() > RELEASE_SECONDS:
            key, owner = self._owed.popitem()
            self._give_back(key, owner=owner)

    def live(self) -> list[Lease]:
        """List the leases that are good now; `since` and `until` are the server's times."""
        leases = [self._lease(found.key) for found in self._bucket.listing(f"{FOLDER}/")]
        return [lease for lease in leases if lease]

    def drop_stale(self, *, before: float) -> None:
        """Remove the leases of farms that died before a time, and what is left of their beats."""
        beating = {
            beat.key for beat in self._bucket.listing(f"{BEATS}/") if beat.modified >= before
        }
        for found in list(self._bucket.listing(f"{FOLDER}/")):
            there = self._bucket.get(found.key) if found.modified < before else None
            terms = _terms(there.data) if there else None
            if there and (terms is None or f"{BEATS}/{terms.beat}" not in beating):
                self._bucket.delete(found.key, only=there.found.etag)
        self._beats.remove_stale(before=before)

    def _take_over(self, key: str, there: Fetched, *, owner: str, seconds: float) -> bool:
        """Take a lease that lies there, if it is our own, torn, or of somebody who is dead."""
        terms, etag = _terms(there.data), there.found.etag
        if (
            terms
            and terms.owner != owner
            and not self._beats.is_dead(terms.beat, seconds=terms.seconds)
        ):
            self._others[key] = _Other(terms=terms, etag=etag)
            return False
        since = (terms.since or there.found.modified) if terms and terms.owner == owner else 0.0
        mine = _Terms(owner=owner, beat="", seconds=seconds, since=since)
        try:
            self._write(key, mine, over=etag)
        except TakenError:
            return False
        return True

    def _adopt(self, key: str, *, owner: str, seconds: float) -> bool:
        """Put a lease that is still `owner`'s on the heart that beats now."""
        self._held.pop(key, None)
        there = self._bucket.get(_place(key))
        terms = _terms(there.data) if there else None
        if there is None or terms is None or terms.owner != owner:
            return False
        return self._take_over(key, there, owner=owner, seconds=seconds)

    def _write(self, key: str, terms: _Terms, *, over: str = "") -> None:
        """Write a lease that stands on our heartbeat; raises TakenError if another one is there."""
        beat = self._beats.own(terms.owner, terms.seconds)
        number, terms = beat.number, replace(terms, beat=beat.name)
        body = canonical({**asdict(terms), "mark": secrets.token_hex(8)})
        try:
            etag = self._bucket.put(_place(key), body, only_new=not over, only_over=over)
        except TakenError:
            there = self._bucket.get(_place(key))
            if there is None or there.data != body:
                raise
            etag = there.found.etag  # it was ours: only the answer was lost
        self._held[key] = _Held(terms=terms, etag=etag, number=number)

    def _is_surely_ours(self, held: _Held) -> bool:
        beat = self._beats.own(held.terms.owner, held.terms.seconds)
        return beat.name == held.terms.beat and beat.is_fresh

    def _listed(self) -> dict[str, str]:
        with self._looking:
            now = time.monotonic()
            if now - self._looked > LOOK_SECONDS:
                rows = self._bucket.listing(f"{FOLDER}/")
                self._seen = {found.key.removeprefix(f"{FOLDER}/"): found.etag for found in rows}
                self._looked = now
            return self._seen

    def _lease(self, place: str) -> Lease | None:
        there = self._bucket.get(place)
        terms = _terms(there.data) if there else None
        beat = self._bucket.head(f"{BEATS}/{terms.beat}") if terms else None
        if there is None or terms is None or beat is None:
            return None
        if beat.now - beat.modified >= terms.seconds + 1:
            return None
        return Lease(
            key=place.removeprefix(f"{FOLDER}/"),
            owner=terms.owner,
            since=terms.since or there.found.modified,
            until=beat.modified + terms.seconds,
        )


def _place(key: str) -> str:
    return f"{FOLDER}/{key}"


def _terms(data: bytes) -> _Terms | None:
    """Read a lease; one that cannot be read belongs to nobody."""
    try:
        raw: Any = json.loads(data)  # Any: what lies there may be anything
        return _Terms(
            owner=str(raw["owner"]),
            beat=str(raw["beat"]),
            seconds=float(raw["seconds"]),
            since=float(raw["since"]),
        )
    except (ValueError, TypeError, KeyError):
        return None

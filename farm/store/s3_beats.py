"""Heartbeats: one small object a farm, written again and again, on which all its leases stand.

A thousand leases cost one write a beat, not a thousand. A beat is written only over the one before
it (`If-Match`). Who finds it stale buries it the same way, and only then takes leases over: so a
farm that was asleep learns with its next beat that it counts as dead, and nobody has to compare
clocks. What is stale is told by the server alone: its time now (`Date`) less its time of the last
beat (`Last-Modified`).
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from farm.digest import Plain, canonical
from farm.store.s3_bucket import Bucket, TakenError

FOLDER = "beats"
GRAIN = 1.0
"""Seconds to which `Date` and `Last-Modified` are told."""


class BuriedError(Exception):
    """A farm was taken for dead: its leases may have other owners by now."""


@dataclass(slots=True, kw_only=True)
class Beat:
    """The heartbeat of one owner for leases of one length; `number` counts its beats."""

    owner: str
    seconds: float
    name: str = ""
    etag: str = ""
    number: int = 0
    at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_fresh(self) -> bool:
        """Tell whether the last beat is so young that nobody can have buried it."""
        return time.monotonic() - self.at < self.seconds / 2


class Beats:
    """Beats of our own, and what is known of those of others."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._own: dict[tuple[str, float], Beat] = {}
        self._making = threading.Lock()
        self._alive: dict[str, float] = {}

    def own(self, owner: str, seconds: float) -> Beat:
        """Return an owner's heartbeat, fresh; one that was buried is begun anew."""
        with self._making:
            beat = self._own.setdefault((owner, seconds), Beat(owner=owner, seconds=seconds))
        with beat.lock:
            if not beat.is_fresh:
                try:
                    self._write(beat)
                except BuriedError:
                    self._write(beat)
        return beat

    def after(self, beat: Beat, number: int) -> int:
        """Return the number of a beat after `number`: the last one if it will do, or a new one.

        Raises BuriedError when this farm was taken for dead; its next beat is a new life.
        """
        with beat.lock:
            if beat.number <= number or not beat.is_fresh:
                self._write(beat)
            return beat.number

    def is_dead(self, name: str, *, seconds: float) -> bool:
        """Tell whether a beat is stale or gone, and bury it if it is.

        A server that just came back may find every farm's beat stale: for half a lease after the
        last failed request nobody is buried, so that the living can beat first.
        """
        fetched = self._bucket.get(f"{FOLDER}/{name}")
        if fetched is None or _is_buried(fetched.data):
            return True
        found = fetched.found
        if found.now - found.modified < seconds + GRAIN:
            self._alive[name] = time.monotonic()
            return False
        if self._bucket.patience.calm_for() < seconds / 2:
            return False
        try:
            self._bucket.put(f"{FOLDER}/{name}", _body(dead=True), only_over=found.etag)
        except TakenError:
            return False
        return True

    def was_alive(self, name: str, *, within: float) -> bool:
        """Tell whether somebody's heart was heard to beat within some seconds."""
        return time.monotonic() - self._alive.get(name, float("-inf")) < within

    def remove_stale(self, *, before: float) -> None:
        """Remove beats that nobody wrote since `before`."""
        old = [beat.key for beat in self._bucket.listing(f"{FOLDER}/") if beat.modified < before]
        self._bucket.delete_all(old)

    def _write(self, beat: Beat) -> None:
        """Beat once, or begin; after a BuriedError the next write begins another life."""
        body = _body(owner=beat.owner)
        at = time.monotonic()
        if not beat.name:
            beat.name = secrets.token_hex(8)
            beat.etag = self._bucket.put(f"{FOLDER}/{beat.name}", body, only_new=True)
        else:
            beat.etag = self._over(beat, body)
        beat.at, beat.number = at, beat.number + 1

    def _over(self, beat: Beat, body: bytes) -> str:
        key = f"{FOLDER}/{beat.name}"
        try:
            return self._bucket.put(key, body, only_over=beat.etag)
        except TakenError:
            there = self._bucket.get(key)
            if there and there.data == body:  # it was ours: only the answer was lost
                return there.found.etag
            beat.name, beat.etag, beat.at = "", "", float("-inf")
            raise BuriedError from None


def _body(**words: Plain) -> bytes:
    return canonical({**words, "mark": secrets.token_hex(8)})


def _is_buried(data: bytes) -> bool:
    try:
        said: Any = json.loads(data)  # Any: what lies there may be anything
    except ValueError:
        return True
    return not isinstance(said, dict) or bool(said.get("dead"))

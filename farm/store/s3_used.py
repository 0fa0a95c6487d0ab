"""Which outcomes runs have asked for: many names in one small object, for the garbage collector.

An outcome that is younger than a day needs no mark. What a run recalls in its last minute may stay
unmarked if it is killed: nothing but a later `farm gc --keep-days` reads it, to the day.
"""

import atexit
import json
import secrets
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

from farm.digest import canonical
from farm.errors import StoreError
from farm.store.s3_bucket import Bucket

FOLDER = "used"
DAY = 86400.0
MOST = 1000
EVERY = 60.0  # seconds


class Used:
    """Notes keys, and writes them down together."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._keys: set[str] = set()
        self._told: set[str] = set()
        self._since = time.monotonic()
        self._lock = threading.Lock()
        atexit.register(_write_at_exit, weakref.ref(self))

    def note(self, key: str, *, modified: float, now: float) -> None:
        """Note that an outcome written at `modified` is wanted."""
        if (now or time.time()) - modified < DAY or key in self._told:
            return
        with self._lock:
            self._told.add(key)
            self._keys.add(key)
            due = len(self._keys) >= MOST or time.monotonic() - self._since > EVERY
        if due:
            self.write()

    def write(self) -> None:
        """Write down what was noted."""
        with self._lock:
            keys, self._keys = sorted(self._keys), set()
            self._since = time.monotonic()
        if keys:
            self._bucket.put(f"{FOLDER}/{secrets.token_hex(8)}.json", canonical(keys))


def used_since(bucket: Bucket, *, before: float, dry_run: bool) -> Iterator[tuple[str, float]]:
    """Yield keys and when they were wanted; what was written before a time is removed."""
    for found in list(bucket.listing(f"{FOLDER}/")):
        if found.modified < before:
            if not dry_run:
                bucket.delete(found.key)
            continue
        there = bucket.get(found.key)
        keys: Any = json.loads(there.data) if there else []  # Any: JSON has no static types
        yield from ((str(key), found.modified) for key in keys)


def _write_at_exit(noted: "weakref.ref[Used]") -> None:
    used = noted()
    if used:
        try:
            used.write()
        except StoreError:  # the mark is lost, and nothing else
            return

"""What lies on a shelf of the bucket, listed once for many questions.

One look at an object costs as much as a listing of a thousand. So the first questions about a
shelf (the two first letters of a name) are asked one by one, and whoever goes on asking within a
few seconds has the shelf listed. A run that recalls ten thousand outcomes lists 256 shelves.
"""

import threading
import time
from dataclasses import dataclass, field

from farm.store.s3_bucket import Bucket, Found

WINDOW = 10.0
"""Seconds for which a listing holds, and in which questions count together."""

ONE_BY_ONE = 2


@dataclass(slots=True)
class _Shelf:
    """A shelf: when it was listed, what lay there, and when questions came."""

    listed: float = float("-inf")
    rows: dict[str, Found] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Shelves:
    """The objects under `folder/<2 letters>/<name>`."""

    def __init__(self, bucket: Bucket, folder: str) -> None:
        self._bucket = bucket
        self._folder = folder
        self._shelves: dict[str, _Shelf] = {}
        self._distrusted: set[str] = set()

    def key(self, name: str) -> str:
        """Place a name."""
        return f"{self._folder}/{name[:2]}/{name}"

    def look(self, name: str) -> tuple[bool, Found | None]:
        """Tell whether a listing answers for a name, and what it says; otherwise ask the bucket."""
        if name in self._distrusted:
            return False, None
        shelf = self._shelves.setdefault(name[:2], _Shelf())
        with shelf.lock:
            now = time.monotonic()
            if now - shelf.listed > WINDOW and not self._list(shelf, name[:2], now):
                return False, None
            if name in self._distrusted:
                return False, None
            return True, shelf.rows.get(name)

    def distrust(self, name: str) -> None:
        """Have the bucket asked for this name from now on: its answer must be the last word."""
        self._distrusted.add(name)

    def _list(self, shelf: _Shelf, letters: str, now: float) -> bool:
        """List a shelf if enough was asked of it lately; tell whether it was."""
        shelf.asked = [at for at in shelf.asked if now - at < WINDOW] + [now]
        if len(shelf.asked) <= ONE_BY_ONE:
            return False
        prefix = f"{self._folder}/{letters}/"
        shelf.rows = {found.key[len(prefix) :]: found for found in self._bucket.listing(prefix)}
        shelf.listed = now
        return True

"""Downloads, hashed as they come: ranges at once for what is large.

A line that breaks costs what had not come yet, and nothing else.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from farm.digest import PIECE, Digest
from farm.store.s3_bucket import Bucket, Found, TakenError
from farm.store.s3_uploads import Part, parts_of

PART = 32 << 20
"""Up to twice as much comes in one stream: what a master frame weighs (measured)."""

AT_ONCE = 4


def download(bucket: Bucket, key: str, path: str, *, size: int) -> tuple[Found, str]:
    """Fetch an object of a known size into a new file; return what was found, and its digest.

    One of another size is not fetched, and has no digest. Raises TakenError if there is none, or
    if it changed on the way.
    """
    if size > 2 * PART:
        return _in_parts(bucket, key, path, size=size)
    digest, rest = Digest(), _Rest(key=key)
    with open(path, "xb") as file:  # buffered: a bare one may write a part on a disk that is full
        for piece in _patiently(bucket, rest, only_if=size):
            digest.add(piece)
            file.write(piece)
    assert rest.found  # a stream begins with an answer
    return rest.found, digest.hex if rest.found.size == size else ""


def read_range(bucket: Bucket, key: str, *, start: int, size: int) -> bytes:
    """Fetch some bytes of an object, which has as many; raises TakenError if there is none."""
    return b"".join(_patiently(bucket, _Rest(key=key, start=start, end=start + size)))


@dataclass(slots=True, kw_only=True)
class _Rest:
    """What is still to come of an object: from `start` up to `end`, or all of it."""

    key: str
    start: int = 0
    end: int | None = None
    found: Found | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether all has come."""
        return self.end is not None and self.start >= self.end


def _in_parts(bucket: Bucket, key: str, path: str, *, size: int) -> tuple[Found, str]:
    """Fetch several ranges at once, and hash those that are there meanwhile."""
    found = bucket.head(key)
    if found is None:
        raise TakenError(f"{bucket.place.uri}: there is no {key}")
    if found.size != size:
        return found, ""
    digest = Digest()
    with open(path, "xb") as file:
        os.truncate(file.fileno(), size)
    # bare, so that nothing is read ahead of the ranges that are there
    with ThreadPoolExecutor(AT_ONCE) as pool, open(path, "rb", buffering=0) as file:
        for part in pool.map(lambda p: _fetch(bucket, found, path, p), parts_of(size, part=PART)):
            for start in range(part.start, part.start + part.size, PIECE):
                digest.add(file.read(min(PIECE, part.start + part.size - start)))
    return found, digest.hex


def _fetch(bucket: Bucket, found: Found, path: str, part: Part) -> Part:
    rest = _Rest(key=found.key, start=part.start, end=part.start + part.size, found=found)
    with open(path, "r+b") as file:
        file.seek(part.start)
        file.writelines(_patiently(bucket, rest))
    return part


def _patiently(bucket: Bucket, rest: _Rest, *, only_if: int | None = None) -> Iterator[bytes]:
    """Yield the bytes that are still to come; after a break go on from the byte that came last.

    Nothing comes of an object whose size is not `only_if`.
    """
    pieces: Iterator[bytes] | None = None

    def step() -> bytes:
        nonlocal pieces
        try:
            if pieces is None:
                etag = rest.found.etag if rest.found else ""
                found, pieces = bucket.stream(rest.key, start=rest.start, end=rest.end, etag=etag)
                rest.found = rest.found or found
                rest.end = found.size if rest.end is None else rest.end
            return next(pieces, b"")
        except BaseException:
            pieces = None
            raise

    while not rest.is_there:
        if rest.found and only_if not in (None, rest.found.size):
            return
        piece = bucket.ask(step, doing=f"reading {rest.key}")
        if not piece:
            pieces = None
            continue
        rest.start += len(piece)
        yield piece

"""Downloads: ranges at once for what is large; a line that breaks costs the rest of its range."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from farm.store.s3_bucket import Bucket, Found
from farm.store.s3_uploads import Part, parts_of

PART = 32 << 20
"""Up to twice as much comes in one stream: what a master frame weighs (measured)."""

AT_ONCE = 4


def download(bucket: Bucket, found: Found, path: str) -> None:
    """Fetch an object into a new file; raises TakenError if it changed on the way.

    The bytes are not verified here: whoever takes the file hashes it.
    """
    with open(path, "xb") as file:
        os.truncate(file.fileno(), found.size)
    parts = list(parts_of(found.size, part=PART if found.size > 2 * PART else 2 * PART))
    if len(parts) < 2:
        for part in parts:
            _fetch(bucket, found, path, part)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda part: _fetch(bucket, found, path, part), parts))


def read_range(bucket: Bucket, found: Found, *, start: int, size: int) -> bytes:
    """Fetch some bytes of an object."""
    end = min(start + size, found.size)
    if end <= start:
        return b""
    part = Part(number=1, start=start, size=end - start)
    return b"".join(_patiently(bucket, found, _Rest(part)))


@dataclass(slots=True)
class _Rest:
    """What is still to come of a part."""

    part: Part

    def took(self, size: int) -> None:
        """Note that some more bytes came."""
        part = self.part
        self.part = replace(part, start=part.start + size, size=part.size - size)


def _fetch(bucket: Bucket, found: Found, path: str, part: Part) -> None:
    with open(path, "r+b", buffering=0) as file:
        file.seek(part.start)
        file.writelines(_patiently(bucket, found, _Rest(part)))


def _patiently(bucket: Bucket, found: Found, rest: _Rest) -> Iterator[bytes]:
    """Yield the bytes of a part; after a break go on from the byte that came last."""
    pieces: Iterator[bytes] | None = None

    def step() -> bytes:
        nonlocal pieces
        part = rest.part
        try:
            if pieces is None:
                pieces = bucket.piece(found.key, start=part.start, size=part.size, etag=found.etag)
            return next(pieces, b"")
        except BaseException:
            pieces = None
            raise

    while rest.part.size:
        piece = bucket.ask(step, doing=f"reading {found.key}")
        if not piece:
            pieces = None
            continue
        rest.took(len(piece))
        yield piece

"""Outcomes as they lie in a bucket, with all that they stand on: so a listing proves them whole.

outcomes/<2 letters>/<key>    a line with the digest of what follows, then JSON:
                              {"outcome": ..., "stands_on": [[digest, size, etag], ...]}
"""

import json
from dataclasses import dataclass
from typing import Any

from farm.digest import Plain, canonical, digest_bytes
from farm.task import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Stone:
    """Bytes that an outcome stands on, and the ETag of the object that holds them."""

    digest: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An outcome and everything that it stands on, frames of sequences included."""

    outcome: Outcome
    stands_on: tuple[Stone, ...]


def written(record: Record) -> bytes:
    """Write a record, sealed with its own digest."""
    stones: list[Plain] = [[stone.digest, stone.size, stone.etag] for stone in record.stands_on]
    body = canonical({"outcome": record.outcome.plain(), "stands_on": stones})
    return b"%s\n%s" % (digest_bytes(body).encode(), body)


def read(data: bytes) -> Record | None:
    """Read a record; a torn or foreign one is none."""
    digest, _, body = data.partition(b"\n")
    if digest_bytes(body).encode() != digest:
        return None
    try:
        raw: Any = json.loads(body)  # Any: JSON has no static types; wrong ones raise below
        stones = (Stone(digest=d, size=size, etag=etag) for d, size, etag in raw["stands_on"])
        return Record(outcome=Outcome.from_plain(raw["outcome"]), stands_on=tuple(stones))
    except (ValueError, KeyError, TypeError):
        return None

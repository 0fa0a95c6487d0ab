"""A store in a bucket of S3, or of any server that speaks it.

    cas/<2 hex>/<digest>      the bytes, sealed with their SHA-256, which the server checked
    outcomes/<2 hex>/<key>    the outcome and what it stands on, sealed with its own digest
    leases/  beats/           who is at work on what, and whose heart still beats
    notes/  used/             small values; which outcomes runs have asked for

Every write is whole or absent, because S3's are. First writes of outcomes and leases are
conditional (`If-None-Match`), later ones too (`If-Match`): a server that ignores conditions is no
place for a farm. What is read lies in a cache on this machine (FARM_CACHE, FARM_CACHE_GB).
"""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

from farm.digest import Plain, canonical, digest_bytes
from farm.errors import StoreError
from farm.store.base import Swept
from farm.store.s3_bucket import Bucket, Found, TakenError
from farm.store.s3_cache import Cache, cache_cap, cache_folder
from farm.store.s3_gc import Sweeper
from farm.store.s3_leases import BucketLeases
from farm.store.s3_place import place_in
from farm.store.s3_records import Record, read, written
from farm.store.s3_shelves import Shelves
from farm.store.s3_used import Used
from farm.store.s3_vault import Vault
from farm.task import Artifact, Outcome

OUTCOMES = "outcomes"
LANES = 32


class S3Store:
    """Bytes by digest, outcomes by key, leases and notes under a prefix of a bucket.

    Nothing is written before the first write. `address` is what follows `s3:`, read by `place_in`.
    """

    def __init__(
        self, address: str, *, bucket: Bucket | None = None, cache: Cache | None = None
    ) -> None:
        self.bucket = bucket or Bucket(place_in(address.removeprefix("//")))
        self.uri = self.bucket.place.uri
        self.lanes = LANES
        self.vault = Vault(self.bucket, cache or Cache(cache_folder(), cap=cache_cap()))
        self.leases = BucketLeases(self.bucket)
        self._outcomes = Shelves(self.bucket, OUTCOMES)
        self._records: dict[str, tuple[str, Record]] = {}
        self._used = Used(self.bucket)

    # Bytes by digest

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep the bytes; twice costs one look. Raises FullError when there is no room."""
        return self.vault.put(data, kind=kind)

    def put_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a finished file: on this machine now, in the bucket before `remember` returns."""
        return self.vault.put_file(path, kind=kind, digest=digest)

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes; raises MissingError (and drops them) if gone or altered."""
        return self.vault.get(artifact)

    def path(self, artifact: Artifact) -> Path:
        """Return a read-only, verified file in this machine's cache."""
        return self.vault.path(artifact)

    def get_range(self, artifact: Artifact, *, start: int, size: int) -> bytes:
        """Fetch some bytes of a large artifact, such as its header; they are not verified."""
        return self.vault.get_range(artifact, start=start, size=size)

    def scratch(self) -> AbstractContextManager[Path]:
        """Lend a folder beside the cache, so that `put_file` from it is a rename and an upload."""
        return self.vault.cache.shelf.scratch()

    # Outcomes by key

    def recall(self, key: str) -> Outcome | None:
        """Return what this work left behind, if it was done and all of it is still whole.

        While another farm is known to be at work on the key, it was not done yet.
        """
        if self.leases.is_others(key):
            return None
        found, record = self._record(key)
        if record is None or not self.vault.are_whole(record.stands_on):
            return None
        self._used.note(key, modified=found.modified, now=found.now)
        return record.outcome

    def remember(self, outcome: Outcome) -> None:
        """Keep an outcome under its key, when all it stands on is in the bucket.

        The same outcome twice costs nothing. Raises MissingError if an artifact is not there.
        """
        record = Record(outcome=outcome, stands_on=tuple(self.vault.stones(self._all_of(outcome))))
        place, body = self._outcomes.key(outcome.key), written(record)
        self._outcomes.distrust(outcome.key)
        over = ""
        while True:
            try:
                self.bucket.put(place, body, only_new=not over, only_over=over)
            except TakenError:
                there = self.bucket.get(place)
                if there and _same(read(there.data), record):
                    return
                over = there.found.etag if there else ""
            else:
                return

    def forget(self, key: str) -> None:
        """Drop an outcome, so that its work counts as not done."""
        self._outcomes.distrust(key)
        self._records.pop(key, None)
        self.bucket.delete(self._outcomes.key(key))

    # Leases and notes

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take the lease on a key: True if `owner` holds it now; an expired one is taken over."""
        self._outcomes.distrust(key)
        return self.leases.claim(key, owner=owner, seconds=seconds)

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease; False if it was lost to somebody else."""
        return self.leases.renew(key, owner=owner, seconds=seconds)

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back."""
        self.leases.release(key, owner=owner)

    def write_note(self, name: str, value: Plain) -> None:
        """Keep a small mutable value under a name such as `picks/aurora/sq010_sh0010`."""
        self.bucket.put(_note(name), canonical(value))

    def read_note(self, name: str) -> Plain:
        """Return a note's value, or None."""
        there = self.bucket.get(_note(name))
        if there is None:
            return None
        try:
            value: Plain = json.loads(there.data)
        except ValueError:
            raise StoreError(
                f"the note {name!r} in {self.uri} cannot be read",
                hint=f"somebody wrote to {_note(name)}; remove it and say it again",
            ) from None
        return value

    def collect_garbage(self, *, keep_days: float | None, dry_run: bool) -> Swept:
        """Remove what nobody needs; see `farm.store.gc`."""
        return Sweeper(self.bucket, self.leases).sweep(keep_days=keep_days, dry_run=dry_run)

    # Inside

    def _record(self, key: str) -> tuple[Found, Record | None]:
        """Read what lies under a key; a record that was read before is not fetched again."""
        answered, found = self._outcomes.look(key)
        if answered and found is None:
            return _NOTHING, None
        if found and (known := self._known(key, found.etag)):
            return found, known
        there = self.bucket.get(self._outcomes.key(key))
        record = read(there.data) if there else None
        if there is None or record is None:
            return _NOTHING, None
        self._records[key] = (there.found.etag, record)
        self.vault.cache.note(self._name(key), there.found.etag.encode() + b"\n" + there.data)
        return there.found, record

    def _known(self, key: str, etag: str) -> Record | None:
        """Return the record of an ETag, if this driver or this machine has read it before."""
        seen, record = self._records.get(key, ("", None))
        if seen == etag:
            return record
        said, _, data = self.vault.cache.noted(self._name(key)).partition(b"\n")
        record = read(data) if said == etag.encode() else None
        if record:
            self._records[key] = (etag, record)
        return record

    def _name(self, key: str) -> str:
        return f"{digest_bytes(self.uri.encode())[:16]}-{key}"

    def _all_of(self, outcome: Outcome) -> Iterable[Artifact]:
        for artifact in outcome.outputs.values():
            yield artifact
            if artifact.kind == "sequence":
                for row in json.loads(self.get(artifact))["frames"]:
                    yield Artifact(digest=row["digest"], size=row["size"], kind=row["kind"])


_NOTHING = Found(key="", size=0, etag="", modified=0.0)


def _same(known: Record | None, record: Record) -> bool:
    """Tell whether two records tell of the same bytes."""
    return known is not None and (known.outcome.outputs, known.stands_on) == (
        record.outcome.outputs,
        record.stands_on,
    )


def _note(name: str) -> str:
    words = name.split("/")
    if not all(words):
        raise StoreError(f"{name!r} cannot name a note", hint="name it like picks/show/shot")
    path = "/".join(quote(word, safe=" ").replace(".", "%2E") for word in words)
    return f"notes/{path}.json"

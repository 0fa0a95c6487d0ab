"""Sweeps a bucket: outcomes of long ago, bytes that no outcome names, what the dead left behind.

All ages are told by the server's clock. Bytes are removed shelf by shelf, within a moment of the
listing that found them old and unwanted; whoever wants old bytes again renews them first, and an
outcome is only kept when what it stands on is seen to be there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from farm.errors import StoreError
from farm.store.base import Swept
from farm.store.s3_bucket import Bucket, Found
from farm.store.s3_leases import BucketLeases
from farm.store.s3_records import Record, read
from farm.store.s3_uploads import abort_unfinished
from farm.store.s3_used import used_since
from farm.store.s3_vault import FOLDER as CAS

HOUR = 3600.0
DAY = 24 * HOUR
READERS = 16
CLOCK = "clock"


class Sweeper:
    """One sweep of a store; safe while farms run."""

    def __init__(self, bucket: Bucket, leases: BucketLeases) -> None:
        self._bucket = bucket
        self._leases = leases

    def sweep(self, *, keep_days: float | None, dry_run: bool) -> Swept:
        """Remove, or count, what nobody needs; raises StoreError where there is no store."""
        now = self._now()
        young = min([now - HOUR, *(lease.since for lease in self._leases.live())])
        outcomes = {found.key: found for found in self._bucket.listing("outcomes/")}
        old = set(self._unused(outcomes, now=now, keep_days=keep_days, young=young, dry=dry_run))
        wanted = set(self._wanted([key for key in outcomes if key not in old]))
        uploads = abort_unfinished(self._bucket, before=min(young, now - DAY), dry_run=dry_run)
        if not dry_run:
            self._bucket.delete_all(sorted(old))
            self._leases.drop_stale(before=now - DAY)
        sizes = list(self._sweep_bytes(wanted, before=young, dry_run=dry_run))
        return Swept(
            outcomes=len(old),
            artifacts=len(sizes),
            desks=uploads,
            freed=sum(sizes),
            kept=len(wanted),
        )

    def _now(self) -> float:
        """Ask the server what time it is: it says so of an object that was written just now."""
        self._bucket.put(CLOCK, b"")
        found = self._bucket.head(CLOCK)
        if found is None:
            raise StoreError(f"{self._bucket.place.uri} does not keep what is written to it")
        self._bucket.delete(CLOCK)
        return found.now

    def _unused(
        self, outcomes: dict[str, Found], *, now: float, keep_days: float | None, young: float,
        dry: bool,
    ) -> Iterator[str]:  # fmt: skip
        """Name the outcomes past their days; use is noted to the day, so one more is given."""
        if keep_days is None:
            return
        before = min(now - keep_days * DAY, young) - DAY
        wanted = used_since(self._bucket, before=before, dry_run=dry)
        used = {key for key, at in wanted if at >= before}
        for place, found in outcomes.items():
            if found.modified < before and place.rpartition("/")[2] not in used:
                yield place

    def _wanted(self, places: list[str]) -> Iterator[str]:
        """Name every digest that an outcome stands on."""
        with ThreadPoolExecutor(READERS) as pool:
            for record in pool.map(self._read, places):
                if record:
                    yield from (stone.digest for stone in record.stands_on)

    def _read(self, place: str) -> Record | None:
        there = self._bucket.get(place)
        return read(there.data) if there else None

    def _sweep_bytes(self, wanted: set[str], *, before: float, dry_run: bool) -> Iterator[int]:
        def sweep(letters: str) -> list[int]:
            rows = [
                found
                for found in self._bucket.listing(f"{CAS}/{letters}/")
                if found.modified < before and found.key.rpartition("/")[2] not in wanted
            ]
            if rows and not dry_run:
                self._bucket.delete_all([found.key for found in rows])
            return [found.size for found in rows]

        with ThreadPoolExecutor(READERS) as pool:
            for sizes in pool.map(sweep, (f"{number:02x}" for number in range(256))):
                yield from sizes

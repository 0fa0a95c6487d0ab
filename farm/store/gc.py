"""Removes what nobody asks for any more: outcomes of long ago, and bytes that no outcome names.

What is named by an outcome stays, with every frame of a sequence. So does what was touched
lately, or since the oldest task now at work began: it may belong to an outcome yet to come.
Deliveries are not touched: they have links or copies of their own.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from farm.errors import MissingError, StoreError
from farm.store.base import SelfSweeping, Store, Swept
from farm.store.desk import abandoned
from farm.store.faults import disk
from farm.store.local import HOUR, LocalStore
from farm.store.locks import locked

DAY = 24 * HOUR


def collect_garbage(store: Store, *, keep_days: float | None = None, dry_run: bool) -> Swept:
    """Remove bytes that no outcome names; with `keep_days`, outcomes unused for longer first.

    An outcome counts as used when it is made and when a run recalls it. Safe while farms run.
    Raises StoreError where there is no store, or one that nobody knows how to sweep.
    """
    if isinstance(store, SelfSweeping):
        return store.collect_garbage(keep_days=keep_days, dry_run=dry_run)
    if not isinstance(store, LocalStore):
        raise StoreError(f"{store.uri} cannot be swept", hint="a folder or a bucket can")
    if not Path(store.place).is_dir():
        raise StoreError(f"there is no store at {store.uri}", hint="check where it should be")
    with disk(store.uri):
        young = _young(store)
        old = set(_unused(store, keep_days=keep_days, young=young))
        wanted = set(_wanted(store, without=old))
        if not dry_run:
            for key in old:
                store.forget(key)
            store.leases.drop_expired(before=store.clock() - DAY)
        unwanted = [digest for digest in store.digests() if digest not in wanted]
        sizes = [store.sweep(digest, before=young, dry_run=dry_run) for digest in unwanted]
        desks = _clear_desks(store, dry_run=dry_run)
    return Swept(
        outcomes=len(old),
        artifacts=sum(size is not None for size in sizes),
        desks=len(desks),
        freed=sum(size or 0 for size in sizes) + sum(desks),
        kept=len(wanted),
    )


def _young(store: LocalStore) -> float:
    """Say since when a touch means that something may still be needed."""
    starts = [lease.since for lease in store.leases.live()]
    return min([store.clock() - HOUR, *starts])


def _unused(store: LocalStore, *, keep_days: float | None, young: float) -> Iterator[str]:
    """Name the outcomes past their days; use is only noted to the hour, so one more is given."""
    if keep_days is not None:
        before = min(store.clock() - keep_days * DAY, young) - HOUR
        yield from (key for key in store.outcome_keys() if store.last_used(key) < before)


def _wanted(store: LocalStore, *, without: set[str]) -> Iterator[str]:
    """Name every digest that an outcome stands on, frames of sequences included."""
    for key in store.outcome_keys():
        outcome = store.outcome(key) if key not in without else None
        for artifact in outcome.outputs.values() if outcome else ():
            yield artifact.digest
            if artifact.kind == "sequence":
                with contextlib.suppress(MissingError):
                    yield from (frame.digest for frame in store.frames_of(artifact))


def _clear_desks(store: LocalStore, *, dry_run: bool) -> list[int]:
    """Remove what dead workers left half done; return the sizes."""
    with locked(f"{store.desk.place}/lock"):
        desks = abandoned(store.desk.place)
        if not dry_run:
            for desk in desks:
                shutil.rmtree(desk.folder, ignore_errors=True)
    return [desk.size for desk in desks]

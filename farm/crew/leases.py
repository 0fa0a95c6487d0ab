"""Leases of running tasks: claimed before a start, renewed by one heartbeat for all, released."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from farm.crew.clock import Clock
from farm.crew.lanes import Lanes
from farm.errors import StoreError
from farm.store.base import Store
from farm.task import Outcome

LEASE_SECONDS = 12.0
"""How long another farm waits for one that died before it takes its work over."""

BEATS = 4  # in the time of a lease
CALM_RENEWALS = 100
"""A farm that holds more leases than this takes them for longer, and renews each less often, so
that it never asks the store for more than a few dozen renewals a second."""

BATCH = 25  # leases that are renewed by one call


class Leases:
    """Holds the leases of one farm. Who loses one is told through `on_lost`."""

    def __init__(
        self,
        store: Store,
        *,
        owner: str,
        clock: Clock,
        lanes: Lanes,
        on_lost: Callable[[str], None],
    ) -> None:
        self._store = store
        self._owner = owner
        self._clock = clock
        self._lanes = lanes
        self._on_lost = on_lost
        self._held: dict[str, _Mark] = {}
        self._heart: asyncio.Task[None] | None = None

    async def claim(self, key: str) -> tuple[bool, Outcome | None]:
        """Try to take the lease; return whether it is held now, and the outcome if there is one.

        An outcome that is there already needs no lease, so none is held then.
        """
        self._heart = self._heart or asyncio.create_task(self._beat())
        seconds = self._seconds
        try:
            held, known = await self._lanes.call(_claim, self._store, key, self._owner, seconds)
        except BaseException:
            await self.release(key)
            raise
        if held:
            self._held[key] = _Mark(due=self._clock.now() + seconds / (2 * BEATS))
        return held, known

    async def release(self, key: str) -> None:
        """Give a lease back, and wait until it is; one that is not held is left alone."""
        self._held.pop(key, None)
        with contextlib.suppress(StoreError):  # then it expires
            await self._lanes.call(self._store.release, key, owner=self._owner)

    def release_soon(self, key: str) -> None:
        """Give a lease back without waiting."""
        self._held.pop(key, None)
        self._lanes.post(self._store.release, key, owner=self._owner)

    async def close(self) -> None:
        """Stop the heartbeat."""
        if self._heart:
            self._heart.cancel()
            await asyncio.wait([self._heart])
            self._heart = None

    @property
    def _seconds(self) -> float:
        """For how long leases are taken and renewed now."""
        return LEASE_SECONDS * max(1.0, len(self._held) / CALM_RENEWALS)

    async def _beat(self) -> None:
        """Renew every lease a few times in its life; those taken for less are renewed sooner."""
        while True:
            await self._clock.sleep(LEASE_SECONDS / BEATS)
            now = self._clock.now()
            due = [(key, mark) for key, mark in self._held.items() if mark.due <= now]
            batches = [due[n : n + BATCH] for n in range(0, len(due), BATCH)]
            await asyncio.gather(*map(self._renew, batches))

    async def _renew(self, batch: list[tuple[str, "_Mark"]]) -> None:
        """Renew leases by one call; a store that cannot be reached now may be by the next beat."""
        seconds = self._seconds
        kept = await self._lanes.call(
            _renew, self._store, [key for key, _ in batch], self._owner, seconds
        )
        for (key, mark), good in zip(batch, kept, strict=True):
            if good:
                mark.due = self._clock.now() + seconds / BEATS - LEASE_SECONDS / BEATS / 2
            elif good is False and self._held.get(key) is mark:
                del self._held[key]
                self._on_lost(key)


@dataclass(slots=True, eq=False)
class _Mark:
    """One holding of a lease, and from when on it is to be renewed."""

    due: float = 0.0


def _renew(store: Store, keys: list[str], owner: str, seconds: float) -> list[bool | None]:
    """Renew leases one after another; None stands for one that the store did not answer for."""
    kept: list[bool | None] = []
    for key in keys:
        try:
            kept.append(store.renew(key, owner=owner, seconds=seconds))
        except StoreError:
            kept.append(None)
    return kept


def _claim(store: Store, key: str, owner: str, seconds: float) -> tuple[bool, Outcome | None]:
    held = store.claim(key, owner=owner, seconds=seconds)
    known = store.recall(key)
    if held and known:
        store.release(key, owner=owner)
    return held and not known, known

"""Leases of running tasks: claimed before a start, renewed by one heartbeat for all, released."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Callable

from farm.crew.clock import Clock
from farm.crew.lanes import Lanes
from farm.errors import StoreError
from farm.store.base import Store
from farm.task import Outcome

LEASE_SECONDS = 12.0
"""How long another farm waits for one that died before it takes its work over."""

BEAT_SECONDS = LEASE_SECONDS / 4


def owner_name() -> str:
    """Name this farm among all that share a store: `host:pid:random`."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


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
        self._held: dict[str, object] = {}
        self._heart: asyncio.Task[None] | None = None

    async def claim(self, key: str) -> tuple[bool, Outcome | None]:
        """Try to take the lease; return whether it is held now, and the outcome if there is one.

        An outcome that is there already needs no lease, so none is held then.
        """
        self._heart = self._heart or asyncio.create_task(self._beat())
        try:
            held, known = await self._lanes.call(_claim, self._store, key, self._owner)
        except BaseException:
            await self.release(key)
            raise
        if held:
            self._held[key] = object()
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

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT_SECONDS)
            await asyncio.gather(*(self._renew(key, mark) for key, mark in self._held.items()))

    async def _renew(self, key: str, mark: object) -> None:
        try:
            kept = await self._lanes.call(
                self._store.renew, key, owner=self._owner, seconds=LEASE_SECONDS
            )
        except StoreError:  # a store that cannot be reached now may be by the next beat
            return
        if not kept and self._held.get(key) is mark:
            del self._held[key]
            self._on_lost(key)


def _claim(store: Store, key: str, owner: str) -> tuple[bool, Outcome | None]:
    held = store.claim(key, owner=owner, seconds=LEASE_SECONDS)
    known = store.recall(key)
    if held and known:
        store.release(key, owner=owner)
    return held and not known, known

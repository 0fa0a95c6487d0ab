"""Named limits that hold for everybody on a store: so many calls a minute, so many tasks at once.

A limit is a number of slots, each a lease in the store. A slot of a rate is taken for the whole
time and never given back, so no span of that length sees more starts than there are slots, whoever
starts them. A slot of tasks at once is renewed while its task runs.

Sharing is by weight: of each farm one task at a time asks for a slot of a limit, and asks the more
often the greater its weight. Whoever asks last may still be lucky, so nobody starves.
"""

import asyncio
import random
from collections.abc import Mapping

from farm.crew.clock import Clock
from farm.crew.lanes import Lanes
from farm.crew.leases import Leases
from farm.digest import digest_value
from farm.sharing import Limit, Sharing
from farm.store.base import Store
from farm.task import Task

ASK_SECONDS = 1.0
MOST_SLOTS_ASKED = 8


class Gate:
    """Lets tasks through as the limits allow."""

    def __init__(  # noqa: PLR0913  # who shares what, and what that is done with
        self, sharing: Sharing, *, store: Store, owner: str, leases: Leases, lanes: Lanes,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._sharing = sharing
        self._store = store
        self._owner = digest_value(["limits", owner])[:16]
        self._leases = leases
        self._lanes = lanes
        self._clock = clock
        self._chance = random.Random(owner)  # to ask in turns, nothing to guess
        self._turns: Mapping[str, asyncio.Lock] = {
            limit.name: asyncio.Lock() for limit in sharing.limits
        }
        self._mine: set[str] = set()
        self._count = 0

    async def enter(self, task: Task) -> list[str]:
        """Wait until a task may start; return the slots to leave when it has ended."""
        held: list[str] = []
        try:
            for limit in self._sharing.limits:
                if limit.counts(task):
                    async with self._turns[limit.name]:
                        slot = await self._take(limit)
                    held += [] if limit.seconds else [slot]
        except BaseException:
            await self.leave(held)
            raise
        return held

    async def leave(self, slots: list[str]) -> None:
        """Give slots back."""
        for slot in slots:
            self._mine.discard(slot)
            await self._leases.release(slot)

    async def _take(self, limit: Limit) -> str:
        while True:
            numbers = range(limit.slots)
            for number in self._chance.sample(numbers, min(MOST_SLOTS_ASKED, limit.slots)):
                slot = digest_value(["limit", limit.name, number])
                if slot not in self._mine and await self._claim(slot, limit):
                    return slot
            wait = ASK_SECONDS / self._sharing.pace
            await self._clock.sleep(wait * self._chance.uniform(0.5, 1.5))

    async def _claim(self, slot: str, limit: Limit) -> bool:
        if limit.seconds:
            self._count += 1
            name = f"limit {self._owner} {self._count}"
            return await self._lanes.call(
                self._store.claim, slot, owner=name, seconds=limit.seconds
            )
        held, _ = await self._leases.claim(slot)
        if held:
            self._mine.add(slot)
        return held

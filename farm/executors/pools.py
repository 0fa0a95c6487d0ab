"""A mixed farm: tasks go to the cheapest pool of machines that meets their need and the deadline.

Where a task goes is decided purely (`choose`); the executor keeps the count of who is where.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from farm.errors import ExecutorError, LostError, ShortageError, TaskError
from farm.executors.base import Executor, Offer, Report
from farm.executors.terms import MachinePool
from farm.gpus import GPU_MEMORY_GB
from farm.task import Needs, Outcome, Task

SPOT_LOSSES = 2  # after so many, a task goes where machines stay, if there is such a place
SHORT_SECONDS = 120.0  # how long a pool without capacity is passed over
Place = tuple[str, str]
Open = Callable[[Sequence[MachinePool]], Executor]
"""Makes the executor for the pools that lie in one place: one cluster, one account."""


@dataclass(slots=True, kw_only=True)
class Berths:
    """How a pool stands: how many machines it has, how many are taken, and what waits for it.

    A pool that `takes_all` lends its cores to tasks without a GPU: where no pool is for those.
    """

    pool: MachinePool
    slots: float
    takes_all: bool = False
    taken: float = 0.0
    minutes: float = 0.0
    short_until: float = 0.0

    def meets(self, needs: Needs) -> bool:
        """Tell whether it is a place for such a task."""
        lent = self.takes_all and not needs.gpu and needs.memory_gb <= self.pool.memory_gb
        return lent or self.pool.meets(needs)

    def room_for(self, needs: Needs) -> bool:
        """Tell whether a task could start there now."""
        return self.taken + _size(needs, self.pool) <= self.slots + 1e-6

    @property
    def wait_minutes(self) -> float:
        """Estimate how long a task that comes now waits: the work before it, shared out."""
        return self.minutes / max(1.0, self.slots) if self.taken >= self.slots else 0.0


def choose(
    task: Task, pools: Sequence[Berths], *, minutes_left: float | None = None, losses: int = 0
) -> Berths | None:
    """Choose the pool for a task: the cheapest that meets its need, and its deadline if any.

    A task makes its deadline where its wait and the longest path behind it (`task.rank`) end in
    time; where no pool makes it, the one that starts first is chosen. Tasks that lost their machine
    `SPOT_LOSSES` times avoid spot machines if others will do. None if no pool meets the need.
    """
    able = [one for one in pools if one.meets(task.needs)]
    if losses >= SPOT_LOSSES:
        able = [one for one in able if not one.pool.spot] or able
    if not able:
        return None
    by_price = sorted(able, key=lambda one: _order(task, one))
    if minutes_left is None:
        return by_price[0]
    path = max(task.rank, task.needs.minutes)
    in_time = [one for one in by_price if one.wait_minutes + path <= minutes_left]
    return in_time[0] if in_time else min(by_price, key=lambda one: one.wait_minutes)


class PoolsExecutor:
    """Runs every task in one of several pools; pools that name the same place share it.

    `deadline` is when all must be done, in seconds of the epoch.
    """

    def __init__(
        self,
        store_uri: str,
        *,
        pools: Sequence[MachinePool],
        open_member: Open,
        deadline: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if not pools:
            raise ExecutorError(
                "there are no pools", hint="name some in farm.toml, as [pools.drafts] and so on"
            )
        self.store_uri = store_uri
        self.deadline = deadline
        self._pools = tuple(pools)
        self._open_member = open_member
        self._clock = clock
        self._members: dict[Place, Executor] = {}
        self._berths: list[Berths] = []
        self._freed = asyncio.Condition()
        self._losses: Counter[str] = Counter()

    async def open(self) -> Offer:
        """Open every pool, and say what they have together; raises ExecutorError if one fails."""
        if not self._members:
            places: dict[Place, list[MachinePool]] = {}
            for pool in self._pools:
                places.setdefault(_place(pool), []).append(pool)
            self._members = {place: self._open_member(group) for place, group in places.items()}
            there = await self._open_all()
            takes_all = all(pool.gpu for pool in self._pools)
            self._berths = [
                Berths(pool=pool, slots=_slots(pool, there[_place(pool)]), takes_all=takes_all)
                for pool in self._pools
            ]
        return _together(self._berths)

    async def _open_all(self) -> dict[Place, Offer]:
        """Open every member; when one fails, that is told once none is half open."""
        offers = await asyncio.gather(
            *(one.open() for one in self._members.values()), return_exceptions=True
        )
        there: dict[Place, Offer] = {}
        for place, offer in zip(self._members, offers, strict=True):
            if isinstance(offer, BaseException):
                raise offer
            there[place] = offer
        return there

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Pass on what will want to run at once, to the pools that it will go to."""
        shares: dict[Place, dict[Needs, int]] = {}
        for needs, count in wanted.items():
            task = Task(stage="", version=0, params={}, needs=needs)
            if one := choose(task, self._able_now(task)):
                share = shares.setdefault(_place(one.pool), {})
                placed = _placed(needs, one.pool)
                share[placed] = share.get(placed, 0) + min(count, _most(needs, one))
        for place, share in shares.items():
            await self._members[place].expect(share)

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome in the pool that is right for it."""
        if not self._members:
            raise ExecutorError("the pools executor is not open", hint="open it first")
        most_gb = max(pool.memory_gb for pool in self._pools)
        if task.needs.memory_gb > most_gb:
            task = replace(task, needs=replace(task.needs, memory_gb=most_gb))
        berths = await self._seat(task)
        try:
            outcome = await self._members[_place(berths.pool)].perform(
                replace(task, needs=_placed(task.needs, berths.pool)), report=report
            )
        except ShortageError:
            berths.short_until = self._clock() + SHORT_SECONDS
            if self._elsewhere(task):
                raise LostError(
                    f"{task.label}: the pool {berths.pool.name} has no capacity now",
                    hint="another pool takes it",
                ) from None
            raise
        except LostError:
            self._losses[task.key] += berths.pool.spot
            raise
        finally:
            await self._leave(task, berths)
        rate = berths.pool.usd(task.needs, minutes=1) / 60 if berths.pool.usd_per_hour else None
        return replace(outcome, pool=berths.pool.name, usd_per_second=rate)

    async def close(self) -> None:
        """Close every pool."""
        members, self._members = self._members, {}
        answers = await asyncio.gather(
            *(member.close() for member in members.values()), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer

    async def _seat(self, task: Task) -> Berths:
        """Wait for room in the right pool; which one that is may change meanwhile."""
        waits_for: Berths | None = None
        async with self._freed:
            try:
                while True:
                    one = self._choose(task)
                    _move(task, waits_for, one)
                    waits_for = one
                    if one.room_for(task.needs):
                        one.taken += _size(task.needs, one.pool)
                        return one
                    await self._freed.wait()
            except BaseException:
                _move(task, waits_for, None)
                raise

    async def _leave(self, task: Task, berths: Berths) -> None:
        berths.taken -= _size(task.needs, berths.pool)
        _move(task, berths, None)
        async with self._freed:
            self._freed.notify_all()

    def _choose(self, task: Task) -> Berths:
        left = None if self.deadline is None else (self.deadline - self._clock()) / 60
        losses = self._losses[task.key]
        able = self._able_now(task)
        if one := choose(task, able, minutes_left=left, losses=losses):
            return one
        names = ", ".join(f"{pool.name} ({_what(pool)})" for pool in self._pools)
        raise TaskError(
            f"{task.label}: no pool has {_wish(task.needs)}; there are {names}",
            hint="add a pool to farm.toml, or choose a smaller size or model",
        )

    def _able_now(self, task: Task) -> list[Berths]:
        """List the pools that are not short of machines, or all that will do if all are."""
        now = self._clock()
        good = [one for one in self._berths if one.short_until <= now and one.meets(task.needs)]
        return good or self._berths

    def _elsewhere(self, task: Task) -> bool:
        now = self._clock()
        return any(one.short_until <= now and one.meets(task.needs) for one in self._berths)


def _order(task: Task, one: Berths) -> tuple[float, bool, float, str]:
    """Sort by price, then by whether there is room, then by how little more than needed it has."""
    price = one.pool.usd(task.needs, minutes=task.needs.minutes or 1.0)
    return (price, not one.room_for(task.needs), one.pool.vram_gb, one.pool.name)


def _size(needs: Needs, pool: MachinePool) -> float:
    """Say how much of a machine a task takes up."""
    if pool.gpu and needs.gpu:
        return needs.gpus / pool.gpus
    return min(1.0, max(needs.cpu / pool.cpu, needs.memory_gb / pool.memory_gb))


def _slots(pool: MachinePool, offer: Offer) -> float:
    """Count machines: as many as the limit allows, or as there are."""
    if pool.limit is not None:
        return float(pool.limit)
    if pool.gpu:
        return max(1.0, offer.gpus.get(pool.gpu, 0) / pool.gpus)
    return max(1.0, offer.cpu / pool.cpu)


def _together(berths: Sequence[Berths]) -> Offer:
    """Add up what all pools have; a GPU's price is that of its cheapest pool."""
    gpus: Counter[str] = Counter()
    prices: dict[str, float] = {}
    for one in berths:
        if kind := one.pool.gpu:
            gpus[kind] += int(one.slots * one.pool.gpus)
            price = one.pool.usd_per_hour / one.pool.gpus
            prices[kind] = min(price, prices.get(kind, price))
    cores = [o.pool.usd_per_hour / o.pool.cpu for o in berths if not o.pool.gpu]
    return Offer(
        cpu=sum(one.slots * one.pool.cpu for one in berths),
        memory_gb=sum(one.slots * one.pool.memory_gb for one in berths),
        gpus=dict(gpus),
        largest=Offer(
            cpu=max(one.pool.cpu for one in berths),
            memory_gb=max(one.pool.memory_gb for one in berths),
        ),
        usd_per_gpu_hour=prices,
        usd_per_core_hour=min(cores, default=None),
    )


def _placed(needs: Needs, pool: MachinePool) -> Needs:
    """Ask for the machines of a pool by their own name."""
    gpu = pool.gpu if needs.gpu else ""
    memory_gb = min(needs.memory_gb, pool.memory_gb)
    return replace(needs, cpu=min(needs.cpu, pool.cpu), memory_gb=memory_gb, gpu=gpu)


def _most(needs: Needs, one: Berths) -> int:
    return max(1, int(one.slots / (_size(needs, one.pool) or 1.0)))


def _place(pool: MachinePool) -> Place:
    return (pool.executor, pool.cluster)


def _move(task: Task, away: Berths | None, to: Berths | None) -> None:
    """Count a task's minutes where it waits or runs."""
    if away is not to:
        if away:
            away.minutes -= task.needs.minutes
        if to:
            to.minutes += task.needs.minutes


def _what(pool: MachinePool) -> str:
    gpu = f", {pool.gpus} x {pool.gpu}" if pool.gpu else ""
    return f"{pool.cpu:g} cores, {pool.memory_gb:g} GB{gpu}"


def _wish(needs: Needs) -> str:
    gpu = f" and {needs.gpus:g} x {needs.gpu}" if needs.gpu else ""
    memory = f" with {needs.gpu_memory_gb or GPU_MEMORY_GB.get(needs.gpu, 0):g} GB" if gpu else ""
    return f"{needs.memory_gb:g} GB of memory{gpu}{memory}"

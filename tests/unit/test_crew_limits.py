"""Limits that hold across farms, and shares by weight: two drivers on one store."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.crew import Crew
from farm.crew.sim import MemoryStore, SimExecutor
from farm.errors import SpecError
from farm.executors.base import Offer
from farm.ledger import Event
from farm.sharing import Limit, Sharing
from tests.unit.crew_night import task

ROOMY = Offer(cpu=100, memory_gb=100)


def two_farms(
    *limits: Limit, weights: tuple[float, float] = (1, 1), tasks: int, minutes: float, until: float
) -> list[tuple[float, str]]:
    """Let two farms want the same machines; return when which of them started a task."""
    clock, started = VirtualClock(), []
    store = MemoryStore(clock)

    async def farm(name: str, weight: float) -> None:
        def hear(event: Event) -> None:
            if event.kind == "started":
                started.append((clock.now(), name))

        sharing = Sharing(limits=limits, weight=weight)
        executor = SimExecutor(store, ROOMY, clock=clock)
        async with Crew(
            store=store, executor=executor, clock=clock, listeners=(hear,), owner=name,
            sharing=sharing, lanes=0,
        ) as crew:  # fmt: skip
            await asyncio.gather(
                *(crew.do(task(f"{name} {n}", minutes=minutes)) for n in range(tasks))
            )

    async def both() -> None:
        try:
            async with asyncio.timeout(until):
                await asyncio.gather(farm("one", weights[0]), farm("two", weights[1]))
        except TimeoutError:
            return

    run_virtually(both())
    return started


def test_a_rate_holds_for_all_farms_together():
    limit = Limit.parse("probe", "4 per minute")
    started = two_farms(limit, tasks=30, minutes=0.01, until=600)
    times = [at for at, _ in started]
    assert len(times) >= 36  # and it is used: 40 at most could start
    assert all(later - first >= 60 for first, later in zip(times, times[4:], strict=False))


def test_tasks_at_once_are_counted_over_all_farms():
    started = two_farms(Limit.parse("all", "3 at once"), tasks=12, minutes=1.0, until=3600)
    assert len(started) == 24
    for at, _ in started:
        assert sum(at - 60 < other <= at for other, _ in started) <= 3


def test_shares_follow_the_weights_and_nobody_starves():
    started = two_farms(
        Limit.parse("all", "4 at once"), weights=(3, 1), tasks=700, minutes=0.1, until=1200
    )
    count = Counter(name for _, name in started)
    assert 2.0 < count["one"] / count["two"] < 4.5
    times = [at for at, name in started if name == "two"]
    assert max(b - a for a, b in pairwise(times)) < 300


def test_what_a_limit_does_not_name_is_not_limited():
    started = two_farms(Limit.parse("luma", "1 per hour"), tasks=5, minutes=1.0, until=100)
    assert len(started) == 10


@pytest.mark.parametrize("words", ["four a minute", "0 per minute", "4", "4 per day"])
def test_a_limit_that_cannot_be_read_is_refused_with_an_example(words):
    with pytest.raises(SpecError, match="4 per minute"):
        Limit.parse("luma", words)

"""Virtual time: a night passes in a moment, the same way every time."""

import asyncio
import time

import pytest

from farm.crew.clock import RealClock, VirtualClock, run_virtually


def test_a_night_passes_in_a_moment() -> None:
    async def night() -> float:
        await VirtualClock().sleep(12 * 3600)
        return VirtualClock().now()

    began = time.monotonic()
    assert run_virtually(night()) == 12 * 3600
    assert time.monotonic() - began < 5


def test_things_happen_in_the_order_of_their_times() -> None:
    seen: list[tuple[str, float]] = []

    async def one(name: str, *, every: float, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(every)
            seen.append((name, VirtualClock().now()))

    async def night() -> None:
        await asyncio.gather(one("a", every=3, times=3), one("b", every=4, times=2))

    run_virtually(night())
    assert seen == [("a", 3), ("b", 4), ("a", 6), ("b", 8), ("a", 9)]


def test_timeouts_obey_virtual_time() -> None:
    async def night() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1000):
                await asyncio.sleep(2000)
        assert VirtualClock().now() == 1000

    run_virtually(night())


def test_a_program_that_is_stuck_is_told_so() -> None:
    async def night() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="everybody waits and nothing is due"):
        run_virtually(night())


async def test_the_real_clock_tells_the_time_and_waits() -> None:
    clock = RealClock()
    before = clock.now()
    await clock.sleep(0.01)
    assert 0.009 < clock.now() - before < 5
    assert abs(clock.now() - time.time()) < 1

"""The threads on which the crew speaks with the store."""

import asyncio
import threading
import time

import pytest

from farm.crew.lanes import Lanes


async def test_calls_are_answered_or_raise() -> None:
    lanes = Lanes()
    assert await lanes.call(max, 3, 5) == 5
    with pytest.raises(KeyError):
        await lanes.call({}.__getitem__, "x")
    await lanes.close()


async def test_many_calls_are_answered_each_with_its_own() -> None:
    lanes = Lanes(most=3)
    answers = await asyncio.gather(*(lanes.call(pow, n, 2) for n in range(2000)))
    assert answers == [n * n for n in range(2000)]
    await lanes.close()


async def test_a_slow_call_holds_up_no_other() -> None:
    lanes = Lanes(most=2)
    let_go = threading.Event()
    slow = asyncio.create_task(lanes.call(let_go.wait, 60))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(lanes.call(abs, -1), 30) == 1
    assert not slow.done()
    let_go.set()
    assert await slow
    await lanes.close()


async def test_a_cancelled_call_is_seen_through() -> None:
    lanes = Lanes()
    done: list[str] = []

    def slowly() -> None:
        time.sleep(0.05)
        done.append("done")

    work = asyncio.create_task(lanes.call(slowly))
    await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.wait([work])
    assert work.cancelled()
    assert done == ["done"]
    await lanes.close()


async def test_what_was_posted_is_done_before_the_lanes_close() -> None:
    lanes = Lanes()
    done: list[int] = []
    for n in range(50):
        lanes.post(done.append, n)
    await lanes.close()
    assert sorted(done) == list(range(50))
    assert not [t for t in threading.enumerate() if t.name == "lane"]


async def test_without_lanes_calls_are_made_in_place() -> None:
    lanes = Lanes(most=0)
    assert await lanes.call(threading.current_thread) is threading.current_thread()

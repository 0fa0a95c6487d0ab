"""How the crew gets a task done: once, whatever happens."""

import asyncio

import pytest

from farm.crew.clock import run_virtually
from farm.crew.crew import Crew
from farm.crew.leases import LEASE_SECONDS
from farm.crew.sim import Act
from farm.errors import ExecutorError, FullError, TaskError
from farm.executors.base import Offer
from farm.task import Outcome, Task
from tests.unit.crew_night import Night, task


def test_a_task_is_made_and_remembered() -> None:
    night = Night()
    outcome = night.run(lambda crew: crew.do(task()))
    assert night.store.recall(task().key) == outcome
    assert night.kinds() == ["started", "made"]
    assert night.store.leased() == []


def test_what_was_made_before_is_reused_and_no_machine_is_opened() -> None:
    night = Night()
    night.run(lambda crew: crew.do(task()))
    night.run(lambda crew: crew.do(task()))
    assert night.kinds() == ["started", "made", "reused"]
    assert night.tries(task()) == 1
    assert night.executors[1].opened == 0


def test_a_task_asked_for_by_many_is_made_once() -> None:
    async def ask(crew: Crew) -> list[Outcome]:
        return await asyncio.gather(*(crew.do(task()) for _ in range(20)))

    night = Night()
    outcomes = night.run(ask)
    assert night.tries(task()) == 1
    assert len({outcome.key for outcome in outcomes}) == 1
    assert night.count("made") == 1


def test_totals_tell_what_came_of_the_run() -> None:
    async def ask(crew: Crew) -> None:
        await asyncio.gather(crew.do(task(1, usd=2)), crew.do(task(2, usd=1)))
        assert (crew.totals.made, crew.totals.reused, crew.totals.failed) == (2, 0, 0)
        assert (crew.totals.usd, crew.totals.seconds) == (3, 120)

    Night().run(ask)


def test_no_more_runs_at_once_than_the_machines_offer() -> None:
    night = Night(offer=Offer(cpu=3, memory_gb=100))
    most = 0

    async def ask(crew: Crew) -> None:
        nonlocal most
        works = [asyncio.create_task(crew.do(task(n))) for n in range(20)]
        while not all(work.done() for work in works):
            await asyncio.sleep(1)
            most = max(most, len(night.executors[0].running))

    night.run(ask)
    assert most == 3


def test_a_task_too_big_for_any_machine_is_refused_at_once() -> None:
    night = Night()
    with pytest.raises(
        TaskError, match=r"needs 1 GB of memory and a H100; .*offer 16 GB and no GPU"
    ):
        night.run(lambda crew: crew.do(task(gpu="H100")))
    assert night.kinds() == ["failed"]


def test_a_task_that_wants_more_cores_than_there_are_gets_them_all() -> None:
    given: list[float] = []

    def act(one: Task, _: int) -> Act:
        given.append(one.needs.cpu)
        return Act()

    Night(act, Offer(cpu=2, memory_gb=4)).run(lambda crew: crew.do(task(cpu=16)))
    assert given == [2]


def test_a_failing_task_fails_only_itself() -> None:
    def act(one: Task, _: int) -> Act:
        bad = one.params["value"] == "bad"
        return Act(minutes=1, error=TaskError("it broke", hint="mend it") if bad else None)

    async def ask(crew: Crew) -> list[Outcome | BaseException]:
        tasks = [task("bad", part="t01"), task("good", part="t02")]
        return await asyncio.gather(*map(crew.do, tasks), return_exceptions=True)

    bad, good = Night(act).run(ask)
    assert isinstance(good, Outcome)
    assert isinstance(bad, TaskError)
    assert bad.problem == "sh010 probe t01: it broke (it failed 3 times)"
    assert bad.hint == "mend it"


def test_a_cancelled_task_gives_everything_back() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        work = asyncio.create_task(crew.do(task(usd=5)))
        await asyncio.sleep(10)
        assert night.store.leased() == [task().key]
        work.cancel()
        await asyncio.wait([work])
        assert night.store.leased() == []
        assert night.executors[0].running == []
        assert crew.budget.money.reserved == 0
        await crew.do(task())

    night.run(ask)
    assert night.kinds() == ["started", "burnt", "started", "made"]


def test_a_cancelled_task_pays_for_the_time_that_it_took() -> None:
    async def ask(crew: Crew) -> None:
        work = asyncio.create_task(crew.do(task(minutes=1, usd=6)))
        await asyncio.sleep(20)
        work.cancel()
        await asyncio.wait([work])
        assert crew.budget.spent_usd == pytest.approx(2)

    Night().run(ask)


def test_one_who_leaves_does_not_stop_what_others_wait_for() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        first, second = (asyncio.create_task(crew.do(task())) for _ in range(2))
        await asyncio.sleep(10)
        first.cancel()
        await second

    night.run(ask)
    assert night.kinds() == ["started", "made"]


def test_a_cancelled_task_can_be_asked_for_at_once() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        first = asyncio.create_task(crew.do(task()))
        await asyncio.sleep(10)
        first.cancel()
        await asyncio.sleep(0)
        await crew.do(task())

    night.run(ask)
    assert night.kinds() == ["started", "started", "made"]


def test_closing_stops_everything_cleanly() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        works = [asyncio.create_task(crew.do(task(n))) for n in range(9)]
        await asyncio.sleep(90)
        await crew.close()
        assert all(work.done() for work in works)
        assert sum(work.cancelled() for work in works) == 5

    night.run(ask)
    assert night.store.leased() == []


def test_two_farms_on_one_store_make_each_task_once() -> None:
    night = Night()

    async def both() -> None:
        async with night.farm(owner="a") as a, night.farm(owner="b") as b:
            tasks = [task(n) for n in range(40)]
            await asyncio.gather(*(crew.do(one) for one in tasks for crew in (a, b)))
            assert a.totals.made + b.totals.made == 40
            assert a.totals.reused + b.totals.reused == 40
            assert min(a.totals.made, b.totals.made) > 10

    run_virtually(both())
    assert all(night.tries(task(n)) == 1 for n in range(40))


def test_a_farm_that_waits_for_another_keeps_no_machine_idle() -> None:
    night = Night(offer=Offer(cpu=1, memory_gb=16))

    async def both() -> None:
        async with night.farm(owner="a") as a, night.farm(owner="b") as b:
            first = asyncio.create_task(a.do(task("long", minutes=60)))
            await asyncio.sleep(1)
            second = asyncio.create_task(b.do(task("long", minutes=60)))
            await asyncio.sleep(1)
            await b.do(task("short"))
            assert night.clock.now() < 90
            assert await second == await first

    run_virtually(both())
    assert [e.body["source"] for e in night.events if e.kind == "reused"] == ["another farm"]


def test_the_lease_of_a_farm_that_died_expires_and_is_taken_over() -> None:
    night = Night()
    night.store.claim(task().key, owner="a farm that died", seconds=LEASE_SECONDS)

    async def ask(crew: Crew) -> None:
        await crew.do(task())
        assert LEASE_SECONDS < night.clock.now() - 60 < LEASE_SECONDS + 3

    night.run(ask)
    assert night.kinds() == ["waiting", "started", "made"]


def test_the_lease_of_a_long_task_is_renewed() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        work = asyncio.create_task(crew.do(task(minutes=600)))
        for _ in range(500):
            await asyncio.sleep(60)
            assert not night.store.claim(task().key, owner="another", seconds=1)
        await work

    night.run(ask)


def test_a_farm_that_lost_its_lease_leaves_the_work_to_the_other() -> None:
    night = Night()

    async def both() -> None:
        async with night.farm(owner="a") as a, night.farm(owner="b") as b:
            first = asyncio.create_task(a.do(task(minutes=10)))
            await asyncio.sleep(30)
            night.store.release(task().key, owner="a")  # as if a had slept until it expired
            second = asyncio.create_task(b.do(task(minutes=10)))
            await asyncio.gather(first, second)
            assert (a.totals.made, b.totals.made) == (0, 1)

    run_virtually(both())
    assert night.kinds().count("made") == 1


def test_machines_that_refuse_stop_everything_and_say_so_once() -> None:
    def act(_: Task, __: int) -> Act:
        return Act(minutes=1, error=ExecutorError("the cluster is gone", hint="start it"))

    async def ask(crew: Crew) -> list[BaseException]:
        works = (crew.do(task(n)) for n in range(9))
        return await asyncio.gather(*works, return_exceptions=True)

    night = Night(act)
    errors = night.run(ask)
    assert all(isinstance(error, ExecutorError) for error in errors)
    assert night.count("started") == 4
    assert night.count("stopped") == 1


def test_a_full_store_stops_everything() -> None:
    night = Night(lambda _, __: Act(minutes=1, error=FullError("no room")))

    async def ask(crew: Crew) -> None:
        with pytest.raises(FullError):
            await crew.do(task(1))
        with pytest.raises(FullError):
            await crew.do(task(2))

    night.run(ask)
    assert night.kinds() == ["started", "stopped"]

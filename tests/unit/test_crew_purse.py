"""One cap for a show, whoever spends from it, however their runs end; running tasks are metered."""

import asyncio
from typing import Any

import pytest

from farm.crew.budget import MICRO, Budget
from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.crew import Crew
from farm.crew.sim import Act, MemoryStore, SimExecutor
from farm.digest import digest_value
from farm.errors import BudgetError, LostError
from farm.executors.base import Offer
from farm.ledger import Event
from farm.task import Outcome, Task
from tests.unit.crew_night import task

NOTE = "accounts/aurora"


class Bank:
    """A store, and drivers that spend a show's money from it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self.events: list[Event] = []

    def driver(self, name: str, *, cap: float = 10.0, act: Any = None) -> Crew:
        offer = Offer(cpu=4, memory_gb=16)
        executor = SimExecutor(self.store, offer, clock=self.clock, act=act or as_long_as_expected)
        return Crew(
            store=self.store, executor=executor, budget=Budget(cap_usd=cap), clock=self.clock,
            listeners=(self.events.append,), owner=name, show="aurora", lanes=0,
        )  # fmt: skip

    @property
    def spent(self) -> float:
        note = self.store.read_note(NOTE)
        assert isinstance(note, dict)
        return note["spent"] / MICRO  # type: ignore[operator]  # whole millionths


def as_long_as_expected(task: Task, _attempt: int) -> Act:
    return Act(minutes=task.needs.minutes)


async def spend(crew: Crew, name: str, count: int, *, usd: float = 1.0) -> int:
    """Ask for tasks at a price each; return how many were made before the money was out."""
    tasks = [task(f"{name} {n}", usd=usd) for n in range(count)]
    answers = await asyncio.gather(*map(crew.do, tasks), return_exceptions=True)
    assert all(isinstance(answer, Outcome | BudgetError) for answer in answers)
    return sum(isinstance(answer, Outcome) for answer in answers)


def test_two_drivers_at_once_spend_one_cap():
    bank = Bank()

    async def both() -> int:
        async with bank.driver("one") as one, bank.driver("two") as two:
            return sum(await asyncio.gather(spend(one, "one", 20), spend(two, "two", 20)))

    assert run_virtually(both()) == 10
    assert bank.spent == pytest.approx(10.0)


def test_what_an_interrupted_run_spent_counts_for_the_next():
    bank = Bank()

    async def runs() -> list[int]:
        made = []
        for name in ("first", "second", "third"):
            async with bank.driver(name) as crew:
                made.append(await spend(crew, name, 6))
        return made

    assert run_virtually(runs()) == [6, 4, 0]


def test_a_run_with_nothing_left_to_do_closes_the_account():
    bank = Bank()

    async def runs() -> list[int]:
        made = []
        for name in ("first", "second"):
            async with bank.driver(name) as crew:
                made.append(await spend(crew, name, 6))
                crew.finished()
        return made

    assert run_virtually(runs()) == [6, 6]
    assert bank.spent == 0


def test_what_a_killed_driver_had_set_aside_counts_as_spent():
    bank = Bank()

    async def killed() -> int:
        crew = bank.driver("dies")
        work = asyncio.create_task(spend(crew, "dies", 4))
        await asyncio.sleep(30)  # four tasks of a minute are under way
        bank.store.write_note("copy", bank.store.read_note(NOTE))
        work.cancel()
        await asyncio.wait([work])
        await crew.close()
        bank.store.write_note(NOTE, bank.store.read_note("copy"))  # as if it had not said goodbye
        await asyncio.sleep(60)
        async with bank.driver("next") as next_:
            return await spend(next_, "next", 20)

    assert run_virtually(killed()) == 5  # 10, less four, less the little that was drawn beyond


def test_a_budget_refused_says_what_others_spent():
    bank = Bank()

    async def runs() -> str:
        async with bank.driver("first") as crew:
            await spend(crew, "first", 9)
        async with bank.driver("second") as crew:
            with pytest.raises(BudgetError) as refused:
                await crew.do(task("dear", usd=5.0))
        return str(refused.value)

    assert "by other runs $9.00" in run_virtually(runs())


def test_a_task_that_takes_longer_is_paid_by_its_time():
    bank = Bank()

    async def run() -> float:
        async with bank.driver("one", act=lambda *_: Act(minutes=3.0)) as crew:
            await crew.do(task(minutes=1.0, usd=2.0))
            return crew.budget.spent_usd

    assert run_virtually(run()) == pytest.approx(6.0)


def test_a_task_that_would_carry_the_show_past_its_cap_is_stopped():
    bank = Bank()

    async def run() -> float:
        async with bank.driver("one", act=lambda *_: Act(minutes=1000.0)) as crew:
            with pytest.raises(BudgetError, match="there is no money for"):
                await crew.do(task(minutes=1.0, usd=2.0))
            return crew.budget.spent_usd

    assert 0 < run_virtually(run()) <= 10.0


@pytest.mark.parametrize(("seconds", "made"), [(32, True), (600, False)])
def test_a_task_that_takes_longer_goes_on_while_the_account_does_not_answer(seconds, made):
    bank = Bank()

    async def run() -> str:
        async with bank.driver("one", act=lambda *_: Act(minutes=5.0)) as crew:
            work = asyncio.create_task(crew.do(task(minutes=1.0, usd=1.0)))
            await asyncio.sleep(125)  # it is metered since it took twice its minute
            bank.store.claim(digest_value(["account", "aurora"]), owner="stuck", seconds=seconds)
            await asyncio.wait([work])
            return str(work.exception() or "made")

    said = run_virtually(run())
    assert said == "made" if made else "the show's account has not said" in said


def test_an_attempt_that_came_to_nothing_is_paid_and_told():
    bank = Bank()
    lost = Act(minutes=0.5, error=LostError("gone", hint="none"))

    async def run() -> float:
        act = lambda task, attempt: lost if attempt == 1 else as_long_as_expected(task, attempt)  # noqa: E731  # two words
        async with bank.driver("one", act=act) as crew:
            await crew.do(task(minutes=1.0, usd=2.0))
            return crew.totals.usd

    assert run_virtually(run()) == pytest.approx(3.0)
    assert [event.body["usd"] for event in bank.events if event.kind == "burnt"] == [1.0]

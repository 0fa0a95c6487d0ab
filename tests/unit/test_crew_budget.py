"""How a run behaves when the money does not reach."""

import asyncio

import pytest

from farm.crew.budget import Budget, dollars
from farm.crew.crew import Crew
from farm.errors import BudgetError
from farm.task import Outcome
from tests.unit.crew_night import Night, task


async def all_of(crew: Crew, count: int, *, usd: float) -> list[Outcome | BaseException]:
    """Ask for tasks of the same price, each of a shot of its own."""
    works = (crew.do(task(n, usd=usd, shot=f"sh{n}")) for n in range(count))
    return await asyncio.gather(*works, return_exceptions=True)


def test_a_run_stopped_by_its_budget_finishes_what_runs_and_says_what_was_left() -> None:
    night = Night()
    done = night.run(lambda crew: all_of(crew, 5, usd=3), budget=Budget(cap_usd=10))
    assert sum(isinstance(one, Outcome) for one in done) == 3
    errors = [one for one in done if isinstance(one, BudgetError)]
    assert len(errors) == 2
    assert "needs $3.00, and of $10.00 there is $1.00 left" in errors[0].problem
    assert night.count("stopped") == 1


def test_a_run_goes_on_when_it_is_given_more() -> None:
    night = Night()
    night.run(lambda crew: all_of(crew, 5, usd=3), budget=Budget(cap_usd=10))
    done = night.run(lambda crew: all_of(crew, 5, usd=3), budget=Budget(cap_usd=10))
    assert all(isinstance(one, Outcome) for one in done)
    assert (night.count("made"), night.count("reused")) == (5, 3)


def test_a_budget_may_cancel_what_runs() -> None:
    night = Night()
    budget = Budget(cap_usd=10, on_cap="cancel_running")

    async def ask(crew: Crew) -> None:
        await crew.do(task("before", usd=4))
        running = asyncio.create_task(crew.do(task("long", minutes=60, usd=4)))
        await asyncio.sleep(15 * 60)
        with pytest.raises(BudgetError):
            await crew.do(task("dear", usd=7))
        with pytest.raises(BudgetError, match="was stopped with the money"):
            await running
        assert night.clock.now() < 17 * 60
        assert budget.spent_usd == pytest.approx(5)  # the long one for a quarter of its hour

    night.run(ask, budget=budget)
    assert night.store.leased() == []


def test_a_task_waits_for_money_that_may_come_free() -> None:
    async def ask(crew: Crew) -> None:
        first = asyncio.create_task(crew.do(task("first", usd=6, minutes=10, rank=2)))
        await asyncio.sleep(60)
        first.cancel()  # after a tenth of its time
        await crew.do(task("second", usd=9))
        made.append("second")

    made: list[str] = []
    Night().run(ask, budget=Budget(cap_usd=10))
    assert made == ["second"]


def test_a_cheap_task_is_not_held_up_by_a_dear_one_that_waits_for_money() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        running = asyncio.create_task(crew.do(task("running", usd=6, minutes=60)))
        await asyncio.sleep(1)
        dear = asyncio.create_task(crew.do(task("dear", usd=9, rank=9)))
        await crew.do(task("cheap", usd=1))
        assert night.clock.now() < 120
        await running
        with pytest.raises(BudgetError):
            await dear

    night.run(ask, budget=Budget(cap_usd=10))


def test_money_held_for_a_verdict_already_given_is_not_eaten_by_drafts() -> None:
    night = Night()

    async def ask(crew: Crew) -> None:
        crew.hold("sh0", 6)
        drafts = (crew.do(task(n, usd=2, shot=f"sh{n}")) for n in range(1, 9))
        done = await asyncio.gather(*drafts, return_exceptions=True)
        assert sum(isinstance(one, Outcome) for one in done) == 2
        await crew.do(task("master", usd=6, shot="sh0"))

    night.run(ask, budget=Budget(cap_usd=10))


def test_reused_work_costs_nothing() -> None:
    night = Night()
    night.run(lambda crew: all_of(crew, 3, usd=3))
    done = night.run(lambda crew: all_of(crew, 3, usd=3), budget=Budget(cap_usd=0))
    assert all(isinstance(one, Outcome) for one in done)


def test_sums_under_a_cent_are_told_so_that_they_can_be_compared():
    assert [dollars(usd) for usd in (0.0, 0.00125, 0.01, 1234.5)] == [
        "$0.00",
        "$0.00125",
        "$0.01",
        "$1,234.50",
    ]

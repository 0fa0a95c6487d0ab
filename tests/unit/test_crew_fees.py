"""Fees: what a service is owed is on the account once, whatever became of the task."""

from dataclasses import replace

import pytest

from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.crew.sim import Act
from farm.errors import LostError, TaskError
from farm.naming import bill_name
from farm.task import Task
from tests.unit.crew_night import Night, task

FEE = 2.0


def paid(value: object = 1) -> Task:
    return replace(task(value, usd=FEE), fee_usd=FEE)


def billed(night: Night, error: Exception | None, *, state: str = "made", tries: int = 1) -> None:
    """Let a service bill every attempt's task, and the first `tries` attempts fail."""

    def act(wanted: Task, number: int) -> Act:
        night.store.write_note(bill_name(wanted.key), {"state": state})
        return Act(minutes=1, error=error if number <= tries else None)

    night.act = act


def spent(night: Night, *, faults: bool = False) -> float:
    async def program(crew: Crew) -> float:
        if faults:
            with pytest.raises(TaskError):
                await crew.do(paid())
        else:
            await crew.do(paid())
        return crew.totals.usd

    total: float = night.run(program, budget=Budget(cap_usd=100))
    return total


def test_a_fee_is_counted_when_its_task_is_made() -> None:
    assert spent(Night()) == pytest.approx(FEE)


def test_a_task_that_was_paid_for_and_lost_is_counted_once() -> None:
    night = Night()
    billed(night, LostError("the machine is gone"), tries=3)
    assert spent(night) == pytest.approx(FEE)


@pytest.mark.parametrize("state", ["asked", "made"])
def test_a_bill_for_which_nothing_came_is_on_the_account_once_over_all_runs(state: str) -> None:
    night = Night()
    billed(night, TaskError("no answer came"), state=state, tries=99)
    assert spent(night, faults=True) == pytest.approx(FEE)
    assert spent(night, faults=True) == 0


def test_a_generation_that_failed_and_a_call_that_was_refused_owe_nothing() -> None:
    for state in ("failed", ""):
        night = Night()
        billed(night, TaskError("failed"), state=state, tries=99)
        assert spent(night, faults=True) == 0


def test_what_is_made_again_from_what_was_paid_for_is_not_counted_again() -> None:
    night = Night()
    spent(night)
    night.store.forget(paid().key)
    assert spent(night) == 0

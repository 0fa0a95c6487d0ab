"""The budget holds at any interleaving."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from farm.crew.budget import MICRO, Budget
from farm.crew.crew import Crew
from farm.crew.sim import Act
from farm.errors import BudgetError, TaskError
from farm.task import Task
from tests.unit.crew_night import Night, task

SHOTS = st.sampled_from(["a", "b", "c"])
DOLLARS = st.floats(min_value=0, max_value=40)
CAP = 100.0


class Spending(RuleBasedStateMachine):
    """Any order of reserving, settling, holding and letting go."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(cap_usd=CAP)
        self.reserved: dict[str, float] = {}
        self.held: dict[str, float] = {}
        self.count = 0

    @rule(shot=SHOTS, usd=DOLLARS)
    def reserve(self, shot: str, usd: float) -> None:
        self.count += 1
        answer = self.budget.answer(usd, shot=shot)
        before = self.budget.money
        try:
            self.budget.reserve(str(self.count), usd, shot=shot)
        except BudgetError:
            assert answer != "now"
            assert self.budget.money == before
        else:
            assert answer == "now"
            self.reserved[str(self.count)] = usd

    @precondition(lambda self: self.reserved)
    @rule(share=st.floats(min_value=0, max_value=1), data=st.data())
    def settle(self, share: float, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.reserved)))
        self.budget.settle(key, self.reserved.pop(key) * share)

    @rule(shot=SHOTS, usd=DOLLARS)
    def hold(self, shot: str, usd: float) -> None:
        self.budget.hold(shot, usd)

    @rule(shot=SHOTS)
    def let_go(self, shot: str) -> None:
        self.budget.hold(shot, 0)

    @invariant()
    def the_cap_holds(self) -> None:
        money = self.budget.money
        assert min(money.settled, money.reserved, money.held) >= 0
        assert money.settled + money.reserved + money.held <= money.cap
        assert money.overrun == 0

    @invariant()
    def the_sums_are_those_of_the_parts(self) -> None:
        assert self.budget.money.reserved == sum(self.budget._reserved.values())
        assert self.budget.money.held == sum(self.budget._held.values())


class Overspending(Spending):
    """The same when actual costs are not what was estimated."""

    @precondition(lambda self: self.reserved)
    @rule(factor=st.floats(min_value=1, max_value=5), data=st.data())
    def settle_for_more(self, factor: float, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.reserved)))
        self.budget.settle(key, self.reserved.pop(key) * factor)

    @invariant()
    def the_cap_holds(self) -> None:
        money = self.budget.money
        assert min(money.settled, money.reserved, money.held, money.overrun) >= 0
        assert money.settled + money.reserved + money.held <= money.cap
        assert not money.overrun or money.free == 0 or money.settled + money.reserved < money.cap


TestSpending = Spending.TestCase
TestSpending.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOverspending = Overspending.TestCase
TestOverspending.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_money_held_for_a_shot_is_for_no_other() -> None:
    budget = Budget(cap_usd=10)
    budget.hold("a", 8)
    assert budget.answer(3, shot="b") == "later"
    assert budget.answer(9, shot="a") == "now"
    with pytest.raises(BudgetError, match=r"b needs \$3.00, and of \$10.00 there is \$2.00 left"):
        budget.reserve("draft", 3, shot="b")
    budget.reserve("master", 8, shot="a")
    budget.reserve("draft", 2, shot="b")


def test_a_master_that_costs_more_than_its_estimate_takes_what_is_left() -> None:
    budget = Budget(cap_usd=10)
    budget.reserve("master", 6, shot="a")
    budget.hold("b", 4)
    budget.settle("master", 9)
    assert (budget.spent_usd, budget.left_usd) == (9, 1)
    budget.reserve("draft", 1, shot="b")
    budget.settle("draft", 3)
    assert budget.spent_usd == 12
    assert budget.money.overrun == 2 * MICRO


TRIES = st.sampled_from(["made", "failed", "cheaper"])
ORDERS = st.lists(
    st.tuples(st.floats(0, 9), st.floats(0.1, 5), TRIES, st.floats(0, 20)), min_size=1, max_size=25
)


@settings(max_examples=60, deadline=None)
@given(orders=ORDERS, cap=st.floats(0, 60), cancel=st.booleans())
def test_no_run_of_the_crew_spends_more_than_its_budget(orders, cap, cancel) -> None:
    fates = dict(enumerate(orders))

    def act(one: Task, n: int) -> Act:
        failed = fates[one.params["value"]][2] == "failed" and n < 3
        return Act(minutes=one.needs.minutes, error=TaskError("it broke") if failed else None)

    budget = Budget(cap_usd=cap, on_cap="cancel_running" if cancel else "finish_running")
    night = Night(act)

    async def ask(crew: Crew) -> None:
        works = []
        for n, (usd, minutes, _, pause) in fates.items():
            await asyncio.sleep(pause)
            one = task(n, usd=usd, minutes=minutes, shot=f"sh{n % 5}", rank=usd)
            crew.hold(f"sh{n % 3}", usd)
            works.append(asyncio.create_task(crew.do(one)))
            money = budget.money
            assert money.settled + money.reserved + money.held <= money.cap
        done = await asyncio.gather(*works, return_exceptions=True)
        assert all(isinstance(error, BudgetError) for error in done if isinstance(error, Exception))

    night.run(ask, budget=budget)
    assert budget.money.reserved == 0
    assert budget.money.overrun == 0
    assert budget.spent_usd <= cap + 1e-6

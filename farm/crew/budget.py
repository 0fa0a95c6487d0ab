"""Money: what is reserved before a task starts, settled after it, and held back for finishing.

At every moment, whatever the order of calls: settled + reserved + held <= cap.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from farm.errors import BudgetError

OnCap = Literal["finish_running", "cancel_running"]
Answer = Literal["now", "later", "never"]
MICRO = 1_000_000
CENT = 0.01
NO_CAP = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Where the money stands, in whole millionths of a dollar.

    `overrun` is what actual costs took beyond the cap because they were above their estimates
    when nothing was left to take them from; it is zero while estimates hold.
    """

    cap: int = NO_CAP
    settled: int = 0
    reserved: int = 0
    held: int = 0
    overrun: int = 0

    @property
    def free(self) -> int:
        """What nobody has a claim on."""
        return self.cap - self.settled - self.reserved - self.held

    def hold(self, wish: int) -> "Money":
        """Hold back as much of the wish as is free; a negative wish lets go."""
        return replace(self, held=self.held + min(wish, self.free))

    def reserve(self, price: int, *, from_held: int) -> "Money":
        """Set money aside, some of it from what is held; the rest must be free."""
        assert price - from_held <= self.free, "more is reserved than there is"
        return replace(self, reserved=self.reserved + price, held=self.held - from_held)

    def settle(self, price: int, *, actual: int) -> "Money":
        """Pay the actual cost of what was reserved at a price; the rest is free again."""
        open_ = replace(self, reserved=self.reserved - price)
        paid = min(actual, open_.free)
        return replace(open_, settled=open_.settled + paid, overrun=open_.overrun + actual - paid)


def dollars(usd: float) -> str:
    """Write dollars for an account: `$1,204.50`, and less than a cent as exactly as it is kept."""
    return f"${usd:,.2f}" if usd >= CENT or not usd else f"${usd:.6f}".rstrip("0")


class Budget:
    """Keeps the money of a run: who reserved how much, and for whom the rest is held."""

    def __init__(self, *, cap_usd: float | None = None, on_cap: OnCap = "finish_running") -> None:
        self.on_cap = on_cap
        self.cap_usd = cap_usd
        self.money = Money(cap=NO_CAP if cap_usd is None else math.floor(cap_usd * MICRO))
        self._reserved: dict[str, int] = {}
        self._held: dict[str, int] = {}

    @property
    def spent_usd(self) -> float:
        """What was paid so far."""
        return (self.money.settled + self.money.overrun) / MICRO

    @property
    def left_usd(self) -> float:
        """What is neither paid nor reserved, held money included."""
        return (self.money.free + self.money.held) / MICRO

    @property
    def used(self) -> int:
        """What is paid or reserved, in millionths of a dollar."""
        return self.money.settled + self.money.overrun + self.money.reserved

    def reserved_usd(self, key: str) -> float:
        """Return what is set aside for a task now."""
        return self._reserved[key] / MICRO

    def set_cap(self, micro: int) -> None:
        """Change how much there is; what is held yields where it no longer reaches."""
        self.money = replace(self.money, cap=micro)
        self._take_from_held(max(0, -self.money.free))

    def answer(self, usd: float, *, shot: str) -> Answer:
        """Tell whether a task of a shot can be paid now, perhaps later, or never."""
        price = micro(usd)
        if price <= self.money.free + self._held.get(shot, 0):
            return "now"
        return "later" if self._may_come_free(price, shot) else "never"

    def reserve(self, key: str, usd: float, *, shot: str) -> None:
        """Set money aside for a task; what is held for its shot is used first.

        Raises BudgetError, and changes nothing, when the money does not reach.
        """
        if self.answer(usd, shot=shot) != "now":
            raise self.refusal(usd, what=shot or key)
        price = micro(usd)
        from_held = min(price, self._held.get(shot, 0))
        self._change_held(shot, -from_held)
        self.money = self.money.reserve(price, from_held=from_held)
        self._reserved[key] = self._reserved.get(key, 0) + price

    def top_up(self, key: str, usd: float, *, shot: str) -> bool:
        """Set more aside for a task that takes longer: free money, then its shot's, then others'.

        Returns False, and changes nothing, when all of that does not reach.
        """
        price = micro(usd)
        if price > self.money.free + self.money.held:
            return False
        own = min(max(0, price - self.money.free), self._held.get(shot, 0))
        self._change_held(shot, -own)
        self.money = replace(self.money, held=self.money.held - own)
        self._take_from_held(max(0, price - self.money.free))
        self.money = self.money.reserve(price, from_held=0)
        self._reserved[key] += price
        return True

    def settle(self, key: str, usd: float) -> None:
        """Pay a task's actual cost, which may be nothing, and free the rest of its reservation."""
        price = self._reserved.pop(key)
        actual = micro(usd)
        beyond = max(0, actual - price - self.money.free)
        self._take_from_held(beyond)
        self.money = self.money.settle(price, actual=actual)

    def hold(self, shot: str, usd: float) -> None:
        """Hold money back for a shot from now on; `usd` replaces what was held for it before."""
        before = self.money.held
        self.money = self.money.hold(micro(usd) - self._held.get(shot, 0))
        self._change_held(shot, self.money.held - before)

    def refusal(self, usd: float, *, what: str) -> BudgetError:
        """Say what does not reach."""
        money = self.money
        whole = self.money.cap if self.cap_usd is None else micro(self.cap_usd)
        there = [f"{word} {dollars(amount / MICRO)}" for word, amount in (
            ("spent or drawn by other runs", whole - money.cap),
            ("spent", money.settled + money.overrun),
            ("reserved by running tasks", money.reserved),
            ("held for other shots", money.held),
        ) if amount]  # fmt: skip
        return BudgetError(
            f"{what} needs {dollars(usd)}, and of {dollars(whole / MICRO)} there is "
            f"{dollars(max(0, money.free) / MICRO)} left ({', '.join(there) or 'nothing spent'})",
            hint="what is made is kept: raise the budget and run the same command again",
        )

    def _may_come_free(self, price: int, shot: str) -> bool:
        others = self.money.held - self._held.get(shot, 0)
        claimed = self.money.reserved + others
        return bool(claimed) and price <= self.money.cap - self.money.settled

    def _change_held(self, shot: str, micro: int) -> None:
        left = self._held.pop(shot, 0) + micro
        if left:
            self._held[shot] = left

    def _take_from_held(self, micro: int) -> None:
        """Use up held money for what cost more than its estimate, the last promise first."""
        for shot in reversed(list(self._held)) if micro else ():
            taken = min(micro, self._held[shot])
            self._change_held(shot, -taken)
            self.money = replace(self.money, held=self.money.held - taken)
            micro -= taken


def micro(usd: float) -> int:
    """Return dollars in whole millionths, rounded up."""
    return math.ceil(round(usd * MICRO, 3))

"""The meter of a running task: its reservation grows with its cost, or it is stopped."""

import asyncio
from collections.abc import Callable

from farm.crew.budget import dollars
from farm.crew.price import usd_per_second
from farm.crew.turns import Turn, Turns
from farm.errors import BudgetError
from farm.executors.base import Report
from farm.task import Progress, Task

STEP = 0.25
"""By how much of the estimate a reservation grows at a time."""

SILENT = 2.0
"""After how many times its estimate a task is looked at that tells no progress."""

LEAST_SECONDS = 0.5
"""How much longer a reservation lasts at least when it has grown."""

LEAD_SECONDS = 2.0
"""How long before a reservation is used up more is asked for: the account may be far away.

A task of fewer seconds is asked no earlier than when it begins.
"""


class Meter:
    """Watches what one task has cost so far.

    When that reaches what is reserved, a quarter of the estimate more is set aside, or what half a
    second costs; if there is no money left for it, `on_empty` gets the error that stops the task.
    So a task that takes longer than anybody thought cannot carry the run past its cap.
    """

    def __init__(
        self, turn: Turn, turns: Turns, *, on_empty: Callable[[BudgetError], None]
    ) -> None:
        self._turn = turn
        self._turns = turns
        self._on_empty = on_empty
        self._timer: asyncio.TimerHandle | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._over = False
        self._paid_until = 0.0
        self._owed = 0.0
        task = turn.task
        self._rate = usd_per_second(task, turn.waiting.needs, offer=turns.offer) or 0.0
        self._step = max(STEP * task.usd, LEAST_SECONDS * self._rate)
        self._lead = min(LEAD_SECONDS, task.usd / self._rate) if self._rate else 0.0

    def starting(self, report: Report) -> Report:
        """Return a report that starts the meter with the first progress.

        Where all machines are there already, a task that tells none is looked at when it has taken
        twice its estimate.
        """
        task = self._turn.task
        if self._turns.counts_money and self._rate and self._turns.offer.largest is None:
            seconds = SILENT * task.usd / self._rate
            self._silence = asyncio.get_running_loop().call_later(seconds, self._start_late)

        def hear(task: Task, progress: Progress) -> None:
            self._start()
            report(task, progress)

        return hear

    def stop(self) -> None:
        """Stop watching."""
        self._over = True
        for timer in (self._timer, self._silence):
            if timer:
                timer.cancel()

    def _start(self) -> None:
        if self._silence:
            self._silence.cancel()
        if self._rate and not self._timer and not self._over and self._turns.counts_money:
            self._paid_until = asyncio.get_running_loop().time()
            self._wait(self._turn.task.usd - self._turn.task.fee_usd)

    def _start_late(self) -> None:
        """Set aside what was used up in silence, and go on as if it began now."""
        self._owed = (SILENT - 1) * self._turn.task.usd
        self._paid_until = asyncio.get_running_loop().time() + self._lead
        self._top_up()

    def _wait(self, usd: float) -> None:
        """Look again shortly before so much more is used up."""
        self._paid_until += usd / self._rate
        self._look_at(self._paid_until - self._lead)

    def _top_up(self) -> None:
        more, unanswered = self._step, self._turns.is_drawing
        if self._turns.top_up(self._turn, self._owed + more):
            self._owed = 0.0
            self._wait(more)
        elif asyncio.get_running_loop().time() < self._paid_until:
            self._look_at(self._paid_until)
        else:
            needed = self._owed + more
            self._on_empty(too_long(self._turn.task, needed, unanswered=unanswered))

    def _look_at(self, time: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(time, self._top_up)


def too_long(task: Task, needed: float, *, unanswered: bool) -> BudgetError:
    """Say that a task is stopped because it takes longer than is known to be money for."""
    why = f"there is no money for {dollars(needed)} more"
    advice = "raise the budget and run the same command again"
    if unanswered:
        why = f"the show's account has not said whether there is {dollars(needed)} more"
        advice = "run the same command again when the store can be reached"
    return BudgetError(
        f"{task.label} was stopped: it takes longer than its estimate of {dollars(task.usd)}, "
        f"and {why}",
        hint=f"what is made is kept: {advice}",
    )

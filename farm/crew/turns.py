"""Turns: who may start now, when there is room on a machine and money to pay for it."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from farm.crew.budget import Budget, micro
from farm.crew.clock import Clock
from farm.crew.price import usd_per_second
from farm.crew.purse import Purse
from farm.crew.queue import Queue, class_of
from farm.crew.retry import backoff
from farm.crew.schedule import Waiting, whole_room
from farm.errors import BudgetError, FarmError, TaskError
from farm.executors.base import Offer
from farm.executors.berth import settle
from farm.gpus import ANY
from farm.task import Needs, Task

GRACE_SECONDS = 2.0
"""How long tasks that wait for money do so when nothing runs that could leave any over."""


@dataclass(slots=True, eq=False)
class Turn:
    """A task's turn: it waits, then it has room and money.

    `usd` is what it is to pay, `pace` what a second of it costs, in millionths of a dollar.
    """

    task: Task
    waiting: Waiting
    given: "asyncio.Future[None]"
    usd: float = 0.0
    pace: int = 0

    @property
    def name(self) -> str:
        """Name its reservation."""
        return str(self.waiting.number)


class Turns:
    """Gives turns by the rules of the schedule, within the offer and the budget."""

    def __init__(
        self,
        offer: Offer,
        *,
        budget: Budget,
        clock: Clock,
        on_refusal: Callable[[BudgetError], None],
        purse: Purse | None = None,
    ) -> None:
        self.offer = offer
        self._queue = Queue(offer)
        self._budget = budget
        self._clock = clock
        self._on_refusal = on_refusal
        self._numbers = itertools.count(1)
        self._asked: dict[int, Turn] = {}
        self._short: list[tuple[float, int, Turn]] = []
        self._shortages: dict[Needs, int] = {}
        self._purse = purse
        self._undrawn: list[Turn] = []
        self._topping = 0
        self._drawing: asyncio.Task[None] | None = None
        self._dealing = False
        self._wake = 0.0

    async def close(self) -> None:
        """Draw no more money."""
        if self._drawing:
            self._drawing.cancel()
            await asyncio.wait([self._drawing])

    async def take(self, task: Task, needs: Needs) -> Turn:
        """Wait for a task's turn; what it costs is reserved then.

        Raises BudgetError when the money does not reach.
        """
        turn = self._ask(task, needs)
        try:
            await turn.given
        except asyncio.CancelledError:
            self._withdraw(turn)
            raise
        return turn

    def within(self, task: Task) -> Needs:
        """Return a task's needs with no more cores than there are: with fewer it takes longer.

        Raises TaskError when no machine on offer can ever do it.
        """
        needs = settle(task.needs, offer=self.offer)
        too_much = needs.memory_gb > self.offer.one_machine.memory_gb
        if too_much or not whole_room(self.offer).fits(needs):
            raise _too_big(task, self.offer)
        return needs

    def give_back(self, turn: Turn) -> None:
        """End a turn: pay `turn.usd`, and free the rest of the money and the room."""
        self._budget.settle(turn.name, turn.usd)
        self._queue.end(turn.waiting)
        if self._purse:
            self._purse.pace -= turn.pace
        self.deal_soon()

    @property
    def counts_money(self) -> bool:
        """Tell whether there is a cap that the sum of costs must not pass."""
        return self._budget.cap_usd is not None

    @property
    def is_drawing(self) -> bool:
        """Tell whether the show's account was asked for money and has not answered."""
        return self._drawing is not None and not self._drawing.done()

    def top_up(self, turn: Turn, usd: float) -> bool:
        """Set more money aside for a task that runs; False if there is none."""
        covered = not self._purse or self._purse.covers(micro(usd))
        done = covered and self._budget.top_up(turn.name, usd, shot=turn.task.shot)
        if self._purse and (not covered or self._purse.is_low):
            self._topping += 0 if covered else micro(usd)
            self._draw_soon()
        return done

    def pause(self, needs: Needs) -> float:
        """Let a class wait for capacity, longer every time; return for how many seconds."""
        same = class_of(needs)
        now = self._clock.now()
        if self._queue.paused_until(needs) <= now:
            self._shortages[same] = self._shortages.get(same, 0) + 1
            seconds = backoff(self._shortages[same], first_seconds=5)
            self._queue.pause(needs, until=now + seconds)
        return self._queue.paused_until(needs) - now

    def had_capacity(self, needs: Needs) -> None:
        """Note that a class got its machine: its next shortage is a first one again."""
        if self._shortages:
            self._shortages.pop(class_of(needs), None)

    def refuse_all(self, error: FarmError) -> None:
        """Refuse everything that waits."""
        short = (turn for *_, turn in self._short)
        for turn in [*self._asked.values(), *short, *self._undrawn]:
            self._queue.drop(turn.waiting)
            if not turn.given.done():
                turn.given.set_exception(error)
        self._asked.clear()
        self._short.clear()
        self._undrawn.clear()

    def deal_soon(self) -> None:
        """Give turns once everything that is happening now has happened."""
        if not self._dealing:
            self._dealing = True
            asyncio.get_running_loop().call_soon(self._deal)

    def _ask(self, task: Task, needs: Needs) -> Turn:
        waiting = Waiting(number=next(self._numbers), rank=task.rank, needs=needs, shot=task.shot)
        turn = Turn(task, waiting, asyncio.get_running_loop().create_future())
        self._asked[waiting.number] = turn
        self._queue.push(waiting)
        self.deal_soon()
        return turn

    def _withdraw(self, turn: Turn) -> None:
        if turn.given.done() and not turn.given.cancelled() and not turn.given.exception():
            self.give_back(turn)
        self._queue.drop(turn.waiting)
        self._asked.pop(turn.waiting.number, None)

    def _deal(self) -> None:
        self._dealing = False
        now = self._clock.now()
        self._ask_again_for_money()
        while one := self._queue.pop(now=now):
            self._give(self._asked.pop(one.number), now)
        self._look_again_later(now)

    def _give(self, turn: Turn, now: float) -> None:
        task = turn.task
        answer = self._budget.answer(task.usd, shot=task.shot)
        if turn.given.done():
            return
        if answer == "now" and self._purse and not self._purse.covers(micro(task.usd)):
            self._undrawn.append(turn)
            self._draw_soon()
        elif answer == "now":
            self._budget.reserve(turn.name, task.usd, shot=task.shot)
            self._queue.start(turn.waiting, now=now)
            turn.given.set_result(None)
            self._draw_ahead(turn)
        elif answer == "later":
            heapq.heappush(self._short, (task.usd, turn.waiting.number, turn))
        else:
            self._refuse(turn)

    def _draw_ahead(self, turn: Turn) -> None:
        """Draw what a turn that begins may cost beyond its estimate, before that is needed."""
        if self._purse:
            rate = usd_per_second(turn.task, turn.waiting.needs, offer=self.offer)
            turn.pace = micro(rate or 0.0)
            self._purse.pace += turn.pace
            if self._purse.is_low:
                self._draw_soon()

    def _draw_soon(self) -> None:
        if not self.is_drawing:
            self._drawing = asyncio.create_task(self._draw())

    async def _draw(self) -> None:
        """Draw from the show's account what tasks wait for, and let them ask again."""
        assert self._purse
        wanted = self._topping + sum(micro(turn.task.usd) for turn in self._undrawn)
        self._topping = 0
        try:
            await self._purse.draw(wanted)
        except FarmError as error:
            undrawn, self._undrawn = self._undrawn, []
            for turn in undrawn:
                if not turn.given.done():
                    turn.given.set_exception(error)
            return
        undrawn, self._undrawn = self._undrawn, []
        for turn in undrawn:
            if not turn.given.done():
                self._asked[turn.waiting.number] = turn
                self._queue.push(turn.waiting)
        self.deal_soon()

    def _ask_again_for_money(self) -> None:
        """Let those wait for their turn again whose money came free, the cheapest first."""
        while self._short:
            usd, number, turn = self._short[0]
            if not turn.given.done():
                if self._budget.answer(usd, shot=turn.task.shot) == "later":
                    break
                self._asked[number] = turn
                self._queue.push(turn.waiting)
            heapq.heappop(self._short)

    def _look_again_later(self, now: float) -> None:
        loop = asyncio.get_running_loop()
        wake = self._queue.wakes_at(now=now)
        if wake is not None and wake != self._wake:
            self._wake = wake
            loop.call_later(wake - now, self.deal_soon)
        if self._short and not self._queue.running:
            loop.call_later(GRACE_SECONDS, self._refuse_short)

    def _refuse_short(self) -> None:
        """Refuse those that wait for money when nothing runs that could leave any over.

        While other drivers of the show hold some, they are asked again instead.
        """
        if self._purse and self._purse.others_hold and self._short:
            self._undrawn += [turn for *_, turn in self._short if not turn.given.done()]
            self._short.clear()
            self._draw_soon()
        elif not self._queue.running:
            short, self._short = self._short, []
            for _, _, turn in short:
                if not turn.given.done():
                    self._refuse(turn)

    def _refuse(self, turn: Turn) -> None:
        error = self._budget.refusal(turn.task.usd, what=turn.task.label)
        turn.given.set_exception(error)
        self._on_refusal(error)


def _too_big(task: Task, offer: Offer) -> TaskError:
    needs = task.needs
    wish = f"{needs.memory_gb:g} GB of memory" + (_wished_gpu(needs) if needs.gpu else "")
    gpus = ", ".join(f"{count} x {kind}" for kind, count in offer.gpus.items()) or "no GPU"
    return TaskError(
        f"{task.label} needs {wish}; "
        f"the machines offer {offer.one_machine.memory_gb:.3g} GB and {gpus}",
        hint="choose a smaller size or model, or machines that offer more",
    )


def _wished_gpu(needs: Needs) -> str:
    kind = "GPU" if needs.gpu == ANY else needs.gpu
    memory = f" with {needs.gpu_memory_gb:g} GB" if needs.gpu_memory_gb else ""
    return f" and {needs.gpus:g} {kind}{memory}" if needs.gpus != 1 else f" and a {kind}{memory}"

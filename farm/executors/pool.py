"""Warm workers: hired when there is work for them, reused, and let go when idle or worn out.

The pool knows nothing of what a worker is. It gives every worker one batch at a time (one task,
save for tiny ones), and keeps what a death means in one place: the task that a worker died of is
told so; others that merely travelled with it are sent again.
"""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from farm.errors import ExecutorError, FarmError, OutOfMemoryError
from farm.executors.base import Offer, Report
from farm.executors.berth import Berth, are_enough, berth_for, fits
from farm.executors.wear import Wear, worn_out
from farm.task import Outcome, Progress, Task

IDLE_SECONDS = 60.0  # how long an idle worker that holds only cores and memory is kept warm
IDLE_GPU_SECONDS = 300.0  # the same for one with a GPU, where loading a model takes minutes
LOOK_SECONDS = 10.0  # how often a busy worker's memory is looked at

Tell = Callable[[int, Progress], None]
Answer = Outcome | FarmError


class Hand(Protocol):
    """One worker, seen from the driver."""

    async def run(self, tasks: Sequence[Task], *, tell: Tell) -> list[Answer]:
        """Do the tasks one by one; raises LostError or OutOfMemoryError when the worker dies."""
        ...

    async def resident_gb(self) -> float:
        """Say how much memory the worker holds, between two tasks."""
        ...

    async def leave(self) -> None:
        """See an idle worker off."""
        ...

    async def kill(self) -> None:
        """Stop the worker and everything that it started, and wait until it is gone."""
        ...


Hire = Callable[[Berth], Awaitable[Hand]]


@dataclass(eq=False, slots=True, kw_only=True)
class _Call:
    task: Task
    report: Report
    answer: asyncio.Future[Outcome]
    alone: bool = False  # it was there when a worker died, so it travels by itself now


@dataclass(eq=False, slots=True, kw_only=True)
class _Seat:
    """A living worker and what it is doing."""

    hand: Hand
    berth: Berth
    calls: list[_Call] = field(default_factory=list)
    service: asyncio.Task[None] | None = None
    dismissal: asyncio.TimerHandle | None = None
    stopped: bool = False
    born: float = 0.0
    looked: float = 0.0
    first_gb: float = 0.0


class Pool:
    """Give tasks to workers of the right kind, within the offer."""

    def __init__(
        self,
        *,
        offer: Offer,
        hire: Hire,
        idle_seconds: float = IDLE_SECONDS,
        idle_gpu_seconds: float = IDLE_GPU_SECONDS,
    ) -> None:
        self._offer = offer
        self._hire_hand = hire
        self._idle_seconds = idle_seconds
        self._idle_gpu_seconds = idle_gpu_seconds
        self._waiting: dict[Berth, deque[_Call]] = defaultdict(deque)
        self._idle: dict[Berth, list[_Seat]] = defaultdict(list)
        self._seats: set[_Seat] = set()
        self._hiring: dict[asyncio.Task[None], Berth] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self._partings: set[asyncio.Task[None]] = set()

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome; cancelling it kills the worker that is at it."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        call = _Call(task=task, report=report, answer=answer)
        berth = berth_for(task.needs, offer=self._offer)
        self._waiting[berth].append(call)
        self._match()
        try:
            return await answer
        except asyncio.CancelledError:
            await self._abandon(call, berth)
            raise

    async def close(self) -> None:
        """See idle workers off, stop the others, and wait until all are gone."""
        for errand in tuple(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        left = [call for calls in self._waiting.values() for call in calls]
        seats, self._seats = self._seats, set()
        self._waiting.clear()
        self._idle.clear()
        await asyncio.gather(*(self._end(seat) for seat in seats), *self._partings)
        for call in [*left, *(call for seat in seats for call in seat.calls)]:
            _fail(call, ExecutorError("the executor was closed before the task was done"))

    # Matching tasks with workers

    def _match(self) -> None:
        for berth, calls in self._waiting.items():
            while calls and self._idle[berth]:
                self._set_to_work(self._idle[berth].pop())
            while len(calls) > self._hirings(berth) and self._make_room(berth):
                self._hiring[_keep(self._errands, self._hire(berth))] = berth

    def _hirings(self, berth: Berth) -> int:
        return sum(other == berth for other in self._hiring.values())

    def _set_to_work(self, seat: _Seat) -> None:
        if seat.dismissal:
            seat.dismissal.cancel()
        seat.calls = self._next_batch(seat.berth)
        seat.service = _keep(self._errands, self._serve(seat))

    def _next_batch(self, berth: Berth) -> list[_Call]:
        """Take the next task, or this worker's fair share of those that may travel together."""
        calls = self._waiting[berth]
        if not calls:
            return []
        batch = [calls.popleft()]
        share = -(-(len(calls) + 1) // max(1, sum(seat.berth == berth for seat in self._seats)))
        while calls and len(batch) < min(berth.batch, share):
            if batch[0].alone or calls[0].alone:
                break
            batch.append(calls.popleft())
        return batch

    async def _serve(self, seat: _Seat) -> None:
        """Keep a worker at work until nothing waits for its kind, or it is worn out."""
        while seat.calls:
            try:
                answers = await seat.hand.run([call.task for call in seat.calls], tell=_tell(seat))
            except FarmError as error:
                self._mourn(seat, error)
                return
            except Exception as error:  # noqa: BLE001  # the executors' edge: nobody waits forever
                words = f"{type(error).__name__}: {error}"
                self._mourn(seat, ExecutorError(f"a worker cannot be talked to: {words}"))
                return
            for call, answer in zip(seat.calls, answers, strict=True):
                _deliver(call, answer)
            seat.calls = []
            outgrown = any(isinstance(answer, OutOfMemoryError) for answer in answers)
            if seat.stopped or outgrown or await self._is_worn(seat):
                self._dismiss(seat)
                return
            seat.calls = self._next_batch(seat.berth)
        self._rest(seat)

    def _rest(self, seat: _Seat) -> None:
        loop = asyncio.get_running_loop()
        seconds = self._idle_gpu_seconds if seat.berth.gpu else self._idle_seconds
        seat.dismissal = loop.call_later(seconds, self._dismiss, seat)
        self._idle[seat.berth].append(seat)
        self._match()

    # Hiring and parting

    def _make_room(self, berth: Berth) -> bool:
        """Let idle workers of other kinds go, where that lets one more of this kind in."""
        living = [*(seat.berth for seat in self._seats), *self._hiring.values()]
        if are_enough(berth, living, offer=self._offer):
            return False
        resting = [s for kind, seats in self._idle.items() if kind != berth for s in seats]
        stay = list((Counter(living) - Counter(s.berth for s in resting)).elements())
        if stay and not fits(berth, stay, offer=self._offer):
            return False
        while resting and not fits(berth, living, offer=self._offer):
            living.remove(resting[0].berth)
            self._dismiss(resting.pop(0))
        return True

    async def _hire(self, berth: Berth) -> None:
        me = asyncio.current_task()
        assert me, "hiring is an errand"
        try:
            hand = await self._hire_hand(berth)
        except FarmError as error:
            self._hiring.pop(me, None)
            if self._waiting[berth]:
                _fail(self._waiting[berth].popleft(), error)
            self._match()
            return
        finally:
            self._hiring.pop(me, None)
        now = asyncio.get_running_loop().time()
        seat = _Seat(hand=hand, berth=berth, born=now)
        self._seats.add(seat)
        self._rest(seat)

    async def _is_worn(self, seat: _Seat) -> bool:
        """Look now and then at a worker's age and memory."""
        now = asyncio.get_running_loop().time()
        if seat.looked and now < seat.looked + LOOK_SECONDS:
            return False
        seat.looked = now
        now_gb = await seat.hand.resident_gb()
        seat.first_gb = seat.first_gb or now_gb
        wear = Wear(age_seconds=now - seat.born, first_gb=seat.first_gb, now_gb=now_gb)
        return bool(worn_out(wear, claim_gb=seat.berth.memory_gb))

    def _dismiss(self, seat: _Seat) -> None:
        self._seats.discard(seat)
        if seat in self._idle[seat.berth]:
            self._idle[seat.berth].remove(seat)
        _keep(self._partings, self._end(seat))

    async def _end(self, seat: _Seat) -> None:
        if seat.dismissal:
            seat.dismissal.cancel()
        await (seat.hand.kill() if seat.calls else seat.hand.leave())
        self._match()

    def _mourn(self, seat: _Seat, error: FarmError) -> None:
        """Part with a dead worker: blame the one task it died of, and send innocent ones again."""
        self._seats.discard(seat)
        calls, seat.calls = seat.calls, []
        if len(calls) == 1 and not seat.stopped:
            _fail(calls[0], error)
        for call in reversed(calls):
            if not call.answer.done():
                call.alone = True
                self._waiting[seat.berth].appendleft(call)
        self._match()

    async def _abandon(self, call: _Call, berth: Berth) -> None:
        if call in self._waiting[berth]:
            self._waiting[berth].remove(call)
            await self._hire_no_more(berth)
            return
        for seat in [seat for seat in self._seats if call in seat.calls]:
            if not seat.stopped:
                seat.stopped = True
                await seat.hand.kill()
            if seat.service:
                await asyncio.wait([seat.service])

    async def _hire_no_more(self, berth: Berth) -> None:
        """Call off the hirings that nobody waits for: a machine may be coming up for them."""
        under_way = [errand for errand, other in self._hiring.items() if other == berth]
        surplus = under_way[len(self._waiting[berth]) :]
        for errand in surplus:
            errand.cancel()
        if surplus:
            await asyncio.wait(surplus)


def _keep(
    tasks: set[asyncio.Task[None]], errand: Coroutine[None, None, None]
) -> asyncio.Task[None]:
    """Start an errand, and hold on to it until it is done."""
    task = asyncio.create_task(errand)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


def _tell(seat: _Seat) -> Tell:
    calls = seat.calls

    def tell(index: int, progress: Progress) -> None:
        if not calls[index].answer.done():
            calls[index].report(calls[index].task, progress)

    return tell


def _deliver(call: _Call, answer: Answer) -> None:
    if isinstance(answer, FarmError):
        _fail(call, answer)
    elif not call.answer.done():
        call.answer.set_result(answer)


def _fail(call: _Call, error: FarmError) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)

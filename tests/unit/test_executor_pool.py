"""The pool, with workers made of nothing: who is hired, reused, let go, blamed and spared."""

import asyncio
from collections.abc import Sequence

import pytest

from farm.errors import ExecutorError, LostError, OutOfMemoryError, TaskError
from farm.executors import pool as pool_module
from farm.executors.base import Offer
from farm.executors.berth import Berth, are_enough, berth_for, fits
from farm.executors.pool import Answer, Pool, Tell
from farm.task import Needs, Outcome, Progress, Task

OFFER = Offer(cpu=2, memory_gb=16, gpus={"H100": 1})
ONE_CORE = Needs()
TINY = Needs(cpu=0.01)


def _task(value: str, needs: Needs = ONE_CORE) -> Task:
    return Task(stage="probe", version=1, params={"value": value}, needs=needs)


def _nobody(task: Task, progress: Progress) -> None:
    """Listen to nothing."""


class Hand:
    """A worker that answers as a task's value says."""

    def __init__(self, berth: Berth) -> None:
        self.berth = berth
        self.batches: list[list[str]] = []
        self.killed = self.left = False
        self.gb = [0.1]
        self._death = asyncio.Event()

    async def run(self, tasks: Sequence[Task], *, tell: Tell) -> list[Answer]:
        self.batches.append([str(task.params["value"]) for task in tasks])
        return [await self._answer(task, index, tell) for index, task in enumerate(tasks)]

    async def resident_gb(self) -> float:
        return self.gb.pop(0) if len(self.gb) > 1 else self.gb[0]

    async def leave(self) -> None:
        self.left = True

    async def kill(self) -> None:
        self.killed = True
        self._death.set()

    async def _answer(self, task: Task, index: int, tell: Tell) -> Answer:
        match str(task.params["value"]).split()[0]:
            case "die":
                raise LostError("the worker died")
            case "fail":
                return TaskError("it failed")
            case "memory":
                return OutOfMemoryError("too much")
            case "hang":
                tell(index, Progress(done=1, total=2))
                await self._death.wait()
                raise LostError("the worker was killed")
        await asyncio.sleep(0)
        return Outcome(key=task.key, outputs={})


class Agency:
    """Hires hands, and remembers them."""

    def __init__(self, *, refuse: int = 0) -> None:
        self.hands: list[Hand] = []
        self._refuse = refuse

    async def hire(self, berth: Berth) -> Hand:
        await asyncio.sleep(0)
        if self._refuse:
            self._refuse -= 1
            raise ExecutorError("nobody to hire")
        self.hands.append(Hand(berth))
        return self.hands[-1]

    def pool(self, *, idle_seconds: float = 60) -> Pool:
        return Pool(offer=OFFER, hire=self.hire, idle_seconds=idle_seconds)


async def _all(pool: Pool, *tasks: Task) -> list[object]:
    return await asyncio.gather(
        *(pool.perform(task, report=_nobody) for task in tasks), return_exceptions=True
    )


async def test_workers_are_hired_up_to_the_offer_and_reused() -> None:
    agency = Agency()
    outcomes = await _all(agency.pool(), *(_task(str(n)) for n in range(10)))
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert len(agency.hands) == 2
    assert all(len(batch) == 1 for hand in agency.hands for batch in hand.batches)


async def test_one_task_hires_one_worker() -> None:
    agency = Agency()
    pool = agency.pool()
    for n in range(5):
        await _all(pool, _task(str(n)))
    assert len(agency.hands) == 1


async def test_tiny_tasks_travel_together_and_are_shared_out() -> None:
    agency = Agency()
    await _all(agency.pool(), *(_task(str(n), TINY) for n in range(40)))
    assert len(agency.hands) == 2
    assert sum(len(batch) for hand in agency.hands for batch in hand.batches) == 40
    assert sum(len(hand.batches) for hand in agency.hands) < 10


async def test_an_idle_worker_makes_room_for_another_kind() -> None:
    agency = Agency()
    pool = agency.pool()
    await _all(pool, _task("a"), _task("b"))
    await _all(pool, _task("c", Needs(cpu=2)))
    assert [hand.berth.cpu for hand in agency.hands] == [1, 1, 2]
    assert [hand.left for hand in agency.hands] == [True, True, False]


async def test_an_idle_worker_is_let_go_after_a_while() -> None:
    agency = Agency()
    pool = agency.pool(idle_seconds=0.01)
    await _all(pool, _task("a"))
    await asyncio.sleep(0.05)
    assert agency.hands[0].left
    await _all(pool, _task("b"))
    assert len(agency.hands) == 2


async def test_a_failure_is_told_and_keeps_its_worker() -> None:
    agency = Agency()
    pool = agency.pool()
    (failure,) = await _all(pool, _task("fail"))
    assert isinstance(failure, TaskError)
    await _all(pool, _task("a"))
    assert len(agency.hands) == 1


async def test_a_worker_that_ran_out_of_memory_is_retired() -> None:
    agency = Agency()
    pool = agency.pool()
    (failure,) = await _all(pool, _task("memory"))
    assert isinstance(failure, OutOfMemoryError)
    await _all(pool, _task("a"))
    assert len(agency.hands) == 2


async def test_only_the_task_that_a_worker_died_of_is_blamed() -> None:
    agency = Agency()
    tasks = [_task(str(n), TINY) for n in range(8)] + [_task("die", TINY)]
    *innocent, guilty = await _all(agency.pool(), *tasks)
    assert isinstance(guilty, LostError)
    assert all(isinstance(outcome, Outcome) for outcome in innocent)


async def test_a_cancelled_task_kills_its_worker_and_spares_those_that_travelled_along() -> None:
    agency = Agency()
    pool = agency.pool()
    await _all(pool, _task("a", TINY), _task("b", TINY))
    reported = asyncio.Event()
    hang = asyncio.create_task(pool.perform(_task("hang", TINY), report=lambda *_: reported.set()))
    others = [
        asyncio.create_task(pool.perform(_task(f"{n}", TINY), report=_nobody)) for n in range(9)
    ]
    await reported.wait()
    hang.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hang
    assert sum(hand.killed for hand in agency.hands) == 1
    assert all(isinstance(outcome, Outcome) for outcome in await asyncio.gather(*others))


async def test_a_task_cancelled_while_it_waits_disturbs_nobody() -> None:
    agency = Agency()
    pool = agency.pool()
    reported = asyncio.Event()
    hangs = [
        asyncio.create_task(pool.perform(_task(f"hang {n}"), report=lambda *_: reported.set()))
        for n in range(2)
    ]
    await reported.wait()
    waiting = asyncio.create_task(pool.perform(_task("late"), report=_nobody))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not any(hand.killed for hand in agency.hands)
    await pool.close()
    await asyncio.wait(hangs)


async def test_a_worker_that_cannot_be_hired_is_told_to_one_task_at_a_time() -> None:
    first, second = await _all(Agency(refuse=1).pool(), _task("a"), _task("b"))
    assert {type(first), type(second)} == {ExecutorError, Outcome}


async def test_closing_sees_idle_workers_off_and_kills_busy_ones() -> None:
    agency = Agency()
    pool = agency.pool()
    reported = asyncio.Event()
    hang = asyncio.create_task(pool.perform(_task("hang"), report=lambda *_: reported.set()))
    await reported.wait()
    await _all(pool, _task("a"))
    hang.cancel()
    await asyncio.wait([hang])
    await pool.close()
    assert [(hand.killed, hand.left) for hand in agency.hands] == [(True, False), (False, True)]


def test_needs_never_ask_for_more_than_there_is() -> None:
    berth = berth_for(Needs(cpu=64, memory_gb=900), offer=OFFER)
    assert (berth.cpu, berth.memory_gb) == (2, 16)
    assert fits(berth, [], offer=OFFER)


def test_tasks_with_nearly_the_same_needs_share_a_kind_of_worker() -> None:
    one = berth_for(Needs(cpu=1, memory_gb=2.5, minutes=3), offer=OFFER)
    assert one == berth_for(Needs(cpu=1, memory_gb=3.5, minutes=9), offer=OFFER)
    assert one != berth_for(Needs(cpu=1, memory_gb=5), offer=OFFER)


def test_waiting_for_a_service_is_not_tiny_however_little_core_it_takes() -> None:
    assert berth_for(Needs(cpu=0.1, minutes=2), offer=OFFER).batch == 1
    assert berth_for(Needs(cpu=0.1), offer=OFFER).batch > 1


def test_a_gpu_holds_one_worker_and_tiny_ones_are_no_more_than_cores() -> None:
    gpu = berth_for(Needs(gpu="H100"), offer=OFFER)
    assert fits(gpu, [], offer=OFFER)
    assert not fits(gpu, [gpu], offer=OFFER)
    tiny = berth_for(TINY, offer=OFFER)
    assert not are_enough(tiny, [tiny], offer=OFFER)
    assert are_enough(tiny, [tiny, tiny], offer=OFFER)


async def test_a_worker_that_leaks_is_replaced_between_two_tasks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "LOOK_SECONDS", 0.0)
    agency = Agency()
    pool = agency.pool()
    await _all(pool, _task("a"))
    agency.hands[0].gb = [0.1, 0.1, 3.0]
    for n in range(3):
        await _all(pool, _task(str(n)))
    assert [hand.left for hand in agency.hands] == [True]
    await _all(pool, _task("z"))
    assert len(agency.hands) == 2


async def test_a_worker_with_a_gpu_is_kept_warm_for_longer() -> None:
    agency = Agency()
    pool = Pool(offer=OFFER, hire=agency.hire, idle_seconds=0.01, idle_gpu_seconds=60)
    await _all(pool, _task("a"), _task("b", Needs(gpu="H100")))
    await asyncio.sleep(0.05)
    assert {hand.berth.gpu: hand.left for hand in agency.hands} == {"": True, "H100": False}


async def test_a_worker_that_nobody_waits_for_any_more_is_not_hired() -> None:
    coming, called_off = asyncio.Event(), asyncio.Event()

    async def hire(berth: Berth) -> Hand:
        coming.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            called_off.set()
            raise
        return Hand(berth)

    pool = Pool(offer=OFFER, hire=hire)
    work = asyncio.create_task(pool.perform(_task("a"), report=_nobody))
    await coming.wait()
    work.cancel()
    await asyncio.wait([work])
    assert called_off.is_set()

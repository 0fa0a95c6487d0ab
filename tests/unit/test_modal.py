"""Modal: calls that outlive their driver, the weather on the wire, and what its errors mean."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.errors import (
    CrashError,
    ExecutorError,
    FarmError,
    LostError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
)
from farm.executors.base import Offer
from farm.executors.modal import ModalExecutor
from farm.executors.modal_standin import StandIn, Weather
from farm.executors.modal_wire import ModalWire, fault
from farm.executors.wire import pack_body, unpack
from farm.gpus import GRADES
from farm.ledger import Event
from farm.store import open_store
from farm.task import Needs, Task
from functions.modal_body import lease_name, run

TWO = Offer(cpu=2, memory_gb=8, gpus={"H100": 2})


def probe(value: object, needs: Needs | None = None, **params: object) -> Task:
    params = {"value": value, **params}
    return Task(
        stage="probe", version=1, params=params, shot="sq010_sh0010", needs=needs or Needs()
    )


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'store'}"


@pytest.fixture
async def clouds() -> AsyncIterator[list[StandIn]]:
    made: list[StandIn] = []
    yield made
    for cloud in made:
        await cloud.shut()


def sky(clouds: list[StandIn], **weather: float) -> StandIn:
    clouds.append(StandIn(weather=Weather(**weather)))  # type: ignore[arg-type]
    return clouds[-1]


def executor(uri: str, cloud: StandIn) -> ModalExecutor:
    return ModalExecutor(uri, promised=TWO, wire=cloud, wait_seconds=0.05)


async def test_a_driver_that_comes_back_adopts_the_call_that_is_under_way(uri, clouds):
    cloud, task = sky(clouds), probe("long", seconds=1.5, steps=3)
    first = executor(uri, cloud)
    await first.open()
    work = asyncio.create_task(first.perform(task, report=lambda *_: None))
    await _until(lambda: (open_store(uri).read_note(f"calls/{task.key}") or {}).get("call"))
    # a driver that is killed says nothing to anybody: take its hands off the wire
    first._wire = None
    first._take_back = _nothing
    work.cancel()
    await asyncio.wait([work])
    second = executor(uri, cloud)
    await second.open()
    outcome = await second.perform(task, report=lambda *_: None)
    assert outcome.facts == {"value": "long"}
    assert cloud.sent == 1


async def _until(there: Callable[[], object]) -> None:
    while not there():  # noqa: ASYNC110  # another process tells nobody
        await asyncio.sleep(0.02)


async def _nothing(*_: object) -> None:
    """Do nothing, as the dead do."""


async def test_the_intent_is_kept_before_the_call_is_sent(uri, clouds):
    cloud, task = sky(clouds, lose=1.0), probe("unsure")
    one = executor(uri, cloud)
    await one.open()
    with pytest.raises(LostError):
        await one.perform(task, report=lambda *_: None)
    assert open_store(uri).read_note(f"calls/{task.key}") == {"call": "", "meant": True}


async def test_a_call_that_was_sent_twice_is_worked_once(uri, clouds):
    cloud, task = sky(clouds, duplicate=1.0), probe("twice", seconds=0.8, steps=4, write_bytes=64)
    one = executor(uri, cloud)
    await one.open()
    outcome = await one.perform(task, report=lambda *_: None)
    assert cloud.sent == 2
    assert outcome == open_store(uri).recall(task.key)
    for call in cloud._calls.values():
        await asyncio.wait([call.answer], timeout=10)
    answers = [unpack(call.answer.result()) for call in cloud._calls.values()]
    names = set(cloud._calls)
    referred = [a["elsewhere"] for a in answers if isinstance(a, dict)]
    assert len(referred) <= 1
    assert set(referred) <= names
    assert len({a.worker for a in answers if not isinstance(a, dict)}) == 1


async def test_whoever_comes_second_says_whom_to_ask(uri):
    store, task = open_store(uri), probe("held")
    assert store.claim(lease_name(task.key), owner="fc-1", seconds=60)
    store.write_note(f"calls/{task.key}/running", "fc-1")
    answer = run(pack_body(task), uri, call="fc-2", tell=lambda _: None)
    assert unpack(answer) == {"elsewhere": "fc-1"}
    again = run(pack_body(task), uri, call="fc-1", tell=lambda _: None)
    assert unpack(again).facts == {"value": "held"}


def test_a_body_raises_nothing_whatever_goes_wrong(uri, tmp_path):
    garbled = unpack(run(b"no task", uri, call="fc-1", tell=lambda _: None))
    assert isinstance(garbled, TaskError)
    assert "modal deploy" in garbled.hint
    (tmp_path / "file").write_text("in the way")
    nowhere = run(pack_body(probe("lost")), f"file:{tmp_path / 'file'}", call="fc-1", tell=print)
    assert isinstance(unpack(nowhere), FarmError)


async def test_a_container_that_is_taken_away_costs_nobody_a_retry(uri, clouds):
    cloud = sky(clouds, preempt=0.6, preempt_within=0.6, seed=4)
    one = executor(uri, cloud)
    await one.open()
    tasks = [probe(n, seconds=0.4, steps=2) for n in range(4)]
    outcomes = await asyncio.gather(*(one.perform(t, report=lambda *_: None) for t in tasks))
    assert [outcome.facts["value"] for outcome in outcomes] == [0, 1, 2, 3]
    assert cloud.restarted > 0


async def test_a_whole_night_in_bad_weather_makes_everything_once(uri, clouds):
    cloud = sky(clouds, lose=0.25, duplicate=0.3, preempt=0.2, delay=0.05, seed=11)
    told: list[Event] = []
    tasks = [probe(n, seconds=0.1, steps=2, write_bytes=256) for n in range(12)]
    store = open_store(uri)
    async with Crew(
        store=store, executor=executor(uri, cloud), budget=Budget(), listeners=(told.append,)
    ) as crew:
        outcomes = await asyncio.gather(*(crew.do(task) for task in tasks))
    assert [outcome.facts["value"] for outcome in outcomes] == list(range(12))
    made = [event.key for event in told if event.kind == "made"]
    assert sorted(made) == sorted(task.key for task in tasks)
    because = {event.body["because"] for event in told if event.kind == "retried"}
    assert because <= {"lost"}  # the weather is never held against a task
    assert all(store.recall(task.key) for task in tasks)


async def test_a_dead_call_does_not_stand_in_the_way_of_the_next(uri, clouds):
    cloud = sky(clouds)
    one = executor(uri, cloud)
    await one.open()
    for _ in range(2):
        with pytest.raises(CrashError, match="sq010_sh0010 probe"):
            await one.perform(probe("deadly", crash=True), report=lambda *_: None)
    assert cloud.sent == 2


async def test_a_cancelled_task_leaves_no_call_behind(uri, clouds):
    cloud, task = sky(clouds), probe("endless", seconds=60, steps=600)
    one = executor(uri, cloud)
    await one.open()
    heard = asyncio.Event()
    work = asyncio.create_task(one.perform(task, report=lambda *_: heard.set()))
    await asyncio.wait_for(heard.wait(), 20)
    work.cancel()
    await asyncio.wait([work])
    (call,) = cloud._calls.values()
    assert call.runner.done()
    assert open_store(uri).read_note(f"calls/{task.key}") == {"call": "", "meant": False}


async def test_a_gpu_that_modal_has_not_is_refused_before_anything_is_sent(uri, clouds):
    cloud = sky(clouds)
    one = executor(uri, cloud)
    await one.open()
    huge = Needs(gpu="any", gpu_memory_gb=500)
    with pytest.raises(TaskError, match="no GPU like any with 500 GB"):
        await one.perform(probe("huge", huge), report=lambda *_: None)
    assert cloud.sent == 0


async def test_a_store_on_this_machine_is_refused_on_the_real_modal(uri):
    with pytest.raises(ExecutorError, match="cannot reach a store on this machine"):
        await ModalExecutor(uri).open()


# What needs modal itself, though no account

modal = pytest.importorskip("modal")


@pytest.mark.parametrize(
    ("error", "branch"),
    [
        (modal.exception.ResourceExhaustedError("quota"), ShortageError),
        (modal.exception.FunctionTimeoutError("4 h"), TaskError),
        (modal.exception.RemoteError("exit code: 137"), OutOfMemoryError),
        (modal.exception.RemoteError("task exited"), CrashError),
        (modal.exception.OutputExpiredError("7 days"), LostError),
        (modal.exception.InternalError("oops"), LostError),
        (modal.exception.AuthError("no token"), ExecutorError),
        (OSError("line"), LostError),
    ],
)
def test_every_error_of_modals_has_its_ledger(error, branch):
    assert type(fault(modal, error)) is branch


class Answering:
    """A call of Modal's that answers with what it is given, or raises it."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.get = self.cancel = SimpleNamespace(aio=self._next)

    def from_id(self, _call: str) -> "Answering":
        return self

    async def _next(self, **_: object) -> object:
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def wire_to(call: Answering) -> ModalWire:
    wire = ModalWire()
    wire._modal = SimpleNamespace(exception=modal.exception, FunctionCall=call)
    return wire


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (modal.exception.TimeoutError("not yet"), None),
        (modal.exception.ServiceError("busy"), ConnectionError),
        (modal.exception.OutputExpiredError("7 days"), LostError),
        (modal.exception.RemoteError("oom"), OutOfMemoryError),
        (ModuleNotFoundError("functions.modal_body"), CrashError),  # raised in the container
        (AttributeError("Task has no field"), CrashError),
    ],
)
async def test_whatever_a_call_raises_is_told_in_our_own_words(raised, told):
    wire = wire_to(Answering(raised))
    if told is None:
        assert await wire.answer("fc-1", seconds=1.0) is None
        return
    with pytest.raises(told):
        await wire.answer("fc-1", seconds=1.0)


async def test_an_answer_comes_through_and_a_call_that_is_over_is_not_cancelled():
    wire = wire_to(Answering(b"body", modal.exception.NotFoundError("over")))
    assert await wire.answer("fc-1", seconds=1.0) == b"body"
    await wire.cancel("fc-1")


def test_an_app_that_is_not_there_is_told_with_the_command_that_puts_it_there():
    told = fault(modal, modal.exception.NotFoundError("no app"), sent=False)
    assert isinstance(told, ExecutorError)
    assert "modal deploy functions/modal_app.py" in told.hint


@pytest.mark.filterwarnings("ignore")  # modal warns of what is not mounted locally
def test_the_deployment_runs_its_bodies_in_place(uri):
    from functions import modal_app  # noqa: PLC0415  # only with modal

    assert {name for name in GRADES if hasattr(modal_app, name)} == set(GRADES)
    task = probe("local")
    answer = modal_app.Gpu80().perform.local(pack_body(task), uri)
    assert unpack(answer) == open_store(uri).recall(task.key)

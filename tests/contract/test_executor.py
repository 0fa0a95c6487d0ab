"""One suite for every executor: outcomes, progress, failures, and nobody left behind."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from farm.errors import CrashError, ExecutorError, MissingError, OutOfMemoryError, TaskError
from farm.executors import EXECUTORS, open_executor
from farm.executors.base import Executor, Offer
from farm.executors.local import LocalExecutor
from farm.executors.modal import ModalExecutor
from farm.executors.modal_standin import StandIn
from farm.executors.pools import PoolsExecutor
from farm.executors.ray import RayExecutor
from farm.executors.terms import MachinePool
from farm.store import open_store
from farm.task import Artifact, Needs, Outcome, Progress, Task
from functions.worker import perform
from tests.contract.machines import descendants, living, sleepers, wait_until_gone

WORKERS = 2
KINDS: dict[str, Callable[[str], Executor]] = {
    "threads": lambda uri: LocalExecutor(uri, workers=WORKERS, processes=False),
    "processes": lambda uri: LocalExecutor(uri, workers=WORKERS),
    "ray": lambda uri: RayExecutor(uri, workers=WORKERS),
    "pools": lambda uri: PoolsExecutor(uri, pools=POOLS, open_member=partial(_member, uri)),
    "modal": lambda uri: ModalExecutor(
        uri,
        promised=Offer(cpu=WORKERS, memory_gb=4),
        wire=StandIn(containers=WORKERS),
        wait_seconds=0.2,
    ),
}
OWN_PROCESSES = ["processes", "ray"]
THEIR_PROCESSES = [*OWN_PROCESSES, "modal"]
POOLS = (
    MachinePool(name="day", executor="local", cpu=1, memory_gb=2, limit=1),
    MachinePool(name="night", executor="local", cluster="2", cpu=1, memory_gb=2, limit=1),
)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def warm_ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start one Ray for all tests here; the executors under test join it and leave it running."""
    executor = RayExecutor(str(tmp_path_factory.mktemp("ray")), workers=WORKERS)
    with ThreadPoolExecutor(1) as apart:  # a test's own event loop may be running here
        apart.submit(asyncio.run, executor.open()).result()
        yield
        apart.submit(asyncio.run, executor.close()).result()


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'store'}"


@pytest.fixture(params=sorted(KINDS))
async def executor(request: pytest.FixtureRequest, uri: str) -> AsyncIterator[Executor]:
    kind = str(request.param)
    if kind == "ray":
        request.getfixturevalue("warm_ray")
    made = KINDS[kind](uri)
    await made.open()
    yield made
    await made.close()
    if isinstance(made, ModalExecutor) and isinstance(made._wire, StandIn):
        await made._wire.shut()


def _member(uri: str, pools: Sequence[MachinePool]) -> Executor:
    return LocalExecutor(uri, workers=sum(pool.limit or 1 for pool in pools))


only_own_processes = pytest.mark.parametrize("executor", THEIR_PROCESSES, indirect=True)


def _task(*, needs: Needs | None = None, **params: object) -> Task:
    params.setdefault("value", next(_numbers))
    return Task(
        stage="probe", version=1, params=params, shot="sq010_sh0010", needs=needs or Needs()
    )


def _nobody(task: Task, progress: Progress) -> None:
    """Listen to nothing."""


async def _error(executor: Executor, task: Task) -> BaseException:
    (error,) = await asyncio.gather(executor.perform(task, report=_nobody), return_exceptions=True)
    assert isinstance(error, BaseException)
    return error


def test_every_executor_on_the_guest_list_is_in_this_suite() -> None:
    assert EXECUTORS.names() == ["local", "modal", "pools", "ray"]
    assert isinstance(open_executor("local", store_uri="x"), LocalExecutor)
    assert isinstance(open_executor("ray", store_uri="x"), RayExecutor)
    assert isinstance(open_executor("modal", store_uri="x"), ModalExecutor)
    assert isinstance(open_executor("pools", store_uri="x", pools=POOLS), PoolsExecutor)


def test_choosing_ray_does_not_import_it() -> None:
    choose = "import sys, farm.executors as e; e.open_executor('ray', store_uri='x')"
    code = f"{choose}; sys.exit('ray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_nothing_runs_before_it_is_opened(kind: str, uri: str) -> None:
    with pytest.raises(ExecutorError, match="not open"):
        await KINDS[kind](uri).perform(_task(), report=_nobody)


async def test_the_offer_is_what_was_asked_for(executor: Executor) -> None:
    offer = await executor.open()
    assert offer.cpu == WORKERS
    assert offer.memory_gb > 0.5


async def test_the_outcome_comes_back_and_is_remembered(executor: Executor, uri: str) -> None:
    task = _task(value=[1.0, {"a": "é"}], write_bytes=1000)
    outcome = await executor.perform(task, report=_nobody)
    assert open_store(uri).recall(task.key) == replace(outcome, pool="", usd_per_second=None)
    assert outcome.facts == {"value": [1, {"a": "é"}]}


async def test_the_same_work_leaves_the_same_digests_everywhere(
    executor: Executor, tmp_path: Path
) -> None:
    task = _task(value="same", write_bytes=123_456)
    outcome = await executor.perform(task, report=_nobody)
    *_, here = perform(task, str(tmp_path / "here"))
    assert isinstance(here, Outcome)
    assert outcome.outputs == here.outputs


async def test_progress_arrives_while_the_task_runs(executor: Executor) -> None:
    heard: list[tuple[str, Progress]] = []
    task = _task(seconds=2, steps=4)
    work = asyncio.create_task(
        executor.perform(task, report=lambda task, p: heard.append((task.label, p)))
    )
    while not heard and not work.done():  # noqa: ASYNC110  # it is what is tested
        await asyncio.sleep(0.02)
    assert not work.done()
    assert heard[0] == ("sq010_sh0010 probe", Progress(done=1, total=4))
    await work


async def test_tasks_run_side_by_side(executor: Executor) -> None:
    await asyncio.gather(*(executor.perform(_task(), report=_nobody) for _ in range(2)))
    began = time.monotonic()
    await asyncio.gather(*(executor.perform(_task(seconds=1.5), report=_nobody) for _ in range(2)))
    assert time.monotonic() - began < 2.9


async def test_a_failure_comes_back_with_its_words_and_its_worker_goes_on(
    executor: Executor,
) -> None:
    error = await _error(executor, _task(fail="no light in the courtyard"))
    assert type(error) is TaskError
    assert "sq010_sh0010 probe" in str(error)
    assert "no light in the courtyard" in str(error)
    assert "hint:" in str(error)
    assert await executor.perform(_task(), report=_nobody)


async def test_out_of_memory_is_told_apart(executor: Executor) -> None:
    assert type(await _error(executor, _task(fail="memory"))) is OutOfMemoryError
    assert await executor.perform(_task(), report=_nobody)


async def test_memory_that_cannot_be_had_is_told_as_such(executor: Executor) -> None:
    petabyte = 1 << 30
    error = await _error(executor, _task(memory_mb=petabyte))
    assert type(error) is OutOfMemoryError
    assert "tried again where there is more" in str(error)


async def test_a_missing_input_is_told_apart(executor: Executor) -> None:
    gone = Artifact(digest="ab" * 32, size=1, kind="clip")
    task = Task(stage="collect", version=1, params={}, inputs={"frames": gone})
    error = await _error(executor, task)
    assert isinstance(error, MissingError | TaskError)


async def test_needs_past_the_offer_are_met_with_all_there_is(executor: Executor) -> None:
    assert await executor.perform(_task(needs=Needs(cpu=64, memory_gb=4096)), report=_nobody)


async def test_tiny_tasks_by_the_hundred_all_come_back(executor: Executor) -> None:
    tiny = Needs(cpu=0.01, memory_gb=0.1)
    tasks = [_task(needs=tiny) for _ in range(200)]
    outcomes = await asyncio.gather(*(executor.perform(t, report=_nobody) for t in tasks))
    assert [o.key for o in outcomes] == [t.key for t in tasks]


@only_own_processes
async def test_a_worker_that_dies_is_told_and_replaced(executor: Executor) -> None:
    error = await _error(executor, _task(crash=True))
    assert type(error) is CrashError
    assert "sq010_sh0010 probe" in str(error)
    assert "tried again" in str(error)
    assert await executor.perform(_task(), report=_nobody)


@only_own_processes
async def test_a_worker_that_somebody_kills_is_told(executor: Executor) -> None:
    outcome = await executor.perform(_task(), report=_nobody)
    work = asyncio.create_task(_error(executor, _task(seconds=60)))
    other = asyncio.create_task(_error(executor, _task(seconds=60)))
    await asyncio.sleep(1)
    os.kill(int(outcome.worker.rpartition(":")[2]), signal.SIGKILL)
    done, _ = await asyncio.wait([work, other], return_when=asyncio.FIRST_COMPLETED, timeout=10)
    assert [type(task.result()) for task in done] == [CrashError]
    await executor.close()
    await asyncio.wait([work, other])


@only_own_processes
async def test_cancelling_stops_the_work_and_what_it_started(executor: Executor) -> None:
    mark = 5000 + next(_numbers)
    outcome = await executor.perform(_task(), report=_nobody)
    worker = int(outcome.worker.rpartition(":")[2])
    work = asyncio.create_task(executor.perform(_task(seconds=60, child=mark), report=_nobody))
    while not (children := sleepers(mark)):  # noqa: ASYNC110  # another process tells nobody
        await asyncio.sleep(0.02)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 10)
    assert not living({worker})
    assert not wait_until_gone(children, seconds=5)
    assert await executor.perform(_task(), report=_nobody)


async def test_a_cancelled_task_in_a_thread_stops_at_its_next_step(uri: str) -> None:
    executor = KINDS["threads"](uri)
    await executor.open()
    task = _task(seconds=60, steps=600)
    work = asyncio.create_task(executor.perform(task, report=_nobody))
    await asyncio.sleep(0.3)
    work.cancel()
    await asyncio.wait([work])
    began = time.monotonic()
    await executor.close()
    assert time.monotonic() - began < 5
    assert open_store(uri).recall(task.key) is None


# A driver of its own, to see what becomes of its workers

DRIVER = """
import asyncio, sys
from farm.executors.local import LocalExecutor
from farm.executors.ray import RayExecutor
from farm.task import Task

def probe(**params):
    return Task(stage="probe", version=1, params=params)

async def main(kind, uri, mark):
    executor = {"processes": LocalExecutor, "ray": RayExecutor}[kind](uri, workers=2)
    await executor.open()
    try:
        await executor.perform(probe(value=1), report=lambda *_: None)
        if mark:
            print("working", flush=True)
            task = probe(seconds=120, steps=1200, child=mark)
            await executor.perform(task, report=lambda *_: None)
    finally:
        await executor.close()
    print("closed", flush=True)
    await asyncio.sleep(60)

try:
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
except KeyboardInterrupt:
    sys.exit(130)
"""


def _driver(kind: str, uri: str, *, mark: int, first: str = "") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", first + DRIVER, kind, uri, str(mark)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for_word(driver: "subprocess.Popen[str]", word: str) -> None:
    assert driver.stdout
    assert driver.stdout.readline().strip() == word, driver.stderr and driver.stderr.read()


def _at_work(kind: str, uri: str) -> tuple["subprocess.Popen[str]", set[int]]:
    """Start a driver whose worker is at work; return it with all that hangs on it."""
    mark = 7000 + os.getpid() * 100 % 90_000 + next(_numbers)
    driver = _driver(kind, uri, mark=mark)
    _wait_for_word(driver, "working")
    deadline = time.monotonic() + 20
    while not sleepers(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sleepers(mark)
    return driver, descendants(driver.pid) | sleepers(mark)


@pytest.mark.parametrize("kind", OWN_PROCESSES)
def test_closing_leaves_no_process_and_prints_nothing(kind: str, uri: str) -> None:
    driver = _driver(kind, uri, mark=0)
    _wait_for_word(driver, "closed")
    assert living(descendants(driver.pid)) == {}
    driver.kill()
    assert driver.communicate() == ("", "")


def test_a_ray_of_our_own_starts_whoever_imported_ray_before(uri: str) -> None:
    driver = _driver("ray", uri, mark=0, first="import ray")
    _wait_for_word(driver, "closed")
    driver.kill()
    driver.communicate()


@pytest.mark.parametrize("kind", OWN_PROCESSES)
def test_nothing_outlives_a_driver_that_was_killed(kind: str, uri: str) -> None:
    driver, hangers_on = _at_work(kind, uri)
    assert hangers_on
    driver.kill()
    driver.communicate()
    assert wait_until_gone(hangers_on, seconds=15) == {}


@pytest.mark.parametrize("kind", OWN_PROCESSES)
def test_an_interrupt_on_the_terminal_is_the_drivers_to_answer(kind: str, uri: str) -> None:
    driver, hangers_on = _at_work(kind, uri)
    os.killpg(driver.pid, signal.SIGINT)
    stdout, stderr = driver.communicate(timeout=30)
    assert driver.returncode == 130
    assert (stdout, stderr) == ("", "")
    assert wait_until_gone(hangers_on, seconds=5) == {}

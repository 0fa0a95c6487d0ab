"""What the crew relies on is the same over every executor: bigger machines, the end, the pulse.

The suite beside this one looks at an executor alone. Here a whole crew works on each of them.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from farm.crew import leases
from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.errors import OutOfMemoryError
from farm.executors.base import Executor
from farm.executors.modal import ModalExecutor
from farm.ledger import Event
from farm.store import open_store
from farm.task import Needs, Task
from tests.contract.machines import sleepers, wait_until_gone
from tests.contract.test_executor import KINDS, _numbers, warm_ray  # noqa: F401  # the fixture

LEASE_SECONDS = 1.2
ENDS = ("made", "retried", "failed", "reused")


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'store'}"


@pytest.fixture(params=sorted(KINDS))
async def executor(request: pytest.FixtureRequest, uri: str) -> AsyncIterator[Executor]:
    kind = str(request.param)
    if kind == "ray":
        request.getfixturevalue("warm_ray")
    made = KINDS[kind](uri)
    yield made
    if isinstance(made, ModalExecutor):
        await made._wire.shut()


def probe(*, needs: Needs | None = None, **params: object) -> Task:
    params.setdefault("value", next(_numbers))
    return Task(
        stage="probe", version=1, params=params, shot="sq010_sh0010", needs=needs or Needs()
    )


def kinds(told: list[Event]) -> list[str]:
    return [event.kind for event in told if event.kind in ENDS]


async def test_what_runs_out_of_memory_is_given_more_until_there_is_no_more(
    executor: Executor, uri: str
) -> None:
    told: list[Event] = []
    async with Crew(
        store=open_store(uri), executor=executor, budget=Budget(), listeners=(told.append,)
    ) as crew:
        offer = await executor.open()
        most = offer.one_machine.memory_gb
        with pytest.raises(OutOfMemoryError, match="no machine on offer has more memory"):
            await crew.do(probe(needs=Needs(cpu=0.5, memory_gb=most / 4), fail="memory"))
    retried = [event for event in told if event.kind == "retried"]
    assert [event.body["because"] for event in retried] == ["memory", "memory"]
    assert kinds(told)[-1] == "failed"


async def test_a_cancelled_run_leaves_no_lease_and_no_work_behind(
    executor: Executor, uri: str
) -> None:
    mark = 91_000 + next(_numbers)
    store = open_store(uri)
    task = probe(seconds=30, steps=300, child=mark)
    async with Crew(store=store, executor=executor, budget=Budget()) as crew:
        work = asyncio.create_task(crew.do(task))
        while not (children := sleepers(mark)):  # noqa: ASYNC110  # another process tells nobody
            await asyncio.sleep(0.02)
        work.cancel()
        await asyncio.wait([work], timeout=15)
        assert work.cancelled()
    assert store.claim(task.key, owner="another farm", seconds=1)
    assert store.recall(task.key) is None
    if not _in_threads(executor):  # a thread's children are its driver's, and end by themselves
        assert not wait_until_gone(children, seconds=5)


async def test_a_long_task_keeps_its_lease_and_tells_its_progress_in_order(
    executor: Executor, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", LEASE_SECONDS)
    told: list[Event] = []
    task = probe(seconds=2.5 * LEASE_SECONDS, steps=5)
    store = open_store(uri)
    async with Crew(store=store, executor=executor, listeners=(told.append,)) as crew:
        work = asyncio.create_task(crew.do(task))
        while not any(event.kind == "progress" for event in told):  # noqa: ASYNC110  # told by others
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.5 * LEASE_SECONDS)
        assert not store.claim(task.key, owner="another farm", seconds=1)
        await work
    done = [event.body["done"] for event in told if event.kind == "progress"]
    assert done == sorted(done)
    assert kinds(told) == ["made"]


def _in_threads(executor: Executor) -> bool:
    return getattr(executor, "_in_processes", True) is False

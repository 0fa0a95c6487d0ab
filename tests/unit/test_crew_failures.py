"""What the crew does when things go wrong: three ledgers of retries, never mixed."""

import asyncio

import pytest

from farm.crew.crew import Crew
from farm.crew.sim import Act
from farm.errors import (
    CrashError,
    LostError,
    ModeratedError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
)
from farm.executors.base import Offer
from farm.task import Outcome, Task
from tests.unit.crew_night import Night, task


def failing(error: TaskError, *, times: int) -> Night:
    """Make a night in which the first tries at every task fail."""
    return Night(lambda _, n: Act(minutes=1, error=error if n <= times else None))


def test_a_lost_machine_costs_no_retry() -> None:
    night = failing(LostError("the node went away"), times=30)
    night.run(lambda crew: crew.do(task()))
    assert night.tries(task()) == 31
    assert {e.body["because"] for e in night.events if e.kind == "retried"} == {"lost"}


def test_a_task_that_kills_three_workers_is_quarantined() -> None:
    night = failing(CrashError("the worker died of SIGSEGV"), times=99)
    with pytest.raises(CrashError, match="quarantined: it killed 3 workers"):
        night.run(lambda crew: crew.do(task()))
    assert night.tries(task()) == 3


def test_a_fault_is_tried_three_times() -> None:
    night = failing(TaskError("it broke"), times=2)
    night.run(lambda crew: crew.do(task()))
    assert night.tries(task()) == 3
    assert night.count("retried") == 2


def test_a_failed_task_is_not_tried_again_in_the_same_run() -> None:
    night = failing(TaskError("it broke"), times=99)

    async def ask(crew: Crew) -> None:
        for _ in range(3):
            with pytest.raises(TaskError):
                await crew.do(task())
        assert crew.totals.failed == 1

    night.run(ask)
    assert night.tries(task()) == 3


def test_refused_content_is_final() -> None:
    night = failing(ModeratedError("refused"), times=99)
    with pytest.raises(ModeratedError, match="refused content is not tried again"):
        night.run(lambda crew: crew.do(task()))
    assert night.tries(task()) == 1


def test_a_task_that_outgrew_its_machine_gets_a_bigger_one() -> None:
    given: list[float] = []

    def act(one: Task, _: int) -> Act:
        given.append(one.needs.memory_gb)
        small = one.needs.memory_gb < 10
        return Act(minutes=1, error=OutOfMemoryError("no memory") if small else None)

    Night(act).run(lambda crew: crew.do(task(memory_gb=3)))
    assert given == [3, 6, 12]


def test_a_task_that_outgrows_every_machine_fails() -> None:
    night = Night(lambda _, __: Act(minutes=1, error=OutOfMemoryError("no memory")))
    with pytest.raises(OutOfMemoryError, match="no machine on offer has more memory"):
        night.run(lambda crew: crew.do(task(memory_gb=3)))
    assert night.tries(task()) == 4  # 3, 6, 12 and all 16 GB


def test_a_task_that_outgrew_its_gpu_gets_the_next_bigger_kind() -> None:
    given: list[str] = []

    def act(one: Task, _: int) -> Act:
        given.append(one.needs.gpu)
        small = one.needs.gpu != "H100"
        return Act(minutes=1, error=OutOfMemoryError("no memory") if small else None)

    offer = Offer(cpu=8, memory_gb=64, gpus={"H100": 1, "T4": 1, "L40S": 1, "L4": 1})
    Night(act, offer).run(lambda crew: crew.do(task(gpu="L4")))
    assert given == ["L4", "L40S", "H100"]


def test_a_shortage_makes_the_whole_class_wait_and_no_other() -> None:
    night = Night(offer=Offer(cpu=8, memory_gb=64, gpus={"H100": 4}))
    began: dict[str, float] = {}

    def act(one: Task, n: int) -> Act:
        began[f"{one.part} {n}"] = night.clock.now()
        short = one.needs.gpu and night.clock.now() < 20
        return Act(minutes=0.01, error=ShortageError("no capacity") if short else None)

    night.act = act

    async def ask(crew: Crew) -> None:
        first = asyncio.create_task(crew.do(task(1, part="a", gpu="H100")))
        await asyncio.sleep(2)
        second = asyncio.create_task(crew.do(task(2, part="b", gpu="H100")))
        await crew.do(task(3, part="c"))
        assert night.clock.now() < 4
        await asyncio.gather(first, second)

    night.run(ask)
    assert began["b 1"] > 5  # after the pause that a's shortage began
    assert night.count("retried") == 0
    assert night.count("failed") == 0


def test_a_shortage_is_waited_out_longer_every_time() -> None:
    night = failing(ShortageError("no capacity"), times=5)
    night.run(lambda crew: crew.do(task()))
    waits = [e.body["seconds"] for e in night.events if e.kind == "waiting"]
    assert waits == [5, 10, 20, 40, 80]


def test_an_answer_that_was_lost_is_not_paid_for_twice() -> None:
    night = Night()
    remembered = Outcome(key=task().key, outputs={}, usd=0, seconds=60)

    def act(_: Task, __: int) -> Act:
        night.store.remember(remembered)  # the worker finished, then its machine went away
        return Act(minutes=1, error=LostError("the node went away"))

    night.act = act
    assert night.run(lambda crew: crew.do(task())) == remembered
    assert night.tries(task()) == 1
    assert night.kinds() == ["started", "retried", "made"]


async def chain(crew: Crew, length: int = 3) -> list[Outcome]:
    """Do tasks of which each has the one before as its input."""
    outcomes: list[Outcome] = []
    for n in range(length):
        inputs = {"before": outcomes[-1].outputs["out"]} if outcomes else {}
        outcomes.append(await crew.do(task(n, inputs=inputs, part=f"p{n}")))
    return outcomes


def test_an_altered_input_is_made_again_and_nothing_else() -> None:
    night = Night()

    async def spoil(crew: Crew) -> None:
        first = await chain(crew)
        night.store.alter(first[2].outputs["out"])
        after = task("after", inputs={"before": first[2].outputs["out"]}, part="after")
        await crew.do(after)

    night.run(spoil)
    made = [e.part for e in night.events if e.kind == "made"]
    assert made == ["p0", "p1", "p2", "p2", "after"]
    assert [e.body["because"] for e in night.events if e.kind == "retried"] == ["inputs"]


def test_a_chain_of_altered_inputs_is_made_again_link_by_link() -> None:
    night = Night()

    async def spoil(crew: Crew) -> None:
        first = await chain(crew)
        for outcome in first:
            night.store.alter(outcome.outputs["out"])
        inputs = {"before": first[2].outputs["out"]}
        await crew.do(task("after", inputs=inputs, part="after"))

    night.run(spoil)
    assert [e.part for e in night.events if e.kind == "made"][3:] == ["p0", "p1", "p2", "after"]


def test_many_that_miss_the_same_input_have_it_made_again_once() -> None:
    night = Night()

    async def spoil(crew: Crew) -> None:
        (first,) = await chain(crew, 1)
        night.store.alter(first.outputs["out"])
        inputs = {"before": first.outputs["out"]}
        await asyncio.gather(*(crew.do(task(f"after {n}", inputs=inputs)) for n in range(10)))

    night.run(spoil)
    assert [e.part for e in night.events if e.kind == "made"].count("p0") == 2


def test_an_input_that_nobody_can_make_fails_the_task() -> None:
    night = Night()
    plate = night.store.put(b"a plate", kind="movie")
    night.store.alter(plate)
    with pytest.raises(TaskError, match="nothing in this run makes its input plate"):
        night.run(lambda crew: crew.do(task(inputs={"plate": plate})))


def test_artifacts_found_broken_later_are_made_again_when_asked() -> None:
    night = Night()

    async def spoil(crew: Crew) -> None:
        outcome = await crew.do(task())
        night.store.alter(outcome.outputs["out"])
        assert await crew.again(task()) == outcome
        night.store.get(outcome.outputs["out"])

    night.run(spoil)
    assert night.tries(task()) == 2

"""A mixed farm: what farm.toml may say of it, where a task goes, and what it costs there."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from farm.errors import LostError, ShortageError, SpecError, TaskError
from farm.executors.base import Offer, Report
from farm.executors.berth import settle
from farm.executors.pools import Berths, PoolsExecutor, choose
from farm.executors.terms import MachinePool, patience_of
from farm.settings import Choices, Settings, find_settings
from farm.task import Needs, Outcome, Task

SPOT = MachinePool(
    name="spot", executor="ray", cluster="auto", gpu="L4", usd_per_hour=0.4, spot=True, limit=2
)
STEADY = MachinePool(
    name="steady", executor="ray", cluster="auto", gpu="L4", usd_per_hour=0.8, limit=2
)
BIG = MachinePool(name="big", executor="modal", gpu="H100", usd_per_hour=4.0, limit=1)
CORES = MachinePool(name="cores", executor="local", cpu=8, memory_gb=32, usd_per_hour=0.3, limit=1)
NIGHT = """
[pools.drafts]
executor = "ray"
cluster = "auto"
gpu = "L4"
usd_per_hour = 0.80
spot = true
limit = 8

[pools.masters]
executor = "modal"
gpu = "H100"
usd_per_hour = 3.95
limit = 4

[pools.judges]
executor = "local"
"""


def settle_for(folder: Path, toml: str, flags: Choices | None = None) -> Settings:
    (folder / "farm.toml").write_text(toml)
    return find_settings(folder / "night.yaml", flags or Choices(), environ={})


def task(value: object = 0, **needs: object) -> Task:
    needs.setdefault("minutes", 6.0)
    return Task(
        stage="probe", version=1, params={"value": str(value)}, needs=Needs(**needs), rank=6.0
    )


def stand(*pools: MachinePool, **more: float) -> list[Berths]:
    return [Berths(pool=pool, slots=pool.limit or 1, **more) for pool in pools]


def chosen(one: Task, *pools: MachinePool, **more: float) -> str:
    found = choose(one, stand(*pools), **more)
    return found.pool.name if found else ""


def test_farm_toml_names_pools_and_they_are_what_runs(tmp_path):
    settings = settle_for(tmp_path, NIGHT)
    assert settings.executor == "pools"
    assert [pool.name for pool in settings.pools] == ["drafts", "masters", "judges"]
    drafts = settings.pools[0]
    assert (drafts.cluster, drafts.gpu, drafts.spot, drafts.limit) == ("auto", "L4", True, 8)
    assert drafts.vram_gb == 24


def test_a_cluster_on_the_command_line_wins_over_pools(tmp_path):
    settings = settle_for(tmp_path, NIGHT, Choices(cluster="10.0.0.1:6379"))
    assert (settings.executor, settings.cluster) == ("ray", "10.0.0.1:6379")


@pytest.mark.parametrize(
    ("toml", "place", "hint"),
    [
        ("pools = 3", "farm.toml:1", "[pools.drafts]"),
        ("[pools.a]\ngpuu = 'L4'", "farm.toml:2 pools.a.gpuu", "'gpu'"),
        ("[pools.a]\n\nlimit = 0", "farm.toml:3 pools.a.limit", "whole number"),
        ("[pools.a]\nlimit=1\n[pools.b]\nlimit = -1", "farm.toml:4 pools.b.limit", "whole number"),
        ("[pools.a]\nspot = 'yes'", "farm.toml:2 pools.a.spot", "true or false"),
        ("[pools.a]\nusd_per_hour = '1'", "farm.toml:2 pools.a.usd_per_hour", "dollars"),
        ("[pools.a]\nmemory_gb = 0", "farm.toml:2 pools.a.memory_gb", "above 0"),
        ("[pools.a]\nexecutor = 'rya'", "farm.toml:1 pools.a", "'ray'"),
        ("[pools.a]\nexecutor = 'pools'", "farm.toml:1 pools.a", "ray"),
        ("[pools.a]\nexecutor = 'local'\ngpu = 'L4'", "farm.toml:1 pools.a", "ray"),
        ("[pools.a]\nexecutor = 'local'\ncluster = 'auto'", "farm.toml:1 pools.a", "ray"),
        ("[pools.a]\ngpu = 'Z9'", "farm.toml:1 pools.a", "gpu_memory_gb"),
        ("[pools.a]\nexecutor = 'modal'", "farm.toml:1 pools.a", "limit = 8"),
        ("[pools.a]\nnode_setup = ['fetch']", "farm.toml:2 pools.a.node_setup", "module:function"),
    ],
)
def test_what_is_wrong_in_a_pool_is_refused_with_its_line(tmp_path, toml, place, hint):
    with pytest.raises(SpecError) as fault:
        settle_for(tmp_path, toml)
    assert place in fault.value.problem
    assert hint in fault.value.hint


def test_pools_are_asked_for_where_there_are_none(tmp_path):
    with pytest.raises(SpecError, match="names no pools"):
        settle_for(tmp_path, 'executor = "pools"')


def test_a_draft_goes_to_the_cheapest_gpu_and_a_master_to_the_big_one():
    assert chosen(task(gpu="any", gpu_memory_gb=16), SPOT, STEADY, BIG, CORES) == "spot"
    assert chosen(task(gpu="any", gpu_memory_gb=60), SPOT, STEADY, BIG, CORES) == "big"
    assert chosen(task(gpu="H100"), SPOT, STEADY, BIG, CORES) == "big"


def test_what_needs_no_gpu_is_done_on_cores():
    assert chosen(task(memory_gb=4), SPOT, BIG, CORES) == "cores"


def test_a_bigger_gpu_stands_in_for_a_kind_that_nobody_has():
    assert chosen(task(gpu="L40S"), SPOT, BIG) == "big"
    assert chosen(task(gpu="H200"), SPOT, BIG) == ""


def test_several_gpus_need_a_machine_that_has_them():
    eight = replace(BIG, name="eight", gpus=8, usd_per_hour=32.0)
    assert chosen(task(gpu="H100", gpus=4), BIG, eight) == "eight"
    assert eight.usd(Needs(gpu="H100", gpus=4), minutes=60) == 16.0


def test_a_deadline_buys_a_dearer_machine_only_when_it_must():
    one = task(gpu="L4")
    busy, steady = stand(SPOT, STEADY)
    busy.taken, busy.minutes = 2, 40.0
    assert choose(one, [busy, steady], minutes_left=60).pool.name == "spot"
    assert choose(one, [busy, steady], minutes_left=20).pool.name == "steady"
    steady.taken, steady.minutes = 2, 60.0
    assert choose(one, [busy, steady], minutes_left=5).pool.name == "spot"


def test_without_a_deadline_the_cheapest_is_waited_for():
    busy, steady = stand(SPOT, STEADY)
    busy.taken, busy.minutes = 2, 400.0
    assert choose(task(gpu="L4"), [busy, steady]).pool.name == "spot"


def test_what_lost_its_spot_machine_twice_goes_where_machines_stay():
    one = task(gpu="L4")
    assert chosen(one, SPOT, STEADY, losses=1) == "spot"
    assert chosen(one, SPOT, STEADY, losses=2) == "steady"
    assert chosen(one, SPOT, losses=9) == "spot"


class Member:
    """An executor made of nothing, that does what it is told."""

    def __init__(self, pools: Sequence[MachinePool]) -> None:
        self.pools = pools
        self.done: list[Task] = []
        self.expected: Mapping[Needs, int] = {}
        self.fail: list[TaskError] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def open(self) -> Offer:
        return Offer(cpu=2, memory_gb=8)

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        self.expected = wanted

    async def perform(self, task: Task, *, report: Report) -> Outcome:  # noqa: ARG002  # nothing to tell
        self.done.append(task)
        await self.gate.wait()
        if self.fail:
            raise self.fail.pop()
        return Outcome(key=task.key, outputs={}, seconds=36.0)

    async def close(self) -> None:
        self.gate.set()


class Farm:
    """A mixed farm of such members."""

    def __init__(self, *pools: MachinePool) -> None:
        self.members: list[Member] = []
        self.executor = PoolsExecutor("s", pools=pools, open_member=self._make, clock=lambda: 0.0)

    def _make(self, pools: Sequence[MachinePool]) -> Member:
        self.members.append(Member(pools))
        return self.members[-1]

    async def perform(self, one: Task) -> Outcome:
        return await self.executor.perform(one, report=lambda *_: None)


async def test_pools_of_one_cluster_share_one_connection():
    farm = Farm(SPOT, STEADY, BIG)
    offer = await farm.executor.open()
    assert [[pool.name for pool in member.pools] for member in farm.members] == [
        ["spot", "steady"],
        ["big"],
    ]
    assert offer.gpus == {"L4": 4, "H100": 1}
    assert offer.usd_per_gpu_hour == {"L4": 0.4, "H100": 4.0}


def test_idle_workers_are_kept_as_long_as_the_most_patient_pool_says():
    assert patience_of([SPOT, STEADY]) == {}
    patient = [replace(SPOT, idle_minutes=2.0), replace(STEADY, idle_minutes=3.0), BIG]
    assert patience_of(patient) == {"idle_gpu_seconds": 180.0}
    cores = replace(SPOT, gpu="", idle_minutes=0.0)
    assert patience_of([cores]) == {"idle_seconds": 0.0}


async def test_the_offer_lets_the_crew_choose_the_cheapest_kind():
    offer = await Farm(SPOT, BIG).executor.open()
    assert settle(Needs(gpu="any", gpu_memory_gb=16), offer=offer).gpu == "L4"
    assert settle(Needs(gpu="any", gpu_memory_gb=48), offer=offer).gpu == "H100"


async def test_a_task_is_priced_where_it_ran():
    farm = Farm(SPOT, BIG)
    await farm.executor.open()
    outcome = await farm.perform(task(gpu="any", gpu_memory_gb=80))
    assert (outcome.pool, outcome.usd_per_second) == ("big", pytest.approx(4.0 / 3600))
    assert farm.members[1].done[0].needs.gpu == "H100"


async def test_no_pool_runs_more_than_its_limit():
    farm = Farm(BIG)
    await farm.executor.open()
    (member,) = farm.members
    member.gate.clear()
    works = [asyncio.create_task(farm.perform(task(n, gpu="H100"))) for n in range(3)]
    await asyncio.sleep(0.01)
    assert len(member.done) == 1
    works[1].cancel()
    member.gate.set()
    answers = await asyncio.gather(*works, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Outcome, asyncio.CancelledError, Outcome]
    assert len(member.done) == 2
    assert [one.minutes for one in farm.executor._berths] == [0.0]


async def test_four_small_tasks_share_a_gpu():
    farm = Farm(BIG)
    await farm.executor.open()
    (member,) = farm.members
    member.gate.clear()
    works = [asyncio.create_task(farm.perform(task(n, gpu="H100", gpus=0.25))) for n in range(5)]
    await asyncio.sleep(0.01)
    assert len(member.done) == 4
    member.gate.set()
    await asyncio.gather(*works)


async def test_a_pool_without_capacity_is_passed_over():
    farm = Farm(SPOT, BIG)
    await farm.executor.open()
    farm.members[0].fail = [ShortageError("no L4 today")]
    with pytest.raises(LostError, match="another pool takes it"):
        await farm.perform(task(gpu="any"))
    assert (await farm.perform(task(gpu="any"))).pool == "big"


async def test_a_shortage_everywhere_is_one():
    farm = Farm(SPOT)
    await farm.executor.open()
    farm.members[0].fail = [ShortageError("no L4 today")]
    with pytest.raises(ShortageError):
        await farm.perform(task(gpu="any"))


async def test_what_no_pool_has_is_said_with_what_there_is():
    farm = Farm(SPOT, CORES)
    await farm.executor.open()
    with pytest.raises(TaskError, match=r"no pool has 1 GB of memory and 1 x H200.*1 x L4"):
        await farm.perform(task(gpu="H200"))


async def test_where_all_have_gpus_what_needs_none_borrows_their_cores():
    farm = Farm(SPOT)
    await farm.executor.open()
    assert (await farm.perform(task())).pool == "spot"
    assert farm.members[0].done[0].needs.gpu == ""


async def test_the_plan_is_told_to_the_pool_that_it_will_go_to():
    farm = Farm(SPOT, BIG)
    await farm.executor.open()
    await farm.executor.expect({Needs(gpu="any", gpu_memory_gb=16): 5, Needs(gpu="H100"): 1})
    assert farm.members[0].expected == {Needs(gpu="L4", gpu_memory_gb=16): 2}
    assert farm.members[1].expected == {Needs(gpu="H100"): 1}

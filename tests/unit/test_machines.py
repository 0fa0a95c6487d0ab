"""Machines: which GPU will do, what a cluster offers, when a worker is worn, set-up once a node."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from farm.errors import ExecutorError
from farm.executors.base import Offer
from farm.executors.berth import Berth, berth_for, fits, settle
from farm.executors.machine import GB
from farm.executors.node import set_up_node
from farm.executors.ray import RayExecutor
from farm.executors.ray_cluster import bundles_for, claims, offer_of
from farm.executors.wear import OLD_SECONDS, Wear, worn_out
from farm.gpus import GPU_MEMORY_GB, GRADES, grade_for, that_do
from farm.task import Needs

GPUS = Offer(cpu=16, memory_gb=64, gpus={"L4": 4, "H100": 2})


def test_a_kind_by_name_comes_first_and_what_has_as_much_stands_in():
    assert that_do("L4", 0, ["H100", "L4", "T4"]) == ["L4", "H100"]
    assert that_do("any", 40, ["H100", "L4", "T4"]) == ["H100"]
    assert that_do("any", 0, ["H100", "any"]) == ["any", "H100"]
    assert that_do("H200", 0, ["H100", "L4"]) == []


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_of_machine_has_what_its_name_says(grade):
    least = int(grade.removeprefix("Gpu")) if grade != "Cpu" else 0
    assert all(GPU_MEMORY_GB[kind] >= least for kind in GRADES[grade])


@pytest.mark.parametrize(
    ("gpu", "memory", "grade"),
    [("", 0, "Cpu"), ("any", 20, "Gpu24"), ("H100", 0, "Gpu80"), ("any", 90, "Gpu141"),
     ("any", 500, "")],
)  # fmt: skip
def test_a_need_goes_to_the_smallest_grade_that_meets_it(gpu, memory, grade):
    assert grade_for(gpu, memory) == grade


def test_what_is_left_open_is_settled_by_price():
    dear = Offer(
        cpu=8, memory_gb=64, gpus={"L4": 1, "H100": 1}, usd_per_gpu_hour={"L4": 9.0, "H100": 4.0}
    )
    assert settle(Needs(gpu="any", gpu_memory_gb=16), offer=dear).gpu == "H100"
    assert settle(Needs(gpu="any", gpu_memory_gb=16), offer=GPUS).gpu == "L4"
    assert settle(Needs(gpu="any", gpus=3), offer=GPUS).gpu == "L4"
    assert settle(Needs(gpu="B200"), offer=GPUS).gpu == "B200"


def test_no_task_gets_more_cores_than_one_machine_has():
    farm = Offer(cpu=64, memory_gb=256, largest=Offer(cpu=16, memory_gb=64))
    assert settle(Needs(cpu=40), offer=farm).cpu == 16
    assert berth_for(Needs(cpu=40, memory_gb=200), offer=farm).memory_gb == 64


def test_parts_of_a_gpu_share_one_and_several_fill_several():
    def berth(gpus: float) -> Berth:
        return berth_for(Needs(gpu="H100", gpus=gpus, cpu=0.5), offer=GPUS)

    half, two = berth(0.5), berth(2)
    assert fits(half, [half, half, half], offer=GPUS)
    assert not fits(half, [half] * 4, offer=GPUS)
    assert fits(two, [], offer=GPUS)
    assert not fits(two, [half], offer=GPUS)
    assert not fits(half, [two], offer=GPUS)


def node(alive: bool = True, **resources: float) -> dict[str, object]:  # noqa: FBT002  # as Ray has it
    return {
        "Alive": alive,
        "Resources": {name.replace("__", ":"): n for name, n in resources.items()},
    }


def test_a_cluster_offers_what_lives_and_what_it_can_grow_to():
    nodes = [
        node(CPU=4, memory=8 * GB),
        node(CPU=8, memory=32 * GB, GPU=1, accelerator_type__L4=1),
        node(alive=False, CPU=8, GPU=8),
    ]
    now = offer_of(nodes)
    assert (now.cpu, now.memory_gb, now.gpus) == (12, 40, {"L4": 1})
    assert now.largest == Offer(cpu=8, memory_gb=32)
    promised = Offer(
        cpu=64, memory_gb=256, gpus={"L4": 8, "H100": 2}, largest=Offer(cpu=16, memory_gb=64)
    )
    grown = offer_of(nodes, promised=promised)
    assert (grown.cpu, grown.gpus) == (64, {"L4": 8, "H100": 2})
    assert grown.largest == Offer(cpu=16, memory_gb=64)


def test_a_worker_claims_its_kind_of_gpu_and_the_autoscaler_is_asked_for_the_same():
    berth = Berth(cpu=2, memory_gb=4, gpu="A100-80GB", gpus=0.5)
    held = claims(berth)
    assert (held["num_gpus"], held["accelerator_type"]) == (0.5, "A100-80G")
    small = Berth(cpu=1, memory_gb=1)
    first, *rest = bundles_for({small: 2, berth: 1})
    assert first == {
        "CPU": 2, "memory": 4 * GB, "GPU": 0.5, "accelerator_type:A100-80G": 0.001
    }  # fmt: skip
    assert rest == [{"CPU": 1, "memory": GB}] * 2


@pytest.mark.parametrize(
    ("age", "first", "now", "word"),
    [
        (10, 1.0, 1.5, ""),
        (OLD_SECONDS + 1, 1.0, 1.0, "hours old"),
        (10, 1.0, 3.5, "leaks"),
        (10, 6.0, 9.0, "holds"),
        (10, 0.1, 0.9, ""),
    ],
)
def test_a_worker_is_worn_by_age_by_a_leak_and_by_what_it_keeps(age, first, now, word):
    said = worn_out(Wear(age_seconds=age, first_gb=first, now_gb=now), claim_gb=8.0)
    assert word in said
    assert bool(said) == bool(word)


async def test_a_cluster_where_nobody_listens_is_told_at_once(tmp_path: Path):
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1"):
        executor = RayExecutor(str(tmp_path), address=address)
        with pytest.raises(ExecutorError, match="nobody answers there"):
            await executor.open()
        await executor.close()


def test_a_node_is_set_up_once_however_many_workers_start(tmp_path: Path):
    hook = tmp_path / "house.py"
    hook.write_text(
        "import pathlib, time\n"
        "def fetch():\n"
        "    time.sleep(0.2)\n"
        f"    with pathlib.Path({str(tmp_path / 'log')!r}).open('a') as log: log.write('x')\n"
    )
    code = (
        "from pathlib import Path; from farm.executors.node import set_up_node; "
        f"set_up_node(['house:fetch'], folder=Path({str(tmp_path / 'marks')!r}))"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    workers = [
        subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path})
        for _ in range(4)
    ]
    assert [worker.wait(30) for worker in workers] == [0] * 4
    assert (tmp_path / "log").read_text() == "x"


def test_a_node_that_cannot_be_set_up_says_what_of(tmp_path: Path):
    with pytest.raises(ExecutorError, match=r"json:nothing.*AttributeError"):
        set_up_node(["json:nothing"], folder=tmp_path)
    set_up_node(["gc:collect"], folder=tmp_path)
    done = [path for path in tmp_path.iterdir() if not path.suffix]
    assert len(done) == 1  # what failed is not marked as done

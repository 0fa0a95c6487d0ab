"""The same simulated work, carried by ourselves and by others, side by side on one Ray.

Shots of a few drafts, a judgement and a master; a draft is a sleep, so nothing but the scheduling
differs. The bound is max(critical path, work / cores): no one can beat it. Overhead is what the
makespan is above the bound, for each task and core.

- ours: the crew with the Ray executor, store, leases, ledger and all
- script: a hand-written Ray script with a barrier after every stage
- chained: a hand-written Ray script that chains each shot's tasks by their references
- ray data: Ray Data with a pool of actors for each stage
- dask: Dask's distributed scheduler with chained futures, where it is installed

    python -m bench.rivals [--shots 12] [--seconds 0.4] [--cores 4]
"""

import argparse
import asyncio
import importlib.util
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from farm.crew.crew import Crew
from farm.executors import open_executor
from farm.ledger import Ledger
from farm.store import open_store
from farm.task import Needs, Task

TAKES = 3
STAGES = ("draft", "judge", "master")
SHARE = {"draft": 1.0, "judge": 0.25, "master": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A shot's sleeps in seconds, by stage; its drafts come first, and all at once."""

    name: str
    seconds: dict[str, list[float]]

    @property
    def path(self) -> float:
        """Add up the longest way through the shot."""
        return sum(max(group) for group in self.seconds.values())

    @property
    def work(self) -> float:
        """Add everything up."""
        return sum(map(sum, self.seconds.values()))


Rival = Callable[[list[Shot], int], float]
"""Does all the work on so many cores; returns the seconds that it took, machines warm."""


def main() -> None:
    """Print every rival's makespan over the bound, and its overhead a task."""
    parser = argparse.ArgumentParser(description="Rivals on the same simulated work.")
    parser.add_argument("--shots", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=0.4, help="what a draft takes")
    parser.add_argument("--cores", type=int, default=4, help="sleeps at once; they need no core")
    parser.add_argument("--only", nargs="*", choices=[*RIVALS], help="these rivals alone")
    wish = parser.parse_args()
    shots = make_shots(wish.shots, seconds=wish.seconds)
    tasks = wish.shots * (TAKES + 2)
    bound = max(sum(shot.work for shot in shots) / wish.cores, *(shot.path for shot in shots))
    print(f"{wish.shots} shots, {tasks} tasks, {wish.cores} at once; bound {bound:.2f} s")
    import ray  # noqa: PLC0415  # a heavy library in a leaf

    ray.init(num_cpus=wish.cores, include_dashboard=False, log_to_driver=False)
    for name in wish.only or RIVALS:
        rival = RIVALS[name]
        missing = [lib for lib in NEEDS.get(name, ()) if not importlib.util.find_spec(lib)]
        if missing:
            print(f"{name:<9} is left out: {', '.join(missing)} not installed")
            continue
        took = rival(shots, wish.cores)
        overhead = 1000 * (took - bound) * wish.cores / tasks
        print(
            f"{name:<9} {took:6.2f} s, {took / bound:.3f} x bound, {overhead:6.1f} ms over it for "
            "each task and core",
            flush=True,
        )
    ray.shutdown()


def make_shots(count: int, *, seconds: float) -> list[Shot]:
    """Make shots of different lengths, the same for every rival."""
    chance = random.Random(1)
    shots = []
    for number in range(count):
        length = seconds * chance.lognormvariate(0, 0.4)
        drafts = [length * chance.lognormvariate(0, 0.3) for _ in range(TAKES)]
        rest = {stage: [length * SHARE[stage]] for stage in STAGES[1:]}
        shots.append(Shot(name=f"sh{number:03}", seconds={"draft": drafts, **rest}))
    return shots


def ours(shots: list[Shot], cores: int) -> float:
    """Shoot with the farm."""
    with TemporaryDirectory(prefix="farm-rivals-") as folder:
        return asyncio.run(_ours(shots, cores, Path(folder)))


async def _ours(shots: list[Shot], cores: int, folder: Path) -> float:
    uri = f"file:{folder / 'store'}"
    with Ledger(folder / "ledger.sqlite") as ledger:
        executor = open_executor("ray", store_uri=uri, workers=cores)
        crew = Crew(store=open_store(uri), executor=executor, listeners=(ledger.write,))
        async with crew:
            await asyncio.gather(
                *(crew.do(_task("warm", "probe", n, 0.3, 0)) for n in range(cores))
            )
            began = time.perf_counter()
            await asyncio.gather(*(_shoot(crew, shot) for shot in shots))
            return time.perf_counter() - began


async def _shoot(crew: Crew, shot: Shot) -> None:
    left = shot.path
    for stage in STAGES:
        group = shot.seconds[stage]
        await asyncio.gather(
            *(crew.do(_task(shot.name, stage, n, sleep, left)) for n, sleep in enumerate(group))
        )
        left -= max(group)


def _task(shot: str, part: str, number: int, seconds: float, left: float) -> Task:
    """Make a task that sleeps; `left` is what the rest of its shot takes."""
    return Task(
        stage="probe",
        version=1,
        params={"value": f"{shot} {part} {number}", "seconds": seconds},
        shot=shot,
        part=f"{part} {number}",
        needs=Needs(cpu=1, memory_gb=0.05, minutes=seconds / 60),
        rank=left / 60,
    )


def script(shots: list[Shot], cores: int) -> float:
    """Finish every stage before the next begins, as scripts do."""
    import ray  # noqa: PLC0415  # a heavy library in a leaf

    sleep = ray.remote(num_cpus=1)(_sleep_after)
    ray.get([sleep.remote(0.3) for _ in range(cores)])
    began = time.perf_counter()
    for stage in STAGES:
        ray.get([sleep.remote(s) for shot in shots for s in shot.seconds[stage]])
    return time.perf_counter() - began


def chained(shots: list[Shot], cores: int) -> float:
    """Let every task wait for those before it in its shot."""
    import ray  # noqa: PLC0415  # a heavy library in a leaf

    sleep = ray.remote(num_cpus=1)(_sleep_after)
    ray.get([sleep.remote(0.3) for _ in range(cores)])
    began = time.perf_counter()
    last = []
    for shot in shots:
        before: list[Any] = []  # references to what Ray has not made yet
        for stage in STAGES:
            before = [sleep.remote(s, *before) for s in shot.seconds[stage]]
        last += before
    ray.get(last)
    return time.perf_counter() - began


def _sleep_after(seconds: float, *_before: object) -> None:
    time.sleep(seconds)


def ray_data(shots: list[Shot], cores: int) -> float:
    """Stream the shots through a pool of actors for each stage: a row a shot."""
    import ray  # noqa: PLC0415  # a heavy library in a leaf

    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = [{stage: sum(shot.seconds[stage]) for stage in STAGES} for shot in shots]
    shares = _shares(cores)
    began = time.perf_counter()
    data: Any = ray.data.from_items(rows, override_num_blocks=len(rows))  # Any: loosely typed
    for stage in STAGES:
        data = data.map(
            Sleeper, fn_constructor_args=(stage,), concurrency=shares[stage], num_cpus=1
        )
    data.materialize()
    return time.perf_counter() - began


class Sleeper:
    """An actor that sleeps through one stage of a shot."""

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def __call__(self, row: dict[str, float]) -> dict[str, float]:
        """Sleep as long as the row says."""
        time.sleep(row[self._stage])
        return row


def _shares(cores: int) -> dict[str, int]:
    """Share cores out by what stages take, one each at least."""
    judge = 1
    draft = max(1, round((cores - judge) * TAKES / (TAKES + SHARE["master"])))
    return {"draft": draft, "judge": judge, "master": max(1, cores - judge - draft)}


def dask(shots: list[Shot], cores: int) -> float:
    """Chain futures on Dask's own scheduler, in processes of its own."""
    from distributed import Client, LocalCluster  # noqa: PLC0415  # it need not be installed

    with (
        LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather([client.submit(_sleep_after, 0.3, n) for n in range(cores)])
        began = time.perf_counter()
        last = []
        for shot in shots:
            before: list[Any] = []  # futures have no static types
            for stage in STAGES:
                before = [
                    client.submit(_sleep_after, s, *before, pure=False) for s in shot.seconds[stage]
                ]
            last += before
        client.gather(last)
        return time.perf_counter() - began


NEEDS = {"ray data": ("pandas", "pyarrow"), "dask": ("distributed",)}
"""What rivals need that the farm does not: `pip install distributed pandas pyarrow`."""

RIVALS: dict[str, Rival] = {
    "ours": ours,
    "chained": chained,
    "script": script,
    "ray data": ray_data,
    "dask": dask,
}

if __name__ == "__main__":
    main()

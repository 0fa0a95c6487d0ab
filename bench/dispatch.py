"""How many null tasks a second pass through the whole farm.

Every task takes the whole way: its key, a look into the store, its turn, its lease, the budget, the
executor, the stage `probe` (which does nothing), its outcome into the store, its events into the
ledger. Then the same list is asked for again, and everything is found made.

    python -m bench.dispatch [--tasks 4000] [--executor threads|processes|ray|all] [--profile]
"""

import argparse
import asyncio
import cProfile
import pstats
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.executors import open_executor
from farm.executors.base import Executor
from farm.executors.local import LocalExecutor
from farm.executors.machine import cores
from farm.ledger import Ledger, read_events
from farm.store import open_store
from farm.task import Needs, Task

TARGETS = {"threads": 1000, "ray": 500}
EXECUTORS: dict[str, Callable[[str], Executor]] = {
    "threads": lambda uri: LocalExecutor(uri, workers=cores(), processes=False),
    "processes": lambda uri: LocalExecutor(uri, workers=cores()),
    "ray": lambda uri: open_executor("ray", store_uri=uri),
}


def main() -> None:
    """Print tasks a second for the executors that are asked for."""
    parser = argparse.ArgumentParser(description="Null tasks through the whole farm.")
    parser.add_argument("--tasks", type=int, default=4000)
    parser.add_argument("--executor", choices=[*EXECUTORS, "all"], default="all")
    parser.add_argument("--profile", action="store_true", help="say where the driver's time goes")
    wish = parser.parse_args()
    for name in EXECUTORS if wish.executor == "all" else [wish.executor]:
        profile = cProfile.Profile() if wish.profile else None
        with TemporaryDirectory(prefix="farm-dispatch-") as folder:
            measure(name, Path(folder), count=wish.tasks, profile=profile)
        if profile:
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def measure(name: str, folder: Path, *, count: int, profile: cProfile.Profile | None) -> None:
    """Run a list of tasks twice through one executor, and check the ledger afterwards."""
    before = time.process_time()
    made = asyncio.run(shoot(name, folder, count=count, profile=profile))
    core = (time.process_time() - before) / count
    again = asyncio.run(shoot(name, folder, count=count, profile=None))
    events = [event.kind for event in read_events(folder / "ledger.db")]
    assert (events.count("made"), events.count("reused")) == (count + 1, count + 1)
    target = f"  (target {TARGETS[name]:,})" if name in TARGETS else ""
    said = f"{count / made:7,.0f} tasks/s made{target}, {count / again:7,.0f} tasks/s reused"
    said += f"; {core * 1000:.2f} ms of a core a task in this program"
    print(f"{name:<10} {said}", flush=True)


async def shoot(name: str, folder: Path, *, count: int, profile: cProfile.Profile | None) -> float:
    """Do all tasks at once; return the seconds from the first key to the last outcome.

    One task before the others opens the machines, so that their start is not counted.
    """
    uri = f"file:{folder / 'store'}"
    with Ledger(folder / "ledger.db") as ledger:
        crew = Crew(
            store=open_store(uri),
            executor=EXECUTORS[name](uri),
            budget=Budget(cap_usd=count + 1),
            listeners=(ledger.write,),
        )
        async with crew:
            await crew.do(null(-1))
            if profile:
                profile.enable()
            began = time.perf_counter()
            await asyncio.gather(*(crew.do(null(n)) for n in range(count)))
            took = time.perf_counter() - began
            if profile:
                profile.disable()
    return took


def null(number: int) -> Task:
    """Make a task that does nothing, like a real one in size."""
    return Task(
        stage="probe",
        version=1,
        params={"value": number, "request": {"prompt": "a red ball rolls", "size": [480, 270]}},
        shot=f"sh{number // 8:05}",
        part=f"t{number % 8:02}",
        needs=Needs(cpu=0.02, memory_gb=0.02, minutes=0.001),
        usd=0.001,
        rank=number % 8,
    )


if __name__ == "__main__":
    main()

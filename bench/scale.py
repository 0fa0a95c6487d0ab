"""How the schedule and the driver bear a very large show, on a virtual clock.

Shots of 4 drafts, a judgement, a master and 2 extensions on two kinds of GPU; of every 100 GPUs
five are taken away an hour, and a task whose machine goes is begun again. Crew, schedule, leases,
budget and events are the real ones; machines and time are simulated. The bound is max(critical
path, work / GPUs of a kind): no schedule can beat it, not even one that loses no machine.

    python -m bench.scale [--shots 10000] [--gpus 1000] [--hourly 0.05] [--mixes] [--growth]

`--growth` runs 1,000, 10,000 and 100,000 tasks, on as many GPUs as keep them busy as long.
"""

import argparse
import multiprocessing
import random
import resource
import time
from dataclasses import dataclass, replace
from math import exp, log

from bench.makespan import MINUTES, MIXES, Mix, lower_bound, make_shots, route
from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.crew import Crew
from farm.crew.sim import Act, MemoryStore, SimExecutor
from farm.errors import LostError
from farm.executors.base import Offer
from farm.task import Task

TARGET = 1.05
TASKS_A_SHOT = 8
HOUR_MINUTES = 60.0
MB = 1024.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A show and the farm that shoots it; `hourly` is the share of GPUs lost in an hour.

    `mix` is the place of one of bench.makespan's mixes: how much work each kind of GPU has.
    """

    shots: int
    gpus: int
    hourly: float
    mix: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a night took: virtual minutes, the driver's CPU seconds and memory, machines lost."""

    tasks: int
    minutes: float
    bound: float
    cpu_seconds: float
    peak_mb: float
    before_mb: float
    lost: int

    @property
    def over(self) -> float:
        """Return the makespan over the bound."""
        return self.minutes / self.bound


def main() -> None:
    """Print one size, or how figures grow with size."""
    parser = argparse.ArgumentParser(description="A very large show on a virtual clock.")
    parser.add_argument("--shots", type=int, default=10_000)
    parser.add_argument("--gpus", type=int, default=1_000)
    parser.add_argument("--hourly", type=float, default=0.05)
    parser.add_argument("--mixes", action="store_true", help="run every mix of bench.makespan")
    parser.add_argument("--growth", action="store_true")
    wish = parser.parse_args()
    mixes = range(len(MIXES) if wish.mixes else 1)
    sizes = [Size(shots=wish.shots, gpus=wish.gpus, hourly=wish.hourly, mix=mix) for mix in mixes]
    if wish.growth:
        sizes = [Size(shots=n, gpus=n // 10, hourly=wish.hourly) for n in (125, 1_250, 12_500)]
    found = []
    for size in sizes:
        found.append(alone(size))
        print(line(size, found[-1]), flush=True)
    if wish.growth:
        first, last = found[0], found[-1]
        power = log(last.cpu_seconds / first.cpu_seconds) / log(last.tasks / first.tasks)
        print(f"CPU seconds grow with tasks to the power {power:.2f} (1 is linear)")


def alone(size: Size) -> Figures:
    """Run a night in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(shoot, (size,))


def shoot(size: Size) -> Figures:
    """Let a night pass."""
    mix = mix_for(size)
    shots = make_shots(mix, count=size.shots, seed=size.seed)
    minutes = {key: value for shot in shots for key, value in shot.minutes.items()}
    losses = Losses(minutes, hourly=size.hourly, seed=size.seed)
    clock = VirtualClock()
    store = MemoryStore(clock)
    executor = SimExecutor(
        store, Offer(cpu=1e6, memory_gb=1e6, gpus=mix.slots), clock=clock, act=losses.act
    )

    async def program() -> float:
        async with Crew(store=store, executor=executor, clock=clock, lanes=0) as crew:
            await route(crew, shots)
            return clock.now() / MINUTES

    before, began = _peak_mb(), time.process_time()
    took = run_virtually(program())
    return Figures(
        tasks=size.shots * TASKS_A_SHOT,
        minutes=took,
        bound=lower_bound(mix, shots),
        cpu_seconds=time.process_time() - began,
        peak_mb=_peak_mb(),
        before_mb=before,
        lost=losses.count,
    )


def mix_for(size: Size) -> Mix:
    """Take a mix with its kinds of GPU in the same proportion, as many as there are to be."""
    mix = MIXES[size.mix]
    whole = sum(mix.slots.values())
    slots = {kind: round(count * size.gpus / whole) for kind, count in mix.slots.items()}
    return replace(mix, slots=slots)


class Losses:
    """Decides for every try whether its machine is taken away meanwhile, by an exponential law."""

    def __init__(self, minutes: dict[str, float], *, hourly: float, seed: int) -> None:
        self.count = 0
        self._minutes = minutes
        self._hazard = -log(1 - hourly) / HOUR_MINUTES if hourly else 0.0
        self._seed = seed

    def act(self, task: Task, attempt: int) -> Act:
        """Say what becomes of a try."""
        minutes = self._minutes[task.key]
        chance = random.Random(f"{self._seed} {task.key} {attempt}")
        if chance.random() < exp(-self._hazard * minutes):
            return Act(minutes=minutes)
        self.count += 1
        lost = LostError(f"{task.label}: its machine was taken away", hint="none needed")
        return Act(minutes=minutes * chance.random(), error=lost)


def line(size: Size, figures: Figures) -> str:
    """Write one size's figures."""
    verdict = "ok" if figures.over <= TARGET else f"above {TARGET}"
    each = 1000 * figures.cpu_seconds / figures.tasks
    kilobytes = MB * (figures.peak_mb - figures.before_mb) / figures.tasks
    mix = MIXES[size.mix].name.partition(":")[0]
    return (
        f"{mix:<12} {size.shots:>7,} shots, {figures.tasks:>8,} tasks, {size.gpus:>5,} GPUs: "
        f"{figures.minutes:6,.0f} min, {figures.over:.3f} x bound ({verdict}), "
        f"{figures.lost:,} machines lost; {figures.cpu_seconds:6.1f} s of CPU "
        f"({each:.2f} ms a task), {figures.peak_mb:,.0f} MB at most ({kilobytes:.1f} KB a task)"
    )


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


if __name__ == "__main__":
    main()

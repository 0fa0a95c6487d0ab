"""How close the schedule comes to the best that any could do, in a simulated night.

A farm of 64 GPUs of two kinds shoots shots of 4 drafts, a judgement, a master and 2 extensions.
The crew, its schedule, leases and ledger events are the real ones; the machines and the time are
simulated, so the figures are the same on every machine. Durations are log-normal; the crew knows
only the estimates that a card would give. The bound is max(critical path, work / slots of a kind):
no schedule can beat it, and none can quite reach it where the second kind must wait for the first.

    python -m bench.makespan [--shots 1000] [--seed 1]
"""

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.crew import Crew
from farm.crew.sim import Act, MemoryStore, SimExecutor
from farm.executors.base import Offer
from farm.ledger import Event
from farm.task import Needs, Task

MINUTES = 60.0
TAKES = 4
TARGET = 1.05
STAGES = ("draft", "judge", "master", "extend", "close")
"""A shot's path; the second extension is called `close` here."""

KIND = {"draft": "L40S", "judge": "L40S", "master": "H100", "extend": "H100", "close": "H100"}
LENGTHS_SIGMA = 0.4  # how much shots differ in length, which the estimates know
LUCK_SIGMA = 0.5  # how much a task differs from its estimate, which they do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A farm and the median minutes of its stages."""

    name: str
    slots: dict[str, int]
    minutes: dict[str, float]


MIXES = (
    Mix(
        name="typical: masters take longest",
        slots={"L40S": 40, "H100": 24},
        minutes={"draft": 4, "judge": 1, "master": 12, "extend": 6, "close": 6},
    ),
    Mix(
        name="many drafts: drafts take longest",
        slots={"L40S": 24, "H100": 40},
        minutes={"draft": 4, "judge": 1, "master": 9, "extend": 4, "close": 4},
    ),
    Mix(
        name="hardest: both kinds have the same to do",
        slots={"L40S": 32, "H100": 32},
        minutes={"draft": 4, "judge": 1, "master": 9, "extend": 4, "close": 4},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A shot's tasks, by stage, with what each will really take."""

    tasks: dict[str, list[Task]]
    minutes: dict[str, float]

    @property
    def path(self) -> float:
        """Add up the longest way through the shot."""
        return sum(max(self.minutes[t.key] for t in tasks) for tasks in self.tasks.values())


Night = Callable[[Crew, list[Shot]], Awaitable[None]]


def main() -> None:
    """Print every mix under every order of work."""
    parser = argparse.ArgumentParser(description="The schedule against the lower bound.")
    parser.add_argument("--shots", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    for mix in MIXES:
        shots = make_shots(mix, count=wish.shots, seed=wish.seed)
        report(mix, shots)


def report(mix: Mix, shots: list[Shot]) -> None:
    """Run one mix under each order of work, and print the figures side by side."""
    bound = lower_bound(mix, shots)
    slots = ", ".join(f"{count} x {kind}" for kind, count in mix.slots.items())
    tasks = sum(len(group) for shot in shots for group in shot.tasks.values())
    print(f"\n{mix.name}: {slots}; {len(shots):,} shots, {tasks:,} tasks; bound {bound:,.0f} min")
    orders: list[tuple[str, Night, list[Shot]]] = [
        ("the crew's schedule", route, shots),
        ("longest path alone", route, [stripped(shot, rank=True) for shot in shots]),
        ("first come, first served", route, [stripped(shot, rank=False) for shot in shots]),
        ("barriers between stages", barriers, shots),
    ]
    for name, night, list_ in orders:
        began = time.perf_counter()
        minutes, first = shoot(mix, night, list_)
        took = time.perf_counter() - began
        verdict = ""
        if list_ is shots and night is route:
            verdict = "  ok" if minutes <= TARGET * bound else f"  above {TARGET}"
        print(
            f"  {name:<26} {minutes:7,.0f} min  {minutes / bound:6.3f} x bound"
            f"  first shot after {first:5,.0f} min  [{took:.1f} s]{verdict}"
        )


def shoot(mix: Mix, night: Night, shots: list[Shot]) -> tuple[float, float]:
    """Let a night pass; return after how many minutes all and the first shot were done."""
    clock = VirtualClock()
    store = MemoryStore(clock)
    minutes = {key: value for shot in shots for key, value in shot.minutes.items()}
    finals = {task.key for shot in shots for task in shot.tasks[STAGES[-1]]}
    done: list[float] = []
    executor = SimExecutor(
        store,
        Offer(cpu=256, memory_gb=4096, gpus=mix.slots),
        clock=clock,
        act=lambda task, _: Act(minutes=minutes[task.key]),
    )

    async def program() -> float:
        def hear(event: Event) -> None:
            if event.kind == "made" and event.key in finals:
                done.append(clock.now() / MINUTES)

        crew = Crew(store=store, executor=executor, clock=clock, listeners=(hear,), lanes=0)
        async with crew:
            await night(crew, shots)
            return clock.now() / MINUTES

    return run_virtually(program()), done[0]


async def route(crew: Crew, shots: list[Shot]) -> None:
    """Take every shot through its stages as fast as it goes, all shots at once."""

    async def one(shot: Shot) -> None:
        for stage in STAGES:
            await asyncio.gather(*map(crew.do, shot.tasks[stage]))

    await asyncio.gather(*map(one, shots))


async def barriers(crew: Crew, shots: list[Shot]) -> None:
    """Finish every stage for all shots before the next one begins."""
    for stage in STAGES:
        await asyncio.gather(*(crew.do(task) for shot in shots for task in shot.tasks[stage]))


def make_shots(mix: Mix, *, count: int, seed: int) -> list[Shot]:
    """Make shots of different lengths; estimates know the length, durations also have luck."""
    chance = random.Random(seed)
    return [_shot(mix, f"sh{n:04}", chance) for n in range(count)]


def _shot(mix: Mix, name: str, chance: random.Random) -> Shot:
    length = chance.lognormvariate(0, LENGTHS_SIGMA)
    expected = {s: mix.minutes[s] * (1 if s == "judge" else length) for s in STAGES}
    tasks: dict[str, list[Task]] = {}
    minutes: dict[str, float] = {}
    for place, stage in enumerate(STAGES):
        rank = sum(expected[later] for later in STAGES[place:])
        needs = Needs(gpu=KIND[stage], minutes=expected[stage])
        tasks[stage] = [
            Task(
                stage=stage, version=1, params={"shot": name, "take": take}, shot=name,
                part=f"t{take:02}", needs=needs, rank=rank,
            )
            for take in range(TAKES if stage == "draft" else 1)
        ]  # fmt: skip
        for task in tasks[stage]:
            minutes[task.key] = expected[stage] * chance.lognormvariate(0, LUCK_SIGMA)
    return Shot(tasks=tasks, minutes=minutes)


def stripped(shot: Shot, *, rank: bool) -> Shot:
    """Take from the tasks what the schedule goes by."""
    tasks = {
        stage: [replace(task, shot="", rank=task.rank if rank else 0.0) for task in group]
        for stage, group in shot.tasks.items()
    }
    return Shot(tasks=tasks, minutes=shot.minutes)


def lower_bound(mix: Mix, shots: list[Shot]) -> float:
    """Return the minutes below which no schedule can be."""
    work = dict.fromkeys(mix.slots, 0.0)
    for shot in shots:
        for stage, tasks in shot.tasks.items():
            work[KIND[stage]] += sum(shot.minutes[task.key] for task in tasks)
    shares = (work[kind] / count for kind, count in mix.slots.items())
    return max(*shares, *(shot.path for shot in shots))


if __name__ == "__main__":
    main()

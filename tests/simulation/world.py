"""One night in a simulated world, replayed exactly from its seed."""

import asyncio
import os
import random
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from farm.crew.clock import VirtualClock, run_virtually
from farm.route.shoot import ShotResult
from farm.store.leases import Lease
from farm.store.local import LocalStore
from farm.task import Artifact, Outcome, Task
from functions import worker
from tests.simulation.doors import Door, Gone, spoil
from tests.simulation.driver import Driver, Plan
from tests.simulation.laws import GRACE, Digests, Laws, delivered
from tests.simulation.lists import LISTS, Wish, wish
from tests.simulation.machines import Life
from tests.simulation.stages import Stages
from tests.simulation.weather import CALM, Weather, draw

LONGEST_NIGHT = 6 * 3600.0
QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a folder in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a seed came to: what was against the law, and what happened, in lines."""

    seed: int
    broken: tuple[str, ...]
    log: tuple[str, ...]
    virtual_seconds: float


class World:
    """A store, its machines and its drivers, in one weather."""

    def __init__(self, folder: Path, wish_: Wish, *, seed: int, weather: Weather) -> None:
        self.wish = wish_
        self.poison = wish_.poison
        self.weather = weather
        self.out = folder / "out"
        self.place = folder / "store"
        self.clock = VirtualClock()
        self.truth = LocalStore(str(self.place), clock=self.clock.now)
        self.laws = Laws(self)
        self.lives: list[Life] = []
        self.alive: dict[str, Life] = {}
        self.spoilt: set[str] = set()
        self.drivers: list[Driver] = []
        self._seed = seed
        self._doors: dict[str, Door] = {}
        self._count = 0

    def chance(self, what: str) -> random.Random:
        """Return chance for one purpose: what others draw does not change it."""
        return random.Random(f"{self._seed} {what}")

    def driver(self, plan: Plan) -> Driver:
        """Let a driver start."""
        driver = Driver(self, plan, self.chance(plan.name))
        self.drivers.append(driver)
        return driver

    def door(self, name: str, *, weather: Weather, skew: float = 0.0, dies_at: int = 0) -> Door:
        """Open a door to the store for one machine."""
        door = Door(
            self.place, name=name, clock=self.clock, watcher=self, weather=weather, skew=skew,
            chance=self.chance(f"door {name}"), dies_at=dies_at,
        )  # fmt: skip
        self._doors[door.uri] = door
        return door

    def machine_door(self, dies_at: int, weather: Weather) -> Door:
        """Open a door for a machine that is given one task."""
        self._count += 1
        return self.door(f"machine {self._count}", weather=weather, dies_at=dies_at)

    def close_door(self, door: Door) -> None:
        """Shut the door of a machine that is done."""
        door.dead = True
        self._doors.pop(door.uri, None)
        self.alive.pop(door.uri, None)

    def store(self, uri: str) -> Door:
        """Find a door, as workers open their store."""
        return self._doors[uri]

    def digests(self, result: ShotResult) -> Digests:
        """Read what was delivered for a shot."""
        return delivered(result)

    # What the doors tell

    def claimed(self, door: Door, key: str, before: Lease | None, *, granted: bool) -> None:
        """Judge a claim."""
        self.laws.claimed(door, key, before, granted=granted)

    def remembering(self, outcome: Outcome) -> None:
        """Judge an outcome."""
        self.laws.remembering(outcome)

    def remembered(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.laws.remembered(outcome)

    def making(self, task: Task) -> None:
        """Note that a machine makes a task, beside another perhaps."""
        same = [life for life in self.alive.values() if life.task.key == task.key]
        self.laws.making(same[-1], same[:-1])

    def rot(self, chance: random.Random) -> None:
        """Spoil one artifact: the same size, other bytes."""
        digests = sorted(self.truth.digests())
        digests = [digest for digest in digests if len(digest) == 64]
        if not digests:
            return
        digest = chance.choice(digests)
        shelf = Path(self.truth.place, "cas", digest[:2], digest)
        spoil(self.truth, Artifact(digest=digest, size=0, kind="any"), keep=shelf.stat().st_size)
        self.spoilt.add(digest)


def run_night(seed: int) -> Night:
    """Run the night of a seed, and judge it."""
    chance = random.Random(seed)
    number = chance.randrange(LISTS)
    weather = draw(chance)
    with TemporaryDirectory(prefix="farm-night-", dir=QUICK) as folder:
        world = World(Path(folder), wish(number), seed=seed, weather=weather)
        seconds = _live(world, _night(world, calm_night(number), chance))
    return Night(
        seed=seed, broken=tuple(world.laws.broken), log=tuple(_log(world)), virtual_seconds=seconds
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """What a night without faults delivers, and what it costs."""

    digests: dict[str, Digests]
    usd: float
    seconds: float


@cache
def calm_night(number: int) -> Calm:
    """Shoot a list in calm weather."""
    digests: dict[str, Digests] = {}
    with TemporaryDirectory(prefix="farm-night-", dir=QUICK) as folder:
        world = World(Path(folder), wish(number), seed=0, weather=CALM)
        driver = world.driver(Plan(name="calm"))
        seconds = _live(world, driver.live())
        for shot in driver.results:
            if shot.state == "delivered":
                digests["/".join(filter(None, (shot.variant, shot.shot)))] = delivered(shot)
    assert not world.laws.broken, world.laws.broken
    return Calm(digests=digests, usd=driver.budget.spent_usd, seconds=seconds)


def _live(world: World, program: Coroutine[None, None, None]) -> float:
    """Let a program run in a world whose workers open its doors and make its pictures."""
    stages = Stages(world, world.poison)
    timer = SimpleNamespace(perf_counter=world.clock.now)

    async def until_over() -> float:
        asyncio.get_running_loop().set_exception_handler(_hear_of_the_living)
        async with asyncio.timeout(LONGEST_NIGHT):
            await program
        return world.clock.now()

    with (
        patch.object(worker, "_store", world.store),
        patch.object(worker, "STAGES", stages),
        patch.object(worker, "time", timer),
    ):
        try:
            return run_virtually(until_over())
        except TimeoutError:
            world.laws.broken.append(f"the night did not end in {LONGEST_NIGHT:.0f} s")
            return LONGEST_NIGHT


def _hear_of_the_living(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """Pass over what the dead left unfinished; everything else is told as ever."""
    if not isinstance(told.get("exception"), Gone):
        loop.default_exception_handler(told)


async def _night(world: World, calm: Calm, chance: random.Random) -> None:
    """Shoot in bad weather until it is over, then in calm weather, and judge what is there."""
    cap = None if chance.random() < 0.5 else calm.usd * chance.uniform(0.2, 3.0)
    on_cap = chance.choice(["finish_running", "cancel_running"])
    seats = 2 if world.weather.rivals else 1
    storms = asyncio.create_task(_storms(world, chance, calm.seconds))
    await asyncio.gather(*(_seat(world, seat, cap, on_cap, calm.seconds) for seat in range(seats)))
    storms.cancel()
    last = world.driver(Plan(name="last", cap_usd=cap, on_cap=on_cap))
    await last.live()
    if cap is not None:
        last = world.driver(Plan(name="paid"))
        await last.live()
    await asyncio.sleep(GRACE + 2 * world.weather.skew_seconds)
    world.laws.at_dawn()
    world.laws.same_as_calm(last, calm.digests)


async def _seat(world: World, seat: int, cap: float | None, on_cap: str, usual: float) -> None:
    """Run the same command again and again, until it ends by itself."""
    weather, chance = world.weather, world.chance(f"seat {seat}")
    for life in range(weather.deaths + weather.interruptions + 1):
        plan = Plan(
            name=f"host{seat}.{life}", weather=weather, cap_usd=cap, on_cap=on_cap,
            skew=chance.uniform(-1, 1) * weather.skew_seconds,
        )  # fmt: skip
        end = chance.uniform(0, 1.5 * usual)
        if life < weather.deaths:
            if chance.random() < 0.5:
                plan.killed_after = end
            else:
                plan.killed_at_call = chance.randint(1, 400)
        elif life < weather.deaths + weather.interruptions:
            plan.interrupted_after = end
        driver = world.driver(plan)
        await driver.live()
        if driver.ended:
            return
        await asyncio.sleep(chance.uniform(0, 20))


async def _storms(world: World, chance: random.Random, usual: float) -> None:
    """Preempt machines and spoil files now and then."""
    strikes = [(chance.uniform(0, 1.5 * usual), "storm") for _ in range(world.weather.storms)]
    strikes += [(chance.uniform(0, 1.5 * usual), "rot") for _ in range(world.weather.rotten)]
    for at, what in sorted(strikes):
        await asyncio.sleep(max(0.0, at - world.clock.now()))
        if what == "rot":
            world.rot(chance)
        for driver in world.drivers if what == "storm" else ():
            driver.machines.storm()


def _log(world: World) -> Iterator[str]:
    """Write down what was told, driver by driver; but not where this night's store lies."""
    for driver in world.drivers:
        for event in driver.events:
            if event.kind != "progress":
                label = " ".join(w for w in (event.shot, event.stage, event.part) if w)
                said = str(event.body.get("problem") or event.body.get("usd") or "")
                told = said.replace(str(world.place), "")
                yield f"{event.at:9.2f} {driver.plan.name} {event.kind} {label} {told}".rstrip()

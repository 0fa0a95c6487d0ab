"""Simulated machines: they run the real worker, and lose, delay, double, preempt and crash."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from farm.errors import (
    CrashError,
    FarmError,
    LostError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
)
from farm.executors.base import Offer, Report
from farm.task import Outcome, Task
from functions.worker import perform
from tests.simulation.doors import Gone
from tests.simulation.stages import STEPS
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from tests.simulation.driver import Driver
    from tests.simulation.world import World

OFFER = Offer(cpu=6, memory_gb=16)
MINUTES = 60.0
MOST_OF_A_KIND = 2
"""How often a task fails of itself in one run at most: once more would be its end."""


@dataclass(eq=False, slots=True, kw_only=True)
class Life:
    """One attempt of one machine at a task."""

    task: Task
    driver: "Driver"
    began: float
    running: "asyncio.Task[Outcome] | None" = None
    making: bool = False
    kept: bool = False
    ended: float | None = None


@dataclass(slots=True)
class Fate:
    """What becomes of an attempt: `error` strikes at a step; answers may be late or lost."""

    seconds: float
    step: int = -1
    error: FarmError | None = None
    late: float = 0.0
    lost: bool = False
    dies_at: int = 0


@dataclass(slots=True)
class Machines:
    """The executor of one driver."""

    world: "World"
    driver: "Driver"
    weather: Weather
    chance: random.Random
    lives: set[Life] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    troubles: dict[tuple[str, str], int] = field(default_factory=dict)

    async def open(self) -> Offer:
        """Say what there is."""
        return OFFER

    async def close(self) -> None:
        """Stop what still runs: what was doubled, that is."""
        for life in tuple(self.lives):
            await self._stop(life)

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run a task to its outcome; cancelling stops the machine."""
        if self.driver.door.dead:
            raise Gone
        began = self.world.clock.now()
        doubled = self.chance.random() < self.weather.doubled_calls
        lives = [self._send(task, report) for _ in range(1 + doubled)]
        self.sent.add(task.key)
        try:
            runs = [life.running for life in lives if life.running]
            await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
            first = next(life for life in lives if life.running and life.running.done())
            return await self._answer(first)
        except asyncio.CancelledError:
            for life in lives:
                await self._stop(life)
            raise
        finally:
            self.sent.discard(task.key)
            self.driver.burnt += (self.world.clock.now() - began) * self.driver.rate(task)

    def storm(self) -> None:
        """Preempt most of what runs."""
        for life in sorted(self.lives, key=lambda life: (life.began, life.task.key)):
            if life.running and self.chance.random() < 0.7:
                life.running.cancel("preempted")

    def orphan(self) -> None:
        """Lose the driver: machines that live without one finish what they do."""
        for life in sorted(self.lives, key=lambda life: (life.began, life.task.key)):
            if life.running and self.chance.random() >= self.weather.survivors:
                life.running.cancel()

    def _send(self, task: Task, report: Report) -> Life:
        life = Life(task=task, driver=self.driver, began=self.world.clock.now())
        self.lives.add(life)
        self.world.lives.append(life)
        life.running = asyncio.create_task(self._live(life, self._fate(task), report))
        life.running.add_done_callback(lambda done: self._over(life, done))
        return life

    def _over(self, life: Life, done: "asyncio.Task[Outcome]") -> None:
        self.lives.discard(life)
        if not done.cancelled():
            done.exception()

    async def _answer(self, life: Life) -> Outcome:
        assert life.running
        if life.running.cancelled():
            raise LostError(f"{life.task.label}: its machine was taken away", hint="none needed")
        return life.running.result()

    async def _stop(self, life: Life) -> None:
        if life.running and not life.running.done() and not self.driver.door.dead:
            life.running.cancel()
            await asyncio.wait([life.running])

    async def _live(self, life: Life, fate: Fate, report: Report) -> Outcome:
        """Let the real worker do the task, step by step, in virtual time."""
        task = life.task
        door = self.world.machine_door(fate.dies_at, self.weather)
        if fate.error and fate.step < 0:
            raise fate.error
        work = perform(task, door.uri)
        self.world.alive[door.uri] = life
        try:
            for step, said in enumerate(work):
                if isinstance(said, Outcome):
                    outcome = said
                    break
                report(task, said)
                await self.world.clock.sleep(fate.seconds / STEPS)
                if step == fate.step and fate.error:
                    raise fate.error
        except Gone:
            raise LostError(f"{task.label}: its machine died", hint="none needed") from None
        finally:
            work.close()
            life.ended = self.world.clock.now()
            self.world.close_door(door)
        await self.world.clock.sleep(fate.late)
        if fate.lost:
            raise LostError(f"{task.label}: its answer was lost", hint="none needed")
        return outcome

    def _fate(self, task: Task) -> Fate:
        """Draw what becomes of an attempt; what fails of itself does so only so often."""
        chance, weather = self.chance, self.weather
        luck = random.Random(f"luck {task.key}").lognormvariate(0, 0.4)
        fate = Fate(seconds=task.needs.minutes * MINUTES * luck)
        fate.late = chance.random() * weather.late_seconds
        fate.lost = chance.random() < weather.answers_lost
        if chance.random() < weather.machines_dead:
            fate.dies_at = chance.randint(1, 12)
        draw = chance.random()
        step = chance.randrange(STEPS)
        for kind, error, rate in (
            ("shortage", ShortageError("there is no machine now", hint="wait"), weather.shortages),
            ("crash", CrashError("the worker died", hint="none"), weather.workers_crashed),
            ("fault", TaskError("it failed by chance", hint="try again"), weather.faults),
            ("memory", OutOfMemoryError("it outgrew its machine", hint="a bigger one"),
             weather.out_of_memory),
        ):  # fmt: skip
            draw -= rate
            if draw < 0:
                if self._may(task, kind):
                    fate.error, fate.step = error, -1 if kind == "shortage" else step
                break
        if self.world.poison.get((task.shot, task.stage, task.part)) == "crash":
            fate.error = CrashError(f"{task.label}: it kills every worker", hint="none")
            fate.step = STEPS - 1
        return fate

    def _may(self, task: Task, kind: str) -> bool:
        """Keep what fails of itself below what ends a task, as long as it is no poison."""
        most = {"memory": 1, "shortage": 5}.get(kind, MOST_OF_A_KIND)
        count = self.troubles.get((task.key, kind), 0)
        self.troubles[task.key, kind] = count + 1
        return count < most

"""One driver of a simulated farm: the real crew on the real route, until it ends or is killed."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from farm.crew import crew as crew_room
from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.ledger import Event
from farm.prices import Prices
from farm.route.shoot import ShotResult
from farm.route.show import Terms, shoot_show
from farm.task import Task
from tests.simulation.doors import Door, Gone, Lane
from tests.simulation.machines import Machines
from tests.simulation.weather import CALM, Weather

if TYPE_CHECKING:
    from tests.simulation.world import World

LEDGER_SECONDS = 0.02
"""What a ledger loses when its program is killed: the last events that were not committed yet."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """How a driver is to fare: who it is, its clock, its money, and how it ends."""

    name: str
    weather: Weather = CALM
    skew: float = 0.0
    cap_usd: float | None = None
    on_cap: str = "finish_running"
    killed_after: float | None = None
    killed_at_call: int = 0
    interrupted_after: float | None = None


class Driver:
    """A driver that lives once."""

    def __init__(self, world: "World", plan: Plan, chance: random.Random) -> None:
        self.plan = plan
        self.world = world
        self.door: Door = world.door(
            plan.name, weather=plan.weather, skew=plan.skew, dies_at=plan.killed_at_call
        )
        self.door.on_death = self._die
        self.machines = Machines(world, self, plan.weather, chance)
        self.budget = Budget(cap_usd=plan.cap_usd, on_cap=plan.on_cap)  # type: ignore[arg-type]  # a word of two
        self.events: list[Event] = []
        self.results: Sequence[ShotResult] = ()
        self.burnt = 0.0
        self.ended = False
        self.interrupted = False
        self._chance = chance
        self._main: asyncio.Task[object] | None = None

    def rate(self, task: Task) -> float:
        """Return what a second of a task costs."""
        minutes = task.needs.minutes
        return task.usd / (minutes * 60) if minutes else 0.0

    def works_on(self, key: str) -> bool:
        """Tell whether this driver lives, and waits for a machine that it sent a task to."""
        return not self.door.dead and key in self.machines.sent

    async def live(self) -> None:
        """Run until the show is over, or the end comes otherwise."""
        loop = asyncio.get_running_loop()
        self._main = asyncio.create_task(self._shoot())
        plan = self.plan
        if plan.killed_after is not None:
            loop.call_later(plan.killed_after, self.door.die)
        if plan.interrupted_after is not None:
            loop.call_later(plan.interrupted_after, self._interrupt)
        await asyncio.wait([self._main])
        if self.door.dead:
            with contextlib.suppress(BaseException):
                self._main.result()
        elif self._main.cancelled():
            self.world.laws.left(self)
        else:
            self._main.result()
            self.ended = True
            self.world.laws.left(self)

    def hear(self, event: Event) -> None:
        """Keep an event, as the ledger does; a dead driver tells nothing."""
        if not self.door.dead:
            self.events.append(event)
            self.world.laws.heard(self, event)

    async def _shoot(self) -> None:
        world = self.world
        lane = Lane(
            self.door, clock=world.clock, chance=self._chance, most=self.plan.weather.slow_seconds
        )
        with patch.object(crew_room, "Lanes", lambda **_: lane):
            crew = Crew(
                store=self.door,
                executor=self.machines,
                budget=self.budget,
                clock=world.clock,
                listeners=(self.hear,),
                owner=self.plan.name,
                show="night",
                lanes=0,
            )
        terms = Terms(out=world.out, publish=True, prices=Prices(usd_per_core_hour=1.0))
        async with crew:
            self.results = await shoot_show(world.wish.shot_list, crew, terms)

    def _interrupt(self) -> None:
        if self._main and not self._main.done() and not self.door.dead:
            self.interrupted = True
            self._main.cancel()

    def _die(self) -> None:
        self.machines.orphan()
        if self._main:
            self._main.cancel()


def durable(events: Sequence[Event], *, died: float) -> list[Event]:
    """Return what a ledger still holds of a driver that died at a time."""
    return [event for event in events if event.at <= died - LEDGER_SECONDS]


__all__ = ["Driver", "Gone", "Plan", "durable"]

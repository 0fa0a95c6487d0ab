"""A night on the simulated farm: the real crew, a store in memory, and virtual time."""

from collections.abc import Awaitable, Callable
from typing import Any

from farm.crew.budget import Budget
from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.crew import Crew
from farm.crew.sim import Act, MemoryStore, SimExecutor
from farm.executors.base import Offer
from farm.ledger import Event
from farm.task import Artifact, Needs, Task

OFFER = Offer(cpu=4, memory_gb=16)


def task(
    value: object = 1,
    *,
    inputs: dict[str, Artifact] | None = None,
    minutes: float = 1.0,
    usd: float = 0.0,
    rank: float = 0.0,
    shot: str = "sh010",
    stage: str = "probe",
    part: str = "",
    **needs: Any,
) -> Task:
    return Task(
        stage=stage,
        version=1,
        params={"value": value},
        inputs=inputs or {},
        shot=shot,
        part=part,
        usd=usd,
        rank=rank,
        needs=Needs(minutes=minutes, **needs),
    )


class Night:
    """One store, and as many farms on it as a test asks for; their events in one list."""

    def __init__(self, act: Callable[[Task, int], Act] | None = None, offer: Offer = OFFER) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore(self.clock)
        self.act = act or (lambda task, _: Act(minutes=task.needs.minutes))
        self.offer = offer
        self.events: list[Event] = []
        self.executors: list[SimExecutor] = []

    def farm(self, *, budget: Budget | None = None, owner: str = "farm") -> Crew:
        executor = SimExecutor(self.store, self.offer, clock=self.clock, act=self.act)
        self.executors.append(executor)
        return Crew(
            store=self.store,
            executor=executor,
            budget=budget,
            clock=self.clock,
            listeners=(self.events.append,),
            owner=owner,
            lanes=0,
        )

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events if event.kind not in ("progress", "queued")]

    def count(self, kind: str) -> int:
        return self.kinds().count(kind)

    def tries(self, task: Task) -> int:
        return sum(executor.tries.get(task.key, 0) for executor in self.executors)

    def run(
        self, program: Callable[[Crew], Awaitable[Any]], *, budget: Budget | None = None
    ) -> Any:
        async def night() -> Any:
            async with self.farm(budget=budget) as crew:
                return await program(crew)

        return run_virtually(night())

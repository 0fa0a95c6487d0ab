"""The rehearsal: a crew that does nothing, and says what the real one would have to do."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from farm.crew.base import NOTHING, Listener
from farm.crew.clock import Clock, RealClock
from farm.crew.lanes import Lanes
from farm.crew.news import News
from farm.crew.queue import class_of
from farm.crew.why import why
from farm.digest import Plain
from farm.ledger import last_requests
from farm.store.base import Store
from farm.task import Artifact, Needs, Outcome, Task

SUPPOSED = "supposed:"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """What would become of one task, why, and what it would take.

    `depends` is a task that works on what does not exist yet: whether it must run shows when
    that does.
    """

    shot: str
    stage: str
    part: str
    verdict: Literal["reuse", "run", "depends"]
    why: str
    minutes: float
    usd: float


class Rehearsal:
    """Recalls what is in the store, and supposes the rest.

    `ledger` is where the last requests are kept, by which a row says what has changed.
    """

    def __init__(
        self,
        *,
        store: Store,
        ledger: Path | None = None,
        clock: Clock | None = None,
        listeners: tuple[Listener, ...] = (),
        lanes: int = 4,
    ) -> None:
        self.store = store
        self.held: dict[str, float] = {}
        self._ledger = ledger
        self._news = News(clock or RealClock(), listeners)
        self._lanes = Lanes(most=lanes)
        self._looks: dict[str, asyncio.Future[Outcome]] = {}
        self._tasks: dict[str, Task] = {}
        self._verdicts: dict[str, Literal["reuse", "run", "depends"]] = {}

    async def do(self, task: Task) -> Outcome:
        """Return what the task left behind, or what it is supposed to leave."""
        look = self._looks.get(task.key)
        if look is None:
            self._tasks[task.key] = task
            look = self._looks[task.key] = self._begin(task)
        return look.result() if look.done() else await asyncio.shield(look)

    async def close(self) -> None:
        """Let the threads go."""
        await self._lanes.close()

    async def again(self, task: Task) -> Outcome:
        """Suppose that the task is done; in a rehearsal nothing is found broken."""
        return await self.do(task)

    def hold(self, shot: str, usd: float) -> None:
        """Note what would be held back for a shot."""
        self.held[shot] = usd

    def tell(  # noqa: PLR0913  # the label is three words
        self, kind: str, body: Mapping[str, Plain] = NOTHING, /, *,
        shot: str = "", stage: str = "", part: str = "", key: str = "", **more: Plain,
    ) -> None:  # fmt: skip
        """Tell the listeners something that only the route knows: what is in `body`, and more."""
        self._news.tell(kind, body, shot=shot, stage=stage, part=part, key=key, **more)

    @property
    def rows(self) -> list[PlanRow]:
        """List a row for every task, shot by shot, in the order in which they were asked for."""
        last = self._last_requests()
        places = {shot: n for n, shot in enumerate(dict.fromkeys(t.shot for t in self._asked()))}
        rows = [self._row(task, last) for task in self._asked()]
        return sorted(rows, key=lambda row: places[row.shot])

    @property
    def unmade(self) -> list[Task]:
        """List the tasks that would run, or may have to: all that is not in the store."""
        return [task for task in self._asked() if self._verdicts[task.key] != "reuse"]

    @property
    def first_wave(self) -> Counter[Needs]:
        """Count the tasks that could start at once, by the machine that they need."""
        first = [task for task in self._asked() if self._verdicts[task.key] == "run"]
        return Counter(class_of(task.needs) for task in first)

    def _begin(self, task: Task) -> asyncio.Future[Outcome]:
        """Look for an outcome; of what works on a supposed one there is none to be found."""
        if not any(artifact.digest.startswith(SUPPOSED) for artifact in task.inputs.values()):
            return asyncio.create_task(self._look(task))
        supposed: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        supposed.set_result(self._suppose(task, "depends"))
        return supposed

    async def _look(self, task: Task) -> Outcome:
        known = await self._lanes.call(self.store.recall, task.key)
        if known is None:
            return self._suppose(task, "run")
        self._verdicts[task.key] = "reuse"
        return known

    def _suppose(self, task: Task, verdict: Literal["run", "depends"]) -> Outcome:
        self._verdicts[task.key] = verdict
        return Outcome(key=task.key, outputs=SupposedOutputs(task.key), facts=task.suppose)

    def _asked(self) -> list[Task]:
        return [task for key, task in self._tasks.items() if key in self._verdicts]

    def _last_requests(self) -> Mapping[tuple[str, str, str], Mapping[str, Plain]]:
        if self._ledger is None:
            return {}
        labels = [
            (task.shot, task.stage, task.part)
            for task in self._asked()
            if self._verdicts[task.key] == "run"
        ]
        return last_requests(self._ledger, labels)

    def _row(self, task: Task, last: Mapping[tuple[str, str, str], Mapping[str, Plain]]) -> PlanRow:
        verdict = self._verdicts[task.key]
        reason = ""
        if verdict == "run":
            reason = why(task.request, last.get((task.shot, task.stage, task.part)))
        elif verdict == "depends":
            reason = self._follows(task)
        return PlanRow(
            shot=task.shot,
            stage=task.stage,
            part=task.part,
            verdict=verdict,
            why=reason,
            minutes=task.needs.minutes,
            usd=task.usd,
        )

    def _follows(self, task: Task) -> str:
        """Name what a task waits for: `follows draft t01, draft t02 and 2 more`."""
        keys = dict.fromkeys(
            artifact.digest.removeprefix(SUPPOSED).partition(":")[0]
            for artifact in task.inputs.values()
            if artifact.digest.startswith(SUPPOSED)
        )
        before = [self._tasks[key] for key in keys]
        names = [" ".join(filter(None, (other.stage, other.part))) for other in before]
        more = len(names) - MOST_NAMED
        return (
            "follows " + ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        )


class SupposedOutputs(Mapping[str, Artifact]):
    """The outputs of a task that was not done: whatever name is asked for is there."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __getitem__(self, name: str) -> Artifact:
        return Artifact(digest=f"{SUPPOSED}{self._key}:{name}", size=0, kind="supposed")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

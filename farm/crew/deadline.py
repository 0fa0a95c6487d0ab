"""Deadlines: whether a show can be done in time, on how many machines, and when it will be late.

With enough machines a show takes as long as its longest path; with n machines of a kind no longer
than their share of the work and that path together (Graham, "Bounds on multiprocessing timing
anomalies", 1969). That is what is promised; most nights do better.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from farm.executors.base import Offer
from farm.ledger import Event
from farm.task import Needs, Task

MINUTE = 60.0
LOOK_SECONDS = 10.0
RECOVERED = 0.95
"""A show that was late is in time again when it will end within this share of what is left."""

PRIOR_MINUTES = 10.0
"""So many minutes of work must be done before what is measured weighs as much as the estimates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What there is to do, and how long it takes.

    `work` and `needed` are by kind of machine: minutes, and how many of it make the deadline (cores
    for "", which is what needs no GPU). `finish_minutes` is the longest that it takes on the
    machines there are; infinite where some kind is not there.
    """

    minutes_left: float
    path_minutes: float
    work: Mapping[str, float]
    needed: Mapping[str, int]
    finish_minutes: float

    @property
    def possible(self) -> bool:
        """Tell whether any number of machines makes it."""
        return self.path_minutes <= self.minutes_left

    @property
    def met(self) -> bool:
        """Tell whether the machines there are make it."""
        return self.finish_minutes <= self.minutes_left


def forecast(
    tasks: Iterable[Task], *, minutes_left: float, machines: Mapping[str, float]
) -> Forecast:
    """Say what a deadline takes; `machines` counts those there are, by kind."""
    work: defaultdict[str, float] = defaultdict(float)
    paths: defaultdict[str, float] = defaultdict(float)
    alone: defaultdict[str, float] = defaultdict(float)
    for task in tasks:
        needs = task.needs
        work[needs.gpu] += needs.minutes * weight(needs)
        alone[task.shot] += needs.minutes
        paths[task.shot] = max(paths[task.shot], task.rank, needs.minutes)
    path = max((min(paths[shot], alone[shot]) for shot in paths), default=0.0)
    spare = minutes_left - path
    needed = {}
    if spare > 0:
        needed = {kind: math.ceil(minutes / spare) for kind, minutes in work.items()}
    return Forecast(
        minutes_left=minutes_left,
        path_minutes=path,
        work=dict(work),
        needed=needed,
        finish_minutes=longest(work, machines) + path,
    )


def longest(work: Mapping[str, float], machines: Mapping[str, float]) -> float:
    """Return the minutes that the kind with most work for each machine takes."""
    shares = (
        minutes / machines[kind] if machines.get(kind) else math.inf
        for kind, minutes in work.items() if minutes > 0
    )  # fmt: skip
    return max(shares, default=0.0)


def weight(needs: Needs) -> float:
    """Return how much of a kind of machine a task holds: GPUs, or else cores."""
    return needs.gpus if needs.gpu else needs.cpu


def machines_of(offer: Offer) -> dict[str, float]:
    """Count what an offer has by kind."""
    return {"": offer.cpu, **offer.gpus}


def wanted_for(
    first: Mapping[Needs, int], needed: Mapping[str, int], *, possible: bool
) -> dict[Needs, int]:
    """Say how many tasks at once to ask machines for: no more than the deadline takes.

    Where no number of machines makes it, all that could run at once are asked for.
    """
    if not possible:
        return dict(first)
    whole: Counter[str] = Counter()
    for needs, count in first.items():
        whole[needs.gpu] += count
    return {
        needs: max(1, min(count, math.ceil(count * needed.get(needs.gpu, 1) / whole[needs.gpu])))
        for needs, count in first.items()
    }


Tell = Callable[..., None]
_Label = tuple[str, str, str]


@dataclass(slots=True, kw_only=True)
class Watch:
    """Hears a run's events, and tells as soon as it will miss its deadline.

    `tasks` are those that the rehearsal saw; what others turn out to be needed come on top. How
    fast the machines are is learnt from what they have done.
    """

    by: float
    tasks: Iterable[Task]
    machines: Mapping[str, float]
    tell: Tell
    late: bool = False
    _look_at: float = 0.0
    _left: dict[_Label, Task] = field(default_factory=dict)
    _work: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _expected: float = PRIOR_MINUTES
    _took: float = PRIOR_MINUTES

    def __post_init__(self) -> None:
        for task in self.tasks:
            self._left[(task.shot, task.stage, task.part)] = task
            self._work[task.needs.gpu] += task.needs.minutes * weight(task.needs)

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if event.kind not in ("made", "reused", "burnt", "started"):
            return
        task = self._left.get((event.shot, event.stage, event.part))
        if task and event.kind in ("made", "reused"):
            del self._left[(event.shot, event.stage, event.part)]
            self._work[task.needs.gpu] -= task.needs.minutes * weight(task.needs)
            seconds = event.body.get("seconds")
            if event.kind == "made" and isinstance(seconds, int | float):
                self._expected += task.needs.minutes
                self._took += seconds / MINUTE
        if event.at >= self._look_at:
            self._look_at = event.at + LOOK_SECONDS
            self._look(event.at)

    @property
    def pace(self) -> float:
        """Return how many times as long as estimated tasks take."""
        return self._took / self._expected

    def finish(self, now: float) -> float:
        """Estimate when all will be done, in seconds of the epoch."""
        alone: defaultdict[str, float] = defaultdict(float)
        paths: defaultdict[str, float] = defaultdict(float)
        for task in self._left.values():
            alone[task.shot] += task.needs.minutes
            paths[task.shot] = max(paths[task.shot], task.rank)
        path = max((min(paths[shot], alone[shot]) for shot in paths), default=0.0)
        share = longest(self._work, self.machines)
        return now + max(path, share) * self.pace * MINUTE

    def _look(self, now: float) -> None:
        """Tell when it turns out late, and when it is in time again."""
        end = self.finish(now)
        if not self.late and end > self.by:
            self.late = True
            late = (end - self.by) / MINUTE
            problem = f"as it goes, the deadline will be missed by {late:,.1f} minutes"
            self.tell("late", by=self.by, expected=end, minutes_late=late, problem=problem)
        elif self.late and end - now < RECOVERED * (self.by - now):
            self.late = False
            problem = "the deadline can be met again"
            self.tell("in_time", by=self.by, expected=end, problem=problem)

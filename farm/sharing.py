"""How several farms share what they all use: named limits, a weight, a priority."""

import re
from dataclasses import dataclass

from farm.errors import SpecError
from farm.task import Task

ALL = "all"
PRIORITY = 4.0
"""How much heavier each step of priority weighs."""

SPANS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_RATE = re.compile(r"(\d+) (?:per (second|minute|hour)|at once)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many starts in `seconds`; or, without seconds, so many at once.

    `name` is a model, a stage, or `all`: whatever a task is counted by.
    """

    name: str
    slots: int
    seconds: float | None = None

    @classmethod
    def parse(cls, name: str, words: str) -> "Limit":
        """Read `4 per minute` or `8 at once`; raises SpecError for anything else."""
        found = _RATE.fullmatch(words.strip())
        if not found or not int(found[1]):
            hint = "write it as in: 4 per minute, or: 8 at once"
            raise SpecError(f"limits.{name}: {words!r} is no limit", hint=hint)
        return cls(name=name, slots=int(found[1]), seconds=SPANS[found[2]] if found[2] else None)

    def counts(self, task: Task) -> bool:
        """Tell whether a task takes a slot."""
        model = task.engine.model if task.engine else ""
        return self.name in (ALL, task.stage, model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The limits of a farm, and its share: `weight`, and steps of `priority` on top."""

    limits: tuple[Limit, ...] = ()
    weight: float = 1.0
    priority: int = 0

    @property
    def pace(self) -> float:
        """Say how often this farm asks, compared with one of weight 1."""
        return float(self.weight * PRIORITY**self.priority)

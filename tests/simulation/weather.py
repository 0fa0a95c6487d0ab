"""The weather of a night: which faults strike and how often, all drawn from one seed."""

import random
from dataclasses import dataclass, fields

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How likely each fault is, at every chance that it has; seconds are the most there are.

    `storms` preempt most of what runs at that moment; `deaths` is how many drivers are killed,
    `interruptions` how many are told to end.
    """

    late_seconds: float = 0.0
    slow_seconds: float = 0.0
    skew_seconds: float = 0.0
    answers_lost: float = 0.0
    doubled_calls: float = 0.0
    machines_dead: float = 0.0
    workers_crashed: float = 0.0
    faults: float = 0.0
    out_of_memory: float = 0.0
    shortages: float = 0.0
    store_errors: float = 0.0
    torn_writes: float = 0.0
    rotten: int = 0
    storms: int = 0
    deaths: int = 0
    interruptions: int = 0
    survivors: float = 0.0
    rivals: bool = False

    @property
    def spoils(self) -> bool:
        """Tell whether what was kept may be lost again."""
        return bool(self.rotten or self.torn_writes)


CALM = Weather()

WORST = Weather(
    late_seconds=20.0,
    slow_seconds=0.8,
    skew_seconds=8.0,
    answers_lost=0.2,
    doubled_calls=0.2,
    machines_dead=0.15,
    workers_crashed=0.1,
    faults=0.1,
    out_of_memory=0.2,
    shortages=0.1,
    store_errors=0.02,
    torn_writes=0.05,
    rotten=3,
    storms=3,
    deaths=4,
    interruptions=2,
    survivors=1.0,
    rivals=True,
)


def draw(chance: random.Random) -> Weather:
    """Draw the weather: every fault stays away in half of all nights, so that they meet in all
    ways, and rare meetings are not drowned by the common ones.
    """
    return Weather(**{field.name: _drawn(field.name, chance) for field in fields(Weather)})


def _drawn(name: str, chance: random.Random) -> float:
    worst = getattr(WORST, name)
    if chance.random() < 0.5:
        return type(worst)(0)
    if isinstance(worst, bool):
        return True
    return chance.randint(1, worst) if isinstance(worst, int) else worst * chance.random()

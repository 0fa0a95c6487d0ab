"""Estimates, corrected by what tasks really took: a card's minutes times a factor learnt.

Of every stage, model and kind of machine, the logarithms of actual over estimated seconds are taken
as normal, and their mean is shrunk toward the card, which counts as much as `PRIOR_TASKS` tasks
(a normal prior; Gelman et al., "Bayesian Data Analysis", section 2.5). So one odd task changes
little, and fifty change what the card said.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from farm.ledger import Event

PRIOR_TASKS = 4.0
PRIOR_SPREAD = 0.5
"""How much a task differs from its card's estimate before anything is measured: by e to the 0.5."""

SHORTEST_SECONDS = 0.05  # below this a task's seconds say nothing of its work
EIGHTY_PERCENT = 1.2816  # of a normal distribution lies within so many deviations

Kind = tuple[str, str, str]
"""Stage, model, kind of machine: a GPU, or `cpu`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What is known of a kind: the mean of the logarithms, their variance, how many there were."""

    mean: float = 0.0
    variance: float = PRIOR_SPREAD**2
    count: int = 0

    @property
    def factor(self) -> float:
        """Return the mean of the ratios themselves: half the measured variance above the median."""
        measured = self.count / (self.count + PRIOR_TASKS)
        return math.exp(self.mean + measured * self.variance / 2)

    @property
    def doubt(self) -> float:
        """Return the variance of the mean itself."""
        return self.variance / (self.count + PRIOR_TASKS)


UNKNOWN = Fit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Factors by kind; of what was never measured, the card's word holds."""

    fits: Mapping[Kind, Fit] = field(default_factory=dict)

    def fit(self, kind: Kind) -> Fit:
        """Return what is known of a kind."""
        return self.fits.get(kind, UNKNOWN)

    def factor(self, stage: str, model: str, machine: str) -> float:
        """Return by what to multiply the card's minutes, for the mean of many tasks."""
        return self.fit((stage, model, machine)).factor


NOTHING_MEASURED = Estimates()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A sum, and between which sums it lies four times in five."""

    low: float
    likely: float
    high: float


def machine_kind(gpu: str) -> str:
    """Name the kind of machine that a task needs."""
    return gpu or "cpu"


def learn(events: Iterable[Event]) -> Estimates:
    """Fit the estimates to the events that tell of made tasks."""
    ratios: defaultdict[Kind, list[float]] = defaultdict(list)
    for event in events:
        body = event.body
        seconds, expected = body.get("seconds"), body.get("card_seconds")
        if not (isinstance(seconds, int | float) and isinstance(expected, int | float)):
            continue
        if min(seconds, expected) >= SHORTEST_SECONDS:
            kind = (event.stage, str(body.get("model", "")), str(body.get("machine", "")))
            ratios[kind].append(math.log(seconds / expected))
    return Estimates(fits={kind: _fit(found) for kind, found in ratios.items()})


def total(parts: Iterable[tuple[Kind, float]], estimates: Estimates) -> Interval:
    """Add up estimates that are corrected already, each with its kind.

    Luck differs from task to task and evens out; what is not known of a kind does not. The sum is
    taken as log-normal (Fenton 1960).
    """
    luck, sums = 0.0, defaultdict[Kind, float](float)
    for kind, amount in parts:
        luck += amount**2 * math.expm1(estimates.fit(kind).variance)
        sums[kind] += amount
    likely = sum(sums.values())
    if not likely:
        return Interval(low=0.0, likely=0.0, high=0.0)
    doubt = sum(part**2 * math.expm1(estimates.fit(kind).doubt) for kind, part in sums.items())
    spread = EIGHTY_PERCENT * math.sqrt(math.log1p((luck + doubt) / likely**2))
    return Interval(low=likely * math.exp(-spread), likely=likely, high=likely * math.exp(spread))


def _fit(ratios: list[float]) -> Fit:
    count = len(ratios)
    mean = sum(ratios) / (count + PRIOR_TASKS)
    apart = sum((ratio - mean) ** 2 for ratio in ratios)
    variance = (PRIOR_TASKS * PRIOR_SPREAD**2 + apart) / (count + PRIOR_TASKS)
    return Fit(mean=mean, variance=variance, count=count)

"""Metric: a joint does not show, where footage goes on from other footage or a loop from its end.

Position, velocity and light across the joint are compared with what they do around it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from functions.critics import sight
from functions.critics.base import Clip, Take, ramp

REACH = 6
"""How many frames on either side are looked at."""

OK = 0.5
"""A joint passes with this score on each axis."""

JUMP = (2.0, 1.25)
"""Difference across the joint, in times the larger one beside it: score 0, score 1."""

FOLLOWS = (0.5, 0.8)
"""The part of the picture whose flow can be told across the joint, in times the usual part."""

TURN = (1.0, 0.35)
"""Change of flow across the joint, as a part of the flow around it, beyond its usual change."""

STEP_STOPS = (0.12, 0.03)
"""Step of the light across the joint, in stops, beyond the usual step."""

LEAST_STOPS = 0.003
LEAST_PIXELS = 0.4
"""Differences and flow below these are the noise of the measurement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """What was measured at a joint, and the score of each axis, 0..1."""

    position_ratio: float
    follows_ratio: float
    velocity_ratio: float
    light_stops: float

    @property
    def scores(self) -> dict[str, float]:
        """Score position, velocity and light."""
        return {
            "position": min(
                ramp(self.position_ratio, bad=JUMP[0], good=JUMP[1]),
                ramp(self.follows_ratio, bad=FOLLOWS[0], good=FOLLOWS[1]),
            ),
            "velocity": ramp(self.velocity_ratio, bad=TURN[0], good=TURN[1]),
            "light": ramp(self.light_stops, bad=STEP_STOPS[0], good=STEP_STOPS[1]),
        }

    @property
    def said(self) -> str:
        """Say where the joint shows."""
        shows = [axis for axis, score in self.scores.items() if score < OK]
        return f"the joint shows in {' and '.join(shows)}" if shows else "the joint does not show"


def measure_joint(before: Clip, after: Clip, *, threads: int = 1) -> Joint:
    """Compare the step from `before` to `after` with the steps around it."""
    if before.shape[1:] != after.shape[1:]:
        raise TaskError(f"the two sides differ in size: {before.shape[1:]} and {after.shape[1:]}")
    clip = np.concatenate([before[-REACH:], after[:REACH]])
    take = Take(name="joint", clip=clip, threads=threads)
    pair = min(REACH, len(before)) - 1
    return Joint(
        position_ratio=_position(take, pair),
        follows_ratio=_follows(take, pair),
        velocity_ratio=_velocity(take, pair),
        light_stops=_light(take, pair),
    )


def _around(values: NDArray[np.float64], pair: int) -> NDArray[np.float64]:
    """Take the values of all pairs but the joint's."""
    return np.delete(values, pair, axis=0)


def _position(take: Take, pair: int) -> float:
    """Divide the difference across the joint by the larger one beside it."""
    beside = [take.changes[i] for i in (pair - 1, pair + 1) if 0 <= i < len(take.changes)]
    return float(take.changes[pair] / max([*beside, LEAST_STOPS]))


def _follows(take: Take, pair: int) -> float:
    """Compare how much of the picture can be followed across the joint, and around it."""
    shares = np.array([flow.certain.mean() for flow in take.flows], np.float64)
    around = _around(shares, pair)
    usual = float(np.median(around)) if len(around) else 1.0
    return float(shares[pair]) / max(usual, 0.1)


def _velocity(take: Take, pair: int) -> float:
    """Compare the flow across the joint, and its turn, with the flow around it."""
    flows = [np.where(flow.certain[..., None], flow.ahead, np.nan) for flow in take.flows]
    sides = [i for i in (pair - 1, pair + 1) if 0 <= i < len(flows)]
    if not sides:
        return 0.0
    speed = max(float(np.mean([_length(flows[i]) for i in sides])), LEAST_PIXELS)
    expected = np.mean([flows[i] for i in sides], axis=0)
    bend = _length(flows[pair] - expected)
    turn = _length(flows[sides[-1]] - flows[sides[0]]) / 2
    usual = [
        _length(flows[i + 1] - flows[i]) for i in range(len(flows) - 1) if pair not in (i, i + 1)
    ]
    return max(max(bend, turn) - (float(np.median(usual)) if usual else 0.0), 0.0) / speed


def _length(flow: sight.F32) -> float:
    """Average the length of flow where it is certain."""
    length = np.sqrt((flow**2).sum(-1))
    return float(np.nanmean(length)) if np.isfinite(length).any() else 0.0


def _light(take: Take, pair: int) -> float:
    """Measure the step of the light along the flow, beyond the usual step."""
    around = _around(take.gains, pair)
    usual = float(np.median(around)) if len(around) else 0.0
    return abs(float(take.gains[pair]) - usual)

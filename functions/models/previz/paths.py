"""Ways through the scene: smooth curves through points, walked at a pace."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from functions.models.previz.scene import Act
from functions.models.previz.space import TAU, UP, Vec, add, cross, mix, norm, sub, times, unit

PIECES = 16
RAMP_S = 0.5


@dataclass(frozen=True, slots=True)
class Stride:
    """Where a traveller is: place, direction, how far it has come, and its share of full speed."""

    place: Vec
    forward: Vec
    distance: float
    vigour: float


@lru_cache(maxsize=512)
def curve(points: tuple[Vec, ...]) -> tuple[tuple[Vec, ...], tuple[float, ...]]:
    """Lay a Catmull-Rom curve through points; return its knots and how far along each one lies."""
    if len(points) < 3:
        knots = list(points) if len(points) == 2 else [points[0], add(points[0], (1.0, 0.0, 0.0))]
    else:
        knots = [points[0]]
        for k in range(len(points) - 1):
            four = [points[max(0, min(len(points) - 1, k + d))] for d in (-1, 0, 1, 2)]
            knots += [_between(four, (j + 1) / PIECES) for j in range(PIECES)]
    along = [0.0]
    for a, b in pairwise(knots):
        along.append(along[-1] + norm(sub(b, a)))
    return tuple(knots), tuple(along)


def travel(act: Act, bend: Act | None, time: float) -> Stride:
    """Follow a travel act at a time; it goes straight on past its last point, or turns back."""
    if act.times:
        return _timed(act, time)
    knots, along = curve(act.points)
    distance, vigour = _distance(act, along[-1], time)
    stride = Stride(*_on(knots, along, distance), distance, vigour)
    if bend is None or time <= bend.start:
        return stride
    return _bent(travel(act, None, bend.start), bend, stride)


def oval(act: Act, period: float, time: float, reach_s: float) -> Stride:
    """Follow a closed way, out along the travel and back beside it, once in a period."""
    near = travel(act, None, act.start)
    far = travel(act, None, act.start + reach_s)
    arm = times(sub(far.place, near.place), 0.5)
    side = times(unit(cross(UP, arm), (0.0, 0.0, 1.0)), -0.22 * norm(arm))
    angle = TAU * time / period
    c, s = math.cos(angle), math.sin(angle)
    middle = mix(near.place, far.place, 0.5)
    place = add(add(middle, arm, -c), side, s)
    forward = unit(add(times(arm, s), side, c), near.forward)
    a, b = norm(arm), norm(side)
    around = math.pi * (3 * (a + b) - math.sqrt((3 * a + b) * (a + 3 * b)))  # Ramanujan, 1914
    return Stride(place, forward, around * time / period, 1.0)


def _distance(act: Act, long: float, time: float) -> tuple[float, float]:
    since = time - act.start
    if act.start > 0.0:
        if since <= 0.0:
            return 0.0, 0.0
        vigour = min(since / RAMP_S, 1.0)
        since = since * since / (2 * RAMP_S) if since < RAMP_S else since - RAMP_S / 2
    else:
        vigour = 1.0
    distance = act.amount * max(since, 0.0)
    if not act.stops:
        return distance, vigour
    slowing = min(act.amount * RAMP_S, long / 2)
    over = (distance - (long - slowing)) / max(2 * slowing, 1e-9)
    if over <= 0.0:
        return distance, vigour
    over = min(over, 1.0)
    return long - slowing + slowing * (2 * over - over * over), vigour * (1.0 - over)


def _on(knots: Sequence[Vec], along: Sequence[float], distance: float) -> tuple[Vec, Vec]:
    k = max(0, min(bisect_right(along, distance) - 1, len(knots) - 2))
    step = sub(knots[k + 1], knots[k])
    forward = unit(step)
    return add(knots[k], forward, distance - along[k]), forward


def _bent(start: Stride, bend: Act, gone: Stride) -> Stride:
    """Go round a track of two half circles and two straights, from where the bend begins."""
    radius, straight = abs(bend.amount), bend.rate
    flat = unit((start.forward[0], 0.0, start.forward[2]))
    side = times(cross(UP, flat), math.copysign(1.0, bend.amount))
    half = math.pi * radius
    beyond = (gone.distance - start.distance) % (2 * (half + straight))
    back = beyond > half + straight
    here = beyond - (half + straight if back else 0.0)
    first = add(add(start.place, flat, -straight), side, 2 * radius) if back else start.place
    ahead, across = (times(flat, -1.0), times(side, -1.0)) if back else (flat, side)
    angle = min(here / radius, math.pi)
    s, c = math.sin(angle), math.cos(angle)
    at = add(add(first, ahead, radius * s - max(here - half, 0.0)), across, radius * (1 - c))
    return Stride(at, add(times(ahead, c), across, s), gone.distance, gone.vigour)


def _timed(act: Act, time: float) -> Stride:
    """Meet every point at its time; before and after, keep still and go straight on."""
    moments, points = act.times, act.points
    k = max(0, min(bisect_right(moments, time) - 1, len(points) - 2))
    four = [points[max(0, min(len(points) - 1, k + d))] for d in (-1, 0, 1, 2)]
    span = max(moments[k + 1] - moments[k], 1e-6)
    share = (time - moments[k]) / span
    walked = sum(norm(sub(b, a)) for a, b in pairwise(points[: k + 1]))
    if share < 0.0:
        return Stride(points[0], unit(sub(points[1], points[0])), 0.0, 0.0)
    place = _between(four, min(share, 1.0))
    ahead, behind = _between(four, min(share + 0.02, 1.0)), _between(four, min(share, 0.98))
    forward = unit(sub(ahead, behind), unit(sub(points[-1], points[0])))
    if share > 1.0:
        last = sub(points[-1], _between(four, 0.98))
        gone = (1.0 - math.exp(-(share - 1.0) * span / 1.2)) * 1.2 / span / 0.02
        place = add(place, last, gone)
    step = norm(sub(points[k + 1], points[k]))
    return Stride(place, forward, walked + step * min(share, 1.0), 1.0 if share < 1.0 else 0.0)


def _between(four: Sequence[Vec], share: float) -> Vec:
    """Return a point between the second and third of four (Catmull and Rom, 1974)."""
    p, q, r, s = four
    t, t2, t3 = share, share * share, share**3
    weights = (
        -0.5 * t3 + t2 - 0.5 * t,
        1.5 * t3 - 2.5 * t2 + 1.0,
        -1.5 * t3 + 2.0 * t2 + 0.5 * t,
        0.5 * t3 - 0.5 * t2,
    )
    total = (0.0, 0.0, 0.0)
    for point, weight in zip((p, q, r, s), weights, strict=True):
        total = add(total, point, weight)
    return total

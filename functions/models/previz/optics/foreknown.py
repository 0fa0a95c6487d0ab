"""What is known of a pixel before a ray is sent, from those around it: what is met, how far away, how it is lit."""

from functions.models.previz.optics.canvas import (
    SMALL_SHADE,
    Canvas,
    bends,
    beyond,
    corners,
    met,
)
from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.trace import GROUND
from functions.models.previz.optics.vec import Vec
from functions.models.previz.optics.veil import UNVEILED, Veil, veil_around, veil_between

UNSURE = -3
"""What is met in a pixel, where that is not known."""

UNLEVEL: Vec = (0.0, 0.0, 0.0)
"""How near hills are in a pixel, and how that changes to the right and downwards, where it is not known."""

Foreknown = tuple[int, int, Vec, Veil]
"""What is surely met, and what is likely met, or UNSURE; how near it is if it is hills (one over metres), and how that
changes over a pixel; and what stands before its light, if it is met."""

NOTHING_KNOWN: Foreknown = (UNSURE, UNSURE, UNLEVEL, UNVEILED)


@inlined
def _all_meet(c: Canvas, y: int, x: int, step: int) -> int:
    """Return what all those pixels meet that are `2 * step` apart round a pixel, or UNSURE."""
    height, width = c.first.shape
    top, left, low, right = corners(y, x, step)
    if low >= height or right >= width:
        return UNSURE
    item = met(c.first[top, left])
    if met(c.first[top, right]) != item or met(c.first[low, left]) != item:
        return UNSURE
    return item if met(c.first[low, right]) == item else UNSURE


@inlined
def _nearness(c: Canvas, y: int, x: int) -> float:
    """Return one over how far away a pixel's point is."""
    return 1.0 / max(float(c.seen[y, x, 3]), 1e-3)


@inlined
def _level(c: Canvas, y: int, x: int, v: int, u: int, most: float) -> bool:
    """Tell whether hills go on beyond two pixels as they do between them: on a plane, nearness changes evenly."""
    top, left, low, right = beyond(c, y, x, v, u)
    if top < 0 or met(c.first[top, left]) != GROUND or met(c.first[low, right]) != GROUND:
        return False
    before, after = _nearness(c, top, left), _nearness(c, low, right)
    near = _nearness(c, y, x)
    return bool(bends(before, near, _nearness(c, v, u), after) <= most * near)


@kernel
def _level_between(c: Canvas, y: int, x: int, step: int, most: float) -> Vec:
    """Return how near hills are in a pixel between those `2 * step` apart, if these lie on a plane."""
    top, left, low, right = corners(y, x, step)
    if not _level(c, top, left, low, right, most):
        return UNLEVEL
    near = 0.5 * (_nearness(c, top, left) + _nearness(c, low, right))
    if low != top and right != left:
        if not _level(c, top, right, low, left, most):
            return UNLEVEL
        other = 0.5 * (_nearness(c, top, right) + _nearness(c, low, left))
        if abs(near - other) > 0.25 * most * near:
            return UNLEVEL
        near = 0.5 * (near + other)
    return near, 0.0, 0.0


@kernel
def _level_around(c: Canvas, y: int, x: int, most: float) -> Vec:
    """Return how near hills are in a pixel and how that changes, if those around lie on a plane with it."""
    if not (0 < y < c.first.shape[0] - 1 and 0 < x < c.first.shape[1] - 1):
        return UNLEVEL
    near = _nearness(c, y, x)
    left, right = _nearness(c, y, x - 1), _nearness(c, y, x + 1)
    above, below = _nearness(c, y - 1, x), _nearness(c, y + 1, x)
    if max(abs(left - 2.0 * near + right), abs(above - 2.0 * near + below)) > most * near:
        return UNLEVEL
    return near, 0.5 * (right - left), 0.5 * (below - above)


@inlined
def known_between(c: Canvas, y: int, x: int, step: int, pixel: float) -> Foreknown:
    """Return what is known of a pixel between those `2 * step` apart; a pixel spans the angle `pixel`."""
    likely, small, near, veil = _all_meet(c, y, x, step), c.small[y, x], UNLEVEL, UNVEILED
    sure = UNSURE if small else likely
    if likely != UNSURE and small & SMALL_SHADE == 0:
        veil = veil_between(c, y, x, step)
    if sure == GROUND and c.hilly:
        near = _level_between(c, y, x, step, 2.0 * pixel)
    return sure, likely, near, veil


@inlined
def known_around(c: Canvas, y: int, x: int, pixel: float) -> Foreknown:
    """Return what is known of a pixel where those around it show the same."""
    if c.small[y, x]:
        return NOTHING_KNOWN
    sure, near = met(c.first[y, x]), UNLEVEL
    if sure == GROUND and c.hilly:
        near = _level_around(c, y, x, 2.0 * pixel)
    return sure, sure, near, veil_around(c, y, x)


@inlined
def away_at(near: Vec, x: float, y: float) -> float:
    """Return how far hills are away at x, y from the middle of a pixel, or 0 where that is not known."""
    there = near[0] + x * near[1] + y * near[2]
    return 1.0 / there if near[0] > 0.0 and there > 0.0 else 0.0

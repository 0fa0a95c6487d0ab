"""Colours that are known already: a sample that sees what a pixel of the first pass saw takes its colour.

So what is costly, the light on a surface, is found once, and the many samples of edges and blurs only
find out what is seen (after Ragan-Kelley et al., "Decoupled sampling for graphics pipelines", 2011).
"""

import math

from functions.models.previz.optics.canvas import F32, I32, Canvas, met
from functions.models.previz.optics.ground import ground_meet
from functions.models.previz.optics.jit import forward, inlined, kernel
from functions.models.previz.optics.layout import (
    BODIES,
    EYE,
    at,
    camera_at,
    count_at,
    shape_at,
)
from functions.models.previz.optics.lens import MIDDLE
from functions.models.previz.optics.maps import grain_center
from functions.models.previz.optics.survey import on_picture
from functions.models.previz.optics.trace import (
    GROUND,
    NOTHING,
    SAME_SHADE,
    into,
    item_facing,
    item_moves,
    moving_shade,
    nearest_listed,
    still_shade,
    turned_in,
    turned_out,
)
from functions.models.previz.optics.vec import F64, Vec, add, along, length, sub

UNKNOWN = -1


@inlined
def _before(nears: F32, item: int, other: int) -> bool:
    """Tell whether an item is asked before another: the nearer first."""
    return bool(nears[item] < nears[other] or (nears[item] == nears[other] and item < other))


@kernel
def few_around(c: Canvas, y: int, x: int, few: I32) -> tuple[int, bool]:
    """Write which items a pixel and those beside it show, the nearest first.

    Return how many, and whether the ground is seen there, too.
    """
    count, grounded = 0, False
    for v in range(max(y - 1, 0), min(y + 2, c.first.shape[0])):
        for u in range(max(x - 1, 0), min(x + 2, c.first.shape[1])):
            item = met(c.first[forward(v), forward(u)])
            grounded = grounded or item == GROUND
            if item < 0:
                continue
            place = 0
            while place < count and _before(c.nears, few[place], item):
                place += 1
            if place < count and few[place] == item:
                continue
            for k in range(count, place, -1):
                few[k] = few[k - 1]
            few[place] = item
            count += 1
    return count, grounded


@inlined
def glimpse(
    w: F64, c: Canvas, tile: int, slot: int, o: Vec, d: Vec, pixel: float, ahead: float
) -> tuple[float, int]:
    """Return how far away and what a ray of the camera meets first."""
    t, item = nearest_listed(w, c.lists, c.nears, c.heads[tile], c.heads[tile + 1], slot, o, d)
    ground = ground_meet(w, o, d, ahead, t, pixel)
    return (ground, GROUND) if ground < t else (t, item)


@inlined
def glimpse_few(
    w: F64,
    c: Canvas,
    few: I32,
    count: int,
    grounded: bool,
    o: Vec,
    d: Vec,
    pixel: float,
    ahead: float,
) -> tuple[float, int]:
    """Return how far away and which of a few items a ray of the camera meets first in mid-shutter."""
    t, item = nearest_listed(w, few, c.nears, 0, count, MIDDLE, o, d)
    if not grounded:
        return t, item
    ground = ground_meet(w, o, d, ahead, t, pixel)
    return (ground, GROUND) if ground < t else (t, item)


@inlined
def _in_mid_shutter(w: F64, slot: int, item: int, p: Vec, n: Vec) -> tuple[Vec, Vec]:
    """Return where a point of an item, and its normal there, are in the middle of the shutter."""
    if slot == MIDDLE or not item_moves(w, item):
        return p, n
    if item >= count_at(w, BODIES):
        return add(p, sub(grain_center(w, MIDDLE, item), grain_center(w, slot, item))), n
    row, then = shape_at(w, slot, item), shape_at(w, MIDDLE, item)
    return add(at(w, then), turned_out(w, then, into(w, row, p))), turned_out(
        w, then, turned_in(w, row, n)
    )


@kernel
def shade_change(w: F64, slot: int, item: int, p: Vec) -> float:
    """Return how much more of the key light a still place sees in a slot than in mid-shutter, -1 to 1."""
    change = moving_shade(w, slot, MIDDLE, p, item)
    return change * still_shade(w, p, item) if abs(change) > SAME_SHADE else 0.0


@inlined
def _fits(c: Canvas, v: int, u: int, item: int, far: float, n: Vec) -> bool:
    """Tell whether a pixel saw the same place."""
    height, width = c.first.shape
    if v < 0 or u < 0 or v >= height or u >= width or met(c.first[v, u]) != item:
        return False
    if item == NOTHING:
        return True
    if abs(c.seen[v, u, 3] - far) > 0.03 * far:
        return False
    s = c.seen[v, u]
    return bool(item == GROUND or s[0] * n[0] + s[1] * n[1] + s[2] * n[2] > 0.8)


@inlined
def shifted(c: Canvas, y: int, x: int, right: float, down: float) -> int:
    """Return the number of the pixel so far from one if it saw the same thing about as far away, else of that one."""
    height, width = c.first.shape
    v, u = y + int(math.floor(down + 0.5)), x + int(math.floor(right + 0.5))
    if not (0 <= v < height and 0 <= u < width) or met(c.first[v, u]) != met(c.first[y, x]):
        return y * width + x
    far = c.seen[y, x, 3]
    return v * width + u if abs(c.seen[v, u, 3] - far) <= 0.03 * far else y * width + x


@inlined
def known(w: F64, c: Canvas, slot: int, item: int, o: Vec, d: Vec, t: float) -> int:
    """Return the number of a pixel that saw what a ray meets, or UNKNOWN."""
    height, width = c.first.shape
    n = (0.0, 0.0, 0.0)
    p = along(o, d, min(t, 1e5))
    if item >= 0:
        n = item_facing(w, slot, item, p)
        p, n = _in_mid_shutter(w, slot, item, p, n)
    x, y, depth = on_picture(w, MIDDLE, p, width, height)
    if not (depth > 0.0 and -1.0 < x < width + 1.0 and -1.0 < y < height + 1.0):
        return UNKNOWN
    far = length(sub(p, at(w, camera_at(w, MIDDLE) + EYE)))
    u, v = int(math.floor(x)), int(math.floor(y))
    a, b = (1 if x - u > 0.5 else -1), (1 if y - v > 0.5 else -1)
    if _fits(c, v, u, item, far, n):
        return v * width + u
    if _fits(c, v, u + a, item, far, n):
        return v * width + u + a
    if _fits(c, v + b, u, item, far, n):
        return (v + b) * width + u
    if _fits(c, v + b, u + a, item, far, n):
        return (v + b) * width + u + a
    return UNKNOWN

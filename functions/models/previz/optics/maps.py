"""Two coarse maps that say where nothing can shade or close in a point, so that nobody need look."""

import math

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    BALL,
    BODIES,
    ITEMS,
    LIGHT_WAY,
    MAP_SIDE,
    NEAR_CELLS,
    NEAR_MAP,
    SHADE_CELLS,
    SHADE_MAP,
    SHADE_U,
    SHADE_V,
    SLOTS,
    SPREAD,
    at,
    count_at,
    grain_at,
    shape_at,
)
from functions.models.previz.optics.trace import grain_center
from functions.models.previz.optics.vec import F64, Vec, dot, normalized

FARTHEST_SHADE_M = 500.0

SHADE_RADIUS_M = 0.04
"""Particles no larger than this cast no shadows."""


@inlined
def cross(a: Vec, b: Vec) -> Vec:
    """Return the vector square to both."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@inlined
def _center(w: F64, slot: int, item: int) -> tuple[Vec, float]:
    if item >= count_at(w, BODIES):
        return grain_center(w, slot, item), w[grain_at(w, item) + 6]
    row = shape_at(w, slot, item)
    return at(w, row), w[row + BALL]


@kernel
def _disc(w: F64, slot: int, item: int, shade: bool) -> Vec:
    """Return where an item lies on a map, and how far it reaches there."""
    c, ball = _center(w, slot, item)
    if not shade:
        return c[0], c[2], 1.65 * ball
    fall = max(c[1] + ball, 0.0) / max(w[LIGHT_WAY + 1], 1e-3)
    reach = 1.02 * ball + w[SPREAD] * min(fall + ball, FARTHEST_SHADE_M)
    return dot(c, at(w, SHADE_U)), dot(c, at(w, SHADE_V)), reach


@inlined
def _counts(w: F64, item: int) -> bool:
    """Tell whether an item casts a shadow: all but small particles do."""
    return item < count_at(w, BODIES) or w[grain_at(w, item) + 6] > SHADE_RADIUS_M


@kernel
def _draw(w: F64, shade: bool, cells: int, u0: int, v0: int, ku: int, kv: int) -> None:
    """Draw a map: lay it round all items, then set the cells that they reach."""
    items = count_at(w, ITEMS)
    low_u = low_v = 1e30
    high_u = high_v = -1e30
    steps = (0, SLOTS // 4, SLOTS // 2, 3 * SLOTS // 4, SLOTS - 1)
    for item in range(items):
        if not _counts(w, item):
            continue
        for slot in steps:
            u, v, reach = _disc(w, slot, item, shade)
            low_u, high_u = min(low_u, u - reach), max(high_u, u + reach)
            low_v, high_v = min(low_v, v - reach), max(high_v, v + reach)
    w[u0], w[v0] = low_u, low_v
    w[ku], w[kv] = MAP_SIDE / max(high_u - low_u, 1e-6), MAP_SIDE / max(high_v - low_v, 1e-6)
    if not low_u <= high_u:
        w[ku] = w[kv] = w[u0] = w[v0] = 0.0
        return
    if not math.isfinite(low_u + high_u + low_v + high_v):
        w[ku] = w[kv] = w[u0] = w[v0] = 0.0
        w[cells] = 1.0
        return
    for item in range(items):
        if not _counts(w, item):
            continue
        last_u, last_v, _ = _disc(w, 0, item, shade)
        for slot in steps:
            u, v, reach = _disc(w, slot, item, shade)
            reach += 0.5 * (abs(u - last_u) + abs(v - last_v))
            _fill(
                w,
                cells,
                0.5 * (u + last_u) - w[u0],
                0.5 * (v + last_v) - w[v0],
                reach,
                w[ku],
                w[kv],
            )
            last_u, last_v = u, v


@inlined
def _fill(w: F64, cells: int, u: float, v: float, reach: float, ku: float, kv: float) -> None:
    left, right = max(int((u - reach) * ku), 0), min(int((u + reach) * ku), MAP_SIDE - 1)
    low, high = max(int((v - reach) * kv), 0), min(int((v + reach) * kv), MAP_SIDE - 1)
    for j in range(low, high + 1):
        for i in range(left, right + 1):
            w[cells + j * MAP_SIDE + i] = 1.0


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def draw_maps(w: F64) -> None:
        """Draw both maps of a world whose light and items are in place."""
        to = at(w, LIGHT_WAY)
        aside = (1.0, stamp * 0.0, 0.0) if abs(to[1]) > 0.9 else (0.0, 1.0, 0.0)
        u = normalized(cross(to, aside))
        v = cross(to, u)
        for k in range(3):
            w[SHADE_U + k], w[SHADE_V + k] = u[k], v[k]
        s, n = SHADE_MAP, NEAR_MAP
        _draw(w, True, SHADE_CELLS, s[0], s[1], s[2], s[3])
        _draw(w, False, NEAR_CELLS, n[0], n[1], n[2], n[3])

    return draw_maps


draw_maps = _make(kernels_stamp())


@inlined
def _set(w: F64, cells: int, u: float, v: float) -> bool:
    if not (0.0 <= u < MAP_SIDE and 0.0 <= v < MAP_SIDE):
        return False
    return w[cells + int(v) * MAP_SIDE + int(u)] > 0.0


@inlined
def maybe_shaded(w: F64, p: Vec) -> bool:
    """Tell whether an item may stand between a point and the light."""
    s = SHADE_MAP
    u = (dot(p, at(w, SHADE_U)) - w[s[0]]) * w[s[2]]
    v = (dot(p, at(w, SHADE_V)) - w[s[1]]) * w[s[3]]
    return _set(w, SHADE_CELLS, u, v)


@inlined
def maybe_near(w: F64, p: Vec) -> bool:
    """Tell whether an item may be near a point."""
    n = NEAR_MAP
    return _set(w, NEAR_CELLS, (p[0] - w[n[0]]) * w[n[2]], (p[2] - w[n[1]]) * w[n[3]])

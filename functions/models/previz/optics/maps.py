"""Coarse maps of what may shade a point from the light or from a lamp, or close it in.

One lies square to the light, one over the ground, and one round each lamp.
"""

import math

import numpy as np

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    BALL,
    BODIES,
    ITEMS,
    LAMP_CELLS,
    LAMP_COLUMNS,
    LAMP_COUNT,
    LAMP_ITEM,
    LAMP_LISTS,
    LAMP_MAPS,
    LAMP_RADIUS,
    LAMP_ROWS,
    LAMP_TURNS,
    LAMPS,
    LARGE,
    LIGHT_WAY,
    MAP_CELLS,
    MAP_SIDE,
    MOMENT,
    NEAR_CELLS,
    NEAR_LISTS,
    NEAR_MAP,
    SHADE_CELLS,
    SHADE_LISTS,
    SHADE_MAP,
    SHADE_U,
    SHADE_V,
    SLOTS,
    SPREAD,
    at,
    camera_at,
    count_at,
    grain_at,
    shape_at,
)
from functions.models.previz.optics.vec import F64, Vec, dot, length, mix, normalized, sub

MOMENTS = (0, SLOTS // 4, SLOTS // 2, 3 * SLOTS // 4, SLOTS - 1)
"""Slots of the shutter in which items are looked at; between them they move straight."""

OUTSIDE = 1e30
"""Where a map begins that has no cells but the one for all places outside of it."""

FARTHEST_SHADE_M = 500.0

CLOSE_M = 4.0
"""However large a body is, it closes in what is no farther away than this."""

SHADE_RADIUS_M = 0.04
"""Particles no larger than this cast no shadows."""


@inlined
def cross(a: Vec, b: Vec) -> Vec:
    """Return the vector square to both."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


@inlined
def grain_center(w: F64, slot: int, item: int) -> Vec:
    """Return where a particle is in a slot of the shutter."""
    row = grain_at(w, item)
    return mix(at(w, row), at(w, row + 3), w[camera_at(w, slot) + MOMENT])


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
        return c[0], c[2], min(1.65 * ball, ball + CLOSE_M)
    fall = max(c[1] + ball, 0.0) / max(w[LIGHT_WAY + 1], 1e-3)
    reach = 1.02 * ball + w[SPREAD] * min(fall + ball, FARTHEST_SHADE_M)
    return dot(c, at(w, SHADE_U)), dot(c, at(w, SHADE_V)), reach


@inlined
def _counts(w: F64, item: int) -> bool:
    """Tell whether an item casts a shadow: all but small particles do."""
    return item < count_at(w, BODIES) or w[grain_at(w, item) + 6] > SHADE_RADIUS_M


@kernel
def _lay(w: F64, shade: bool, u0: int, v0: int, ku: int, kv: int) -> None:
    """Lay a map round all items but the large ones, which would make its cells too wide."""
    low_u = low_v = 1e30
    high_u = high_v = -1e30
    for item in range(count_at(w, ITEMS)):
        _, ball = _center(w, 0, item)
        if ball > w[LARGE] or not _counts(w, item):
            continue
        for slot in MOMENTS:
            u, v, reach = _disc(w, slot, item, shade)
            low_u, high_u = min(low_u, u - reach), max(high_u, u + reach)
            low_v, high_v = min(low_v, v - reach), max(high_v, v + reach)
    w[u0], w[v0] = low_u, low_v
    w[ku], w[kv] = MAP_SIDE / max(high_u - low_u, 1e-6), MAP_SIDE / max(high_v - low_v, 1e-6)
    if not (low_u <= high_u and math.isfinite(low_u + high_u + low_v + high_v)):
        w[ku] = w[kv] = w[v0] = 0.0
        w[u0] = OUTSIDE


@inlined
def _enter(w: F64, cell: int, lists: int, item: int) -> None:
    """Count an item of a cell, and put it in the cell's list if there is one."""
    if lists > 0:
        w[lists + int(w[cell])] = item
    w[cell] += 1.0


@kernel
def _list(w: F64, shade: bool, cells: int, u0: int, v0: int, ku: int, kv: int, lists: int) -> int:
    """Count the items of each cell; or, where the lists have a place, fill them. Return how many."""
    total, side = 0, float(MAP_SIDE)
    for item in range(count_at(w, ITEMS)):
        if not _counts(w, item):
            continue
        left = low = 1e30
        right = high = -1e30
        for slot in MOMENTS:
            u, v, reach = _disc(w, slot, item, shade)
            u, v = (u - w[u0]) * w[ku], (v - w[v0]) * w[kv]
            left, right = min(left, u - reach * w[ku]), max(right, u + reach * w[ku])
            low, high = min(low, v - reach * w[kv]), max(high, v + reach * w[kv])
        if not (left >= 0.0 and right < side and low >= 0.0 and high < side) or w[ku] == 0.0:
            _enter(w, cells + MAP_SIDE * MAP_SIDE, lists, item)
            total += 1
        if not (left < side and right >= 0.0 and low < side and high >= 0.0) or w[ku] == 0.0:
            continue
        for j in range(int(max(low, 0.0)), int(min(high, side - 1.0)) + 1):
            for i in range(int(max(left, 0.0)), int(min(right, side - 1.0)) + 1):
                _enter(w, cells + j * MAP_SIDE + i, lists, item)
                total += 1
    return total


@kernel
def _list_round_lamp(w: F64, lamp: int, cells: int, lists: int) -> int:
    """Count or list the items of each cell of the map round a lamp. Return how many."""
    total = 0
    row = count_at(w, LAMPS) + lamp * LAMP_COLUMNS
    own = count_at(w, row + LAMP_ITEM)
    first, _ = _center(w, 0, own)
    radius = w[row + LAMP_RADIUS] + length(sub(at(w, shape_at(w, SLOTS - 1, own)), first))
    for item in range(count_at(w, ITEMS)):
        if item == own or not _counts(w, item):
            continue
        left, right, low, high = 1e30, -1e30, 1e30, -1e30
        for slot in MOMENTS:
            p, ball = _center(w, slot, item)
            way = sub(p, at(w, row))
            gap = max(length(way), 1e-6)
            angle = math.asin(min((ball + radius) / gap, 1.0))
            rise = math.asin(min(max(way[1] / gap, -1.0), 1.0))
            turn = math.atan2(way[2], way[0])
            if slot > 0 and turn - right > math.pi:
                turn -= 2.0 * math.pi
            if slot > 0 and left - turn > math.pi:
                turn += 2.0 * math.pi
            side = 4.0
            if abs(rise) + angle < 1.5:
                side = math.asin(min(math.sin(angle) / math.cos(rise), 1.0))
            left, right = min(left, turn - side), max(right, turn + side)
            low, high = min(low, rise - angle), max(high, rise + angle)
        if not right - left < 2.0 * math.pi - 0.3:
            left, right = 0.0, 2.0 * math.pi * (LAMP_TURNS - 0.5) / LAMP_TURNS
        start = int(math.floor(left / (2.0 * math.pi) * LAMP_TURNS))
        end = int(math.floor(right / (2.0 * math.pi) * LAMP_TURNS))
        bottom, top = _lamp_row(math.sin(max(low, -1.5707))), _lamp_row(math.sin(min(high, 1.5707)))
        for j in range(bottom, top + 1):
            for i in range(start, end + 1):
                _enter(w, cells + j * LAMP_TURNS + i % LAMP_TURNS, lists, item)
                total += 1
    return total


@inlined
def _lamp_row(height: float) -> int:
    return min(max(int((0.5 + 0.5 * height) * LAMP_ROWS), 0), LAMP_ROWS - 1)


@inlined
def lamp_cell(lamp: int, way: Vec) -> int:
    """Return which cell lists what may stand before a lamp; `way` is from the lamp, of length 1."""
    turn = math.atan2(way[2], way[0]) / (2.0 * math.pi) * LAMP_TURNS
    turns = int(math.floor(turn)) % LAMP_TURNS
    return LAMP_MAPS + lamp * LAMP_CELLS + _lamp_row(way[1]) * LAMP_TURNS + turns


@kernel
def _sum_up(w: F64, cells: int, count: int, start: float) -> None:
    """Turn the counts of a map's cells into where each list begins."""
    for cell in range(cells, cells + count):
        here = w[cell]
        w[cell] = start
        start += here


@kernel
def _step_back(w: F64, cells: int, count: int, start: float) -> None:
    """Move on where each list begins: filling has moved it to its end, where the next begins."""
    for cell in range(cells + count - 1, cells, -1):
        w[cell] = w[cell - 1]
    w[cells] = start


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def count_maps(w: F64) -> tuple[int, int, int]:
        """Lay the maps of a world whose items are in place; return how long the lists will be."""
        to = at(w, LIGHT_WAY)
        aside = (1.0, stamp * 0.0, 0.0) if abs(to[1]) > 0.9 else (0.0, 1.0, 0.0)
        u = normalized(cross(to, aside))
        v = cross(to, u)
        for k in range(3):
            w[SHADE_U + k], w[SHADE_V + k] = u[k], v[k]
        s, n = SHADE_MAP, NEAR_MAP
        _lay(w, True, s[0], s[1], s[2], s[3])
        _lay(w, False, n[0], n[1], n[2], n[3])
        shades = _list(w, True, SHADE_CELLS, s[0], s[1], s[2], s[3], 0)
        nears = _list(w, False, NEAR_CELLS, n[0], n[1], n[2], n[3], 0)
        _sum_up(w, SHADE_CELLS, MAP_CELLS, 0.0)
        _sum_up(w, NEAR_CELLS, MAP_CELLS, 0.0)
        fronts = 0
        for lamp in range(count_at(w, LAMP_COUNT)):
            cells = LAMP_MAPS + lamp * LAMP_CELLS
            here = _list_round_lamp(w, lamp, cells, 0)
            _sum_up(w, cells, LAMP_CELLS, float(fronts))
            fronts += here
        return shades, nears, fronts

    @entry
    def fill_maps(w: F64) -> None:
        """Fill the lists of all maps, for which there now is room."""
        s, n = SHADE_MAP, NEAR_MAP
        _list(w, True, SHADE_CELLS, s[0], s[1], s[2], s[3], count_at(w, SHADE_LISTS) + stamp * 0)
        _list(w, False, NEAR_CELLS, n[0], n[1], n[2], n[3], count_at(w, NEAR_LISTS))
        _step_back(w, SHADE_CELLS, MAP_CELLS, 0.0)
        _step_back(w, NEAR_CELLS, MAP_CELLS, 0.0)
        for lamp in range(count_at(w, LAMP_COUNT)):
            cells = LAMP_MAPS + lamp * LAMP_CELLS
            start = w[cells]
            _list_round_lamp(w, lamp, cells, count_at(w, LAMP_LISTS))
            _step_back(w, cells, LAMP_CELLS, start)

    return count_maps, fill_maps


_count_maps, _fill_maps = _make(kernels_stamp())


def with_maps(w: F64) -> F64:
    """Return a world with its maps drawn, and their lists at its end."""
    shades, nears, fronts = _count_maps(w)
    drawn = np.concatenate([w, np.zeros(shades + nears + fronts)])
    drawn[SHADE_LISTS], drawn[NEAR_LISTS] = len(w), len(w) + shades
    drawn[LAMP_LISTS] = len(w) + shades + nears
    _fill_maps(drawn)
    return drawn


@inlined
def _cell(cells: int, u: float, v: float) -> int:
    if not (0.0 <= u < MAP_SIDE and 0.0 <= v < MAP_SIDE):
        return cells + MAP_SIDE * MAP_SIDE
    return cells + int(v) * MAP_SIDE + int(u)


@inlined
def shade_cell(w: F64, p: Vec) -> int:
    """Return which cell lists what may stand between a point and the light."""
    s = SHADE_MAP
    u = (dot(p, at(w, SHADE_U)) - w[s[0]]) * w[s[2]]
    v = (dot(p, at(w, SHADE_V)) - w[s[1]]) * w[s[3]]
    return _cell(SHADE_CELLS, u, v)


@inlined
def near_cell(w: F64, p: Vec) -> int:
    """Return which cell lists what may be near a point."""
    n = NEAR_MAP
    return _cell(NEAR_CELLS, (p[0] - w[n[0]]) * w[n[2]], (p[2] - w[n[1]]) * w[n[3]])

"""What a ray meets, what stands between a point and a light, and how closed in a point is."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.bvh import missed, slopes
from functions.models.previz.optics.forms import convex_interval, distance, facing, meet
from functions.models.previz.optics.jit import forward, inlined, kernel
from functions.models.previz.optics.layout import (
    AXIS_X,
    AXIS_Y,
    AXIS_Z,
    BALL,
    BODIES,
    CLEAR,
    DUST_NODE_COUNT,
    DUST_NODES,
    EMIT,
    KIND,
    LAMP_LISTS,
    LIGHT_WAY,
    MATERIAL,
    MOVES,
    NEAR_LISTS,
    NODE_COLUMNS,
    NODE_COUNT,
    NODE_ITEM,
    NODE_SKIP,
    NODES,
    SHADE_LISTS,
    SIZE,
    SPREAD,
    at,
    count_at,
    grain_at,
    material_at,
    shape_at,
)
from functions.models.previz.optics.maps import (
    CLOSE_M,
    grain_center,
    lamp_cell,
    near_cell,
    shade_cell,
)
from functions.models.previz.optics.vec import (
    F64,
    INFINITY,
    Vec,
    add,
    along,
    clamp,
    dot,
    length,
    scaled,
    smooth,
    sub,
)
from functions.models.previz.snapshot import SPHERE, TORUS

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

NOTHING, GROUND = -1, -2
"""What a ray can meet besides items (bodies, then particles)."""

SAME_SHADE = 0.004

GOLDEN = 0.6180339887498949


@inlined
def turned_in(w: F64, row: int, d: Vec) -> Vec:
    """Turn a direction from the world into the body's frame."""
    return (dot(at(w, row + AXIS_X), d), dot(at(w, row + AXIS_Y), d), dot(at(w, row + AXIS_Z), d))


@inlined
def turned_out(w: F64, row: int, d: Vec) -> Vec:
    """Turn a direction from the body's frame into the world."""
    x, y, z = at(w, row + AXIS_X), at(w, row + AXIS_Y), at(w, row + AXIS_Z)
    return add(scaled(x, d[0]), add(scaled(y, d[1]), scaled(z, d[2])))


@inlined
def into(w: F64, row: int, p: Vec) -> Vec:
    """Bring a point from the world into the body's frame."""
    return turned_in(w, row, sub(p, at(w, row)))


@inlined
def meet_ball(center: Vec, radius: float, o: Vec, d: Vec, start: float) -> float:
    """Return where a ray meets a ball beyond `start`, or INFINITY."""
    oc = sub(o, center)
    b = dot(oc, d)
    h = b * b - dot(oc, oc) + radius * radius
    if h < 0.0:
        return INFINITY
    h = math.sqrt(h)
    if -b - h > start:
        return -b - h
    return h - b if h - b > start else INFINITY


@kernel
def meet_item(w: F64, slot: int, item: int, o: Vec, d: Vec, start: float) -> float:
    """Return where a ray meets an item beyond `start`, or INFINITY."""
    bodies = count_at(w, BODIES)
    if item >= bodies:
        radius = w[grain_at(w, item) + 6]
        return meet_ball(grain_center(w, slot, item), radius, o, d, start)
    row = shape_at(w, slot, item)
    away, ball = sub(at(w, row), o), w[row + BALL]
    b = dot(away, d)
    if dot(away, away) - b * b > ball * ball:
        return INFINITY
    kind, size = int(w[row + KIND]), at(w, row + SIZE)
    return meet(kind, size, into(w, row, o), turned_in(w, row, d), start)


@kernel
def _nearest_in(
    w: F64, nodes: int, count: int, slot: int, o: Vec, d: Vec, start: float, best: float, found: int
) -> tuple[float, int]:
    slope = slopes(d)
    node, end = nodes, nodes + count * NODE_COLUMNS
    while node < end:
        if missed(w, node, o, slope, start, best):
            node = count_at(w, node + NODE_SKIP)
            continue
        item = count_at(w, node + NODE_ITEM)
        if item >= 0:
            t = meet_item(w, slot, item, o, d, start)
            if t < best:
                best, found = t, item
        node += NODE_COLUMNS
    return best, found


@inlined
def nearest(w: F64, slot: int, o: Vec, d: Vec, start: float) -> tuple[float, int]:
    """Return how far the nearest item along a ray is, and which it is."""
    nodes, count = count_at(w, NODES), count_at(w, NODE_COUNT)
    t, item = _nearest_in(w, nodes, count, slot, o, d, start, INFINITY, NOTHING)
    nodes, count = count_at(w, DUST_NODES), count_at(w, DUST_NODE_COUNT)
    if count > 0:
        t, item = _nearest_in(w, nodes, count, slot, o, d, start, t, item)
    return t, item


@kernel
def nearest_listed(
    w: F64, lists: I32, nears: F32, begin: int, end: int, slot: int, o: Vec, d: Vec
) -> tuple[float, int]:
    """Return how far the nearest of the listed items along a ray is; the list goes by their nearness."""
    best, found = INFINITY, NOTHING
    for k in range(begin, end):
        item = forward(lists[forward(k)])
        if nears[item] > best:
            break
        t = meet_item(w, slot, item, o, d, 1e-4)
        if t < best:
            best, found = t, int(item)
    return best, found


@kernel
def item_facing(w: F64, slot: int, item: int, p: Vec) -> Vec:
    """Return the outward normal of an item at a point on it."""
    bodies = count_at(w, BODIES)
    if item >= bodies:
        away = sub(p, grain_center(w, slot, item))
        return scaled(away, 1.0 / max(length(away), 1e-12))
    row = shape_at(w, slot, item)
    return turned_out(w, row, facing(int(w[row + KIND]), at(w, row + SIZE), into(w, row, p)))


@kernel
def _clearance(kind: int, size: Vec, o: Vec, d: Vec, spread: float, reach: float) -> float:
    """Return the least angle (as a tangent) by which a ray clears a body; negative through it.

    Along a ray the distance to a convex body has one least value, so a golden-section search finds it.
    """
    if kind == SPHERE and size[0] == size[1] == size[2]:
        b = -dot(o, d)
        return (math.sqrt(max(dot(o, o) - b * b, 0.0)) - size[0]) / max(b, 1e-3)
    if kind == TORUS:
        return _torus_clearance(size, o, d, spread, reach)
    pad = spread * reach + 1e-4
    low, high = convex_interval(kind, (size[0] + pad, size[1] + pad, size[2] + pad), o, d)
    low = max(low, 1e-3)
    if low >= high:
        return INFINITY
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    fa = distance(kind, size, along(o, d, a)) / a
    fb = distance(kind, size, along(o, d, b)) / b
    for _ in range(5 if spread > 0.05 else 7):
        if min(fa, fb) < -spread:
            break
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - GOLDEN * (high - low)
            fa = distance(kind, size, along(o, d, a)) / a
        else:
            low, a, fa = a, b, fb
            b = low + GOLDEN * (high - low)
            fb = distance(kind, size, along(o, d, b)) / b
    return min(fa, fb)


@kernel
def _torus_clearance(size: Vec, o: Vec, d: Vec, spread: float, reach: float) -> float:
    best = INFINITY
    t = 1e-3
    for _ in range(40):
        gap = distance(TORUS, size, along(o, d, t))
        best = min(best, gap / t)
        if best < 0.0 or t > reach:
            break
        t += max(0.8 * gap, 0.1 * size[1])
    return 2.0 * best - spread if best < spread else best


@kernel
def hidden_by(w: F64, slot: int, item: int, p: Vec, to: Vec, spread: float, reach: float) -> float:
    """Return the share of a light in direction `to` that an item hides; glass and lamps hide less."""
    if item >= count_at(w, BODIES):
        row = grain_at(w, item)
        clear = _ball_clearance(sub(grain_center(w, slot, item), p), w[row + 6], to, reach)
        material = material_at(w, int(w[row + 7]))
    else:
        row = shape_at(w, slot, item)
        clear = _shape_clearance(w, row, p, to, spread, reach)
        material = material_at(w, int(w[row + MATERIAL]))
    if clear >= spread:
        return 0.0
    hidden = 1.0 - smooth(clear, -spread, spread)
    hidden *= 1.0 - 0.75 * w[material + CLEAR]
    return hidden * (1.0 - clamp(w[material + EMIT] * 4.0, 0.0, 1.0))


@inlined
def _shape_clearance(w: F64, row: int, p: Vec, to: Vec, spread: float, reach: float) -> float:
    away, ball = sub(at(w, row), p), w[row + BALL]
    clear = _ball_clearance(away, ball, to, reach)
    if clear >= spread:
        return clear
    far = min(dot(away, to) + ball, reach)
    kind, size = int(w[row + KIND]), at(w, row + SIZE)
    return _clearance(kind, size, into(w, row, p), turned_in(w, row, to), spread, far)


@kernel
def _listed_shadow(
    w: F64, begin: int, end: int, slot: int, p: Vec, own: int, to: Vec, spread: float, reach: float
) -> float:
    """Return how much of a light in direction `to`, `reach` metres away, listed items let be seen.

    Each hides a share that follows from how closely the ray passes it; `spread` is the tangent of
    half the light's angle. So shadows are soft without noise. A convex body never shades itself.
    """
    light = 1.0
    for k in range(begin, end):
        item = count_at(w, k)
        if item != own:
            light *= 1.0 - hidden_by(w, slot, item, p, to, spread, reach)
            if light < 0.004:
                return 0.0
    return light


@inlined
def item_moves(w: F64, item: int) -> bool:
    """Tell whether an item moves while the shutter is open."""
    if item < 0:
        return False
    if item < count_at(w, BODIES):
        return bool(w[shape_at(w, 0, item) + MOVES] > 0.0)
    row = grain_at(w, item)
    return bool(w[row] != w[row + 3] or w[row + 1] != w[row + 4] or w[row + 2] != w[row + 5])


@kernel
def moving_shade(w: F64, slot: int, then: int, p: Vec, own: int) -> float:
    """Return how much more of the key light what moves leaves a point in one slot than in another."""
    cell, lists = shade_cell(w, p), count_at(w, SHADE_LISTS)
    here, there, to = 1.0, 1.0, at(w, LIGHT_WAY)
    for k in range(lists + count_at(w, cell), lists + count_at(w, cell + 1)):
        item = count_at(w, k)
        if item != own and item_moves(w, item):
            if here > 0.0:
                here *= 1.0 - hidden_by(w, slot, item, p, to, w[SPREAD], INFINITY)
            if there > 0.0:
                there *= 1.0 - hidden_by(w, then, item, p, to, w[SPREAD], INFINITY)
            if here <= 0.0 and there <= 0.0:
                break
    return here - there


@kernel
def still_shade(w: F64, p: Vec, own: int) -> float:
    """Return how much of the key light all that stands still leaves a point: 0 to 1."""
    cell, lists = shade_cell(w, p), count_at(w, SHADE_LISTS)
    light, to = 1.0, at(w, LIGHT_WAY)
    for k in range(lists + count_at(w, cell), lists + count_at(w, cell + 1)):
        item = count_at(w, k)
        if item != own and not item_moves(w, item):
            light *= 1.0 - hidden_by(w, 0, item, p, to, w[SPREAD], INFINITY)
            if light < 0.004:
                return 0.0
    return light


@inlined
def key_shadow(w: F64, slot: int, p: Vec, own: int) -> float:
    """Return how much of the sun, the moon or the key light is seen from a point: 0 to 1."""
    cell, lists = shade_cell(w, p), count_at(w, SHADE_LISTS)
    begin, end = lists + count_at(w, cell), lists + count_at(w, cell + 1)
    return _listed_shadow(w, begin, end, slot, p, own, at(w, LIGHT_WAY), w[SPREAD], INFINITY)


@inlined
def lamp_shadow(
    w: F64, lamp: int, slot: int, p: Vec, own: int, to: Vec, spread: float, reach: float
) -> float:
    """Return how much of a lamp in direction `to` is seen from a point: 0 to 1."""
    cell, lists = lamp_cell(lamp, scaled(to, -1.0)), count_at(w, LAMP_LISTS)
    begin, end = lists + count_at(w, cell), lists + count_at(w, cell + 1)
    return _listed_shadow(w, begin, end, slot, p, own, to, spread, reach)


@inlined
def _ball_clearance(away: Vec, radius: float, to: Vec, reach: float) -> float:
    b = dot(away, to)
    if b < -radius or b - radius > reach:
        return INFINITY
    if b <= 0.0:
        return -1.0 if dot(away, away) < radius * radius else INFINITY
    gap = math.sqrt(max(dot(away, away) - b * b, 0.0)) - radius
    return gap / b if b > radius or gap > 0.0 else -1.0


@kernel
def openness(w: F64, slot: int, p: Vec, n: Vec, own: int) -> tuple[float, Vec]:
    """Return how open a point is to the sky, 0 to 1, and the colour of what closes it in.

    Three looks along the normal into each near body's distance field (after Evans, "Fast approximations
    for global illumination on dynamic scenes", 2006), at heights that go with the body's size. What lies all
    below the surface's plane is not asked.
    """
    light, bleed = 1.0, (0.0, 0.0, 0.0)
    cell = near_cell(w, p)
    bodies, lists = count_at(w, BODIES), count_at(w, NEAR_LISTS)
    for k in range(lists + count_at(w, cell), lists + count_at(w, cell + 1)):
        item = count_at(w, k)
        if item == own or item >= bodies:
            continue
        row = shape_at(w, slot, item)
        away, ball = sub(at(w, row), p), w[row + BALL]
        if dot(away, away) > 2.6 * ball * ball:
            continue
        hidden = _closed_by(w, row, away, n, min(ball, CLOSE_M))
        if hidden > 0.0:
            light *= 1.0 - hidden
            bleed = add(bleed, scaled(at(w, material_at(w, int(w[row + MATERIAL]))), hidden))
    return light, bleed


@inlined
def _closed_by(w: F64, row: int, away: Vec, n: Vec, reach: float) -> float:
    here, size, kind = turned_in(w, row, scaled(away, -1.0)), at(w, row + SIZE), int(w[row + KIND])
    more = reach + (size[1] if kind == TORUS else 0.0)
    gaps = (abs(here[0]) - size[0], abs(here[1]) - size[1], abs(here[2]) - size[2])
    if max(gaps[0], gaps[1], gaps[2]) > more:
        return 0.0
    up, hidden = turned_in(w, row, n), 0.0
    if dot(here, up) > abs(up[0]) * (size[0] + more - reach) + abs(up[1]) * size[1] + abs(up[2]) * (
        size[2] + more - reach
    ):
        return 0.0
    for k in range(3):
        high = reach * (0.1 + 0.25 * k + 0.1 * k * k)
        gap = distance(kind, size, along(here, up, high))
        hidden += clamp(0.5 - 0.5 * gap / high, 0.0, 1.0)
    return hidden / 3.0

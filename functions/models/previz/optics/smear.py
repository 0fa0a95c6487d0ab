"""The blur of the camera's own motion: each pixel gathers along the way that the picture moves over it.

After McGuire et al., "A reconstruction filter for plausible motion blur", 2012, but with the exact
motion of every pixel. Things that move by themselves are sampled in time instead (see `expose`).
"""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.canvas import BLOCK, SWIFT_PX, TILE, Canvas, met
from functions.models.previz.optics.jit import entry, forward, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import BODIES, SLOTS, at, count_at, shape_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.survey import on_picture
from functions.models.previz.optics.trace import into, item_moves, turned_out
from functions.models.previz.optics.vec import F64, INFINITY, Vec, add, along

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

STILL_PX = 0.5
"""Less motion than this is not seen."""

MOST_TAPS, MOST_TAPS_APART = 23, 55
"""The most places that a pixel looks at along its way: where all moves as one, and where near things pass."""

LONG_PX = 16.0
"""What is blurred so far along its rows is the same in pixels that lie beside each other."""

NEARLY = 0.3
"""Where motions differ by less than this share, all of the picture there moves as one."""

EVENLY = 0.06
"""Where those of one tile differ by less than this share, the tile is blurred as a whole."""

SPACING_PX = 2.0
"""How far apart a pixel looks along its way."""

OWN_WAY_PX, OWN_SHARE = 2.0, 0.5
"""What moves by itself by no more pixels, or share of what the camera moves it, is smeared as what stands still."""

SPEED, DEPTH = 0, 1
"""Columns of `reach`: how many pixels a pixel's point moves (-1: its own way), and how far away it is."""

LEAST_X, MOST_X, LEAST_Y, MOST_Y, FASTEST_X, FASTEST_Y, PASSING_X, PASSING_Y, OWN = range(9)
"""Columns of `ways`: the bounds of the motions in a tile, the longest of them, the longest that passes over it, and 1
where something goes its own way."""

WAY_COLUMNS = 9

APART, AS_ONE, UNIFORM = range(3)
"""How what may pass over a tile moves: not alike; about alike; alike, and the tile's pixels all as far."""


@inlined
def _point_of(w: F64, y: int, x: int, depth: float, width: int, height: int) -> Vec:
    """Return the point that a pixel shows in mid-shutter."""
    px, py = 2.0 * (x + 0.5) / width - 1.0, (height - 2.0 * (y + 0.5)) / width
    o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
    return along(o, d, min(depth, 1e5))


@inlined
def motion(w: F64, y: int, x: int, depth: float, width: int, height: int) -> tuple[float, float]:
    """Return how far a pixel's point moves over the picture from shutter open to close."""
    p = _point_of(w, y, x, depth, width, height)
    x0, y0, near = on_picture(w, 0, p, width, height)
    x1, y1, far = on_picture(w, SLOTS - 1, p, width, height)
    if near < 1e-3 or far < 1e-3:
        return 0.0, 0.0
    whole = SLOTS / (SLOTS - 1.0)
    return min(max((x1 - x0) * whole, -width), width), min(max((y1 - y0) * whole, -width), width)


@kernel
def _own_way(w: F64, item: int, y: int, x: int, depth: float, width: int, height: int) -> float:
    """Return how many pixels what a pixel shows moves by itself, as the camera in mid-shutter sees it."""
    if item >= count_at(w, BODIES):
        return INFINITY if item_moves(w, item) else 0.0
    if not item_moves(w, item):
        return 0.0
    row, first, last = shape_at(w, MIDDLE, item), shape_at(w, 0, item), shape_at(w, SLOTS - 1, item)
    p = into(w, row, _point_of(w, y, x, depth, width, height))
    x0, y0, _ = on_picture(w, MIDDLE, add(at(w, first), turned_out(w, first, p)), width, height)
    x1, y1, _ = on_picture(w, MIDDLE, add(at(w, last), turned_out(w, last, p)), width, height)
    return math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0))


@kernel
def _flow_in(w: F64, c: Canvas, top: int, left: int, way: F32) -> None:
    """Find how far every pixel of a block moves, and note the bounds in its tile's way."""
    height, width = c.first.shape
    near = vx = vy = speed = 0.0
    for y in range(top, min(top + BLOCK, height)):
        for x in range(left, min(left + BLOCK, width)):
            depth = float(c.seen[y, x, 3])
            if near <= 0.0 or abs(depth - near) > 0.01 * depth:
                vx, vy = motion(w, y, x, depth, width, height)
                near, speed = depth, math.sqrt(vx * vx + vy * vy)
            c.reach[y, x, SPEED], c.reach[y, x, DEPTH] = speed, depth
            if c.moving[y, x] > 0:
                own = _own_way(w, met(c.first[y, x]), y, x, depth, width, height)
                if own > max(OWN_WAY_PX, OWN_SHARE * speed):
                    c.reach[y, x, SPEED], way[OWN] = -1.0, 1.0
                    continue
            way[LEAST_X], way[MOST_X] = min(way[LEAST_X], vx), max(way[MOST_X], vx)
            way[LEAST_Y], way[MOST_Y] = min(way[LEAST_Y], vy), max(way[MOST_Y], vy)
            if vx * vx + vy * vy > way[FASTEST_X] ** 2 + way[FASTEST_Y] ** 2:
                way[FASTEST_X], way[FASTEST_Y] = vx, vy


@kernel
def _pass_on(ways: F32, j: int, i: int) -> None:
    """Note a tile's longest motion in every tile that it passes over: half of it ahead, and half behind."""
    u, v = ways[j, i, FASTEST_X], ways[j, i, FASTEST_Y]
    speed = u * u + v * v
    steps = max(int(math.ceil(0.5 * max(abs(u), abs(v)) / TILE)), 1)
    for step in range(-steps, steps + 1):
        down, across = (0.5 * step / steps / TILE) * v, (0.5 * step / steps / TILE) * u
        top, left = j + int(math.floor(down)), i + int(math.floor(across))
        low, right = j + int(math.ceil(down)), i + int(math.ceil(across))
        for b in range(max(top, 0), min(low + 1, ways.shape[0])):
            for a in range(max(left, 0), min(right + 1, ways.shape[1])):
                way = ways[b, a]
                if speed > way[PASSING_X] ** 2 + way[PASSING_Y] ** 2:
                    way[PASSING_X], way[PASSING_Y] = u, v


@kernel
def _way_of(ways: F32, j: int, i: int) -> tuple[float, float, int]:
    """Return the longest motion that passes over a tile, and how all that may pass over it moves."""
    rows, columns = ways.shape[0], ways.shape[1]
    x, y = ways[j, i, PASSING_X], ways[j, i, PASSING_Y]
    speed = math.sqrt(x * x + y * y)
    far, spread = 1 + int(0.5 * speed / TILE), NEARLY * speed
    own = 0.0
    for step in range(-far, far + 1, 2):
        there = step / max(speed, 1.0)
        row, column = j + int(math.floor(y * there + 0.5)), i + int(math.floor(x * there + 0.5))
        for b in range(max(row - 1, 0), min(row + 2, rows)):
            for a in range(max(column - 1, 0), min(column + 2, columns)):
                way = ways[b, a]
                if x - way[LEAST_X] > spread or way[MOST_X] - x > spread:
                    return x, y, APART
                if y - way[LEAST_Y] > spread or way[MOST_Y] - y > spread:
                    return x, y, APART
                own = max(own, way[OWN])
    way = ways[j, i]
    differs = max(way[MOST_X] - way[LEAST_X], way[MOST_Y] - way[LEAST_Y])
    return x, y, UNIFORM if own == 0.0 and differs < EVENLY * speed else AS_ONE


@kernel
def _mean_of_tile(
    sharp: F32, way: F32, moving: U8, top: int, left: int, vx: float, vy: float, out: F32
) -> bool:
    """Write the mean of what passes over each pixel of a tile, where all moves as one; tell whether it was done."""
    height, width = moving.shape
    own = math.sqrt(way[FASTEST_X] ** 2 + way[FASTEST_Y] ** 2) / math.sqrt(vx * vx + vy * vy)
    vx, vy = vx * own, vy * own
    down, across = int(0.5 * abs(vy)) + 1, int(0.5 * abs(vx)) + 1
    if min(top - down, left - across) < 0 or top + TILE + down > height:
        return False
    if left + TILE + across > width:
        return False
    for y in range(top, top + TILE):
        for x in range(left, left + TILE):
            if moving[y, x] > 0:
                return False
    taps = min(int(math.sqrt(vx * vx + vy * vy) / SPACING_PX) | 1, MOST_TAPS)
    source, target = sharp.reshape(height, 3 * width), out.reshape(height, 3 * width)
    begin, share = forward(3 * left), np.float32(1.0 / taps)
    for y in range(top, top + TILE):
        for n in range(3 * TILE):
            target[y, begin + n] = 0.0
        for k in range(taps):
            t = (k + 0.5) / taps - 0.5
            v = forward(y + int(math.floor(vy * t + 0.5)))
            u = forward(begin + 3 * int(math.floor(vx * t + 0.5)))
            for n in range(3 * TILE):
                target[y, begin + n] += source[v, u + n]
        for n in range(3 * TILE):
            target[y, begin + n] *= share
    return True


@inlined
def _plain_mean(sharp: F32, reach: F32, y: int, x: int, vx: float, vy: float, out: F32) -> None:
    """Write the mean of what passes over a pixel where all moves about as it does, towards vx, vy."""
    height, width = sharp.shape[0], sharp.shape[1]
    own = float(reach[y, x, SPEED]) / math.sqrt(vx * vx + vy * vy)
    vx, vy = vx * own, vy * own
    taps = min(int(math.sqrt(vx * vx + vy * vy) / SPACING_PX) | 1, MOST_TAPS)
    r = g = b = count = 0.0
    for k in range(taps):
        t = (k + 0.5) / taps - 0.5
        u = forward(min(max(int(x + vx * t + 0.5), 0), width - 1))
        v = forward(min(max(int(y + vy * t + 0.5), 0), height - 1))
        if reach[v, u, SPEED] >= 0.0:
            count += 1.0
            r += sharp[v, u, 0]
            g += sharp[v, u, 1]
            b += sharp[v, u, 2]
    out[y, x, 0], out[y, x, 1], out[y, x, 2] = r / count, g / count, b / count


@inlined
def _rimmed(reach: F32, y: int, x: int) -> bool:
    """Tell whether a pixel lies beside one that is nearer, so that its smoothed edge shows some of that, too."""
    near = 0.98 * reach[y, x, DEPTH]
    for v in range(max(y - 1, 0), min(y + 2, reach.shape[0])):
        for u in range(max(x - 1, 0), min(x + 2, reach.shape[1])):
            if reach[v, u, DEPTH] < near:
                return True
    return False


@kernel
def _gathered(
    base: F32, sharp: F32, reach: F32, y: int, x: int, vx: float, vy: float, out: F32
) -> None:
    """Write what passes over a pixel while the picture moves by vx, vy.

    What is nearer covers the pixel for its share of the time; the rest shows the pixel's own surface, and what
    this uncovers. Of a surface that hardly moves behind an edge, the light is taken without that edge.
    """
    height, width = reach.shape[0], reach.shape[1]
    speed = math.sqrt(vx * vx + vy * vy)
    own, depth = float(reach[y, x, SPEED]), float(reach[y, x, DEPTH])
    taps = min(max(int(speed / SPACING_PX) | 1, 3), MOST_TAPS_APART)
    r = g = b = count = front_r = front_g = front_b = front = used = 0.0
    for k in range(taps):
        t = (k + 0.5) / taps - 0.5
        u = forward(min(max(int(math.floor(x + vx * t + 0.5)), 0), width - 1))
        v = forward(min(max(int(math.floor(y + vy * t + 0.5)), 0), height - 1))
        there, far = float(reach[v, u, SPEED]), float(reach[v, u, DEPTH])
        if there < 0.0:
            continue
        used += 1.0
        away = abs(t) * speed
        if far < 0.98 * depth:
            share = min(max(0.5 * there - away + 0.5, 0.0), 1.0)
            front += share
            front_r += share * sharp[v, u, 0]
            front_g += share * sharp[v, u, 1]
            front_b += share * sharp[v, u, 2]
        else:
            wide = min(there, own) if far < 1.02 * depth else own
            share = min(max(0.5 * wide - away + 0.5, 0.0), 1.0)
            count += share
            r += share * sharp[v, u, 0]
            g += share * sharp[v, u, 1]
            b += share * sharp[v, u, 2]
    if count <= 0.0:
        count, r, g, b = 1.0, sharp[y, x, 0], sharp[y, x, 1], sharp[y, x, 2]
    elif front > 0.0 and own < SPACING_PX and _rimmed(reach, y, x):
        count, r, g, b = 1.0, base[y, x, 0], base[y, x, 1], base[y, x, 2]
    rest = (1.0 - front / used) / count
    out[y, x, 0] = front_r / used + r * rest
    out[y, x, 1] = front_g / used + g * rest
    out[y, x, 2] = front_b / used + b * rest


@kernel
def _smear_tile(
    base: F32, sharp: F32, reach: F32, ways: F32, moving: U8, j: int, i: int, out: F32
) -> None:
    """Blur one tile along the camera's motion, but for pixels that are sampled in time."""
    height, width = reach.shape[0], reach.shape[1]
    vx, vy, kind = _way_of(ways, j, i)
    still, plain = vx * vx + vy * vy < STILL_PX * STILL_PX, kind != APART
    if (
        not still
        and kind == UNIFORM
        and _mean_of_tile(sharp, ways[j, i], moving, j * TILE, i * TILE, vx, vy, out)
    ):
        return
    long = plain and not still and abs(vx) > max(LONG_PX, 2.0 * abs(vy))
    for y in range(j * TILE, min(j * TILE + TILE, height)):
        for x in range(i * TILE, min(i * TILE + TILE, width)):
            if moving[y, x] > 0:
                continue
            if still:
                for k in range(3):
                    out[y, x, k] = sharp[y, x, k]
            elif plain:
                if not (long and x & 1 and x < i * TILE + TILE - 1 and x < width - 1):
                    _plain_mean(sharp, reach, y, x, vx, vy, out)
            else:
                _gathered(base, sharp, reach, y, x, vx, vy, out)
    if long:
        _fill_rows(sharp, reach, moving, vx, vy, j, i, out)


@kernel
def _fill_rows(
    sharp: F32, reach: F32, moving: U8, vx: float, vy: float, j: int, i: int, out: F32
) -> None:
    """Fill every other pixel of a tile's rows, which are blurred far along them."""
    height, width = reach.shape[0], reach.shape[1]
    for y in range(j * TILE, min(j * TILE + TILE, height)):
        for x in range(i * TILE + 1, min(i * TILE + TILE, width) - 1, 2):
            if moving[y, x] > 0:
                continue
            if moving[y, x - 1] > 0 or moving[y, x + 1] > 0:
                _plain_mean(sharp, reach, y, x, vx, vy, out)
                continue
            for k in range(3):
                out[y, x, k] = 0.5 * (out[y, x - 1, k] + out[y, x + 1, k])


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def find_flow(w: F64, c: Canvas, top: int, end: int) -> None:
        """Find how far every pixel moves in rows of tiles top to end, and the bounds of each tile.

        What goes its own way has no speed here (-1): it is sampled in time, and must not be smeared too.
        """
        ways = c.ways
        height, width = c.first.shape
        for j in range(top, end):
            for i in range(ways.shape[1] + stamp * 0):
                way = ways[j, i]
                way[LEAST_X] = way[LEAST_Y] = 1e9
                way[MOST_X] = way[MOST_Y] = -1e9
                for y in range(j * TILE, min(j * TILE + TILE, height), BLOCK):
                    for x in range(i * TILE, min(i * TILE + TILE, width), BLOCK):
                        _flow_in(w, c, y, x, way)

    @entry
    def pass_on(ways: F32) -> None:
        """Note in every tile the longest motion that passes over it; one thread does all, since tiles reach far."""
        for j in range(ways.shape[0] + stamp * 0):
            for i in range(ways.shape[1]):
                _pass_on(ways, j, i)

    @entry
    def find_swift(w: F64, seen: F32, step: int, top: int, end: int, swift: U8) -> None:
        """Mark the tiles of which all that is known, every `step`th pixel, is blurred far."""
        height, width = seen.shape[0], seen.shape[1]
        for j in range(top, end):
            for i in range(swift.shape[1] + stamp * 0):
                least = SWIFT_PX
                for y in range(j * TILE, min(j * TILE + TILE, height), step):
                    for x in range(i * TILE, min(i * TILE + TILE, width), step):
                        vx, vy = motion(w, y, x, seen[y, x, 3], width, height)
                        least = min(least, math.sqrt(vx * vx + vy * vy))
                swift[j, i] = 1 if least >= SWIFT_PX else 0

    @entry
    def smear(c: Canvas, top: int, end: int) -> None:
        """Blur rows of tiles top to end along the camera's motion."""
        for j in range(top, end):
            for i in range(c.ways.shape[1] + stamp * 0):
                _smear_tile(c.base, c.sharp, c.reach, c.ways, c.moving, j, i, c.out)

    return find_flow, pass_on, find_swift, smear


find_flow, pass_on, find_swift, smear = _make(kernels_stamp())

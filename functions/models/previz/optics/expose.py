"""The passes over the picture: a sample here and there, then between, then more where these differ."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.ground import hill_start
from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp, merged
from functions.models.previz.optics.layout import TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.path import radiance
from functions.models.previz.optics.survey import EDGE, EVEN, KEEP, TILE
from functions.models.previz.optics.vec import F64, Vec, add

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]


class Canvas(NamedTuple):
    """What is known of each pixel, and of each tile, between the passes."""

    pixels: F32  # (height, width, 3): the picture in mid-shutter
    out: (
        F32  # (height, width, 3): the finished picture; the same array when the camera stands still
    )
    tones: F32  # (height, width): brightness as the eye has it
    seen: F32  # (height, width, 4): normal and distance of what is met first
    first: I32  # (height, width): what is met first
    small: U8  # (height, width): 1 where small things may be
    marks: U8  # (height, width): EVEN, EDGE or GROWN
    wide: U8  # tiles: how many quarters of the samples the lens's blur asks for
    probes: U8  # every PROBE_STEP pixels: 1 where nothing moved
    steps: U8  # tiles: how many pixels apart those samples may be
    moving: U8  # (height, width): how many quarters of the samples things that move ask for
    heads: I32  # tiles: where the list of what may be seen in a tile begins; one more for the end
    lists: I32  # items, by nearness in each tile
    nears: F32  # items: how near each comes to the camera
    starts: F32  # corners of tiles: how far away the first hill may be


PROBE_STEP = 4
"""How many pixels apart it is probed whether anything moves there."""

BRIGHTEST = 60000.0
"""The most a pixel may hold, so that it fits a half float."""

FIRST, BETWEEN, PROBE, EDGES, MOTION = range(5)
"""The passes: every `step`th pixel; those half way between; probes of
what may move; edges and what the lens blurs; what moves."""


@inlined
def _sound(x: float) -> float:
    """Return x within what a half float holds; 0 for what is no number."""
    if not x > 0.0:
        return 0.0
    return min(x, BRIGHTEST)


@inlined
def _tone(r: float, g: float, b: float) -> float:
    """Return about how bright the eye finds a pixel: differences of 0.1 are seen."""
    return math.log2(0.3 * r + 0.6 * g + 0.1 * b + 0.01)


@inlined
def _turn(seen: F32, y: int, x: int, v: int, u: int) -> float:
    """Return the cosine between the normals of two pixels."""
    return (
        seen[y, x, 0] * seen[v, u, 0]
        + seen[y, x, 1] * seen[v, u, 1]
        + seen[y, x, 2] * seen[v, u, 2]
    )


@inlined
def _alike(tones: F32, seen: F32, first: I32, y: int, x: int, v: int, u: int) -> bool:
    """Tell whether a plain surface goes on from one pixel to another, so that one between is like both."""
    if first[y, x] != first[v, u] or first[y, x] & 1 or abs(tones[y, x] - tones[v, u]) > 0.05:
        return False
    return first[y, x] == -2 or _turn(seen, y, x, v, u) > 0.998


@merged
def _between(
    pixels: F32, tones: F32, seen: F32, first: I32, small: U8, y: int, x: int, step: int
) -> bool:
    """Fill a pixel between those `2 * step` apart, if these are alike; tell whether it was done."""
    height, width = first.shape
    top, left = y - y % (2 * step), x - x % (2 * step)
    low, right = top + 2 * step * int(y > top), left + 2 * step * int(x > left)
    if low >= height or right >= width or small[y, x]:
        return False
    if not _alike(tones, seen, first, top, left, low, right):
        return False
    if low != top and right != left and not _alike(tones, seen, first, top, right, low, left):
        return False
    if low != top and right != left and not _alike(tones, seen, first, top, left, top, right):
        return False
    for c in range(3):
        pixels[y, x, c] = 0.25 * (
            pixels[top, left, c]
            + pixels[top, right, c]
            + pixels[low, left, c]
            + pixels[low, right, c]
        )
    for c in range(4):
        seen[y, x, c] = 0.5 * (seen[top, left, c] + seen[low, right, c])
    tones[y, x] = 0.5 * (tones[top, left] + tones[low, right])
    first[y, x] = first[top, left]
    return True


@inlined
def _calm(probes: U8, y: int, x: int) -> bool:
    """Tell whether the probes around a pixel say that nothing moves."""
    j, i = (y + PROBE_STEP // 2) // PROBE_STEP, (x + PROBE_STEP // 2) // PROBE_STEP
    for b in range(max(j - 1, 0), min(j + 1, probes.shape[0])):
        for a in range(max(i - 1, 0), min(i + 1, probes.shape[1])):
            if probes[b, a] == 0:
                return False
    return True


@inlined
def _ahead(starts: F32, j: int, i: int) -> float:
    """Return how far no hill is met in a tile: the least of its corners, with something to spare."""
    return 0.92 * min(starts[j, i], starts[j, i + 1], starts[j + 1, i], starts[j + 1, i + 1])


@kernel
def _uneven(tones: F32, seen: F32, first: I32, y: int, x: int) -> bool:
    """Tell whether a pixel differs from one beside it."""
    height, width = first.shape
    for v in range(max(y - 1, 0), min(y + 2, height)):
        for u in range(max(x - 1, 0), min(x + 2, width)):
            step = 0.6 if first[y, x] & 1 else (0.3 if first[y, x] == -4 else 0.15)
            if first[y, x] >> 1 != first[v, u] >> 1 or abs(tones[y, x] - tones[v, u]) > step:
                return True
            if first[y, x] >= 0 and _turn(seen, y, x, v, u) < 0.9:
                return True
    return False


@inlined
def _due(work: int, step: int, y: int, x: int) -> bool:
    """Tell whether a pixel is one of those that a pass looks at."""
    if work == FIRST:
        return y % step == 0 and x % step == 0
    if work == PROBE:
        return y % PROBE_STEP == PROBE_STEP // 2 and x % PROBE_STEP == PROBE_STEP // 2
    if work == BETWEEN:
        return y % step == 0 and x % step == 0 and not (y % (2 * step) == 0 and x % (2 * step) == 0)
    return True


@inlined
def _wanted(
    work: int, rows: int, edges: int, mark: int, wide: int, apart: int, moving: int, y: int, x: int
) -> int:
    """Return how many samples a pixel gets in the last two passes."""
    if work == MOTION:
        return rows * (moving & 7) // 4
    if moving > 0 or (wide > 0 and (y % apart or x % apart)):
        return 0
    if wide > 0:
        return rows * wide // 4
    return edges if mark else 0


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202, C901  # numba's own types; one loop, one call
    @entry
    def expose(w: F64, table: F64, work: int, step: int, top: int, end: int, c: Canvas) -> None:
        """Do one pass over the rows top to end: with a time for each sample in MOTION, else in mid-shutter."""
        height, width = c.first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                if not _due(work, step, y, x):
                    continue
                j, i = y // TILE, x // TILE
                most = 1
                if work == PROBE:
                    if not 0 < c.moving[y, x] < KEEP:
                        continue
                    most = 3
                elif work >= EDGES:
                    most = _wanted(
                        work,
                        table.shape[0],
                        step,
                        c.marks[y, x],
                        c.wide[j, i],
                        c.steps[j, i],
                        c.moving[y, x],
                        y,
                        x,
                    )
                elif work == BETWEEN and _between(
                    c.pixels, c.tones, c.seen, c.first, c.small, y, x, step
                ):
                    continue
                enough = 5 if most > 5 else 4
                total: Vec = (0.0, 0.0, 0.0)
                low, high, bend, same, taken = 1e9, -1e9, 0.0, True, 0
                ahead, tile = _ahead(c.starts, j, i), j * c.wide.shape[1] + i
                begin, stop = c.heads[tile], c.heads[tile + 1]
                for k in range(most):
                    slot = int(table[k, 4]) if work == MOTION or work == PROBE else MIDDLE
                    eye = slot if work == MOTION else MIDDLE
                    off = 0.0 if work == PROBE else 1.0
                    px = 2.0 * (x + 0.5 + off * table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + off * table[k, 1])) / width
                    o, d = camera_ray(w, eye, px, py, off * table[k, 2], off * table[k, 3])
                    pixel = 2.0 * w[camera_at(w, eye) + TAN_X] / width
                    light, code, n, depth = radiance(
                        w, c.lists, c.nears, begin, stop, slot, o, d, pixel, ahead
                    )
                    light = (_sound(light[0]), _sound(light[1]), _sound(light[2]))
                    total = add(total, light)
                    tone = _tone(light[0], light[1], light[2])
                    low, high = min(low, tone), max(high, tone)
                    same = same and code >> 1 == c.first[y, x] >> 1
                    taken = k + 1
                    if work < PROBE:
                        s = c.seen[y, x]
                        s[0], s[1], s[2], s[3] = n[0], n[1], n[2], depth
                        c.first[y, x] = code
                        c.tones[y, x] = tone
                    elif work == PROBE:
                        bend += (-2.0 if k == 2 else 1.0) * tone
                        still = same and high - low < 0.5 and (code < 0 or code % 2 == 0)
                        still = still and (k < 2 or abs(bend) < 0.05)
                        c.probes[y // PROBE_STEP, x // PROBE_STEP] = 1 if still else 0
                        if not still:
                            break
                    elif taken == enough and same and high - low < 0.06:
                        break
                if taken > 0 and work != PROBE:
                    out = c.out[y, x] if work == MOTION else c.pixels[y, x]
                    out[0], out[1], out[2] = total[0] / taken, total[1] / taken, total[2] / taken

    @entry
    def settle(c: Canvas, top: int, end: int) -> None:
        """Clear the marks of motion where all probes around say that nothing moves."""
        height, width = c.first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                if 0 < c.moving[y, x] < KEEP and _calm(c.probes, y, x):
                    c.moving[y, x] = 0

    @entry
    def spread(c: Canvas, top: int, end: int) -> None:
        """Fill the pixels between the samples of much blurred tiles."""
        height, width = c.first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                j, i = y // TILE, x // TILE
                step = c.steps[j, i]
                if c.wide[j, i] == 0 or c.moving[y, x] > 0 or (y % step == 0 and x % step == 0):
                    continue
                up, left = y - y % step, x - x % step
                low, right = min(up + step, height - 1), min(left + step, width - 1)
                v, u = (y - up) / step, (x - left) / step
                for k in range(3):
                    above = c.pixels[up, left, k] * (1.0 - u) + c.pixels[up, right, k] * u
                    below = c.pixels[low, left, k] * (1.0 - u) + c.pixels[low, right, k] * u
                    c.pixels[y, x, k] = above * (1.0 - v) + below * v

    @entry
    def find_edges(c: Canvas, top: int, end: int) -> None:
        """Mark the pixels that differ from one beside them."""
        for y in range(top, end):
            for x in range(c.first.shape[1] + stamp * 0):
                c.marks[y, x] = EDGE if _uneven(c.tones, c.seen, c.first, y, x) else EVEN

    @entry
    def start_rays(w: F64, width: int, height: int, top: int, end: int, starts: F32) -> None:
        """Walk towards the hills from the corners of all tiles in rows top to end."""
        for j in range(top, end):
            for i in range(starts.shape[1] + stamp * 0):
                px, py = 2.0 * i * TILE / width - 1.0, (height - 2.0 * j * TILE) / width
                o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
                starts[j, i] = hill_start(
                    w, o, d, 2.0 * TILE * w[camera_at(w, MIDDLE) + TAN_X] / width
                )

    return expose, settle, spread, find_edges, start_rays


expose, settle, spread, find_edges, start_rays = _make(kernels_stamp())

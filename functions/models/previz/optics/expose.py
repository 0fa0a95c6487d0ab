"""The passes over the picture: one sample in every second pixel, then where these differ, then more."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.ground import hill_start
from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp, merged
from functions.models.previz.optics.layout import TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.path import radiance
from functions.models.previz.optics.survey import TILE
from functions.models.previz.optics.vec import F64, Vec, add, scaled

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

BRIGHTEST = 60000.0
"""The most a pixel may hold, so that it fits a half float."""

LATTICE, REST, EXTRA = range(3)
"""The passes: every `step`th pixel; those between; those that need more samples."""


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
def _between(pixels: F32, tones: F32, seen: F32, first: I32, small: U8, y: int, x: int, step: int) -> bool:
    """Fill a pixel between lattice points from them, if these are alike; tell whether it was done."""
    height, width = first.shape
    top, left = y - y % step, x - x % step
    low, right = top + step * int(y % step > 0), left + step * int(x % step > 0)
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
            pixels[top, left, c] + pixels[top, right, c] + pixels[low, left, c] + pixels[low, right, c]
        )
    for c in range(4):
        seen[y, x, c] = 0.5 * (seen[top, left, c] + seen[low, right, c])
    tones[y, x] = 0.5 * (tones[top, left] + tones[low, right])
    first[y, x] = first[top, left]
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
            step = 0.6 if first[y, x] & 1 else 0.15
            if first[y, x] >> 1 != first[v, u] >> 1 or abs(tones[y, x] - tones[v, u]) > step:
                return True
            if first[y, x] >= 0 and _turn(seen, y, x, v, u) < 0.9:
                return True
    return False


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def expose(w: F64, table: F64, work: int, step: int, top: int, end: int, pixels: F32, tones: F32, seen: F32, first: I32, small: U8, wide: U8, solid: U8, starts: F32, edges: int) -> None:
        """Do one pass over the rows top to end."""
        height, width = first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                most = 1
                if work == LATTICE:
                    if y % step or x % step:
                        continue
                elif work == REST:
                    if y % step == 0 and x % step == 0:
                        continue
                    if _between(pixels, tones, seen, first, small, y, x, step):
                        continue
                else:
                    most = table.shape[0] * wide[y // TILE, x // TILE] // 4
                    if most == 0:
                        most = edges
                        if not small[y, x]:
                            continue
                total: Vec = (0.0, 0.0, 0.0)
                low, high, same, taken = 1e9, -1e9, True, 0
                for k in range(most):
                    slot = int(table[k, 4])
                    px = 2.0 * (x + 0.5 + table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + table[k, 1])) / width
                    o, d = camera_ray(w, slot, px, py, table[k, 2], table[k, 3])
                    pixel = 2.0 * w[camera_at(w, slot) + TAN_X] / width
                    light, code, n, depth = radiance(w, slot, o, d, pixel, solid[y // TILE, x // TILE] > 0, _ahead(starts, y // TILE, x // TILE))
                    light = (_sound(light[0]), _sound(light[1]), _sound(light[2]))
                    total = add(total, light)
                    tone = _tone(light[0], light[1], light[2])
                    low, high = min(low, tone), max(high, tone)
                    same = same and code >> 1 == first[y, x] >> 1
                    taken = k + 1
                    if work != EXTRA:
                        seen[y, x, 0], seen[y, x, 1], seen[y, x, 2], seen[y, x, 3] = n[0], n[1], n[2], depth
                        first[y, x] = code
                        tones[y, x] = tone
                    elif taken == 4 and same and high - low < 0.06:
                        break
                total = scaled(total, 1.0 / taken)
                pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2] = total[0], total[1], total[2]

    @entry
    def find_edges(tones: F32, seen: F32, first: I32, top: int, end: int, uneven: U8) -> None:
        """Mark the pixels that differ from one beside them."""
        for y in range(top, end):
            for x in range(first.shape[1] + stamp * 0):
                uneven[y, x] = _uneven(tones, seen, first, y, x)

    @entry
    def start_rays(w: F64, width: int, height: int, top: int, end: int, starts: F32) -> None:
        """Walk towards the hills from the corners of all tiles in rows top to end."""
        for j in range(top, end):
            for i in range(starts.shape[1] + stamp * 0):
                px, py = 2.0 * i * TILE / width - 1.0, (height - 2.0 * j * TILE) / width
                o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
                starts[j, i] = hill_start(w, o, d, 2.0 * TILE * w[camera_at(w, MIDDLE) + TAN_X] / width)

    return expose, find_edges, start_rays


expose, find_edges, start_rays = _make(kernels_stamp())

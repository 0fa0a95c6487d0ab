"""The two passes over the picture: one sample a pixel, then more where the first ones disagree."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.path import radiance
from functions.models.previz.optics.vec import F64, Vec, add, scaled

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

BRIGHTEST = 60000.0
"""The most a pixel may hold, so that it fits a half float."""


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
def _differ(tones: F32, seen: F32, first: I32, y: int, x: int, v: int, u: int) -> bool:
    if first[y, x] != first[v, u]:
        return True
    if abs(tones[y, x] - tones[v, u]) > 0.12:
        return True
    turn = (
        seen[y, x, 0] * seen[v, u, 0]
        + seen[y, x, 1] * seen[v, u, 1]
        + seen[y, x, 2] * seen[v, u, 2]
    )
    return first[y, x] >= 0 and turn < 0.9


@kernel
def _uneven(tones: F32, seen: F32, first: I32, y: int, x: int) -> bool:
    """Tell whether a pixel differs from one beside it."""
    height, width = first.shape
    for v in range(max(y - 1, 0), min(y + 2, height)):
        for u in range(max(x - 1, 0), min(x + 2, width)):
            if _differ(tones, seen, first, y, x, v, u):
                return True
    return False


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def expose(
        w: F64, table: F64, again: bool, top: int, end: int, pixels: F32, tones: F32, seen: F32, first: I32
    ) -> None:
        """Sample the pixels in rows top to end.

        The first time, one sample in the middle of pixel, iris and shutter; again, those of the table,
        and only where neighbours differ: the first four, then all when these differ too.
        """
        height, width = first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                if again and not _uneven(tones, seen, first, y, x):
                    continue
                total: Vec = (0.0, 0.0, 0.0)
                low, high, same, count = 1e9, -1e9, True, 0
                for k in range(table.shape[0]):
                    slot = int(table[k, 4])
                    px = 2.0 * (x + 0.5 + table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + table[k, 1])) / width
                    o, d = camera_ray(w, slot, px, py, table[k, 2], table[k, 3])
                    pixel = 2.0 * w[camera_at(w, slot) + TAN_X] / width
                    light, item, n, depth = radiance(w, slot, o, d, pixel)
                    light = (_sound(light[0]), _sound(light[1]), _sound(light[2]))
                    total = add(total, light)
                    tone = _tone(light[0], light[1], light[2])
                    low, high = min(low, tone), max(high, tone)
                    same = same and item == first[y, x]
                    count = k + 1
                    if count == 4 and same and high - low < 0.08:
                        break
                    if not again:
                        seen[y, x, 0], seen[y, x, 1], seen[y, x, 2], seen[y, x, 3] = n[0], n[1], n[2], depth
                        first[y, x] = item
                        tones[y, x] = tone
                total = scaled(total, 1.0 / count)
                pixels[y, x, 0], pixels[y, x, 1], pixels[y, x, 2] = total[0], total[1], total[2]

    return expose


expose = _make(kernels_stamp())


def middle() -> F64:
    """Return the table of the first pass: one sample."""
    return np.array([[0.0, 0.0, 0.0, 0.0, MIDDLE]])

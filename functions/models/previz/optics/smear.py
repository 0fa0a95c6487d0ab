"""The blur of the camera's own motion: each pixel gathers along the way that the picture moves over it.

After McGuire et al., "A reconstruction filter for plausible motion blur", 2012, but with the exact
motion of every pixel. Things that move by themselves are sampled in time instead (see `expose`).
"""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.canvas import TILE
from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import SLOTS
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.survey import on_picture
from functions.models.previz.optics.vec import F64, along

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

STILL_PX = 0.5
"""Less motion than this is not seen."""

MOST_TAPS = 32


@inlined
def _motion(w: F64, y: int, x: int, depth: float, width: int, height: int) -> tuple[float, float]:
    """Return how far a pixel's point moves over the picture from shutter open to close."""
    px, py = 2.0 * (x + 0.5) / width - 1.0, (height - 2.0 * (y + 0.5)) / width
    o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
    p = along(o, d, min(depth, 1e5))
    x0, y0, near = on_picture(w, 0, p, width, height)
    x1, y1, far = on_picture(w, SLOTS - 1, p, width, height)
    if near < 1e-3 or far < 1e-3:
        return 0.0, 0.0
    whole = SLOTS / (SLOTS - 1.0)
    return min(max((x1 - x0) * whole, -width), width), min(max((y1 - y0) * whole, -width), width)


@kernel
def _fastest(most: F32, j: int, i: int) -> tuple[float, float]:
    """Return the longest motion in a tile and those around it."""
    x = y = 0.0
    for b in range(max(j - 1, 0), min(j + 2, most.shape[0])):
        for a in range(max(i - 1, 0), min(i + 2, most.shape[1])):
            if most[b, a, 0] ** 2 + most[b, a, 1] ** 2 > x * x + y * y:
                x, y = most[b, a, 0], most[b, a, 1]
    return x, y


@kernel
def _gathered(
    sharp: F32, flow: F32, seen: F32, y: int, x: int, vx: float, vy: float, out: F32
) -> None:
    """Write what passes over a pixel while the picture moves by vx, vy.

    What is nearer covers the pixel for its share of the time; the rest shows the pixel's own surface, and what
    this uncovers.
    """
    height, width = flow.shape[0], flow.shape[1]
    speed = math.sqrt(vx * vx + vy * vy)
    own = math.sqrt(flow[y, x, 0] ** 2 + flow[y, x, 1] ** 2)
    taps = min(max(int(speed / 1.2) | 1, 3), MOST_TAPS - 1)
    depth = seen[y, x, 3]
    r = g = b = count = front_r = front_g = front_b = front = 0.0
    for k in range(taps):
        t = (k + 0.5) / taps - 0.5
        u = min(max(int(math.floor(x + vx * t + 0.5)), 0), width - 1)
        v = min(max(int(math.floor(y + vy * t + 0.5)), 0), height - 1)
        there = math.sqrt(flow[v, u, 0] ** 2 + flow[v, u, 1] ** 2)
        away = abs(t) * speed
        if seen[v, u, 3] < 0.98 * depth:
            share = min(max(0.5 * there - away + 0.5, 0.0), 1.0)
            front += share
            front_r += share * sharp[v, u, 0]
            front_g += share * sharp[v, u, 1]
            front_b += share * sharp[v, u, 2]
        else:
            reach = min(there, own) if seen[v, u, 3] < 1.02 * depth else own
            share = min(max(0.5 * reach - away + 0.5, 0.0), 1.0)
            count += share
            r += share * sharp[v, u, 0]
            g += share * sharp[v, u, 1]
            b += share * sharp[v, u, 2]
    if count <= 0.0:
        count, r, g, b = 1.0, sharp[y, x, 0], sharp[y, x, 1], sharp[y, x, 2]
    rest = (1.0 - front / taps) / count
    out[y, x, 0] = front_r / taps + r * rest
    out[y, x, 1] = front_g / taps + g * rest
    out[y, x, 2] = front_b / taps + b * rest


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def find_flow(w: F64, seen: F32, flow: F32, most: F32, top: int, end: int) -> None:
        """Find every pixel's motion in rows of tiles top to end, and the longest of each tile."""
        height, width = flow.shape[0], flow.shape[1]
        for y in range(top * TILE, min(end * TILE, height)):
            for x in range(width + stamp * 0):
                vx, vy = _motion(w, y, x, seen[y, x, 3], width, height)
                flow[y, x, 0], flow[y, x, 1] = vx, vy
                j, i = y // TILE, x // TILE
                if vx * vx + vy * vy > most[j, i, 0] ** 2 + most[j, i, 1] ** 2:
                    most[j, i, 0], most[j, i, 1] = vx, vy

    @entry
    def smear(
        sharp: F32, seen: F32, flow: F32, most: F32, moving: U8, top: int, end: int, out: F32
    ) -> None:
        """Blur rows top to end along the camera's motion, but for tiles that are sampled in time."""
        for y in range(top, end):
            for x in range(flow.shape[1] + stamp * 0):
                j, i = y // TILE, x // TILE
                if moving[y, x] > 0:
                    continue
                vx, vy = _fastest(most, j, i)
                if vx * vx + vy * vy < STILL_PX * STILL_PX:
                    out[y, x, 0], out[y, x, 1], out[y, x, 2] = (
                        sharp[y, x, 0],
                        sharp[y, x, 1],
                        sharp[y, x, 2],
                    )
                else:
                    _gathered(sharp, flow, seen, y, x, vx, vy, out)

    return find_flow, smear


find_flow, smear = _make(kernels_stamp())

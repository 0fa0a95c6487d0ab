"""The camera's rays: where on the pixel, the iris and the shutter each sample is taken.

The samples of a pixel follow one fixed sequence, of which any beginning is spread well, so the
picture is clean and nothing crawls between frames.
"""

import math
from functools import cache

import numpy as np

from functions.models.previz.optics.jit import inlined
from functions.models.previz.optics.layout import (
    BACK,
    EYE,
    FOCUS,
    LENS_RADIUS,
    RIGHT,
    SLOTS,
    TAN_X,
    UP,
    at,
    camera_at,
)
from functions.models.previz.optics.vec import F64, Vec, add, along, normalized, scaled, sub

MIDDLE = SLOTS
"""The slot in the middle of the shutter."""


MIDPOINT = np.array([[0.0, 0.0, 0.0, 0.0, MIDDLE]])
"""The one sample of the first pass."""


@cache
def pattern(samples: int, blades: int) -> F64:
    """Return (samples, 5): x and y on the pixel in -0.5..0.5, x and y on the iris, slot of the shutter.

    On the pixel Roberts' R2 sequence; in time and on the iris the extremes come first, then van der Corput's and
    Sobol's sequences: where the first few samples agree, so do the others.
    """
    k = np.arange(samples)
    rows = np.zeros((samples, 5))
    rows[:, 0] = (0.5 + 0.7548776662466927 * k) % 1.0 - 0.5
    rows[:, 1] = (0.5 + 0.5698402909980532 * k) % 1.0 - 0.5
    rows[:, 2:4] = [_iris(*_sobol(i), blades) for i in range(samples)]
    rows[: len(RIM), 2:4] = RIM[:samples]
    rows[:, 4] = [_slot(i) for i in range(samples)]
    return rows


RIM = ((0.88, 0.0), (-0.88, 0.0), (0.0, 0.88), (0.0, -0.88), (0.0, 0.0))
"""The first samples on the iris: near its rim on four sides, and its middle."""


def _slot(i: int) -> int:
    """Return the slot of sample i: the first and the last, the middle, then ever finer halves."""
    if i % SLOTS == 0:
        return 0
    if i % SLOTS == 1:
        return SLOTS - 1
    value, part, left = 0, SLOTS // 2, i % SLOTS - 1
    while left:
        value += part * (left & 1)
        left >>= 1
        part //= 2
    return value


def _sobol(i: int) -> tuple[float, float]:
    """Return the first two dimensions of Sobol's sequence."""
    x = y = 0
    direction = 1 << 31
    for bit in range(31, -1, -1):
        x |= ((i >> (31 - bit)) & 1) << bit
    while i:
        y ^= direction if i & 1 else 0
        direction ^= direction >> 1
        i >>= 1
    return x / 2**32 + 1 / 128, y / 2**32 + 1 / 128


def _iris(u: float, v: float, blades: int) -> tuple[float, float]:
    """Bring a point of the unit square onto the iris: a disc, or a polygon of straight blades."""
    radius, angle = math.sqrt(u), 2.0 * math.pi * v
    if blades >= 3:
        wedge = 2.0 * math.pi / blades
        radius *= math.cos(wedge / 2) / math.cos(angle % wedge - wedge / 2)
    return radius * math.cos(angle), radius * math.sin(angle)


@inlined
def camera_ray(w: F64, slot: int, x: float, y: float, u: float, v: float) -> tuple[Vec, Vec]:
    """Return origin and direction through x, y (in half widths of the picture) and u, v on the iris."""
    c = camera_at(w, slot)
    eye, right, up = at(w, c + EYE), at(w, c + RIGHT), at(w, c + UP)
    x, y = x * w[c + TAN_X], y * w[c + TAN_X]
    d = sub(add(scaled(right, x), scaled(up, y)), at(w, c + BACK))
    u, v = u * w[LENS_RADIUS], v * w[LENS_RADIUS]
    o = add(eye, add(scaled(right, u), scaled(up, v)))
    return o, normalized(sub(along(eye, d, w[FOCUS]), o))

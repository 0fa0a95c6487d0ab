"""The camera's rays: where on the pixel, the iris and the shutter each sample is taken.

The samples of a pixel follow one fixed pattern (Roberts' R2 sequence on the pixel, Vogel's spiral on
the iris, bit-reversed slots of the shutter), so the picture is clean and nothing crawls between frames.
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


@cache
def pattern(samples: int, blades: int) -> F64:
    """Return (samples, 5): x and y on the pixel in -0.5..0.5, x and y on the iris, slot."""
    k = np.arange(samples)
    rows = np.zeros((samples, 5))
    rows[:, 0] = (0.5 + 0.7548776662466927 * k) % 1.0 - 0.5
    rows[:, 1] = (0.5 + 0.5698402909980532 * k) % 1.0 - 0.5
    rows[:, 2:4] = _iris(samples, blades)
    rows[:, 4] = [int(_reversed(i) * SLOTS) for i in range(samples)]
    return rows


def _reversed(i: int) -> float:
    """Return the van der Corput fraction of i in base 2."""
    value, part = 0.0, 0.5
    while i:
        value += part * (i & 1)
        i >>= 1
        part *= 0.5
    return value


def _iris(samples: int, blades: int) -> F64:
    turn = math.pi * (3.0 - math.sqrt(5.0))
    order = (np.arange(samples) * 0.6180339887498949 + 0.5) % 1.0
    rank = np.argsort(np.argsort(order))
    radius = np.sqrt((rank + 0.5) / samples)
    angle = turn * rank
    if blades >= 3:
        wedge = 2.0 * math.pi / blades
        radius *= math.cos(wedge / 2) / np.cos(angle % wedge - wedge / 2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


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

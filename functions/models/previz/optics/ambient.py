"""The light from all around, as a mean and a slope: what a white card gets for any way it faces."""

import math

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    AROUND,
    BAKED,
    BAKED_COLUMNS,
    BAKED_ROWS,
    FLOOR,
    KEY,
    LEAN_X,
    LEAN_Y,
    LEAN_Z,
    LIGHT_WAY,
    SUN_WAY,
)
from functions.models.previz.optics.sky import backdrop, open_sky
from functions.models.previz.optics.vec import F64, Vec

RINGS = 12


@inlined
def _add(w: F64, c: int, light: float, d: Vec) -> None:
    w[AROUND + c] += light
    w[LEAN_X + c] += 2.0 * light * d[0]
    w[LEAN_Y + c] += 2.0 * light * d[1]
    w[LEAN_Z + c] += 2.0 * light * d[2]


@kernel
def _bake(w: F64) -> None:
    """Write the open sky into its table."""
    sun = math.sqrt(max(w[SUN_WAY] ** 2 + w[SUN_WAY + 2] ** 2, 1e-18))
    x, z = w[SUN_WAY] / sun, w[SUN_WAY + 2] / sun
    for row in range(BAKED_ROWS):
        rise = (row / (BAKED_ROWS - 1.0)) ** 2
        flat = math.sqrt(max(1.0 - rise * rise, 0.0))
        for column in range(BAKED_COLUMNS):
            cosine = 1.0 - 2.0 * (column / (BAKED_COLUMNS - 1.0)) ** 2
            sine = math.sqrt(max(1.0 - cosine * cosine, 0.0))
            d = (flat * (x * cosine - z * sine), rise, flat * (z * cosine + x * sine))
            light = open_sky(w, d)
            cell = BAKED + (row * BAKED_COLUMNS + column) * 3
            w[cell], w[cell + 1], w[cell + 2] = light


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def gather(w: F64, ground: Vec) -> None:
        """Add up sky above and lit ground below: mean, and twice the mean along x, y, z."""
        _bake(w)
        up = (stamp * 0.0, 0.0, 0.0)
        count = 2.0 * RINGS * 2 * RINGS
        for ring in range(RINGS):
            y = (ring + 0.5) / RINGS
            flat = math.sqrt(1.0 - y * y)
            for turn in range(2 * RINGS):
                angle = math.pi * (turn + 0.5) / RINGS
                d = (flat * math.cos(angle), y, flat * math.sin(angle))
                light = backdrop(w, d)
                up = (up[0] + light[0] * y, up[1] + light[1] * y, up[2] + light[2] * y)
                for c in range(3):
                    _add(w, c, light[c] / count, d)
        lit = max(w[LIGHT_WAY + 1], 0.0)
        for c in range(3):
            card = w[KEY + c] * lit + up[c] * 2.0 / (RINGS * 2 * RINGS)
            below = card * ground[c]
            w[FLOOR + c] = below
            w[AROUND + c] += 0.5 * below
            w[LEAN_Y + c] -= 0.5 * below

    return gather


_gather = _make(kernels_stamp())


def fill_ambient(w: F64, ground: Vec) -> None:
    """Write into a world what a white card gets from its sky and from ground of a colour."""
    w[AROUND : LEAN_Z + 3] = 0.0
    _gather(w, ground)

"""The atmosphere: how much of the sun's light the air sends from each part of the sky.

Single scattering by molecules, dust and ozone (Nishita et al., "Display of the Earth taking into account
atmospheric scattering", 1993) with the coefficients of Bruneton ("A qualitative and quantitative evaluation of 8
clear sky models", 2017), and light scattered more often added as a share of the first
(Hillaire, "A scalable and production ready sky", 2020, simplified). Low suns redden, and after
sunset the ozone makes the blue hour.
"""

import math
from functools import lru_cache

import numpy as np

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import AZIMUTHS, ELEVATIONS
from functions.models.previz.optics.vec import F64, Vec

EARTH_M, TOP_M, EYE_M = 6_360_000.0, 6_440_000.0, 300.0

MOLECULES: Vec = (5.802e-6, 13.558e-6, 33.1e-6)
OZONE: Vec = (0.650e-6, 1.881e-6, 0.085e-6)
DUST = 2.6e-6
"""Scattering per metre at sea level for red, green, blue (680, 550, 440 nm); dust for turbidity 2."""

SOLAR: Vec = (1.0, 0.98, 1.06)
"""Sunlight above the air, white-balanced for daylight film."""


@inlined
def height_along(height: float, rise: float, t: float) -> float:
    """Return the height above the sea, `t` metres along a path that starts at `height`."""
    r = EARTH_M + height
    return math.sqrt(r * r + t * t + 2.0 * r * t * rise) - EARTH_M


@inlined
def way_out(height: float, rise: float) -> float:
    """Return the metres to the top of the air."""
    r = EARTH_M + height
    return -r * rise + math.sqrt(r * r * (rise * rise - 1.0) + TOP_M * TOP_M)


@kernel
def depth_to_space(height: float, rise: float, dust: float) -> Vec:
    """Return the optical depth from a height to space, for red, green and blue; 1e3 through the earth."""
    r = EARTH_M + height
    lowest = r * math.sqrt(max(1.0 - rise * rise, 0.0)) - EARTH_M
    if rise < 0.0 and lowest < -1500.0:
        return (1e3, 1e3, 1e3)
    length = way_out(height, rise)
    a = b = c = 0.0
    steps = 12
    for k in range(steps):
        near, far = (k / steps) ** 2, ((k + 1) / steps) ** 2
        h = max(height_along(height, rise, 0.5 * (near + far) * length), 0.0)
        step = (far - near) * length
        a += math.exp(-h / 8000.0) * step
        b += math.exp(-h / 1200.0) * step
        c += max(0.0, 1.0 - abs(h - 25000.0) / 15000.0) * step
    b *= dust * 1.11
    return (
        MOLECULES[0] * a + b + OZONE[0] * c,
        MOLECULES[1] * a + b + OZONE[1] * c,
        MOLECULES[2] * a + b + OZONE[2] * c,
    )


@inlined
def dimmed(depth: Vec) -> Vec:
    """Return what passes an optical depth."""
    return (math.exp(-depth[0]), math.exp(-depth[1]), math.exp(-depth[2]))


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def fill(table: F64, sun_rise: float, dust: float) -> Vec:
        """Fill (elevations, azimuths, 6) before the phase; return the sun's own optical depth."""
        level = math.sqrt(max(1.0 - sun_rise * sun_rise, 0.0))
        for e in range(ELEVATIONS):
            rise = (e / (ELEVATIONS - 1.0)) ** 2
            for a in range(AZIMUTHS):
                cosine = 1.0 - 2.0 * (a / (AZIMUTHS - 1.0)) ** 2
                _gather(table[e, a], rise, cosine, sun_rise, level, dust)
        return depth_to_space(EYE_M + stamp * 0.0, sun_rise, dust)

    return fill


@kernel
def _gather(
    cell: F64, rise: float, cosine: float, sun_rise: float, level: float, dust: float
) -> None:
    flat = math.sqrt(max(1.0 - rise * rise, 0.0))
    toward = rise * sun_rise + flat * level * cosine
    length = way_out(EYE_M, rise)
    before = (0.0, 0.0, 0.0)
    cell[:] = 0.0
    steps = 24
    for k in range(steps):
        near, far = (k / steps) ** 2, ((k + 1) / steps) ** 2
        t, step = 0.5 * (near + far) * length, (far - near) * length
        h = max(height_along(EYE_M, rise, t), 0.0)
        r = EARTH_M + h
        air, dirt = math.exp(-h / 8000.0) * step, dust * math.exp(-h / 1200.0) * step
        ozone = max(0.0, 1.0 - abs(h - 25000.0) / 15000.0) * step
        here = (
            MOLECULES[0] * air + 1.11 * dirt + OZONE[0] * ozone,
            MOLECULES[1] * air + 1.11 * dirt + OZONE[1] * ozone,
            MOLECULES[2] * air + 1.11 * dirt + OZONE[2] * ozone,
        )
        sun_here = ((EARTH_M + EYE_M) * sun_rise + t * toward) / r
        lit = depth_to_space(h, min(max(sun_here, -1.0), 1.0), dust)
        for c in range(3):
            passed = math.exp(-before[c] - 0.5 * here[c])
            light = math.exp(-lit[c])
            often = 0.55 * math.exp(-0.34 * min(lit[c], 8.0)) * min(math.exp(16.0 * sun_here), 1.0)
            cell[c] += passed * (MOLECULES[c] * air) * light
            cell[3 + c] += passed * dirt * light
            cell[c] += passed * (MOLECULES[c] * air + dirt) * often
        before = (before[0] + here[0], before[1] + here[1], before[2] + here[2])


_fill = _make(kernels_stamp())


def dust_of(turbidity: float) -> float:
    """Return how much dust scatters at sea level: turbidity 2 is a clear day, 10 is haze."""
    return DUST * min(max(turbidity, 1.1) - 1.0, 15.0)


@lru_cache(maxsize=64)
def sunlit_air(sun_rise: float, turbidity: float) -> tuple[F64, Vec]:
    """Return the sky's table for a sun at sine `sun_rise`, and the colour of its direct light.

    The table is (elevations, azimuths, 6): light from molecules and from dust. Both in linear Rec.709.
    """
    table = np.zeros((ELEVATIONS, AZIMUTHS, 6))
    depth = _fill(table, sun_rise, dust_of(turbidity))
    r, g, b = (s * math.exp(-x) for s, x in zip(SOLAR, depth, strict=True))
    return table, (r, g, b)

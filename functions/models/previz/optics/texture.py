"""Patterns on surfaces, each averaged over what one pixel sees of it, so that none shimmers far away.

A pattern answers with how much of `second` is in the mix (0 to 1) and how rough the surface is there, given
coordinates in repeats (u, v), the width of the pixel in them, and the point itself for patterns in the solid.
"""

import math

from functions.models.previz.optics.jit import inlined, kernel, merged
from functions.models.previz.optics.noise import clouded, hashed, turbulent, whole
from functions.models.previz.optics.vec import Vec, clamp, smooth
from functions.models.previz.snapshot import (
    BANDS,
    BRICKS,
    CHECKER,
    CRATE,
    FLAT,
    GRASS,
    NOISE,
    STRIPES,
    TILES,
    WINDOWS,
    WOOD,
)


@inlined
def finest_part(pattern: int) -> float:
    """Return how wide the finest part of a pattern is, in repeats."""
    if pattern == FLAT or pattern == CHECKER:
        return 1.0
    if pattern == STRIPES or pattern == WINDOWS:
        return 0.3
    if pattern == NOISE:
        return 0.1
    if pattern == CRATE or pattern == BANDS:
        return 0.02
    return 0.04


@inlined
def _filled(x: float, duty: float) -> float:
    below = math.floor(x)
    return below * duty + min(x - below, duty)


@inlined
def pulse(x: float, duty: float, width: float) -> float:
    """Return the mean over `width` of a wave that is 1 for the first `duty` of each repeat, else 0."""
    width = max(width, 1e-4)
    return (_filled(x + 0.5 * width, duty) - _filled(x - 0.5 * width, duty)) / width


@inlined
def faded(width: float) -> float:
    """Return how much detail of one unit's size is left when a pixel spans `width` units."""
    return 1.0 - smooth(width, 0.25, 0.9)


@kernel
def second_share(
    pattern: int, u: float, v: float, wu: float, wv: float, p: Vec, width: float
) -> float:
    """Return how much of the second colour a pixel sees, 0 to 1."""
    if pattern == CHECKER:
        a = 2.0 * pulse(0.5 * u, 0.5, 0.5 * wu) - 1.0
        b = 2.0 * pulse(0.5 * v, 0.5, 0.5 * wv) - 1.0
        return 0.5 - 0.5 * a * b
    if pattern == STRIPES:
        return pulse(u, 0.5, wu)
    if pattern == BRICKS:
        return _bricks(u, v, wu, wv)
    if pattern == TILES:
        grout = pulse(u, 0.97, wu) * pulse(v, 0.97, wv)
        tone = 0.22 * hashed(whole(u), whole(v), 5) * faded(max(wu, wv))
        return 1.0 - grout * (1.0 - tone)
    if pattern == WINDOWS:
        return pulse(u + 0.22, 0.56, wu) * pulse(v + 0.2, 0.62, wv)
    if pattern == WOOD:
        return _wood(p, width)
    if pattern == GRASS:
        return _grass(u, v, max(wu, wv))
    if pattern == BANDS:
        return _bands(p, width)
    if pattern == CRATE:
        return _crate(u, v, p, width)
    if pattern == NOISE:
        kept = faded(width)
        if kept <= 0.0:
            return 0.5
        octaves = 4 if width < 0.12 else 2
        return clamp(0.5 + 0.9 * kept * turbulent(p, octaves, 7), 0.0, 1.0)
    return 0.0


@merged
def _bricks(u: float, v: float, wu: float, wv: float) -> float:
    y = v * 3.0
    row = whole(y)
    x = u + 0.5 * (row % 2)
    brick = pulse(x, 0.96, wu) * pulse(y, 0.9, 3.0 * wv)
    tone = (0.3 * hashed(whole(x), row, 3) - 0.05) * faded(max(wu, 3.0 * wv))
    return 1.0 - brick * (1.0 - max(tone, 0.0))


@merged
def _wood(p: Vec, width: float) -> float:
    bend = 0.35 * turbulent((p[0] * 0.7, p[1] * 0.25, p[2] * 0.7), 2, 21)
    ring = math.sqrt(p[0] * p[0] + p[2] * p[2]) * 5.0 + 3.0 * bend + 0.4 * p[1]
    phase = ring - math.floor(ring)
    grain = 0.6 * smooth(phase, 0.1, 0.85) * (1.0 - smooth(phase, 0.88, 1.0))
    fine = faded(width * 24.0)
    if fine > 0.0:
        fine *= 0.35 * turbulent((p[0] * 24.0, p[1] * 1.6, p[2] * 24.0), 2, 33)
    soft = faded(5.0 * width)
    return clamp(0.28 * (1.0 - soft) + soft * grain + fine + 0.08, 0.0, 1.0)


@merged
def _grass(u: float, v: float, width: float) -> float:
    share = 0.5 + 0.55 * clouded(u * 0.35, v * 0.35, 2, 40)
    blades, tufts = faded(9.0 * width), faded(2.3 * width)
    if blades > 0.0:
        share += 0.65 * blades * clouded(u * 9.0, v * 9.0, 2, 50)
    if tufts > 0.0:
        share += 0.35 * tufts * clouded(u * 2.3, v * 2.3, 2, 45)
    return clamp(share, 0.0, 1.0)


@inlined
def _within(x: float, edge: float, width: float) -> float:
    """Return how much of a pixel at x lies below an edge."""
    return clamp((edge - x) / max(width, 1e-4) + 0.5, 0.0, 1.0)


@merged
def _bands(p: Vec, width: float) -> float:
    """Draw two great circles, tilted, on a ball of radius 1."""
    a, b = 0.87758 * p[1] - 0.47943 * p[2], -0.47943 * p[1] - 0.87758 * p[2]
    return max(_within(abs(a), 0.032, width), _within(abs(b), 0.032, width))


@merged
def _crate(u: float, v: float, p: Vec, width: float) -> float:
    """Draw boards, a frame round them and a brace across, on a side from -1 to 1.

    What lies deeper is darker along what stands before it, as in a real crate.
    """
    brim = max(abs(u), abs(v))
    grain = 0.35 * turbulent((3.0 * p[0], 3.0 * p[1], 9.0 * p[2]), 2, 33) * faded(6.0 * width)
    board = 0.02 + 0.14 * hashed(whole(2.5 * v + 7.5), whole(3.0 * p[0] + 3.0 * p[2]), 4) + grain
    gap = abs(2.5 * v - math.floor(2.5 * v + 0.5)) / 2.5
    board += 0.8 * _within(gap, 0.012, width)
    across = abs(u - v) * 0.70711 if abs(p[1]) < 0.97 else 1.0
    shade = 0.6 * math.exp(-max(0.8 - brim, 0.0) / 0.07)
    shade = max(shade, 0.6 * math.exp(-max(across - 0.1, 0.0) / 0.03))
    share = board + (1.0 - board) * shade
    brace = 0.55 + 0.6 * grain
    share += (brace - share) * _within(across, 0.1, width)
    frame = 0.62 + 0.6 * grain + 0.3 * _within(abs(abs(u) - abs(v)), 0.006, width)
    share += (frame - share) * _within(0.8, brim, width)
    return clamp(share, 0.0, 1.0)


@kernel
def lit_window(u: float, v: float, wu: float, wv: float) -> Vec:
    """Return the light that comes out of windows at night: some are lit, warm or cool."""
    frame = pulse(u + 0.22, 0.56, wu) * pulse(v + 0.2, 0.62, wv)
    i, j = whole(u + 0.22), whole(v + 0.2)
    far = faded(0.7 * max(wu, wv))
    on = 0.42 * (1.0 - far) + far * (1.0 if hashed(i, j, 91) > 0.58 else 0.0)
    bright = frame * on * (0.35 + 0.9 * hashed(i, j, 92) * far + 0.45 * (1.0 - far))
    warm = hashed(i, j, 93) * far + 0.5 * (1.0 - far)
    return (2.2 * bright, (1.25 + 0.5 * warm) * bright, (0.45 + 1.1 * warm) * bright)

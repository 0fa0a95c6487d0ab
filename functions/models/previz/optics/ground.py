"""The ground: a plane, hills round a level clearing, or water; where a ray meets it and how it faces.

Bodies stand at y = 0, so the hills leave a level clearing round the origin and rise beyond it.
"""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    GROUND_KIND,
    HEIGHT,
    PERIOD,
    SCALE,
    SEED,
    TIME,
    WETNESS,
    count_at,
)
from functions.models.previz.optics.noise import clouded, flat_noise
from functions.models.previz.snapshot import NO_GROUND, TERRAIN, WATER
from functions.models.previz.optics.vec import F64, INFINITY, Vec, along, clamp, normalized, smooth

CLEARING_M = 22.0
"""How far from the origin the ground stays level in TERRAIN."""

FAR_M = 6000.0

WAVES = 7


@kernel
def hill(x: float, z: float, height_m: float, scale_m: float, seed: int, octaves: int) -> float:
    """Return the height of the terrain at a place."""
    away = math.sqrt(x * x + z * z)
    if away <= CLEARING_M or height_m <= 0.0:
        return 0.0
    rise = smooth(away, CLEARING_M, CLEARING_M + 1.6 * scale_m)
    u, v = x / scale_m, z / scale_m
    total, weight, keep = 0.0, 0.55, 1.0
    for octave in range(octaves):
        n = flat_noise(u, v, seed + 31 * octave)
        ridge = 1.0 - abs(n)
        share = 0.35 + 0.65 * min(1.0, 0.5 + 0.5 * octave)
        part = (ridge * ridge * share + (0.5 + 0.5 * n) * (1.0 - share)) * keep
        total += weight * part
        keep = clamp(part * 1.5, 0.0, 1.0)
        u, v = 1.6 * u + 1.2 * v + 3.1, 1.6 * v - 1.2 * u + 7.7
        weight *= 0.47
    return rise * height_m * total


@inlined
def _hill_of(w: F64, x: float, z: float, octaves: int) -> float:
    return hill(x, z, w[HEIGHT], w[SCALE], count_at(w, SEED), octaves)


@kernel
def ground_meet(w: F64, o: Vec, d: Vec, end: float) -> float:
    """Return where a ray first meets the ground before `end`, or INFINITY."""
    if w[GROUND_KIND] == NO_GROUND:
        return INFINITY
    flat = -o[1] / d[1] if d[1] < -1e-7 and o[1] > 0.0 else INFINITY
    if w[GROUND_KIND] != TERRAIN:
        return flat if flat < end else INFINITY
    return _hill_meet(w, o, d, min(flat * 1.0001, end, FAR_M))


@kernel
def _hill_meet(w: F64, o: Vec, d: Vec, end: float) -> float:
    top = w[HEIGHT] * 1.05
    t = 0.0
    if o[1] > top:
        if d[1] >= 0.0:
            return INFINITY
        t = (o[1] - top) / -d[1]
    elif d[1] > 0.0:
        end = min(end, (top - o[1]) / d[1])
    before, gap, gap_before = t, 1.0, 1.0
    for _ in range(120):
        p = along(o, d, t)
        gap = p[1] - _hill_of(w, p[0], p[2], 6 if t < 300.0 else 4)
        if gap < 0.0005 * t:
            if gap_before > gap and t > before:
                t = before + (t - before) * gap_before / (gap_before - gap)
            return t if t < end else INFINITY
        before, gap_before = t, gap
        t += max(gap * 0.6, 0.003 * t + 0.02)
        if t > end:
            return end if end < FAR_M and along(o, d, end)[1] <= 1e-3 else INFINITY
    return t if gap < 0.05 * t and t < end else INFINITY


@kernel
def ground_facing(w: F64, p: Vec, width: float) -> tuple[Vec, float]:
    """Return the ground's normal where a pixel spans `width` metres, and the slope it cannot show."""
    if w[GROUND_KIND] == WATER:
        return _wave_facing(w, p, width)
    if w[GROUND_KIND] != TERRAIN or p[0] * p[0] + p[2] * p[2] < CLEARING_M * CLEARING_M:
        return (0.0, 1.0, 0.0), 0.0
    step = max(0.6 * width, 0.03)
    octaves = 8 if width < 0.1 else (7 if width < 0.6 else 6)
    here = _hill_of(w, p[0], p[2], octaves)
    x = _hill_of(w, p[0] + step, p[2], octaves) - here
    z = _hill_of(w, p[0], p[2] + step, octaves) - here
    return normalized((-x, step, -z)), 0.0


@kernel
def _wave_facing(w: F64, p: Vec, width: float) -> tuple[Vec, float]:
    slope_x = slope_z = hidden = 0.0
    turn = 0.6 + 0.7 * (count_at(w, SEED) % 7)
    wave_m = 7.0
    for k in range(WAVES):
        angle = turn + 2.4 * k + (0.0 if k else 0.3)
        number = 2.0 * math.pi / wave_m
        speed = math.sqrt(9.81 * number)
        if w[PERIOD] > 0.0:
            beat = 2.0 * math.pi / w[PERIOD]
            speed = max(round(speed / beat), 1.0) * beat
        steep = 0.055 + 0.035 * w[WETNESS]
        kept = 1.0 - smooth(width, 0.12 * wave_m, 0.6 * wave_m)
        cx, cz = math.cos(angle), math.sin(angle)
        bend = 0.9 * flat_noise(p[0] / (2.3 * wave_m), p[2] / (2.3 * wave_m), 60 + k)
        phase = number * (cx * p[0] + cz * p[2]) - speed * w[TIME] + 2.5 * bend
        wave = math.cos(phase) * steep * kept
        slope_x -= cx * wave
        slope_z -= cz * wave
        hidden += 0.5 * steep * steep * (1.0 - kept * kept)
        wave_m *= 0.58
    return normalized((slope_x, 1.0, slope_z)), hidden

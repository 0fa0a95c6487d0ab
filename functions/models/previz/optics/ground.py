"""The ground: a plane, hills round a level clearing, or water; where a ray meets it and how it faces.

Bodies stand at y = 0, so the hills leave a level clearing round the origin and rise beyond it.
"""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    GROUND_KIND,
    HEIGHT,
    LIGHT_WAY,
    SCALE,
    SEED,
    WAVE_COLUMNS,
    WAVE_TRAINS,
    WAVES,
    WETNESS,
    at,
    count_at,
)
from functions.models.previz.optics.noise import flat_noise, flat_slope
from functions.models.previz.optics.vec import (
    F64,
    INFINITY,
    Vec,
    along,
    clamp,
    normalized,
    smooth,
    swung,
)
from functions.models.previz.snapshot import NO_GROUND, TERRAIN, WATER

CLEARING_M = 22.0
"""How far from the origin the ground stays level in TERRAIN."""

FAR_M = 6000.0


@inlined
def _rise(away2: float, scale_m: float) -> float:
    """Return how much of the hills' height there is at a squared distance from the origin."""
    whole = CLEARING_M + 1.6 * scale_m
    return 1.0 if away2 >= whole * whole else smooth(math.sqrt(away2), CLEARING_M, whole)


@kernel
def hill(x: float, z: float, height_m: float, scale_m: float, seed: int, octaves: int) -> Vec:
    """Return the terrain's height at a place, and its slopes along x and z.

    A sum of ridges, each rough only where the one before stood high (Musgrave's ridged multifractal).
    """
    away2 = x * x + z * z
    rise = _rise(away2, scale_m)
    if rise <= 0.0 or height_m <= 0.0:
        return (0.0, 0.0, 0.0)
    total = dx = dz = 0.0
    weight, keep, keep_x, keep_z = 0.55, 1.0, 0.0, 0.0
    a, b = 1.0 / scale_m, 0.0
    u, v = x / scale_m, z / scale_m
    for octave in range(octaves):
        n, nu, nv = flat_slope(u, v, seed + 31 * octave)
        sign = 1.0 if n >= 0.0 else -1.0
        ridge = 1.0 - abs(n)
        ridged = min(0.675 + 0.325 * octave, 1.0)
        shape = ridge * ridge * ridged + (0.5 + 0.5 * n) * (1.0 - ridged)
        bend = -2.0 * ridge * sign * ridged + 0.5 * (1.0 - ridged)
        sx, sz = bend * (nu * a - nv * b), bend * (nu * b + nv * a)
        part, px, pz = shape * keep, sx * keep + shape * keep_x, sz * keep + shape * keep_z
        total, dx, dz = total + weight * part, dx + weight * px, dz + weight * pz
        keep, keep_x, keep_z = 1.5 * part, 1.5 * px, 1.5 * pz
        if keep > 1.0:
            keep, keep_x, keep_z = 1.0, 0.0, 0.0
        u, v = 1.6 * u + 1.2 * v + 3.1, 1.6 * v - 1.2 * u + 7.7
        a, b = 1.6 * a - 1.2 * b, 1.6 * b + 1.2 * a
        weight *= 0.47
    away = math.sqrt(away2)
    step = clamp((away - CLEARING_M) / (1.6 * scale_m), 0.0, 1.0)
    swell = 6.0 * step * (1.0 - step) / (1.6 * scale_m) / max(away, 1e-6) * total
    return (
        rise * height_m * total,
        height_m * (rise * dx + swell * x),
        height_m * (rise * dz + swell * z),
    )


@kernel
def _gap(w: F64, p: Vec, octaves: int) -> tuple[float, float]:
    """Return about how high a point is over the terrain, and how steep the terrain is thereabouts.

    Only as many octaves are added up as it takes to know that the point is well above the rest.
    """
    scale_m = w[SCALE]
    high = _rise(p[0] * p[0] + p[2] * p[2], scale_m) * w[HEIGHT]
    if high <= 0.0:
        return p[1], min(0.6 * w[HEIGHT] / scale_m, 1.4)
    u, v, seed = p[0] / scale_m, p[2] / scale_m, count_at(w, SEED)
    height, weight, keep, steep = 0.0, 0.55 * high, 1.0, 1.2 / scale_m
    slope = 0.0
    for octave in range(octaves):
        n = flat_noise(u, v, seed + 31 * octave)
        ridge, ridged = 1.0 - abs(n), min(0.675 + 0.325 * octave, 1.0)
        part = (ridge * ridge * ridged + (0.5 + 0.5 * n) * (1.0 - ridged)) * keep
        height += weight * part
        slope += weight * keep * steep
        keep = min(1.5 * part, 1.0)
        weight *= 0.47
        left = 1.9 * weight * keep
        if p[1] - height > 2.0 * left:
            return p[1] - height - 0.5 * left, min(slope + 0.3, 1.4)
        u, v = 1.6 * u + 1.2 * v + 3.1, 1.6 * v - 1.2 * u + 7.7
        steep *= 2.0
    return p[1] - height, min(slope, 1.4)


@kernel
def ground_meet(w: F64, o: Vec, d: Vec, start: float, end: float, pixel: float) -> float:
    """Return where a ray first meets the ground before `end`, or INFINITY; hills only from `start` on."""
    if w[GROUND_KIND] == NO_GROUND:
        return INFINITY
    flat = -o[1] / d[1] if d[1] < -1e-7 and o[1] > 0.0 else INFINITY
    if w[GROUND_KIND] != TERRAIN:
        return flat if flat < end else INFINITY
    level = _out_of_clearing(o, d)
    if flat <= level:
        return flat if flat < end else INFINITY
    start = max(start, level)
    t = _hill_meet(w, o, d, start, min(flat, end, FAR_M), max(0.25 * pixel, 0.0003))
    return t if t < INFINITY or flat > min(end, FAR_M) else flat


@inlined
def _out_of_clearing(o: Vec, d: Vec) -> float:
    """Return where a ray that starts over the clearing leaves it, or 0."""
    c = o[0] * o[0] + o[2] * o[2] - CLEARING_M * CLEARING_M
    if c >= 0.0 or o[1] <= 0.0:
        return 0.0
    a, b = d[0] * d[0] + d[2] * d[2], o[0] * d[0] + o[2] * d[2]
    if a < 1e-12:
        return INFINITY
    return (math.sqrt(b * b - a * c) - b) / a


@kernel
def hill_start(w: F64, o: Vec, d: Vec, angle: float) -> float:
    """Return how far all rays within `angle` of this one are above the hills."""
    top = w[HEIGHT] * 1.05
    t = 0.0
    if o[1] > top:
        if d[1] >= -angle:
            return FAR_M
        t = (o[1] - top) / (angle - d[1])
    for _ in range(60):
        p = along(o, d, t)
        gap, slope = _gap(w, p, 5)
        gap -= angle * t
        if gap < 0.004 * t or t > FAR_M:
            break
        t += gap / (0.35 + slope)
    return min(t, FAR_M)


@kernel
def _hill_meet(w: F64, o: Vec, d: Vec, start: float, end: float, close: float) -> float:
    """Walk to the hills; `close` is how near the place that is found must be, for each metre walked.

    Only what goes below the hills meets them, not what passes close above: else the ridges would be ragged,
    since it is chance where a walk that passes sets foot.
    """
    top = w[HEIGHT] * 1.05
    t = start
    if o[1] > top:
        if d[1] >= 0.0:
            return INFINITY
        t = max(t, (o[1] - top) / -d[1])
    elif d[1] > 0.0:
        end = min(end, (top - o[1]) / d[1])
    before, gap, gap_before = t, 1.0, 1.0
    for _ in range(120):
        if t > end:
            return INFINITY
        octaves = 6 if t * close < 0.05 else 5
        gap, slope = _gap(w, along(o, d, t), octaves)
        if gap < 0.0 and t == start and t > 1.0:
            start *= 0.85
            t = before = start
            continue
        if gap <= 0.0:
            return _between_steps(w, o, d, before, t, gap_before, gap, octaves, close)
        step = gap / (0.3 + slope)
        if gap < gap_before and t > before:
            left = gap * (t - before) / (gap_before - gap)
            if max(gap, left) < close * t:
                return t + left
            step = max(step, min(0.8 * left, 1.6 * step))
        before, gap_before = t, gap
        t += max(step, 0.0006 * t + 0.02)
    return t if gap < 0.05 * t else INFINITY


@inlined
def _between_steps(
    w: F64,
    o: Vec,
    d: Vec,
    above: float,
    below: float,
    gap: float,
    under: float,
    octaves: int,
    close: float,
) -> float:
    """Return where a ray that is `gap` above the hills at one place, `under` at another, goes through them."""
    if below <= above:
        return below
    for _ in range(4):
        t = above + (below - above) * gap / (gap - under)
        if below - above < 4.0 * close * below:
            break
        here, _ = _gap(w, along(o, d, t), octaves)
        if abs(here) < 0.25 * close * t:
            break
        if here > 0.0:
            above, gap = t, here
        else:
            below, under = t, here
    return t


@kernel
def hill_shadow(w: F64, p: Vec) -> float:
    """Return how much of the sun the hills leave a point: 0 to 1."""
    to, top = at(w, LIGHT_WAY), w[HEIGHT] * 1.05
    if to[1] > 0.8 or to[1] <= 0.01:
        return 1.0
    light, t = 1.0, 0.012 * w[SCALE] + 0.3
    for _ in range(9):
        q = along(p, to, t)
        if q[1] > top:
            break
        gap, _ = _gap(w, q, 3)
        light = min(light, 0.5 + gap / (0.03 * t + 0.004 * w[HEIGHT]))
        if light <= 0.0:
            return 0.0
        t += max(0.8 * gap, 0.25 * t)
    return smooth(light, 0.0, 1.0)


@kernel
def ground_facing(w: F64, p: Vec, width: float) -> tuple[Vec, float]:
    """Return the ground's normal where a pixel spans `width` metres, and the slope it cannot show."""
    if w[GROUND_KIND] == WATER:
        return _wave_facing(w, p, width)
    if w[GROUND_KIND] != TERRAIN or p[0] * p[0] + p[2] * p[2] < CLEARING_M * CLEARING_M:
        return (0.0, 1.0, 0.0), 0.0
    octaves = 2 + int(clamp(math.log2(max(w[SCALE] / max(width, 1e-3), 1.0)), 1.0, 7.0))
    _, x, z = hill(p[0], p[2], w[HEIGHT], w[SCALE], count_at(w, SEED), octaves)
    return normalized((-x, 1.0, -z)), 0.0


@kernel
def _wave_facing(w: F64, p: Vec, width: float) -> tuple[Vec, float]:
    slope_x = slope_z = hidden = 0.0
    steep = 0.055 + 0.035 * w[WETNESS]
    for k in range(WAVES):
        train = WAVE_TRAINS + k * WAVE_COLUMNS
        wave_m = w[train + 4]
        kept = 1.0 - smooth(width, 0.1 * wave_m, 0.4 * wave_m)
        hidden += 0.5 * steep * steep * (1.0 - kept * kept)
        if kept <= 0.0:
            continue
        cx, cz = w[train], w[train + 1]
        bend = 0.9 * flat_noise(p[0] / (2.3 * wave_m), p[2] / (2.3 * wave_m), 60 + k)
        phase = w[train + 2] * (cx * p[0] + cz * p[2]) - w[train + 3] + 2.5 * bend
        wave = swung(phase) * steep * kept
        slope_x -= cx * wave
        slope_z -= cz * wave
    return normalized((slope_x, 1.0, slope_z)), hidden


@kernel
def finest_wave(width: float) -> bool:
    """Tell whether the water has waves about as fine as a pixel that spans `width` metres of it."""
    return 0.02 < width < 3.0

"""What is seen where nothing stands: sky, sun, moon, clouds, stars, a studio's walls, the deep."""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    AZIMUTHS,
    CLOUDS,
    DISC,
    DRIFT,
    ELEVATIONS,
    FOG_COLOR,
    GAIN,
    KEY,
    LIGHT_WAY,
    NIGHT_SHARE,
    SEED,
    SKY,
    SUN_WAY,
    TABLE,
    TINT,
    at,
    count_at,
)
from functions.models.previz.optics.noise import clouded, hashed, whole
from functions.models.previz.snapshot import NIGHT, OVERCAST, SPACE, STUDIO, UNDERWATER
from functions.models.previz.optics.vec import F64, Vec, add, clamp, dot, luminance, mix, mul, scaled, smooth

NO_LIGHT: Vec = (0.0, 0.0, 0.0)


@inlined
def to_acescg(c: Vec) -> Vec:
    """Turn linear Rec.709 into ACEScg."""
    return (
        0.613097 * c[0] + 0.339523 * c[1] + 0.047379 * c[2],
        0.070194 * c[0] + 0.916354 * c[1] + 0.013452 * c[2],
        0.020616 * c[0] + 0.109570 * c[1] + 0.869815 * c[2],
    )


@kernel
def daylight(w: F64, d: Vec) -> Vec:
    """Return the clear sky's light from a direction, without the sun's disc."""
    sun = at(w, SUN_WAY)
    rise = max(d[1], 0.0)
    flat = math.sqrt(max((1.0 - rise * rise) * (1.0 - sun[1] * sun[1]), 1e-9))
    toward = d[0] * sun[0] + d[1] * sun[1] + d[2] * sun[2]
    cosine = clamp((d[0] * sun[0] + d[2] * sun[2]) / flat, -1.0, 1.0)
    e = math.sqrt(min(rise, 1.0)) * (ELEVATIONS - 1.0)
    a = math.sqrt(0.5 - 0.5 * cosine) * (AZIMUTHS - 1.0)
    i, j = min(int(e), ELEVATIONS - 2), min(int(a), AZIMUTHS - 2)
    u, v = e - i, a - j
    air = 0.0596831 * (1.0 + toward * toward)
    g = 0.76
    away = 1.0 + g * g - 2.0 * g * toward
    dust = 0.0795775 * (1.0 - g * g) / (away * math.sqrt(away))
    cell = TABLE + (i * AZIMUTHS + j) * 6
    first, second = _blend(w, cell, v), _blend(w, cell + AZIMUTHS * 6, v)
    few, many = _blend(w, cell + 3, v), _blend(w, cell + 3 + AZIMUTHS * 6, v)
    c = add(scaled(mix(first, second, u), air), scaled(mix(few, many, u), dust))
    return mul(scaled(to_acescg(c), w[GAIN]), at(w, TINT))


@inlined
def _blend(w: F64, cell: int, k: float) -> Vec:
    """Return three parts of the table between a cell and the one beside it."""
    return mix(at(w, cell), at(w, cell + 6), k)


@kernel
def backdrop(w: F64, d: Vec) -> Vec:
    """Return the sky without discs, clouds and stars: what lights and hazes the scene."""
    if w[SKY] == STUDIO:
        k = smooth(d[1], -0.25, 0.9)
        base = mix((0.62, 0.62, 0.62), (0.22, 0.22, 0.23), k)
        return mul(base, at(w, TINT))
    if w[SKY] == SPACE:
        return NO_LIGHT
    if w[SKY] == UNDERWATER:
        k = smooth(d[1], -0.7, 1.0)
        deep = scaled(at(w, FOG_COLOR), 0.35)
        return mul(mix(deep, add(scaled(at(w, FOG_COLOR), 2.2), (0.02, 0.14, 0.16)), k * k), at(w, TINT))
    if w[SKY] == OVERCAST:
        grey = daylight(w, (0.0, 1.0, 0.0))
        level = clamp(luminance(grey) * 3.2, 0.06, 0.75) * (1.0 + 2.0 * max(d[1], 0.0)) / 2.2
        return mul((level * 0.97, level, level * 1.04), at(w, TINT))
    light = daylight(w, d)
    if w[NIGHT_SHARE] > 0.0:
        k = 0.35 + 0.65 * math.exp(-3.5 * max(d[1], 0.0))
        dark = mul((0.011 * k, 0.017 * k, 0.032 * k), at(w, TINT))
        light = add(scaled(light, 1.0 - w[NIGHT_SHARE]), scaled(dark, w[NIGHT_SHARE]))
    return light


@kernel
def heaven_light(w: F64, d: Vec, pixel: float, disc: bool) -> Vec:
    """Return all the light from a direction; `pixel` is the angle that one pixel spans."""
    light = backdrop(w, d)
    shade = 1.0
    if w[CLOUDS] > 0.0 and d[1] > 0.01:
        light, shade = _clouds(w, d, light)
    if w[NIGHT_SHARE] > 0.0 or w[SKY] == SPACE:
        light = add(light, scaled(_stars(w, d, pixel), shade))
    toward = dot(d, at(w, LIGHT_WAY))
    if disc and toward > 0.0 and w[DISC] + w[DISC + 1] > 0.0:
        radius = 0.0065 if w[SKY] == NIGHT or w[NIGHT_SHARE] > 0.5 else 0.00465
        off = math.sqrt(max(2.0 - 2.0 * toward, 0.0))
        edge = max(pixel, 1e-4)
        light = add(light, scaled(at(w, DISC), shade * clamp((radius - off) / edge + 0.5, 0.0, 1.0)))
        glow = 0.02 * math.exp(-off * 28.0) + 0.004 * math.exp(-off * 7.0)
        light = add(light, scaled(at(w, KEY), shade * glow * 8.0))
    return light


@kernel
def _stars(w: F64, d: Vec, pixel: float) -> Vec:
    scale = 90.0
    ax, ay, az = abs(d[0]), abs(d[1]), abs(d[2])
    if ax > ay and ax > az:
        u, v, face = d[1] / d[0], d[2] / d[0], 1 + int(d[0] > 0)
    elif ay > az:
        u, v, face = d[0] / d[1], d[2] / d[1], 3 + int(d[1] > 0)
    else:
        u, v, face = d[0] / d[2], d[1] / d[2], 5 + int(d[2] > 0)
    i, j = whole(u * scale), whole(v * scale)
    chance = hashed(i, j, face)
    if chance < 0.72:
        return NO_LIGHT
    x = i + 0.2 + 0.6 * hashed(i, j, face + 11)
    y = j + 0.2 + 0.6 * hashed(i, j, face + 23)
    gap = math.sqrt((u * scale - x) ** 2 + (v * scale - y) ** 2) / scale
    size = max(0.00045, 0.75 * pixel)
    bright = ((chance - 0.72) / 0.28) ** 7 * 5.0 + 0.05
    bright *= (0.00055 / size) ** 2 if size > 0.00055 else 1.0
    k = bright * clamp(1.5 - gap / size, 0.0, 1.0) * (1.0 if w[SKY] == SPACE else w[NIGHT_SHARE])
    warm = hashed(i, j, face + 37)
    if w[SKY] != SPACE:
        k *= smooth(d[1], 0.0, 0.25)
    return (k * (0.75 + 0.4 * warm), k * 0.9, k * (1.15 - 0.35 * warm))


@kernel
def _clouds(w: F64, d: Vec, behind: Vec) -> tuple[Vec, float]:
    """Return the light with the clouds before it, and how much of what is behind shines through."""
    flat = 1.6 / (d[1] + 0.08)
    x, z = d[0] * flat + w[DRIFT], d[2] * flat + w[DRIFT + 2]
    seed = count_at(w, SEED) * 7 + 3
    thick = clouded(x, z, 5, seed) + 0.5
    edge = 1.08 - 1.05 * w[CLOUDS]
    dense = smooth(thick, edge, edge + 0.3)
    if dense <= 0.0:
        return behind, 1.0
    sun = at(w, LIGHT_WAY)
    ahead = clouded(x + sun[0] * 0.25, z + sun[2] * 0.25, 3, seed) + 0.5
    lit = clamp(0.75 + 0.9 * (thick - ahead) - 0.45 * smooth(thick, edge + 0.1, edge + 0.6), 0.12, 1.2)
    around = backdrop(w, (0.0, 1.0, 0.0))
    grey = luminance(around) * 0.9
    body = add((grey, grey, grey), add(scaled(around, 0.6), scaled(at(w, KEY), 0.38 * lit)))
    dense *= smooth(d[1], 0.01, 0.16) * 0.96
    return mix(behind, body, dense), (1.0 - dense) ** 3

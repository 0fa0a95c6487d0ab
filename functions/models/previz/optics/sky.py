"""What is seen where nothing stands: sky, sun, moon, clouds, stars, a studio's walls, the deep."""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    AZIMUTHS,
    BAKED,
    BAKED_COLUMNS,
    BAKED_ROWS,
    CLOUDS,
    DISC,
    DRIFT,
    ELEVATIONS,
    FLOOR,
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
from functions.models.previz.optics.vec import (
    F64,
    Vec,
    add,
    along,
    clamp,
    dot,
    luminance,
    mix,
    mul,
    scaled,
    smooth,
)
from functions.models.previz.snapshot import OVERCAST, SPACE, STUDIO, UNDERWATER

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
def open_sky(w: F64, d: Vec) -> Vec:
    """Return the outdoor sky without discs, clouds and stars; it is baked into a table."""
    if w[SKY] == OVERCAST:
        level = 0.3 * luminance(daylight(w, (0.0, 1.0, 0.0))) + 1.1 * luminance(at(w, KEY))
        level *= 1.0 + 1.2 * max(d[1], 0.0)
        return mul((level * 0.96, level, level * 1.06), at(w, TINT))
    light = daylight(w, d)
    if w[NIGHT_SHARE] > 0.0:
        k = 0.4 + 0.6 * math.exp(-3.5 * max(d[1], 0.0))
        dark = mul((0.014 * k, 0.022 * k, 0.042 * k), at(w, TINT))
        light = mix(light, dark, w[NIGHT_SHARE])
    return light


@kernel
def backdrop(w: F64, d: Vec) -> Vec:
    """Return the sky without discs, clouds and stars: what lights and hazes the scene."""
    sky = w[SKY]
    if sky == STUDIO:
        wall = mix(at(w, FLOOR), (0.5, 0.5, 0.5), 0.25)
        return mul(scaled(wall, 1.0 - 0.72 * smooth(d[1], 0.0, 0.85)), at(w, TINT))
    if sky == SPACE:
        return NO_LIGHT
    if sky == UNDERWATER:
        return mul(_depths(w, d), at(w, TINT))
    rise = min(max(d[1], 0.0), 1.0)
    flat = (d[0] * d[0] + d[2] * d[2]) * (w[SUN_WAY] ** 2 + w[SUN_WAY + 2] ** 2)
    cosine = (d[0] * w[SUN_WAY] + d[2] * w[SUN_WAY + 2]) / math.sqrt(max(flat, 1e-12))
    e = math.sqrt(rise) * (BAKED_ROWS - 1.0)
    a = math.sqrt(clamp(0.5 - 0.5 * cosine, 0.0, 1.0)) * (BAKED_COLUMNS - 1.0)
    i, j = min(int(e), BAKED_ROWS - 2), min(int(a), BAKED_COLUMNS - 2)
    cell = BAKED + (i * BAKED_COLUMNS + j) * 3
    low = mix(at(w, cell), at(w, cell + 3), a - j)
    high = mix(at(w, cell + BAKED_COLUMNS * 3), at(w, cell + BAKED_COLUMNS * 3 + 3), a - j)
    return mix(low, high, e - i)


@inlined
def _depths(w: F64, d: Vec) -> Vec:
    """Return the water's own light: dark below, bright where the surface is."""
    color = at(w, FOG_COLOR)
    k = smooth(d[1], -0.8, 1.0)
    light = mix(scaled(color, 0.25), along((0.015, 0.09, 0.2), color, 3.0), k * k)
    return along(light, (0.14, 0.38, 0.6), smooth(dot(d, at(w, LIGHT_WAY)), 0.6, 1.05))


@kernel
def heaven_light(w: F64, d: Vec, pixel: float, disc: bool) -> Vec:
    """Return all the light from a direction; `pixel` is the angle that one pixel spans."""
    light = backdrop(w, d)
    shade = 1.0
    if w[CLOUDS] > 0.0 and d[1] > 0.01:
        light, shade = _clouds(w, d, light, 5 if disc else 3)
    if w[NIGHT_SHARE] > 0.0 or w[SKY] == SPACE:
        light = add(light, scaled(_stars(w, d, pixel), shade))
    toward = dot(d, at(w, LIGHT_WAY))
    if w[SKY] == STUDIO and not disc:
        return add(light, _softboxes(w, d, toward))
    if toward > 0.5 and w[SKY] != STUDIO and w[SKY] != UNDERWATER and w[SKY] != OVERCAST:
        light = add(light, scaled(_disc(w, toward, pixel, disc), shade))
    return light


@inlined
def _softboxes(w: F64, d: Vec, toward: float) -> Vec:
    """Return the studio's lights as glossy things mirror them: a round key, and a strip behind."""
    to = at(w, LIGHT_WAY)
    strip = smooth(-d[0] * to[0] - d[2] * to[2], 0.28, 0.34) * (
        1.0 - smooth(abs(d[1] - 0.35), 0.22, 0.28)
    )
    side = abs(d[0] * to[2] - d[2] * to[0])
    strip *= 1.0 - smooth(abs(side - 0.25), 0.1, 0.13)
    return scaled(at(w, KEY), 3.5 * smooth(toward, 0.955, 0.965) + 1.6 * strip)


@inlined
def _disc(w: F64, toward: float, pixel: float, disc: bool) -> Vec:
    """Return the sun's or moon's disc and the glow round it."""
    off2 = max(2.0 - 2.0 * toward, 0.0)
    near, far = 1.0 / (1.0 + 900.0 * off2), max(1.0 / (1.0 + 40.0 * off2) - 0.025, 0.0)
    glow = scaled(at(w, KEY), 0.16 * near * near + 0.03 * far * far)
    radius = 0.0065 if w[NIGHT_SHARE] > 0.5 else 0.00465
    edge = max(pixel, 1e-4)
    if not disc or off2 > (radius + edge) ** 2:
        return glow
    return along(glow, at(w, DISC), clamp((radius - math.sqrt(off2)) / edge + 0.5, 0.0, 1.0))


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
def _clouds(w: F64, d: Vec, behind: Vec, octaves: int) -> tuple[Vec, float]:
    """Return the light with the clouds before it, and how much of what is behind shines through."""
    flat = 1.6 / (d[1] + 0.08)
    x, z = d[0] * flat + w[DRIFT], d[2] * flat + w[DRIFT + 2]
    seed = count_at(w, SEED) * 7 + 3
    thick = clouded(x, z, octaves, seed) + 0.5
    edge = 1.08 - 1.05 * w[CLOUDS]
    dense = smooth(thick, edge, edge + 0.3)
    if dense <= 0.0:
        return behind, 1.0
    sun = at(w, LIGHT_WAY)
    ahead = clouded(x + sun[0] * 0.25, z + sun[2] * 0.25, 3, seed) + 0.5
    lit = clamp(
        0.75 + 0.9 * (thick - ahead) - 0.45 * smooth(thick, edge + 0.1, edge + 0.6), 0.12, 1.2
    )
    around = backdrop(w, (0.0, 1.0, 0.0))
    grey = 0.9 * luminance(around) + 0.02 * w[NIGHT_SHARE] * lit
    body = along(along((grey, grey, grey), around, 0.6), at(w, KEY), 0.38 * lit)
    dense *= smooth(d[1], 0.01, 0.16) * 0.96
    return mix(behind, body, dense), (1.0 - dense) ** 3

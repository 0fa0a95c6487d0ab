"""The light of a scene: which sun or moon, how much, and how far the camera opens up for it.

Exposure. At noon a white card square to the sun comes out near 3. Let D be how many stops less light a card gets
that faces the sun, or else the sky; the exposure is raised by D - 4.5 (1 - exp(-D / 6)) stops: an
hour before sunset is exposed nearly like noon, and the deepest dusk ends no more than 4.5 stops
under it, as a cinematographer would expose it. A card in moonlight is 3.5 stops under noon. Lamps
(emissive bodies) are given as the exposed picture shows them.
"""

import math

import numpy as np

from functions.models.previz.optics.air import sunlit_air
from functions.models.previz.optics.layout import (
    AROUND,
    BAKED,
    CLOUDS,
    DISC,
    DRIFT,
    FOG,
    FOG_COLOR,
    GAIN,
    GROUND_KIND,
    GROUND_MATERIAL,
    HEIGHT,
    KEY,
    LEAN_Y,
    LIGHT_WAY,
    MOST_LAMPS,
    NIGHT_SHARE,
    PERIOD,
    SCALE,
    SEED,
    SKY,
    SPREAD,
    SUN_WAY,
    TABLE,
    TIME,
    TINT,
    WAVE_COLUMNS,
    WAVE_TRAINS,
    WAVES,
    WETNESS,
)
from functions.models.previz.optics.vec import F64, Vec
from functions.models.previz.snapshot import (
    CLOUDY,
    NIGHT,
    OVERCAST,
    SPACE,
    SPHERE,
    STUDIO,
    UNDERWATER,
    Air,
    Snapshot,
)

TO_ACESCG = np.array(
    [[0.613097, 0.339523, 0.047379], [0.070194, 0.916354, 0.013452], [0.020616, 0.109570, 0.869815]]
)
"""Linear Rec.709 to ACEScg (AP1), Bradford-adapted."""

SUNLIGHT = 8.9
"""Sunlight above the air, so that a white card at clear noon comes out near 3."""

SKYLIGHT = 1.3 * SUNLIGHT
"""What the sky's table is multiplied with; more than SUNLIGHT for the light that the table leaves out."""

NOON = 2.9
"""What a white card square to the noon sun gets, in luminance."""

BRIGHTEST_DISC = 24000.0
"""The sun's disc is truly four times as bright; this still fits a half float when mirrored twice."""


def fill_light(w: F64, air: Air) -> None:
    """Write the light and the air of a snapshot into a world, and the sky's table."""
    true_sun = _unit(air.sun_direction)
    table, color = sunlit_air(round(true_sun[1], 6), round(float(air.turbidity), 3))
    night = _night(air.sky, true_sun)
    way, key, spread, disc = _key_light(air, true_sun, color, night)
    fog, fog_color = _fog(air)
    w[TABLE:BAKED] = table.reshape(-1)
    w[SKY], w[NIGHT_SHARE], w[GAIN], w[CLOUDS] = air.sky, night, SKYLIGHT, _cloud_cover(air)
    w[SPREAD], w[FOG], w[SEED] = spread, fog, int(air.seed) & 0xFFFF
    w[TIME], w[PERIOD] = air.time_s, max(float(air.period_s), 0.0)
    w[GROUND_KIND], w[GROUND_MATERIAL] = air.ground, air.ground_material
    w[HEIGHT], w[SCALE] = max(air.terrain_height_m, 0.0), max(air.terrain_scale_m, 1e-3)
    w[WETNESS] = min(max(air.wetness, 0.0), 1.0)
    w[WAVE_TRAINS : WAVE_TRAINS + WAVES * WAVE_COLUMNS] = _waves(air).reshape(-1)
    for place, value in (
        (LIGHT_WAY, way),
        (KEY, key),
        (DISC, disc),
        (SUN_WAY, true_sun),
        (TINT, _vec(air.tint)),
        (DRIFT, _drift(air)),
        (FOG_COLOR, fog_color),
    ):
        w[place : place + 3] = value


def _waves(air: Air) -> F64:
    """Return the trains of waves (WAVES, WAVE_COLUMNS): direction, number, phase, length in metres."""
    turn = 0.6 + 0.7 * ((int(air.seed) & 0xFFFF) % 7)
    rows = []
    for k in range(WAVES):
        wave_m = 7.0 * 0.58**k
        angle, number = turn + 2.4 * k + (0.0 if k else 0.3), 2.0 * math.pi / wave_m
        speed = math.sqrt(9.81 * number)
        if air.period_s > 0.0:
            beat = 2.0 * math.pi / air.period_s
            speed = max(round(speed / beat), 1.0) * beat
        phase = math.fmod(speed * air.time_s, 2.0 * math.pi)
        rows.append((math.cos(angle), math.sin(angle), number, phase, wave_m))
    return np.array(rows)


def _vec(values: F64) -> Vec:
    return (float(values[0]), float(values[1]), float(values[2]))


def _unit(values: F64) -> Vec:
    x, y, z = _vec(values)
    size = math.sqrt(x * x + y * y + z * z)
    return (x / size, y / size, z / size) if 1e-9 < size < 1e9 else (0.0, 1.0, 0.0)


def acescg(color: Vec, k: float = 1.0) -> Vec:
    """Turn linear Rec.709 into ACEScg, `k` times as bright."""
    return _vec(TO_ACESCG @ np.array(color) * k)


def _night(sky: int, sun: Vec) -> float:
    if sky == NIGHT:
        return 1.0
    k = min(max((-0.12 - sun[1]) / 0.15, 0.0), 1.0)
    return k * k * (3 - 2 * k) if sky in (0, CLOUDY) else 0.0


def open_up(w: F64) -> None:
    """Raise the exposure of a world in daylight; its ambient light must have been gathered."""
    if w[SKY] in (STUDIO, SPACE, UNDERWATER, NIGHT):
        return
    up = [max(float(w[AROUND + c] + w[LEAN_Y + c]), 0.0) for c in range(3)]
    got = _luminance(_vec(w[KEY : KEY + 3])) * (1.0 - float(w[NIGHT_SHARE])) + _luminance(
        _vec(np.array(up))
    )
    darker = math.log2(NOON / min(max(got, 1e-7), NOON))
    opened = 2.0 ** (darker - 4.5 * (1.0 - math.exp(-darker / 6.0)))
    w[GAIN] *= opened
    if w[NIGHT_SHARE] <= 0.5:
        w[KEY : KEY + 3] *= opened
        disc = w[DISC : DISC + 3] * opened
        w[DISC : DISC + 3] = disc * min(1.0, BRIGHTEST_DISC / max(float(disc.max()), 1e-9))


def _luminance(c: Vec) -> float:
    return 0.2722287 * c[0] + 0.6740818 * c[1] + 0.0536895 * c[2]


def _key_light(air: Air, true_sun: Vec, color: Vec, night: float) -> tuple[Vec, Vec, float, Vec]:
    """Return direction, white card, spread and radiance of the light that casts the shadows."""
    if air.sky == STUDIO:
        sun = true_sun if true_sun[1] > 0.3 else _unit(np.array([0.5, 0.75, 0.55]))
        return sun, (1.9, 1.85, 1.78), 0.22, (0.0, 0.0, 0.0)
    if air.sky == SPACE:
        return true_sun, (3.0, 2.95, 2.9), 0.004, (20000.0, 19500.0, 19000.0)
    if air.sky == UNDERWATER:
        sun = _unit(np.array([0.3 * true_sun[0], 0.95, 0.3 * true_sun[2]]))
        return sun, (0.28, 0.68, 1.0), 0.06, (0.0, 0.0, 0.0)
    if night > 0.5:
        moon = true_sun if true_sun[1] > 0.05 else _moon(true_sun)
        k = 2.0 * night - 1.0
        return moon, (0.2 * k, 0.26 * k, 0.35 * k), 0.006, (3.2 * k, 3.3 * k, 3.4 * k)
    k = (1.0 - 2.0 * night) * _through_clouds(air)
    card = acescg(color, k * SUNLIGHT / math.pi)
    spread = 0.3 if air.sky == OVERCAST else 0.00465 + 0.02 * _cloud_cover(air) ** 2
    return true_sun, card, spread, acescg(color, k * SUNLIGHT / math.pi * 8000.0)


def _moon(sun: Vec) -> Vec:
    return _unit(np.array([-sun[0], max(-sun[1], 0.45) + 0.1, -sun[2]]))


def _cloud_cover(air: Air) -> float:
    cover = min(max(float(air.cloud_cover), 0.0), 1.0)
    if air.sky == CLOUDY:
        return cover if cover > 0.0 else 0.55
    return cover if air.sky in (0, NIGHT) else 0.0


def _through_clouds(air: Air) -> float:
    return 0.08 if air.sky == OVERCAST else 1.0 - 0.75 * max(_cloud_cover(air) - 0.55, 0.0) / 0.45


def _drift(air: Air) -> Vec:
    """Return how far the clouds have drifted: on a straight line, or round a circle once a period."""
    speed = 0.012
    if air.period_s <= 0:
        return (speed * float(air.time_s), 0.0, 0.3 * speed * float(air.time_s))
    angle = 2.0 * math.pi * (float(air.time_s) / float(air.period_s) % 1.0)
    radius = speed * float(air.period_s) / (2.0 * math.pi)
    return (radius * math.sin(angle), 0.0, radius * (1.0 - math.cos(angle)))


def _fog(air: Air) -> tuple[float, Vec]:
    density = max(float(air.fog_density), 0.0)
    if air.sky != UNDERWATER:
        return density, _vec(air.fog_color)
    color = _vec(air.fog_color)
    blue = color if max(color) > 0 else (0.01, 0.12, 0.18)
    return max(density, 0.045), blue


def lamps_of(snapshot: Snapshot) -> F64:
    """Return the brightest emissive bodies as balls (l, 8): centre, radius, colour, row."""
    materials = snapshot.materials.reshape(-1, 16)
    rows = []
    emits = materials[snapshot.shape_materials, 12:15]
    for i in np.flatnonzero((emits > 0).any(axis=1)):
        emit, size = emits[i], np.maximum(snapshot.sizes[i], 1e-6)
        radius = (
            float(np.cbrt(np.prod(size))) if snapshot.kinds[i] == SPHERE else _area_radius(size)
        )
        center = snapshot.positions[:, i].mean(axis=0)
        rows.append((-float(emit.max()) * radius**2, int(i), (*center, radius, *emit, float(i))))
    rows.sort()
    return np.array([row for _, _, row in rows[:MOST_LAMPS]], np.float64).reshape(-1, 8)


def _area_radius(size: F64) -> float:
    """Return the radius of the ball with the area of a box of these half edges."""
    x, y, z = size
    return math.sqrt(8.0 * (x * y + y * z + z * x) / (4.0 * math.pi))

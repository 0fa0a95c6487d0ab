"""How a surface that is no mirror is lit: by sun or moon, by the sky around, by lamps."""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.layout import (
    AROUND,
    BALL,
    BODIES,
    FOCUS,
    FOG,
    FOG_COLOR,
    GROUND_KIND,
    KEY,
    LAMP_COLOR,
    LAMP_COLUMNS,
    LAMP_COUNT,
    LAMP_ITEM,
    LAMP_RADIUS,
    LAMPS,
    LEAN_X,
    LEAN_Y,
    LEAN_Z,
    LIGHT_WAY,
    PERIOD,
    SKY,
    TIME,
    at,
    count_at,
    shape_at,
)
from functions.models.previz.optics.noise import flat_noise
from functions.models.previz.optics.sky import backdrop
from functions.models.previz.optics.trace import GROUND, key_shadow, lamp_shadow, openness
from functions.models.previz.optics.vec import (
    F64,
    Vec,
    add,
    along,
    clamp,
    dot,
    mix,
    mul,
    normalized,
    scaled,
    sub,
)
from functions.models.previz.optics.veil import OPEN, SHADE, Veil
from functions.models.previz.snapshot import NO_GROUND, SPACE, STUDIO, UNDERWATER


@inlined
def soft_sky(w: F64, n: Vec) -> Vec:
    """Return what a white card with normal n gets from sky and ground, open on all sides."""
    x, y, z = at(w, LEAN_X), at(w, LEAN_Y), at(w, LEAN_Z)
    light = along(along(along(at(w, AROUND), x, n[0]), y, n[1]), z, n[2])
    return (max(light[0], 0.0), max(light[1], 0.0), max(light[2], 0.0))


@inlined
def fresnel(cosine: float, base: float) -> float:
    """Return the share that a surface mirrors (Schlick 1994)."""
    k = 1.0 - clamp(cosine, 0.0, 1.0)
    k2 = k * k
    return base + (1.0 - base) * k2 * k2 * k


@inlined
def highlight(n: Vec, v: Vec, to: Vec, rough: float, base: float) -> float:
    """Return the GGX highlight times pi, cosine of the light included (Walter et al. 2007)."""
    nl, nv = max(dot(n, to), 0.0), max(dot(n, v), 1e-3)
    h = normalized(add(to, v))
    nh = clamp(dot(n, h), 0.0, 1.0)
    alpha = max(rough * rough, 0.0025)
    a2 = alpha * alpha
    under = nh * nh * (a2 - 1.0) + 1.0
    k = 0.5 * alpha
    seen = 0.25 / ((nl * (1.0 - k) + k) * (nv * (1.0 - k) + k))
    return a2 / (under * under) * seen * fresnel(dot(h, v), base) * nl


FAINT_LAMP = 0.006
"""What a lamp gives to a white card is less by this, so that far lamps need not be asked."""


@kernel
def lamp_light(
    w: F64,
    slot: int,
    p: Vec,
    n: Vec,
    v: Vec,
    own: int,
    base: Vec,
    rough: float,
    f0: float,
    far: bool,
) -> Vec:
    """Return the light of the emissive bodies that a surface sends back; lamps are balls.

    What is `far`, seen in a mirror, is lit through what stands between.
    """
    total = (0.0, 0.0, 0.0)
    for k in range(count_at(w, LAMP_COUNT)):
        lamp = count_at(w, LAMPS) + k * LAMP_COLUMNS
        item, radius, color = (
            count_at(w, lamp + LAMP_ITEM),
            w[lamp + LAMP_RADIUS],
            at(w, lamp + LAMP_COLOR),
        )
        to = sub(at(w, shape_at(w, slot, item)), p)
        gap2, brightest = max(dot(to, to), 1e-9), max(max(color[0], color[1]), max(color[2], 1e-6))
        if item == own or radius * radius * brightest <= FAINT_LAMP * gap2:
            continue
        gap = math.sqrt(gap2)
        to = scaled(to, 1.0 / gap)
        wide = min(radius / gap, 0.9)
        facing = (dot(n, to) + 0.5 * wide) / (1.0 + 0.5 * wide)
        share = wide * wide - FAINT_LAMP / brightest
        if facing <= 0.0 or share <= 0.0:
            continue
        seen = 1.0
        if not far:
            seen = lamp_shadow(w, k, slot, p, own, to, min(wide, 0.2), gap - radius)
        shine = highlight(n, v, to, max(rough, 0.3 * wide + 0.08), f0)
        total = add(
            total, mul(scaled(color, share * seen), along((shine, shine, shine), base, facing))
        )
    return total


@kernel
def ripples(w: F64, p: Vec) -> float:
    """Return how the water's surface gathers sunlight in nets below it: 1 on average."""
    turn = w[TIME]
    if w[PERIOD] > 0.0:
        turn = 2.0 * math.pi * (w[TIME] / w[PERIOD] % 1.0)
    x, z = p[0] - 0.3 * p[1], p[2] - 0.2 * p[1]
    a = flat_noise(1.1 * x + 0.8 * math.sin(turn), 1.1 * z + 0.8 * math.cos(turn), 71)
    b = flat_noise(1.7 * z - 0.7 * math.cos(turn), 1.7 * x + 0.7 * math.sin(turn), 72)
    net = (1.0 - abs(a)) * (1.0 - abs(b))
    net *= net
    return 0.45 + 2.6 * net * net


@inlined
def lifted(p: Vec, n: Vec, gone: float) -> Vec:
    """Return a point just above a surface, by more the farther the ray has come."""
    return along(p, n, 1e-4 + 2e-5 * gone)


@inlined
def _open_to_sky(w: F64, slot: int, p: Vec, n: Vec, own: int) -> tuple[float, Vec]:
    """Return how open a surface is to the sky, less so near the ground, and the colour of what closes it in."""
    open_, bleed = openness(w, slot, p, n, own)
    if 0 <= own < count_at(w, BODIES) and w[GROUND_KIND] != NO_GROUND:
        ball = w[shape_at(w, slot, own) + BALL]
        open_ *= 1.0 - 0.75 * math.exp(-2.2 * max(p[1], 0.0) / ball) * (0.5 - 0.5 * n[1])
    return open_, bleed


@kernel
def lit(
    w: F64,
    slot: int,
    p: Vec,
    n: Vec,
    v: Vec,
    own: int,
    base: Vec,
    rough: float,
    f0: float,
    sunny: float,
    far: bool,
    veil: Veil,
) -> tuple[Vec, Vec, Veil]:
    """Return the light that a surface at p sends back to v, from everything but mirrored things.

    Also what of it the key light would give, were nothing in its way; and the veil, which is found if it is
    not given. `sunny` is the share of the sun that hills leave it; what is `far`, seen in mirrors, is lit coarsely.
    """
    open_, bleed, shade = veil[OPEN], (veil[1], veil[2], veil[3]), veil[SHADE]
    if open_ < 0.0:
        open_, bleed = _open_to_sky(w, slot, p, n, own)
    around = add(
        scaled(soft_sky(w, n), open_), scaled(mul(soft_sky(w, (0.0, 1.0, 0.0)), bleed), 0.45)
    )
    total, keyed = mul(around, base), (0.0, 0.0, 0.0)
    to = at(w, LIGHT_WAY)
    facing = dot(n, to)
    if shade < 0.0:
        shade = 1.0 if own == GROUND else 0.0
        if sunny > 0.0 and (facing > 0.0 or own == GROUND):
            shade = key_shadow(w, slot, p, own)
    if facing > 0.0 and sunny > 0.0 and w[KEY] + w[KEY + 1] > 1e-5:
        seen = sunny
        if w[SKY] == UNDERWATER:
            seen *= ripples(w, p)
        shine = highlight(n, v, to, rough, f0)
        keyed = mul(scaled(at(w, KEY), seen), along((shine, shine, shine), base, facing))
        total = along(total, keyed, shade)
    if w[LAMP_COUNT] > 0.0:
        total = add(total, lamp_light(w, slot, p, n, v, own, base, rough, f0, far))
    return total, keyed, (open_, bleed[0], bleed[1], bleed[2], shade, sunny)


@inlined
def fog_light(w: F64, d: Vec) -> Vec:
    """Return the light that thick fog sends from a direction: more towards the sun."""
    toward = max(dot(d, at(w, LIGHT_WAY)), 0.0)
    toward *= toward
    toward *= toward
    color = at(w, FOG_COLOR)
    return along(color, mul(at(w, KEY), color), 0.12 + 0.35 * toward * toward)


@kernel
def air_between(w: F64, d: Vec, t: float) -> tuple[float, Vec]:
    """Return how much light passes `t` metres of fog and haze, and the light they add."""
    near = max(6.0, 1.6 * w[FOCUS]) if w[SKY] == STUDIO else 60.0
    if w[FOG] <= 0.0 and (t < near or w[SKY] == SPACE):
        return 1.0, (0.0, 0.0, 0.0)
    passed = math.exp(-min(w[FOG] * t, 60.0))
    if w[SKY] == UNDERWATER:
        return passed, scaled(backdrop(w, d), 1.0 - passed)
    added = fog_light(w, d)
    if t < near or w[SKY] == SPACE:
        return passed, scaled(added, 1.0 - passed)
    clear = math.exp(-(t - near) / (1.3 * near if w[SKY] == STUDIO else 1300.0))
    horizon = backdrop(w, normalized((d[0], max(d[1], 0.004), d[2])))
    haze = mix(mix(horizon, added, 1.0 - passed), scaled(added, 1.0 - passed), clear)
    return passed * clear, haze

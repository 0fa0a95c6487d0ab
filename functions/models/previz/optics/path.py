"""A ray's way through the scene: what it meets, mirrors, passes through, and the light it brings back."""

import math

from functions.models.previz.optics.canvas import FINE, FINER
from functions.models.previz.optics.foreknown import UNSURE
from functions.models.previz.optics.ground import (
    CLEARING_M,
    finest_wave,
    ground_facing,
    ground_meet,
    hill_shadow,
)
from functions.models.previz.optics.jit import inlined, kernel, merged
from functions.models.previz.optics.layout import (
    BODIES,
    BUMP,
    CLEAR,
    FOG,
    GROUND_KIND,
    GROUND_MATERIAL,
    KEY,
    LIGHT_WAY,
    METAL,
    NIGHT_SHARE,
    PATTERN,
    REPEAT,
    ROUGH,
    SECOND,
    SKY,
    WETNESS,
    at,
    count_at,
    grain_at,
    material_at,
)
from functions.models.previz.optics.noise import clouded
from functions.models.previz.optics.shade import (
    air_between,
    fog_light,
    fresnel,
    highlight,
    lifted,
    lit,
    soft_sky,
)
from functions.models.previz.optics.sky import heaven_light
from functions.models.previz.optics.surface import (
    bend_of,
    clear_of,
    item_surface,
    material_of,
    metal_of,
    patterned,
)
from functions.models.previz.optics.texture import finest_part
from functions.models.previz.optics.trace import (
    F32,
    GROUND,
    I32,
    NOTHING,
    item_facing,
    key_shadow,
    meet_item,
    nearest,
    nearest_listed,
)
from functions.models.previz.optics.vec import (
    F64,
    INFINITY,
    Vec,
    add,
    along,
    clamp,
    dot,
    luminance,
    mix,
    mul,
    normalized,
    reflected,
    scaled,
    smooth,
)
from functions.models.previz.optics.veil import SHADE, SUNNY, UNVEILED, Veil
from functions.models.previz.snapshot import BOX, SPACE, STUDIO, TERRAIN, UNDERWATER, WATER

BOUNCES = 12

FAINT = 0.012
"""A ray that brings less than this share of its light is not followed."""

OUTSHINES = 2.0
"""The light that falls on what glows more than this is not seen."""

BUSY = FINE | FINER

WHITE = (1.0, 1.0, 1.0)
BLACK = (0.0, 0.0, 0.0)

Turn = tuple[Vec, Vec, Vec, int, Vec, Veil]
"""Light sent back, share of what comes next, direction of the next ray, body that it is inside of, what
of the light the key light would give, were nothing in its way, and what is in its way."""

Seen = tuple[Vec, int, Vec, float, Vec, Veil]
"""Light, what was met first (as a code: see `Canvas.first`), its normal, how far away, what the
key light would give there, were nothing in its way, and what is in its way."""


@kernel
def sky_seen(w: F64, d: Vec, pixel: float, first: bool) -> Vec:
    """Return the sky through the fog; only a first look sees the sun's disc."""
    light = heaven_light(w, d, pixel, first)
    if w[FOG] <= 0.0 or w[SKY] == UNDERWATER:
        return light
    passed = math.exp(-min(w[FOG] * 500.0 / (abs(d[1]) + 0.1), 60.0))
    return mix(fog_light(w, d), light, passed)


@inlined
def bent(d: Vec, n: Vec, eta: float) -> Vec:
    """Refract a direction (Snell); nothing where all is mirrored inside."""
    c = -dot(d, n)
    k = 1.0 - eta * eta * (1.0 - c * c)
    if k < 0.0:
        return BLACK
    return add(scaled(d, eta), scaled(n, eta * c - math.sqrt(k)))


@merged
def _leave(w: F64, slot: int, item: int, p: Vec, d: Vec, t: float) -> Turn:
    """Come to a glass body's wall from within: out, or mirrored."""
    m = material_of(w, slot, item)
    n = scaled(item_facing(w, slot, item, p), -1.0)
    share = mix(WHITE, at(w, m), clamp(0.5 * t, 0.0, 0.7))
    out = bent(d, n, bend_of(w, m))
    if dot(out, out) < 0.5:
        return BLACK, share, reflected(d, n), item, BLACK, UNVEILED
    return BLACK, share, out, NOTHING, BLACK, UNVEILED


@merged
def _enter(w: F64, m: int, item: int, n: Vec, d: Vec, pixel: float, body: Vec, emit: Vec) -> Turn:
    """Go into a glass body; what its front mirrors is the sky alone."""
    bend, clear = bend_of(w, m), clear_of(w, m)
    mirror = fresnel(-dot(n, d), ((bend - 1.0) / (bend + 1.0)) ** 2)
    sheen = scaled(sky_seen(w, reflected(d, n), pixel, False), mirror * clear)
    share = clear * (1.0 - mirror)
    light, onward = add(add(body, sheen), emit), bent(d, n, 1.0 / bend)
    return light, (share, share, share), onward, item, BLACK, UNVEILED


@merged
def _puff(w: F64, m: int, n: Vec, d: Vec, body: Vec, emit: Vec) -> Turn:
    """Pass through a particle of smoke or spray: thin at its rim, and it bends no light."""
    dense = (1.0 - clear_of(w, m)) * smooth(-dot(n, d), 0.0, 1.0)
    through = 1.0 - dense
    light = scaled(add(body, emit), dense)
    return light, (through, through, through), d, NOTHING, BLACK, UNVEILED


@kernel
def _body(
    w: F64,
    slot: int,
    item: int,
    p: Vec,
    n: Vec,
    d: Vec,
    gone: float,
    pixel: float,
    far: bool,
    veil: Veil,
) -> Turn:
    """Return what a body sends back, and where the ray goes on."""
    m = material_of(w, slot, item)
    n, base, rough, emit = item_surface(w, slot, item, m, p, n, d, gone * pixel)
    slant = dot(n, d)
    if slant > -1e-3:
        n = normalized(along(n, d, -slant - 1e-3))
    metal, clear, bend = metal_of(w, m), clear_of(w, m), bend_of(w, m)
    f0 = ((bend - 1.0) / (bend + 1.0)) ** 2
    f0 += (0.9 - f0) * metal
    v = scaled(d, -1.0)
    grain = item >= count_at(w, BODIES)
    skin = scaled(base, (1.0 - metal) * (1.0 if grain else 1.0 - clear))
    body, keyed = BLACK, BLACK
    if max(max(emit[0], emit[1]), emit[2]) < OUTSHINES:
        q = lifted(p, n, gone)
        body, keyed, veil = lit(w, slot, q, n, v, item, skin, rough, f0, 1.0, far, veil)
    if clear > 0.0 and grain:
        return _puff(w, m, n, d, body, emit)
    if clear > 0.0:
        return _enter(w, m, item, n, d, pixel, body, emit)
    onward, dull = reflected(d, n), smooth(rough, 0.1, 0.7)
    if metal > 0.0:
        body = add(body, scaled(mul(soft_sky(w, onward), base), metal * dull))
    coat = max(fresnel(dot(n, v), 0.04) * (1.0 - 0.8 * rough) - 0.05, 0.0) * (1.0 - metal)
    share = scaled(along((coat, coat, coat), base, metal), 1.0 - dull)
    return add(body, emit), share, onward, NOTHING, keyed, veil


@kernel
def busy(w: F64, slot: int, item: int, wide: float, slant: float) -> int:
    """Tell whether what a ray met has detail so fine that pixels between may not be guessed: FINE, FINER.

    A pixel spans `wide` metres square to the ray, and that over `slant` along level ground.
    """
    if item == NOTHING:
        return BUSY if w[NIGHT_SHARE] > 0.0 or w[SKY] == SPACE else 0
    if item == GROUND:
        if w[GROUND_KIND] == WATER:
            return FINE if finest_wave(wide / slant) else 0
        if w[WETNESS] > 0.0:
            return BUSY
        m = material_at(w, count_at(w, GROUND_MATERIAL))
    else:
        m = material_of(w, slot, item)
    if w[m + ROUGH] < 0.3 or w[m + METAL] > 0.0 or w[m + CLEAR] > 0.0:
        return BUSY
    scale, code = w[m + REPEAT], 0
    if w[m + BUMP] > 0.0 and 0.03 * scale < wide < 0.2 * scale:
        code = FINE if wide < 0.06 * scale else BUSY
    finest = scale * finest_part(int(w[m + PATTERN]))
    if wide < scale and finest < 4.0 * wide:
        code |= FINE if finest > 1.6 * wide else BUSY
    return code


@kernel
def _water(
    w: F64, slot: int, p: Vec, n: Vec, d: Vec, hidden: float, veil: Veil
) -> tuple[Vec, float, Vec, Veil]:
    """Return the light from the water's depth, the share it mirrors, all that the sun may give it, and its veil."""
    v = scaled(d, -1.0)
    mirror = fresnel(dot(n, v), 0.02)
    color, to = at(w, material_at(w, count_at(w, GROUND_MATERIAL))), at(w, LIGHT_WAY)
    seen = veil[SHADE]
    if seen < 0.0:
        seen = key_shadow(w, slot, along(p, n, 1e-3), GROUND)
    shine = highlight(n, v, to, math.sqrt(0.04 + 0.8 * math.sqrt(hidden)), 0.02)
    deep = 0.25 * max(to[1], 0.0) * (1.0 - mirror)
    sun = mul(along((shine, shine, shine), color, deep), at(w, KEY))
    light = scaled(mul(color, soft_sky(w, (0.0, 1.0, 0.0))), 1.0 - mirror)
    return along(light, sun, seen), mirror, sun, (1.0, 0.0, 0.0, 0.0, seen, 1.0)


@kernel
def _soil(
    w: F64, slot: int, p: Vec, n: Vec, d: Vec, wide: float, gone: float, far: bool, veil: Veil
) -> tuple[Vec, float, Vec, Veil]:
    """Return the light from dry or wet ground, the share it mirrors, all that the sun may give it, and its veil."""
    v = scaled(d, -1.0)
    m = material_at(w, count_at(w, GROUND_MATERIAL))
    n, base, rough, emit = patterned(w, m, BOX, WHITE, p, n, d, wide)
    if w[SKY] != STUDIO:
        base = scaled(base, 1.0 + 0.16 * clouded(p[0] * 0.11, p[2] * 0.11, 2, 11))
    sunny = 1.0
    if w[GROUND_KIND] == TERRAIN and p[0] * p[0] + p[2] * p[2] > CLEARING_M * CLEARING_M:
        base = mix(base, scaled(at(w, m + SECOND), 0.8), smooth(1.0 - n[1], 0.18, 0.42))
        sunny = veil[SUNNY] if veil[SUNNY] >= 0.0 else hill_shadow(w, p)
    mirror = fresnel(dot(n, v), 0.04) * (1.0 - smooth(rough, 0.1, 0.4))
    if w[WETNESS] > 0.0:
        level = clouded(p[0] * 0.35, p[2] * 0.35, 3, 19) + w[WETNESS] * 1.1 - 0.55
        pool = smooth(level, -0.25, 0.2) * w[WETNESS]
        base = scaled(base, 1.0 - 0.45 * pool)
        mirror = max(mirror, fresnel(dot(n, v), 0.03) * pool)
    q = lifted(p, n, gone)
    body, sun, veil = lit(w, slot, q, n, v, GROUND, base, rough, 0.03, sunny, far, veil)
    return add(scaled(body, 1.0 - mirror), emit), mirror, scaled(sun, 1.0 - mirror), veil


@merged
def _ground(
    w: F64, slot: int, p: Vec, d: Vec, gone: float, pixel: float, far: bool, veil: Veil
) -> tuple[Turn, Vec]:
    """Return what the ground sends back, where the ray goes on, and the ground's normal."""
    wide = gone * pixel
    n, hidden = ground_facing(w, p, wide / max(abs(d[1]), 0.03))
    if w[GROUND_KIND] == WATER:
        light, mirror, sun, veil = _water(w, slot, p, n, d, hidden, veil)
    else:
        light, mirror, sun, veil = _soil(w, slot, p, n, d, wide, gone, far, veil)
    onward = reflected(d, n)
    if onward[1] < 0.02:
        onward = normalized((onward[0], 0.02, onward[2]))
    return (light, (mirror, mirror, mirror), onward, NOTHING, sun, veil), n


@merged
def radiance(
    w: F64,
    lists: I32,
    nears: F32,
    begin: int,
    end: int,
    slot: int,
    o: Vec,
    d: Vec,
    pixel: float,
    ahead: float,
    sure: int,
    likely: int,
    away: float,
    veil: Veil,
) -> Seen:
    """Return the light along a ray, and what it met first.

    `pixel` is the angle that a pixel spans. What may be met first is listed, and no hill is nearer
    than `ahead`. Where it is known what is met first, `sure` is that, and `away` how far
    away if it is hills (else 0); `veil` is what is known of the light of what is `likely` met.
    """
    total, weight = BLACK, WHITE
    first, first_n, depth, keyed, first_veil = NOTHING, BLACK, INFINITY, BLACK, UNVEILED
    inside, gone = NOTHING, 0.0
    for bounce in range(BOUNCES):
        if bounce == 0:
            t, item = INFINITY, NOTHING
            if sure >= 0:
                t = meet_item(w, slot, sure, o, d, 1e-4)
                sure, item = (sure, sure) if t < INFINITY else (UNSURE, NOTHING)
            if sure == UNSURE:
                t, item = nearest_listed(w, lists, nears, begin, end, slot, o, d)
        elif inside >= 0:
            t, item = meet_item(w, slot, inside, o, d, 1e-4), inside
            if t >= INFINITY:
                item = NOTHING
        else:
            t, item = nearest(w, slot, o, d, 1e-4)
        if inside < 0 and (sure < NOTHING or bounce > 0):
            ground = away
            if bounce > 0 or sure != GROUND or away <= 0.0:
                ground = ground_meet(w, o, d, 0.0 if bounce else ahead, t, pixel)
            if ground < t:
                t, item = ground, GROUND
        if item == NOTHING:
            total = add(total, mul(weight, sky_seen(w, d, pixel, bounce == 0)))
            if bounce == 0:
                first = 4 * NOTHING + busy(w, slot, NOTHING, 0.0, 1.0)
            break
        if item != likely:
            veil = UNVEILED
        p = along(o, d, t)
        gone += t
        if inside < 0:
            passed, haze = air_between(w, d, t)
            total = add(total, mul(weight, haze))
            weight = scaled(weight, passed)
        n = (0.0, 1.0, 0.0)
        if item == GROUND:
            turn, n = _ground(w, slot, p, d, gone, pixel, bounce > 0, veil)
        elif inside >= 0:
            turn = _leave(w, slot, item, p, d, t)
        else:
            n = item_facing(w, slot, item, p)
            turn = _body(w, slot, item, p, n, d, gone, pixel, bounce > 0, veil)
        slant = max(abs(d[1]), 0.03)
        light, share, d, inside, sun, found = turn
        veil = UNVEILED
        if bounce == 0:
            keyed, first_veil = mul(weight, sun), found
            first = 4 * item + busy(w, slot, item, gone * pixel, slant)
            first_n, depth = n, t
        total = add(total, mul(weight, light))
        weight = mul(weight, share)
        if luminance(weight) < FAINT:
            break
        o = along(p, n, 1e-4)
        if inside >= 0 or item == GROUND:
            o = p
        elif item >= count_at(w, BODIES) and dot(d, n) < 0.0:
            o = along(p, d, 1e-4 - 2.0 * dot(d, n) * w[grain_at(w, item) + 6])
    else:
        total = add(total, mul(weight, soft_sky(w, d)))
    return total, first, first_n, depth, keyed, first_veil

"""What a surface is at a point: colour, roughness, tilt, as its material and pattern have it."""

import math

from functions.models.previz.optics.jit import inlined, kernel, merged
from functions.models.previz.optics.layout import (
    BODIES,
    BUMP,
    CLEAR,
    EMIT,
    IOR,
    KIND,
    MATERIAL,
    METAL,
    NIGHT_SHARE,
    PATTERN,
    REPEAT,
    ROUGH,
    SECOND,
    SIZE,
    at,
    count_at,
    grain_at,
    material_at,
    shape_at,
)
from functions.models.previz.optics.noise import solid_slope
from functions.models.previz.optics.texture import faded, lit_window, second_share
from functions.models.previz.optics.trace import into, turned_in, turned_out
from functions.models.previz.optics.vec import (
    F64,
    Vec,
    add,
    along,
    clamp,
    dot,
    length,
    mix,
    normalized,
    scaled,
    sub,
)
from functions.models.previz.snapshot import (
    BOX,
    CONE,
    CRATE,
    CYLINDER,
    FLAT,
    SPHERE,
    TORUS,
    WINDOWS,
)

Spot = tuple[float, float, float, float]
"""Coordinates in repeats of the pattern, and how wide the pixel is along both."""

Surface = tuple[Vec, Vec, float, Vec]
"""Normal, colour, roughness, emission."""


@merged
def _round_spot(kind: int, size: Vec, p: Vec, wide: float, scale: float, facing: float) -> Spot:
    """Wrap the pattern round a ball, cylinder, cone or torus, a whole number of times."""
    rim = max(size[0], size[2])
    repeats = max(2.0 * math.floor(math.pi * rim / scale + 0.5), 2.0)
    around = math.atan2(p[2], p[0]) / (2.0 * math.pi)
    rho = max(math.sqrt(p[0] * p[0] + p[2] * p[2]), 1e-6)
    up = p[1]
    if kind == SPHERE:
        up = math.asin(clamp(p[1] / size[1], -1.0, 1.0)) * size[1]
    if kind == TORUS:
        up = math.atan2(p[1], rho - size[0]) * size[1]
    span = wide / facing
    return around * repeats, up / scale, span * repeats / (2.0 * math.pi * rho), span / scale


@merged
def _flat_spot(p: Vec, n: Vec, d: Vec, wide: float, scale: float, facing: float) -> Spot:
    """Lay the pattern flat on the axis that the surface faces most."""
    stretch = along(d, n, -dot(d, n))
    size = length(stretch)
    k = (1.0 / facing - 1.0) / size if size > 1e-6 else 0.0
    ax, ay, az = abs(n[0]), abs(n[1]), abs(n[2])
    span = wide / scale
    x, y, z = (
        span * (1.0 + k * abs(stretch[0])),
        span * (1.0 + k * abs(stretch[1])),
        span * (1.0 + k * abs(stretch[2])),
    )
    if ay >= ax and ay >= az:
        return p[0] / scale, p[2] / scale, x, z
    if ax > az:
        return p[2] / scale, p[1] / scale, z, y
    return p[0] / scale, p[1] / scale, x, y


@merged
def spot_on(kind: int, size: Vec, p: Vec, n: Vec, d: Vec, wide: float, scale: float) -> Spot:
    """Return where on the pattern a point of a shape is, for a pixel `wide` metres wide."""
    facing = max(abs(dot(n, d)), 0.05)
    upright = kind == CYLINDER or kind == CONE
    if kind == SPHERE or kind == TORUS or (upright and abs(n[1]) < 0.95):
        return _round_spot(kind, size, p, wide, scale, facing)
    return _flat_spot(p, n, d, wide, scale, facing)


@kernel
def patterned(w: F64, m: int, kind: int, size: Vec, p: Vec, n: Vec, d: Vec, wide: float) -> Surface:
    """Return a surface in the body's own frame, for a pixel `wide` metres wide."""
    pattern, scale = int(w[m + PATTERN]), max(w[m + REPEAT], 1e-4)
    base, rough, emit = at(w, m), clamp(w[m + ROUGH], 0.02, 1.0), at(w, m + EMIT)
    stretch = math.sqrt(max(abs(dot(n, d)), 0.05))
    if pattern >= CRATE:
        p = (p[0] / size[0], p[1] / size[1], p[2] / size[2])
        wide, scale = wide / min(size[0], size[1], size[2]), 1.0
    if pattern != FLAT:
        u, v, wu, wv = spot_on(BOX if pattern >= CRATE else kind, size, p, n, d, wide, scale)
        k = second_share(pattern, u, v, wu, wv, scaled(p, 1.0 / scale), wide / stretch / scale)
        base = mix(base, at(w, m + SECOND), k)
        if pattern == WINDOWS and abs(n[1]) < 0.7:
            rough += (0.12 - rough) * k
            if w[NIGHT_SHARE] > 0.0:
                emit = add(emit, scaled(lit_window(u, v, wu, wv), w[NIGHT_SHARE]))
    if pattern == CRATE:
        n = _framed(n, p, wide)
    if w[m + BUMP] > 0.0:
        n = bumped(n, scaled(p, 2.5 / scale), w[m + BUMP], faded(wide / stretch * 5.0 / scale))
    return n, base, rough, emit


@inlined
def _framed(n: Vec, p: Vec, wide: float) -> Vec:
    """Tilt a normal where the frame of a crate steps down to its boards."""
    x, y, z = p[0] * (1.0 - abs(n[0])), p[1] * (1.0 - abs(n[1])), p[2] * (1.0 - abs(n[2]))
    brim = max(abs(x), abs(y), abs(z))
    step = 0.9 * faded(8.0 * wide) * max(1.0 - abs(brim - 0.8) / 0.018, 0.0)
    if step <= 0.0:
        return n
    way = (
        math.copysign(step, -x) if abs(x) == brim else 0.0,
        math.copysign(step, -y) if abs(y) == brim else 0.0,
        math.copysign(step, -z) if abs(z) == brim else 0.0,
    )
    return normalized(add(n, way))


@kernel
def bumped(n: Vec, q: Vec, bump: float, kept: float) -> Vec:
    """Tilt a normal by the slope of two octaves of noise, of which `kept` is left at this distance."""
    if kept <= 0.0:
        return n
    fine = solid_slope((2.1 * q[0] + 5.1, 2.1 * q[1] + 3.7, 2.1 * q[2] + 9.2), 78)
    slope = scaled(along(solid_slope(q, 77), fine, 0.8), 0.22 * bump * kept)
    return normalized(sub(n, along(slope, n, -dot(slope, n))))


@merged
def material_of(w: F64, slot: int, item: int) -> int:
    """Return where an item's material lies."""
    if item >= count_at(w, BODIES):
        return material_at(w, int(w[grain_at(w, item) + 7]))
    return material_at(w, int(w[shape_at(w, slot, item) + MATERIAL]))


@merged
def item_surface(
    w: F64, slot: int, item: int, m: int, p: Vec, n: Vec, d: Vec, wide: float
) -> Surface:
    """Return the surface of an item at a point in the world."""
    plain = w[m + PATTERN] == FLAT and w[m + BUMP] <= 0.0
    if plain or item >= count_at(w, BODIES):
        return n, at(w, m), clamp(w[m + ROUGH], 0.02, 1.0), at(w, m + EMIT)
    row = shape_at(w, slot, item)
    kind, size = int(w[row + KIND]), at(w, row + SIZE)
    p, n, d = into(w, row, p), turned_in(w, row, n), turned_in(w, row, d)
    n, base, rough, emit = patterned(w, m, kind, size, p, n, d, wide)
    return turned_out(w, row, n), base, rough, emit


@inlined
def metal_of(w: F64, m: int) -> float:
    """Return how much of a material is metal, 0 to 1."""
    return clamp(w[m + METAL], 0.0, 1.0)


@inlined
def clear_of(w: F64, m: int) -> float:
    """Return how much of a material is clear, 0 to 1."""
    return clamp(w[m + CLEAR], 0.0, 1.0)


@inlined
def bend_of(w: F64, m: int) -> float:
    """Return a material's index of refraction."""
    return clamp(w[m + IOR], 1.0, 4.0)

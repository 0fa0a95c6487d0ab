"""The five shapes: where a ray meets them, which way they face, how far they are.

All in the body's own frame. The convex four are met as an interval of the ray; the torus by walking along its
distances (Hart, "Sphere tracing", 1996). Distances follow Quilez, "Distance functions".
"""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.vec import INFINITY, Vec, along, dot, length, mul, normalized
from functions.models.previz.snapshot import BOX, CONE, CYLINDER, SPHERE, TORUS

MISS = (1.0, -1.0)

TORUS_CLOSE = 1e-5
"""How near a torus's surface a ray must come to meet it, as a share of its outer radius."""


@inlined
def ball_interval(o: Vec, d: Vec, radius2: float) -> tuple[float, float]:
    """Return where a ray enters and leaves a ball around the origin; `d` need not be a unit."""
    a = dot(d, d)
    b = dot(o, d)
    h = b * b - a * (dot(o, o) - radius2)
    if h < 0.0:
        return MISS
    h, over = math.sqrt(h), 1.0 / a
    return ((-b - h) * over, (-b + h) * over)


@inlined
def slab(o: float, d: float, half: float) -> tuple[float, float]:
    """Return where a ray is within `half` of zero on one axis."""
    if abs(d) < 1e-12:
        return (-INFINITY, INFINITY) if abs(o) <= half else MISS
    over = 1.0 / d
    near, far = (-half - o) * over, (half - o) * over
    return (min(near, far), max(near, far))


@inlined
def box_interval(size: Vec, o: Vec, d: Vec) -> tuple[float, float]:
    """Return where a ray enters and leaves a box."""
    x = slab(o[0], d[0], size[0])
    y = slab(o[1], d[1], size[1])
    z = slab(o[2], d[2], size[2])
    return (max(x[0], y[0], z[0]), min(x[1], y[1], z[1]))


@kernel
def cylinder_interval(size: Vec, o: Vec, d: Vec) -> tuple[float, float]:
    """Return where a ray enters and leaves an upright cylinder with an elliptic base."""
    kx, kz = 1.0 / size[0], 1.0 / size[2]
    ox, oz, dx, dz = o[0] * kx, o[2] * kz, d[0] * kx, d[2] * kz
    a = dx * dx + dz * dz
    c = ox * ox + oz * oz - 1.0
    near, far = slab(o[1], d[1], size[1])
    if a < 1e-14:
        return (near, far) if c <= 0.0 else MISS
    b = ox * dx + oz * dz
    h = b * b - a * c
    if h < 0.0:
        return MISS
    h, over = math.sqrt(h), 1.0 / a
    return (max(near, (-b - h) * over), min(far, (-b + h) * over))


@kernel
def cone_interval(size: Vec, o: Vec, d: Vec) -> tuple[float, float]:
    """Return where a ray enters and leaves an upright cone: base at -size.y, tip at +size.y."""
    slope = 0.5 / size[1]
    kx, kz = 1.0 / size[0], 1.0 / size[2]
    ox, oz, dx, dz = o[0] * kx, o[2] * kz, d[0] * kx, d[2] * kz
    tip, fall = (size[1] - o[1]) * slope, -d[1] * slope
    near, far = slab(o[1], d[1], size[1])
    a = dx * dx + dz * dz - fall * fall
    b = ox * dx + oz * dz - tip * fall
    c = ox * ox + oz * oz - tip * tip
    if abs(a) < 1e-14:
        if abs(b) < 1e-14:
            return (near, far) if c <= 0.0 else MISS
        root = -0.5 * c / b
        return (near, min(far, root)) if b > 0.0 else (max(near, root), far)
    h = b * b - a * c
    if h < 0.0:
        return (near, far) if a < 0.0 and c <= 0.0 else MISS
    h = math.sqrt(h)
    first, second = min((-b - h) / a, (-b + h) / a), max((-b - h) / a, (-b + h) / a)
    if a > 0.0:
        return (max(near, first), min(far, second))
    if fall > 0.0:
        return (max(near, second), far)
    return (near, min(far, first))


@inlined
def _nearing(size: Vec, p: Vec, d: Vec) -> tuple[float, float]:
    """Return the distance from a point to a torus's surface, negative inside, and by how much it grows along `d`."""
    rho = max(math.sqrt(p[0] * p[0] + p[2] * p[2]), 1e-12)
    out = rho - size[0]
    core = max(math.sqrt(out * out + p[1] * p[1]), 1e-12)
    return core - size[1], (out * (p[0] * d[0] + p[2] * d[2]) / rho + p[1] * d[1]) / core


@inlined
def _stride(size: Vec, gap: float, growth: float, edge: float, rho: float) -> float:
    """Return how far a ray `gap` from a torus can go and not pass its surface.

    Farther from the axis than the torus's core, up to `edge` from here, the distance is convex along the ray, so
    that Newton's method never goes too far. Nearer (`edge` 0), but no nearer than `rho`, it bends down by `sag` at most.
    """
    if edge > 0.0:
        return max(gap, edge if growth >= 0.0 else min(-gap / growth, edge))
    if growth >= 0.0:
        return gap
    sag = max(size[0] - rho, 0.0) / max(rho * size[1], 1e-12)
    return max(gap, 2.0 * gap / (math.sqrt(growth * growth + 2.0 * sag * gap) - growth))


@kernel
def torus_meet(size: Vec, o: Vec, d: Vec, start: float) -> float:
    """Return where a ray first meets a torus beyond `start`, or INFINITY; it does not meet what it leaves."""
    outer, hole = size[0] + size[1], max(size[0] - size[1], 0.0)
    near, far = slab(o[1], d[1], size[1])
    a = max(d[0] * d[0] + d[2] * d[2], 1e-14)
    b, c = o[0] * d[0] + o[2] * d[2], o[0] * o[0] + o[2] * o[2]
    reach = b * b - a * (c - outer * outer)
    if reach < 0.0:
        return INFINITY
    middle, half = -b / a, math.sqrt(reach) / a
    near, far = max(near, middle - half), min(far, middle + half)
    t = max(near, start)
    if t > far or max(c + (2.0 * b + a * t) * t, c + (2.0 * b + a * far) * far) < hole * hole:
        return INFINITY
    half = math.sqrt(max(b * b - a * (c - size[0] * size[0]), 0.0)) / a
    close, side = TORUS_CLOSE * outer, 0.0
    for _ in range(64):
        p = along(o, d, t)
        gap, growth = _nearing(size, p, d)
        if side == 0.0:
            begins = growth if abs(gap) < 4.0 * close else gap
            side = 1.0 if near > start else math.copysign(1.0, begins)
        gap, growth = side * gap, side * growth
        if gap < close and growth < 0.0:
            return t
        stride = gap
        if side > 0.0:
            edge = max(middle - half - t, 0.0) if t < middle + half else INFINITY
            rho2 = c - b * b / a if t < middle else p[0] * p[0] + p[2] * p[2]
            stride = _stride(size, gap, growth, edge, math.sqrt(max(rho2, 0.0)))
        t += max(stride, 0.5 * close)
        if t > far:
            return INFINITY
    return INFINITY


@inlined
def convex_interval(kind: int, size: Vec, o: Vec, d: Vec) -> tuple[float, float]:
    """Return where a ray enters and leaves one of the convex shapes; near > far is a miss."""
    if kind == SPHERE:
        k = (1.0 / size[0], 1.0 / size[1], 1.0 / size[2])
        so, sd = mul(o, k), mul(d, k)
        return ball_interval(so, sd, 1.0)
    if kind == BOX:
        return box_interval(size, o, d)
    if kind == CYLINDER:
        return cylinder_interval(size, o, d)
    return cone_interval(size, o, d)


@kernel
def meet(kind: int, size: Vec, o: Vec, d: Vec, start: float) -> float:
    """Return where a ray first meets the surface of a shape beyond `start`, or INFINITY."""
    if kind == TORUS:
        return torus_meet(size, o, d, start)
    near, far = convex_interval(kind, size, o, d)
    if near > far:
        return INFINITY
    if near > start:
        return near
    return far if far > start else INFINITY


@kernel
def facing(kind: int, size: Vec, p: Vec) -> Vec:
    """Return the outward normal at a point on a shape's surface."""
    x, y, z = p[0] / size[0], p[1] / size[1], p[2] / size[2]
    if kind == SPHERE:
        return normalized((x / size[0], y / size[1], z / size[2]))
    if kind == BOX:
        ax, ay, az = abs(x), abs(y), abs(z)
        if ax > ay and ax > az:
            return (math.copysign(1.0, x), 0.0, 0.0)
        if ay > az:
            return (0.0, math.copysign(1.0, y), 0.0)
        return (0.0, 0.0, math.copysign(1.0, z))
    if kind == CYLINDER:
        if abs(abs(y) - 1.0) * size[1] < abs(math.sqrt(x * x + z * z) - 1.0) * size[0]:
            return (0.0, math.copysign(1.0, y), 0.0)
        return normalized((x / size[0], 0.0, z / size[2]))
    if kind == CONE:
        rho = math.sqrt(x * x + z * z)
        if abs(y + 1.0) * size[1] < abs(rho - 0.5 * (1.0 - y)) * size[0]:
            return (0.0, -1.0, 0.0)
        return normalized((x / size[0], 0.5 * rho / size[1], z / size[2]))
    ring = size[0] / max(math.sqrt(p[0] * p[0] + p[2] * p[2]), 1e-9)
    return normalized((p[0] - p[0] * ring, p[1], p[2] - p[2] * ring))


@inlined
def torus_distance(size: Vec, p: Vec) -> float:
    """Return the distance to a torus's surface, negative inside."""
    q = math.sqrt(p[0] * p[0] + p[2] * p[2]) - size[0]
    return math.sqrt(q * q + p[1] * p[1]) - size[1]


@inlined
def box_distance(size: Vec, p: Vec) -> float:
    """Return the distance to a box's surface, negative inside."""
    x, y, z = abs(p[0]) - size[0], abs(p[1]) - size[1], abs(p[2]) - size[2]
    outside = length((max(x, 0.0), max(y, 0.0), max(z, 0.0)))
    return outside + min(max(x, y, z), 0.0)


@inlined
def cone_distance(size: Vec, p: Vec) -> float:
    """Return the distance to a cone's surface, negative inside."""
    r, h = size[0], -2.0 * size[1]
    x, y = math.sqrt(p[0] * p[0] + p[2] * p[2]), p[1] - size[1]
    k = min(max((x * r + y * h) / (r * r + h * h), 0.0), 1.0)
    ax, ay = x - r * k, y - h * k
    bx, by = x - r * min(max(x / r, 0.0), 1.0), y - h
    gap = math.sqrt(min(ax * ax + ay * ay, bx * bx + by * by))
    return gap if max(-(x * h - y * r), -(y - h)) > 0.0 else -gap


@kernel
def distance(kind: int, size: Vec, p: Vec) -> float:
    """Return the distance to a shape's surface, negative inside (near enough for ellipsoids)."""
    if kind == SPHERE:
        if size[0] == size[1] == size[2]:
            return length(p) - size[0]
        k = (p[0] / size[0], p[1] / size[1], p[2] / size[2])
        steep = length((k[0] / size[0], k[1] / size[1], k[2] / size[2]))
        near = length(k)
        return near * (near - 1.0) / max(steep, 1e-9)
    if kind == BOX:
        return box_distance(size, p)
    if kind == CYLINDER:
        x = math.sqrt(p[0] * p[0] + p[2] * p[2]) - 0.5 * (size[0] + size[2])
        y = abs(p[1]) - size[1]
        return length((max(x, 0.0), max(y, 0.0), 0.0)) + min(max(x, y), 0.0)
    if kind == CONE:
        return cone_distance(size, p)
    return torus_distance(size, p)

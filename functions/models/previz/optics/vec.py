"""Vectors as tuples of three floats: what the kernels count with."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.jit import inlined

Vec = tuple[float, float, float]

F64 = NDArray[np.float64]

INFINITY = 1e30
"""Farther than anything."""


@inlined
def dot(a: Vec, b: Vec) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@inlined
def add(a: Vec, b: Vec) -> Vec:
    """Return the sum."""
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


@inlined
def sub(a: Vec, b: Vec) -> Vec:
    """Return the difference."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


@inlined
def mul(a: Vec, b: Vec) -> Vec:
    """Return the product by parts."""
    return (a[0] * b[0], a[1] * b[1], a[2] * b[2])


@inlined
def scaled(a: Vec, k: float) -> Vec:
    """Return `a` times `k`."""
    return (a[0] * k, a[1] * k, a[2] * k)


@inlined
def along(o: Vec, d: Vec, t: float) -> Vec:
    """Return the point `t` along a ray."""
    return (o[0] + d[0] * t, o[1] + d[1] * t, o[2] + d[2] * t)


@inlined
def mix(a: Vec, b: Vec, k: float) -> Vec:
    """Return `a` where k is 0 and `b` where it is 1."""
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k)


@inlined
def length(a: Vec) -> float:
    """Return the length."""
    return math.sqrt(dot(a, a))


@inlined
def normalized(a: Vec) -> Vec:
    """Return `a` at length 1."""
    return scaled(a, 1.0 / math.sqrt(max(dot(a, a), 1e-300)))


@inlined
def reflected(d: Vec, n: Vec) -> Vec:
    """Return direction `d` mirrored by a surface with normal `n`."""
    return along(d, n, -2.0 * dot(d, n))


@inlined
def clamp(x: float, low: float, high: float) -> float:
    """Return x within low and high."""
    return min(max(x, low), high)


@inlined
def swung(angle: float) -> float:
    """Return about the cosine (within 1e-6), several times as fast as the library finds it."""
    turn = angle * 0.15915494309189535
    turn = abs(turn - math.floor(turn + 0.5))
    x = (0.25 - turn) * 6.283185307179586
    x2 = x * x
    return x * (1.0 + x2 * (-0.16666657 + x2 * (0.00833296 + x2 * (-0.00019807 + x2 * 2.6019e-6))))


@inlined
def smooth(x: float, low: float, high: float) -> float:
    """Rise smoothly from 0 at low to 1 at high (cubic Hermite)."""
    k = min(max((x - low) / (high - low), 0.0), 1.0)
    return k * k * (3.0 - 2.0 * k)


@inlined
def luminance(c: Vec) -> float:
    """Return the luminance of an ACEScg colour (S-2014-004)."""
    return 0.2722287 * c[0] + 0.6740818 * c[1] + 0.0536895 * c[2]

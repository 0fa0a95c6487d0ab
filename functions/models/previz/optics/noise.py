"""Noise that never changes: hashes of whole numbers, and smooth noise between them."""

import math

from functions.models.previz.optics.jit import inlined, kernel
from functions.models.previz.optics.vec import Vec

PART = 1.0 / 0xFFFFFF


@inlined
def hashed(x: int, y: int, z: int) -> float:
    """Return a number from 0 to 1 that looks random, the same for the same three whole numbers."""
    h = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 2246822519) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) * PART


@inlined
def whole(x: float) -> int:
    """Return the whole number at or below x, and 0 for what is no number or far out of reach."""
    return int(math.floor(x)) if abs(x) < 1e15 else 0


@kernel
def flat_noise(x: float, y: float, seed: int) -> float:
    """Return smooth noise in the plane, -1 to 1, features one unit wide."""
    i, j = whole(x), whole(y)
    u, v = x - i, y - j
    u, v = u * u * u * (u * (u * 6 - 15) + 10), v * v * v * (v * (v * 6 - 15) + 10)
    a, b = hashed(i, j, seed), hashed(i + 1, j, seed)
    c, d = hashed(i, j + 1, seed), hashed(i + 1, j + 1, seed)
    low = a + (b - a) * u
    return 2.0 * (low + (c + (d - c) * u - low) * v) - 1.0


@kernel
def flat_slope(x: float, y: float, seed: int) -> Vec:
    """Return `flat_noise` and its slopes along x and y."""
    i, j = whole(x), whole(y)
    u, v = x - i, y - j
    du, dv = 30.0 * u * u * (u * (u - 2.0) + 1.0), 30.0 * v * v * (v * (v - 2.0) + 1.0)
    u, v = u * u * u * (u * (u * 6 - 15) + 10), v * v * v * (v * (v * 6 - 15) + 10)
    a, b = hashed(i, j, seed), hashed(i + 1, j, seed)
    c, d = hashed(i, j + 1, seed), hashed(i + 1, j + 1, seed)
    low, high = a + (b - a) * u, c + (d - c) * u
    value = 2.0 * (low + (high - low) * v) - 1.0
    return (value, 2.0 * du * ((b - a) + (d - c - b + a) * v), 2.0 * dv * (high - low))


@kernel
def solid_noise(p: Vec, seed: int) -> float:
    """Return smooth noise in space, -1 to 1, features one unit wide."""
    i, j, k = whole(p[0]), whole(p[1]), whole(p[2])
    w = p[2] - k
    w = w * w * (3 - 2 * w)
    near = _sheet(p[0] - i, p[1] - j, i, j, k * 57 + seed)
    far = _sheet(p[0] - i, p[1] - j, i, j, (k + 1) * 57 + seed)
    return near + (far - near) * w


@inlined
def _sheet(u: float, v: float, i: int, j: int, seed: int) -> float:
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    a, b = hashed(i, j, seed), hashed(i + 1, j, seed)
    c, d = hashed(i, j + 1, seed), hashed(i + 1, j + 1, seed)
    low = a + (b - a) * u
    return 2.0 * (low + (c + (d - c) * u - low) * v) - 1.0


@kernel
def solid_slope(p: Vec, seed: int) -> Vec:
    """Return the slope of `solid_noise` along x, y and z."""
    i, j, k = whole(p[0]), whole(p[1]), whole(p[2])
    x, y, z = p[0] - i, p[1] - j, p[2] - k
    u, v, w = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
    near, far = k * 57 + seed, (k + 1) * 57 + seed
    a, b, c, d = (
        hashed(i, j, near),
        hashed(i + 1, j, near),
        hashed(i, j + 1, near),
        hashed(i + 1, j + 1, near),
    )
    e, f, g, h = (
        hashed(i, j, far),
        hashed(i + 1, j, far),
        hashed(i, j + 1, far),
        hashed(i + 1, j + 1, far),
    )
    ab, cd, ef, gh = b - a, d - c, f - e, h - g
    low, high = a + ab * u, c + cd * u
    low_far, high_far = e + ef * u, g + gh * u
    along_x = ab + (cd - ab) * v + (ef + (gh - ef) * v - ab - (cd - ab) * v) * w
    along_y = high - low + (high_far - low_far - high + low) * w
    along_z = low_far + (high_far - low_far) * v - low - (high - low) * v
    return (
        12.0 * x * (1.0 - x) * along_x,
        12.0 * y * (1.0 - y) * along_y,
        12.0 * z * (1.0 - z) * along_z,
    )


@kernel
def clouded(x: float, y: float, octaves: int, seed: int) -> float:
    """Return a sum of octaves of noise in the plane, about -1 to 1."""
    total = 0.0
    weight = 0.5
    for octave in range(octaves):
        total += weight * flat_noise(x, y, seed + octave)
        x, y = 1.6 * x + 1.2 * y + 17.3, 1.6 * y - 1.2 * x + 9.1
        weight *= 0.5
    return total


@kernel
def turbulent(p: Vec, octaves: int, seed: int) -> float:
    """Return a sum of octaves of noise in space, about -1 to 1."""
    total = 0.0
    weight = 0.5
    for octave in range(octaves):
        total += weight * solid_noise(p, seed + octave)
        p = (2.03 * p[0] + 5.1, 2.03 * p[1] + 3.7, 2.03 * p[2] + 9.2)
        weight *= 0.5
    return total

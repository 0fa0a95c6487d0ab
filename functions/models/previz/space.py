"""Vectors, turns and noise: the small geometry that everything in a scene stands on.

World: metres, right-handed, y up. Turns are unit quaternions (w, x, y, z).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Vec = tuple[float, float, float]
Quat = tuple[float, float, float, float]

ORIGIN: Vec = (0.0, 0.0, 0.0)
UP: Vec = (0.0, 1.0, 0.0)
UNTURNED: Quat = (1.0, 0.0, 0.0, 0.0)
TAU = math.tau


def add(a: Vec, b: Vec, times: float = 1.0) -> Vec:
    """Add `times` b to a."""
    return (a[0] + b[0] * times, a[1] + b[1] * times, a[2] + b[2] * times)


def sub(a: Vec, b: Vec) -> Vec:
    """Take b from a."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def times(a: Vec, factor: float) -> Vec:
    """Stretch a vector."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def dot(a: Vec, b: Vec) -> float:
    """Multiply two vectors to a number."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    """Return the vector square to both."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def norm(a: Vec) -> float:
    """Measure a vector's length."""
    return math.sqrt(dot(a, a))


def unit(a: Vec, otherwise: Vec = (1.0, 0.0, 0.0)) -> Vec:
    """Return the direction of a vector, or `otherwise` where it has none."""
    size = norm(a)
    return times(a, 1.0 / size) if size > 1e-12 else otherwise


def mix(a: Vec, b: Vec, share: float) -> Vec:
    """Return the point that lies `share` of the way from a to b."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def turn(axis: Vec, angle: float) -> Quat:
    """Make the turn by `angle` radians about a unit axis, counter-clockwise seen from its tip."""
    half = angle * 0.5
    s = math.sin(half)
    return (math.cos(half), axis[0] * s, axis[1] * s, axis[2] * s)


def chain(q: Quat, p: Quat) -> Quat:
    """Compose two turns: p first, then q."""
    return (
        q[0] * p[0] - q[1] * p[1] - q[2] * p[2] - q[3] * p[3],
        q[0] * p[1] + q[1] * p[0] + q[2] * p[3] - q[3] * p[2],
        q[0] * p[2] - q[1] * p[3] + q[2] * p[0] + q[3] * p[1],
        q[0] * p[3] + q[1] * p[2] - q[2] * p[1] + q[3] * p[0],
    )


def turned(q: Quat, v: Vec) -> Vec:
    """Turn a vector."""
    u: Vec = (q[1], q[2], q[3])
    t = times(cross(u, v), 2.0)
    return add(add(v, t, q[0]), cross(u, t))


def undo(q: Quat) -> Quat:
    """Return the turn that takes a turn back."""
    return (q[0], -q[1], -q[2], -q[3])


def heading(direction: Vec) -> Quat:
    """Turn +x to face a direction on the ground."""
    return turn(UP, math.atan2(-direction[2], direction[0]))


def upright(axis: Vec) -> Quat:
    """Turn +y to point along a unit axis."""
    c = max(-1.0, min(1.0, axis[1]))
    side = unit(cross(UP, axis), (1.0, 0.0, 0.0))
    return turn(side, math.acos(c))


def looking(forward: Vec, roll: float = 0.0) -> Quat:
    """Turn a camera that looks along -z to look along `forward`, rolled by `roll` radians."""
    yaw = math.atan2(-forward[0], -forward[2])
    pitch = math.asin(max(-1.0, min(1.0, unit(forward)[1])))
    return chain(chain(turn(UP, yaw), turn((1.0, 0.0, 0.0), pitch)), turn((0.0, 0.0, 1.0), roll))


def turned_all(q: F64, v: F64) -> F64:
    """Turn many vectors, each by its own quaternion: (n, 4), (n, 3) -> (n, 3)."""
    u = q[:, 1:]
    t = 2.0 * _cross_all(u, v)
    return v + q[:, :1] * t + _cross_all(u, t)


def chain_all(q: F64, p: F64) -> F64:
    """Compose many turns: p first, then q."""
    w, x, y, z = q[:, 0], q[:, 1], q[:, 2], q[:, 3]
    a, b, c, d = p[:, 0], p[:, 1], p[:, 2], p[:, 3]
    return np.stack(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ],
        axis=1,
    )


def smooth(x: float) -> float:
    """Ease from 0 to 1, level at both ends."""
    x = max(0.0, min(1.0, x))
    return x * x * (3.0 - 2.0 * x)


def snapped(rate: float, period: float) -> float:
    """Return the rate nearest to `rate` that fits whole turns into the period; 0 is no period."""
    if period <= 0.0 or rate == 0.0:
        return rate
    return math.copysign(max(1.0, round(abs(rate) * period)), rate) / period


def drift(seed: int, time: float, *, hertz: float, period: float = 0.0) -> float:
    """Return seeded, band-limited noise of about unit size; cyclic over a period."""
    total = 0.0
    for octave in range(4):
        first, second = chance(seed, 2 * octave), chance(seed, 2 * octave + 1)
        rate = snapped(hertz * (0.25 + 0.25 * octave + 0.2 * first), period)
        total += math.sin(TAU * (rate * time + second)) / (1.0 + 0.5 * octave)
    return total / 1.6


def chance(*numbers: int) -> float:
    """Return a number in [0, 1) that depends on the given ones alone (splitmix64)."""
    x = 0x9E3779B97F4A7C15
    for number in numbers:
        x = _mix64(x ^ (number & 0xFFFFFFFFFFFFFFFF))
    return (x >> 11) / float(1 << 53)


def chances(seed: int, rows: NDArray[np.int64], column: int) -> F64:
    """Return a chance in [0, 1) for every row: a vector that depends on its numbers alone."""
    with np.errstate(over="ignore"):
        x = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x += np.uint64((seed * 0xD1B54A32D192ED03 + column * 0x8CB92BA72F3D8DD7) % (1 << 64))
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def array(rows: Sequence[Sequence[float]], width: int) -> F64:
    """Make a float64 table, also of no rows."""
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def _mix64(x: int) -> int:
    mask = 0xFFFFFFFFFFFFFFFF
    x = (x + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def _cross_all(a: F64, b: F64) -> F64:
    return np.stack(
        [
            a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1],
            a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2],
            a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0],
        ],
        axis=1,
    )

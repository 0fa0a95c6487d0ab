"""Contact and friction between rigid bodies, by sequential impulses. Compiled; float64."""

import math

import numpy as np

from functions.models.previz.contacts import (
    GROUND,
    compiled,
)
from functions.models.previz.space import F64

FREE, LED, FIXED = 0, 1, 2
"""What holds a body: physics, its acts, or nothing moves it."""

MASS, BOUNCE, RUB, HOLD, KIND, RELEASE = range(6)
"""Columns of a body's traits."""

ROUNDS = 14


@compiled
def _moved(v: F64, w: F64, r0: float, r1: float, r2: float) -> tuple[float, float, float]:
    return v[0] + w[1] * r2 - w[2] * r1, v[1] + w[2] * r0 - w[0] * r2, v[2] + w[0] * r1 - w[1] * r0


@compiled
def _push(
    i: int,
    p0: float,
    p1: float,
    p2: float,
    r0: float,
    r1: float,
    r2: float,
    axes: F64,
    velocity: F64,
    spin: F64,
    traits: F64,
    inertia: F64,
) -> None:
    """Give body i an impulse at an arm from its centre."""
    v, w, a = velocity[i], spin[i], axes[i]
    k = 1.0 / traits[i, MASS]
    v[0] += p0 * k
    v[1] += p1 * k
    v[2] += p2 * k
    t0, t1, t2 = r1 * p2 - r2 * p1, r2 * p0 - r0 * p2, r0 * p1 - r1 * p0
    for m in range(3):
        turn = (a[0, m] * t0 + a[1, m] * t1 + a[2, m] * t2) / inertia[i, m]
        w[0] += a[0, m] * turn
        w[1] += a[1, m] * turn
        w[2] += a[2, m] * turn


@compiled
def _ease(
    i: int,
    n0: float,
    n1: float,
    n2: float,
    r0: float,
    r1: float,
    r2: float,
    axes: F64,
    traits: F64,
    inertia: F64,
) -> float:
    """Return how easily body i gives way at an arm along a direction: one over effective mass."""
    t0, t1, t2 = r1 * n2 - r2 * n1, r2 * n0 - r0 * n2, r0 * n1 - r1 * n0
    total: float = 1.0 / traits[i, MASS]
    a = axes[i]
    for m in range(3):
        turn = a[0, m] * t0 + a[1, m] * t1 + a[2, m] * t2
        total += turn * turn / inertia[i, m]
    return total


@compiled
def solve(
    contacts: F64,
    count: int,
    position: F64,
    axes: F64,
    velocity: F64,
    spin: F64,
    traits: F64,
    inertia: F64,
    active: F64,
    dt: float,
) -> None:  # the inner loop, kept in one piece for the compiler
    """Give all contacts the impulses that stop their bodies from going into each other."""
    done = np.zeros((count, 3))
    ease = np.empty((count, 3))
    aim = np.empty(count)
    ways = np.empty((count, 3, 3))
    for c in range(count):
        row = contacts[c]
        n = ways[c, 0]
        n[0], n[1], n[2] = row[5], row[6], row[7]
        if abs(n[1]) < 0.9:
            ways[c, 1, 0], ways[c, 1, 1], ways[c, 1, 2] = n[2], 0.0, -n[0]
        else:
            ways[c, 1, 0], ways[c, 1, 1], ways[c, 1, 2] = 0.0, -n[2], n[1]
        t = ways[c, 1]
        size = math.sqrt(t[0] ** 2 + t[1] ** 2 + t[2] ** 2)
        t[0], t[1], t[2] = t[0] / size, t[1] / size, t[2] / size
        s = ways[c, 2]
        s[0], s[1], s[2] = (
            n[1] * t[2] - n[2] * t[1],
            n[2] * t[0] - n[0] * t[2],
            n[0] * t[1] - n[1] * t[0],
        )
        closing = _closing(row, n, position, velocity, spin)
        bounce = _shared(row, traits, BOUNCE)
        aim[c] = -bounce * closing if closing < -0.6 else min(row[8], 0.0) / dt
        for k in range(3):
            ease[c, k] = _total_ease(row, ways[c, k], position, axes, traits, inertia, active)
    for _ in range(ROUNDS):
        for c in range(count):
            row = contacts[c]
            rub = _shared(row, traits, RUB)
            for k in range(3):
                if ease[c, k] <= 0.0:
                    continue
                way = ways[c, k]
                speed = _closing(row, way, position, velocity, spin)
                before = done[c, k]
                if k == 0:
                    done[c, 0] = max(before + (aim[c] - speed) / ease[c, 0], 0.0)
                else:
                    most = rub * done[c, 0]
                    done[c, k] = min(max(before - speed / ease[c, k], -most), most)
                _apply(
                    row,
                    way,
                    done[c, k] - before,
                    position,
                    axes,
                    velocity,
                    spin,
                    traits,
                    inertia,
                    active,
                )


@compiled
def _shared(row: F64, traits: F64, trait: int) -> float:
    i, j = int(row[0]), int(row[1])
    mine = traits[i, trait]
    other = traits[j, trait] if j != GROUND else mine
    return max(mine, other) if trait == BOUNCE else math.sqrt(mine * other)


@compiled
def _closing(row: F64, way: F64, position: F64, velocity: F64, spin: F64) -> float:
    i, j = int(row[0]), int(row[1])
    x, y, z = _moved(
        velocity[i],
        spin[i],
        row[2] - position[i, 0],
        row[3] - position[i, 1],
        row[4] - position[i, 2],
    )
    if j != GROUND:
        a, b, c = _moved(
            velocity[j],
            spin[j],
            row[2] - position[j, 0],
            row[3] - position[j, 1],
            row[4] - position[j, 2],
        )
        x, y, z = x - a, y - b, z - c
    along: float = x * way[0] + y * way[1] + z * way[2]
    return along


@compiled
def _total_ease(
    row: F64, way: F64, position: F64, axes: F64, traits: F64, inertia: F64, active: F64
) -> float:
    total = 0.0
    for body in (int(row[0]), int(row[1])):
        if body != GROUND and traits[body, HOLD] == FREE and active[body] > 0:
            total += _ease(
                body,
                way[0],
                way[1],
                way[2],
                row[2] - position[body, 0],
                row[3] - position[body, 1],
                row[4] - position[body, 2],
                axes,
                traits,
                inertia,
            )
    return total


@compiled
def _apply(
    row: F64,
    way: F64,
    amount: float,
    position: F64,
    axes: F64,
    velocity: F64,
    spin: F64,
    traits: F64,
    inertia: F64,
    active: F64,
) -> None:
    sign = 1.0
    for body in (int(row[0]), int(row[1])):
        if body != GROUND and traits[body, HOLD] == FREE and active[body] > 0:
            p = sign * amount
            _push(
                body,
                way[0] * p,
                way[1] * p,
                way[2] * p,
                row[2] - position[body, 0],
                row[3] - position[body, 1],
                row[4] - position[body, 2],
                axes,
                velocity,
                spin,
                traits,
                inertia,
            )
        sign = -1.0

"""The motion of rigid bodies, step by step: gravity, contact and friction by sequential impulses.

After Catto, "Iterative Dynamics with Temporal Coherence" (2005), without warm starting, and with
overlaps taken out by moving bodies rather than by adding speed, so that energy never grows.
"""

import math

import numpy as np

from functions.models.previz.contacts import (
    CONTACT_COLUMNS,
    GROUND,
    MOST_CONTACTS,
    compiled,
    find_contacts,
)
from functions.models.previz.space import F64

FREE, LED, FIXED = 0, 1, 2
GRAVITY = 9.81
ROUNDS = 14
WAKING_SPEED = 0.06
STILL_SPEED = 0.05
STILL_STEPS = 72
MASS, BOUNCE, RUB, HOLD, KIND, RELEASE = range(6)


@compiled
def run(  # noqa: PLR0913  # the state of all bodies, one array a quantity
    position: F64, rotation: F64, velocity: F64, spin: F64, half: F64, traits: F64, inertia: F64,
    lead_position: F64, lead_rotation: F64, dt: float, out_position: F64, out_rotation: F64,
) -> int:  # fmt: skip
    """Step all bodies through the rows of `out_position`; return the step after which all rest.

    `traits`: mass, bounce, friction, hold, kind, release step. `inertia` holds moments about the
    body's axes. Led bodies take their poses from `lead_position` and `lead_rotation`.
    """
    n, steps = len(position), len(out_position)
    axes = np.empty((n, 3, 3))
    contacts = np.empty((MOST_CONTACTS, CONTACT_COLUMNS))
    active = np.zeros(n)
    still = np.zeros(n)
    start, start_spin = velocity, spin
    velocity, spin = np.zeros((n, 3)), np.zeros((n, 3))
    kind = np.empty(n)
    for i in range(n):
        kind[i] = traits[i, KIND]
    for step in range(steps):
        _note(position, rotation, out_position[step], out_rotation[step])
        if step == steps - 1:
            break
        for i in range(n):
            _axes(rotation[i], axes[i])
            if traits[i, HOLD] == LED:
                _lead(
                    velocity[i],
                    spin[i],
                    position[i],
                    rotation[i],
                    lead_position[step + 1, i],
                    lead_rotation[step + 1, i],
                    dt,
                )  # noqa: E501
                active[i] = 1.0 if _speed(velocity[i], spin[i]) > 1e-4 else 0.0
            elif traits[i, HOLD] == FREE and step == int(traits[i, RELEASE]):
                _let_go(velocity[i], spin[i], start[i], start_spin[i])
                active[i], still[i] = 1.0, 0.0
            if traits[i, HOLD] == FREE and active[i] > 0:
                _fall(velocity[i], spin[i], dt)
        count = find_contacts(position, axes, half, kind, active, contacts)
        _wake(contacts, count, velocity, spin, position, traits, active, still)
        _solve(contacts, count, position, axes, velocity, spin, traits, inertia, active, dt)
        for i in range(n):
            if traits[i, HOLD] == LED:
                _note(lead_position[step + 1], lead_rotation[step + 1], position, rotation, only=i)
            elif traits[i, HOLD] == FREE and active[i] > 0:
                for k in range(3):
                    position[i, k] += velocity[i, k] * dt
                _turn(rotation[i], spin[i], dt)
        _part(contacts, count, position, traits, active)
        _rest(velocity, spin, traits, active, still, position, half)
        if step % 24 == 0 and _all_rest(active, traits, step):
            for later in range(step + 1, steps):
                _note(position, rotation, out_position[later], out_rotation[later])
            return step + 1
    return steps


@compiled
def _note(position: F64, rotation: F64, to: F64, turn_to: F64, only: int = -1) -> None:
    """Copy the poses of all bodies, or of only one."""
    for i in range(len(position)):
        if only in (-1, i):
            for k in range(3):
                to[i, k] = position[i, k]
            for k in range(4):
                turn_to[i, k] = rotation[i, k]


@compiled
def _let_go(v: F64, w: F64, start: F64, start_spin: F64) -> None:
    for k in range(3):
        v[k] += start[k]
        w[k] += start_spin[k]


@compiled
def _fall(v: F64, w: F64, dt: float) -> None:
    v[1] -= GRAVITY * dt
    for k in range(3):
        v[k] *= 1.0 - 0.02 * dt
        w[k] *= 1.0 - 0.15 * dt


@compiled
def _all_rest(active: F64, traits: F64, step: int) -> bool:
    for i in range(len(active)):
        if traits[i, HOLD] == LED or active[i] > 0:
            return False
        if traits[i, HOLD] == FREE and traits[i, RELEASE] >= step:
            return False
    return True


@compiled
def _speed(v: F64, w: F64) -> float:
    return math.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2 + 0.1 * (w[0] ** 2 + w[1] ** 2 + w[2] ** 2))


@compiled
def _axes(q: F64, out: F64) -> None:
    w, x, y, z = q[0], q[1], q[2], q[3]
    out[0, 0], out[0, 1], out[0, 2] = (
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
    )
    out[1, 0], out[1, 1], out[1, 2] = (
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
    )
    out[2, 0], out[2, 1], out[2, 2] = (
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    )


@compiled
def _turn(q: F64, w: F64, dt: float) -> None:
    h = 0.5 * dt
    a, x, y, z = q[0], q[1], q[2], q[3]
    q[0] += h * (-w[0] * x - w[1] * y - w[2] * z)
    q[1] += h * (w[0] * a + w[1] * z - w[2] * y)
    q[2] += h * (w[1] * a + w[2] * x - w[0] * z)
    q[3] += h * (w[2] * a + w[0] * y - w[1] * x)
    size = math.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2 + q[3] ** 2)
    for k in range(4):
        q[k] /= size


@compiled
def _lead(v: F64, w: F64, at: F64, q: F64, to: F64, r: F64, dt: float) -> None:  # noqa: PLR0913  # one body's rows
    """Give a led body the speed that carries it to its next pose."""
    for k in range(3):
        v[k] = (to[k] - at[k]) / dt
    s = 2.0 / dt * (1.0 if q[0] * r[0] + q[1] * r[1] + q[2] * r[2] + q[3] * r[3] >= 0 else -1.0)
    w[0] = s * (-r[0] * q[1] + r[1] * q[0] - r[2] * q[3] + r[3] * q[2])
    w[1] = s * (-r[0] * q[2] + r[2] * q[0] - r[3] * q[1] + r[1] * q[3])
    w[2] = s * (-r[0] * q[3] + r[3] * q[0] - r[1] * q[2] + r[2] * q[1])


@compiled
def _wake(
    contacts: F64,
    count: int,
    velocity: F64,
    spin: F64,
    position: F64,
    traits: F64,
    active: F64,
    still: F64,
) -> None:  # noqa: E501, PLR0913  # the state of all bodies
    """Wake what a moving body touches; what rests on it wakes in its turn."""
    for c in range(count):
        i, j = int(contacts[c, 0]), int(contacts[c, 1])
        if j == GROUND or active[i] == active[j]:
            continue
        mover, sleeper = (i, j) if active[i] > 0 else (j, i)
        if traits[sleeper, HOLD] == FREE and _speed(velocity[mover], spin[mover]) > WAKING_SPEED:
            active[sleeper], still[sleeper] = 1.0, 0.0


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
) -> None:  # noqa: E501, PLR0913  # an impulse and where it acts
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
) -> float:  # noqa: E501, PLR0913  # a direction and where it acts
    """Return how easily body i gives way at an arm along a direction: one over effective mass."""
    t0, t1, t2 = r1 * n2 - r2 * n1, r2 * n0 - r0 * n2, r0 * n1 - r1 * n0
    total = 1.0 / traits[i, MASS]
    a = axes[i]
    for m in range(3):
        turn = a[0, m] * t0 + a[1, m] * t1 + a[2, m] * t2
        total += turn * turn / inertia[i, m]
    return total


@compiled
def _solve(
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
) -> None:  # noqa: E501, PLR0913, PLR0915  # the inner loop, kept in one piece for the compiler
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
                )  # noqa: E501


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
    )  # noqa: E501
    if j != GROUND:
        a, b, c = _moved(
            velocity[j],
            spin[j],
            row[2] - position[j, 0],
            row[3] - position[j, 1],
            row[4] - position[j, 2],
        )  # noqa: E501
        x, y, z = x - a, y - b, z - c
    return x * way[0] + y * way[1] + z * way[2]


@compiled
def _total_ease(
    row: F64, way: F64, position: F64, axes: F64, traits: F64, inertia: F64, active: F64
) -> float:  # noqa: E501, PLR0913  # as _solve
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
            )  # noqa: E501
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
) -> None:  # noqa: E501, PLR0913  # as _solve
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
            )  # noqa: E501
        sign = -1.0


@compiled
def _part(contacts: F64, count: int, position: F64, traits: F64, active: F64) -> None:
    """Move overlapping bodies apart, the lighter one further."""
    for c in range(count):
        row = contacts[c]
        deep = row[8] - 0.003
        if deep <= 0:
            continue
        i, j = int(row[0]), int(row[1])
        a = 1.0 / traits[i, MASS] if traits[i, HOLD] == FREE and active[i] > 0 else 0.0
        b = (
            1.0 / traits[j, MASS]
            if j != GROUND and traits[j, HOLD] == FREE and active[j] > 0
            else 0.0
        )
        if a + b == 0.0:
            continue
        shift = min(0.12 * deep, 0.02) / (a + b)
        for k in range(3):
            position[i, k] += row[5 + k] * (shift * a)
            if j != GROUND:
                position[j, k] -= row[5 + k] * (shift * b)


@compiled
def _rest(
    velocity: F64, spin: F64, traits: F64, active: F64, still: F64, position: F64, half: F64
) -> None:  # noqa: E501, PLR0913  # the state of all bodies
    for i in range(len(active)):
        if traits[i, HOLD] != FREE or active[i] == 0:
            continue
        if traits[i, KIND] == 0.0 and position[i, 1] < half[i, 0] + 0.01:
            for k in range(3):
                spin[i, k] *= 1.0 - 0.0012
        still[i] = still[i] + 1 if _speed(velocity[i], spin[i]) < STILL_SPEED else 0.0
        if still[i] > STILL_STEPS:
            active[i] = 0.0
            for k in range(3):
                velocity[i, k] = spin[i, k] = 0.0

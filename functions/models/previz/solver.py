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
from functions.models.previz.impulses import FREE, HOLD, KIND, LED, MASS, RELEASE, solve
from functions.models.previz.space import F64

GRAVITY = 9.81
WAKING_SPEED = 0.06
STILL_SPEED = 0.05
STILL_STEPS = 72


@compiled
def run(  # noqa: C901, PLR0912  # one step of the world, in its order
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
                )
                active[i] = 1.0 if _speed(velocity[i], spin[i]) > 1e-4 else 0.0
            elif traits[i, HOLD] == FREE and step == int(traits[i, RELEASE]):
                _let_go(velocity[i], spin[i], start[i], start_spin[i])
                active[i], still[i] = 1.0, 0.0
            if traits[i, HOLD] == FREE and active[i] > 0:
                _fall(velocity[i], spin[i], dt)
        count = find_contacts(position, axes, half, kind, active, contacts)
        _wake(contacts, count, velocity, spin, traits, active, still)
        solve(contacts, count, position, axes, velocity, spin, traits, inertia, active, dt)
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
def _lead(v: F64, w: F64, at: F64, q: F64, to: F64, r: F64, dt: float) -> None:
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
    traits: F64,
    active: F64,
    still: F64,
) -> None:
    """Wake what a moving body touches; what rests on it wakes in its turn."""
    for c in range(count):
        i, j = int(contacts[c, 0]), int(contacts[c, 1])
        if j == GROUND or active[i] == active[j]:
            continue
        mover, sleeper = (i, j) if active[i] > 0 else (j, i)
        if traits[sleeper, HOLD] == FREE and _speed(velocity[mover], spin[mover]) > WAKING_SPEED:
            active[sleeper], still[sleeper] = 1.0, 0.0


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
) -> None:
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

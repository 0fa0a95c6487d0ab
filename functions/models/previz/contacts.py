"""Where rigid bodies touch: balls, boxes and the ground. Compiled; float64; always the same bits.

A contact's normal points from the second body to the first; `depth` is negative for a gap.
"""

import math

import numpy as np
from numba import njit

from functions.models.previz.space import F64

compiled = njit(cache=True, error_model="numpy")  # no branch for a division by zero

GROUND = -1
BALL, BOX = 0, 1
REACH_M = 0.012
"""How far apart two bodies may be and still be in contact."""

MOST_CONTACTS = 900
FIRST, SECOND, POINT, NORMAL, DEPTH = 0, 1, 2, 5, 8
CONTACT_COLUMNS = 9


@compiled
def find_contacts(position: F64, axes: F64, half: F64, kind: F64, active: F64, out: F64) -> int:
    """Fill `out` with the contacts in which an active body takes part; return their number."""
    count = 0
    n = len(position)
    scratch = np.empty((2, 16, 3))
    for i in range(n):
        count = _on_ground(i, position[i], axes[i], half[i], kind[i], active[i], out, count)
        for j in range(i):
            if active[i] + active[j] == 0 or count > MOST_CONTACTS - 40:
                continue
            if not _near(position[i], half[i], kind[i], position[j], half[j], kind[j]):
                continue
            if kind[i] == BALL and kind[j] == BALL:
                count = _balls(i, j, position, half, out, count)
            elif kind[i] == BALL:
                count = _ball_box(i, j, position, axes, half, out, count, 1.0, scratch)
            elif kind[j] == BALL:
                count = _ball_box(j, i, position, axes, half, out, count, -1.0, scratch)
            else:
                count = _boxes(i, j, position, axes, half, out, count, scratch)
    return count


@compiled
def _put(out: F64, count: int, a: int, b: int, x: float, y: float, z: float,
         nx: float, ny: float, nz: float, depth: float) -> int:  # fmt: skip
    row = out[count]
    row[0], row[1], row[2], row[3], row[4] = a, b, x, y, z
    row[5], row[6], row[7], row[8] = nx, ny, nz, depth
    return count + 1


@compiled
def _across(axes: F64, column: int, v: F64) -> float:
    """Return a world vector's share along one of a body's axes."""
    share: float = axes[0, column] * v[0] + axes[1, column] * v[1] + axes[2, column] * v[2]
    return share


@compiled
def _near(a: F64, ha: F64, ka: float, b: F64, hb: F64, kb: float) -> bool:
    ra = ha[0] if ka == BALL else math.sqrt(ha[0] ** 2 + ha[1] ** 2 + ha[2] ** 2)
    rb = hb[0] if kb == BALL else math.sqrt(hb[0] ** 2 + hb[1] ** 2 + hb[2] ** 2)
    reach = ra + rb + REACH_M
    near: bool = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2 < reach * reach
    return near


@compiled
def _on_ground(
    i: int, at: F64, axes: F64, half: F64, kind: float, active: float, out: F64, count: int
) -> int:
    if active == 0:
        return count
    if kind == BALL:
        if at[1] - half[0] < REACH_M:
            depth = half[0] - at[1]
            return _put(out, count, i, GROUND, at[0], 0.0, at[2], 0.0, 1.0, 0.0, depth)
        return count
    for corner in range(8):
        sx = half[0] if corner & 1 else -half[0]
        sy = half[1] if corner & 2 else -half[1]
        sz = half[2] if corner & 4 else -half[2]
        y = at[1] + axes[1, 0] * sx + axes[1, 1] * sy + axes[1, 2] * sz
        if y < REACH_M:
            x = at[0] + axes[0, 0] * sx + axes[0, 1] * sy + axes[0, 2] * sz
            z = at[2] + axes[2, 0] * sx + axes[2, 1] * sy + axes[2, 2] * sz
            count = _put(out, count, i, GROUND, x, y, z, 0.0, 1.0, 0.0, -y)
    return count


@compiled
def _balls(i: int, j: int, position: F64, half: F64, out: F64, count: int) -> int:
    a, b = position[i], position[j]
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    far = math.sqrt(x * x + y * y + z * z)
    depth = half[i, 0] + half[j, 0] - far
    if depth < -REACH_M or far < 1e-9:
        return count
    x, y, z, r = x / far, y / far, z / far, half[j, 0]
    return _put(out, count, i, j, b[0] + x * r, b[1] + y * r, b[2] + z * r, x, y, z, depth)


@compiled
def _ball_box(
    i: int,
    j: int,
    position: F64,
    axes: F64,
    half: F64,
    out: F64,
    count: int,
    sign: float,
    scratch: F64,
) -> int:
    apart, near, gap = scratch[0, 0], scratch[0, 1], scratch[0, 2]
    best, inside, far = 0, True, 0.0
    for k in range(3):
        apart[k] = position[i, k] - position[j, k]
    for k in range(3):
        local = _across(axes[j], k, apart)
        near[k] = min(max(local, -half[j, k]), half[j, k])
        gap[k] = local - near[k]
        far += gap[k] * gap[k]
        inside = inside and gap[k] == 0.0
        if half[j, k] - abs(near[k]) < half[j, best] - abs(near[best]):
            best = k
    far = math.sqrt(far)
    depth = half[i, 0] - far
    if inside:
        depth = half[i, 0] + half[j, best] - abs(near[best])
        gap[best], far = 1.0 if near[best] >= 0 else -1.0, 1.0
    if depth < -REACH_M:
        return count
    first, second = (i, j) if sign > 0 else (j, i)
    row, s = out[count], sign / far
    row[0], row[1], row[8] = first, second, depth
    for k in range(3):
        a = axes[j, k]
        row[2 + k] = position[j, k] + a[0] * near[0] + a[1] * near[1] + a[2] * near[2]
        row[5 + k] = s * (a[0] * gap[0] + a[1] * gap[1] + a[2] * gap[2])
    return count + 1


@compiled
def _boxes(  # noqa: C901  # the fifteen axes of one test, in one place
    i: int, j: int, position: F64, axes: F64, half: F64, out: F64, count: int, scratch: F64
) -> int:
    """Find the axis of least overlap (separating axis theorem), then the points on it."""
    a, b = axes[i], axes[j]
    d = scratch[0, 0]
    for k in range(3):
        d[k] = position[j, k] - position[i, k]
    best, face, sign = 1e9, -1, 1.0
    for k in range(3):
        near = _across(a, k, d)
        over = half[i, k] - abs(near)
        for m in range(3):
            over += abs(a[0, k] * b[0, m] + a[1, k] * b[1, m] + a[2, k] * b[2, m]) * half[j, m]
        if over < -REACH_M:
            return count
        if over < best:
            best, face, sign = over, k, 1.0 if near >= 0 else -1.0
    for k in range(3):
        near = _across(b, k, d)
        over = half[j, k] - abs(near)
        for m in range(3):
            over += abs(a[0, m] * b[0, k] + a[1, m] * b[1, k] + a[2, m] * b[2, k]) * half[i, m]
        if over < -REACH_M:
            return count
        if over < best - 1e-4:
            best, face, sign = over, 3 + k, 1.0 if near >= 0 else -1.0
    normal = scratch[0, 1]
    edge, edge_best = _edge_axis(a, b, d, half[i], half[j], normal)
    if edge_best < -REACH_M:
        return count
    if edge >= 0 and edge_best < 0.9 * best - 2e-3:
        return _edge_contact(
            i, j, position, axes, half, edge, edge_best, normal, out, count, scratch
        )
    if face < 3:
        return _face_contacts(i, j, position, axes, half, face, sign, out, count, scratch, -1.0)
    return _face_contacts(j, i, position, axes, half, face - 3, -sign, out, count, scratch, 1.0)


@compiled
def _edge_axis(a: F64, b: F64, d: F64, ha: F64, hb: F64, normal: F64) -> tuple[int, float]:
    best, which = 1e9, -1
    for k in range(3):
        for m in range(3):
            x = a[1, k] * b[2, m] - a[2, k] * b[1, m]
            y = a[2, k] * b[0, m] - a[0, k] * b[2, m]
            z = a[0, k] * b[1, m] - a[1, k] * b[0, m]
            size = math.sqrt(x * x + y * y + z * z)
            if size < 1e-3:
                continue
            x, y, z = x / size, y / size, z / size
            across = x * d[0] + y * d[1] + z * d[2]
            over = -abs(across)
            for q in range(3):
                over += ha[q] * abs(a[0, q] * x + a[1, q] * y + a[2, q] * z)
                over += hb[q] * abs(b[0, q] * x + b[1, q] * y + b[2, q] * z)
            if over < best:
                best, which = over, 3 * k + m
                s = 1.0 if across >= 0 else -1.0
                normal[0], normal[1], normal[2] = s * x, s * y, s * z
    return which, best


@compiled
def _edge_contact(
    i: int,
    j: int,
    position: F64,
    axes: F64,
    half: F64,
    edge: int,
    depth: float,
    n: F64,
    out: F64,
    count: int,
    scratch: F64,
) -> int:
    """Put the contact midway between the two edges, where they come nearest."""
    k, m = edge // 3, edge % 3
    p, q, w = scratch[0, 2], scratch[0, 3], scratch[0, 4]
    for r in range(3):
        p[r], q[r] = position[i, r], position[j, r]
    for t in range(3):
        a = half[i, t] * (1.0 if _across(axes[i], t, n) > 0 else -1.0) * (t != k)
        b = half[j, t] * (1.0 if _across(axes[j], t, n) > 0 else -1.0) * (t != m)
        for r in range(3):
            p[r] += axes[i, r, t] * a
            q[r] -= axes[j, r, t] * b
    uv = 0.0
    for r in range(3):
        w[r] = q[r] - p[r]
        uv += axes[i, r, k] * axes[j, r, m]
    wu, wv = _across(axes[i], k, w), _across(axes[j], m, w)
    along = (wu - uv * wv) / max(1.0 - uv * uv, 1e-6)
    other = (uv * wu - wv) / max(1.0 - uv * uv, 1e-6)
    row = out[count]
    row[0], row[1], row[8] = i, j, depth
    for r in range(3):
        row[2 + r] = 0.5 * (p[r] + axes[i, r, k] * along + q[r] + axes[j, r, m] * other)
        row[5 + r] = -n[r]
    return count + 1


@compiled
def _face_contacts(  # noqa: C901  # one polygon through four planes
    i: int,
    j: int,
    position: F64,
    axes: F64,
    half: F64,
    face: int,
    sign: float,
    out: F64,
    count: int,
    scratch: F64,
    turn: float,
) -> int:
    """Clip the face of box j that lies against a face of box i, and keep what is under it."""
    n, m = scratch[0, 15], scratch[1, 15]
    for r in range(3):
        n[r] = axes[i, r, face] * sign
    facing, side, steepest = 0, 1.0, -1.0
    for k in range(3):
        across = _across(axes[j], k, n)
        if abs(across) > steepest:
            steepest, facing, side = abs(across), k, -1.0 if across > 0 else 1.0
    u, w = (facing + 1) % 3, (facing + 2) % 3
    polygon, other = scratch[0], scratch[1]
    for k in range(4):
        su = half[j, u] * (1.0 if k in (0, 3) else -1.0)
        sw = half[j, w] * (1.0 if k < 2 else -1.0)
        for r in range(3):
            a = axes[j, r]
            polygon[k, r] = (
                position[j, r] + a[facing] * side * half[j, facing] + a[u] * su + a[w] * sw
            )
    size = 4
    for k in range(1, 3):
        along = (face + k) % 3
        for way in (1.0, -1.0):
            for r in range(3):
                m[r] = axes[i, r, along] * way
            size = _clip(polygon, size, other, m, position[i], half[i, along])
            polygon, other = other, polygon
    first, second = (i, j) if turn < 0 else (j, i)
    for k in range(size):
        depth = half[i, face]
        for r in range(3):
            depth -= (polygon[k, r] - position[i, r]) * n[r]
        if depth > -REACH_M and count < MOST_CONTACTS - 1:
            row = out[count]
            row[0], row[1], row[8] = first, second, depth
            for r in range(3):
                row[2 + r] = polygon[k, r] + n[r] * (0.5 * depth)
                row[5 + r] = turn * n[r]
            count += 1
    return count


@compiled
def _clip(polygon: F64, size: int, out: F64, n: F64, centre: F64, reach: float) -> int:
    """Keep the part of a polygon on the near side of a plane (Sutherland and Hodgman, 1974)."""
    kept = 0
    for k in range(size):
        p, q = polygon[k], polygon[(k + 1) % size]
        a = (
            (p[0] - centre[0]) * n[0]
            + (p[1] - centre[1]) * n[1]
            + (p[2] - centre[2]) * n[2]
            - reach
        )
        b = (
            (q[0] - centre[0]) * n[0]
            + (q[1] - centre[1]) * n[1]
            + (q[2] - centre[2]) * n[2]
            - reach
        )
        if a <= 0:
            for r in range(3):
                out[kept, r] = p[r]
            kept += 1
        if a * b < 0:
            for r in range(3):
                out[kept, r] = p[r] + (q[r] - p[r]) * (a / (a - b))
            kept += 1
    return kept

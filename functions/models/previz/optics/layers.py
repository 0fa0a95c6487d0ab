"""What stands behind the picture: depth, normals, motion, and how much of a pixel each thing fills.

Depth, normal and motion are those of a pixel's middle in mid-shutter, unfiltered, since a mean of two depths
lies on neither thing. Coverage is sampled over pixel, iris and shutter, as the picture is.
"""

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.canvas import F32, I32, TILE
from functions.models.previz.optics.ground import ground_facing, ground_meet
from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    BACK,
    BODIES,
    EYE,
    IDENTITY,
    SIZE,
    TAN_X,
    at,
    camera_at,
    count_at,
    shape_at,
)
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.maps import grain_center
from functions.models.previz.optics.survey import on_picture
from functions.models.previz.optics.trace import (
    GROUND,
    NOTHING,
    into,
    item_facing,
    nearest_listed,
    turned_out,
)
from functions.models.previz.optics.vec import F64, Vec, add, along, dot, mul, scaled, sub

SKY_M = 1e10
"""The depth of what has none."""

RANKS = 6
"""How many things a pixel's coverage tells apart: the rest is shared out among them."""

PARTICLES, EARTH, HEAVEN = 0, 1, 2
"""Identities of what is no body; those of bodies follow."""

SUBJECTS = 3

FEW = 5
"""Where so many samples meet the same thing, no more are taken."""


@inlined
def _meet(
    w: F64, heads: I32, lists: I32, nears: F32, tile: int, slot: int, o: Vec, d: Vec, pixel: float
) -> tuple[float, int]:
    """Return how far away and what a ray of the camera meets first."""
    t, item = nearest_listed(w, lists, nears, heads[tile], heads[tile + 1], slot, o, d)
    ground = ground_meet(w, o, d, 0.0, t, pixel)
    return (ground, GROUND) if ground < t else (t, item)


@inlined
def _identity(w: F64, item: int) -> int:
    if item == NOTHING:
        return HEAVEN
    if item == GROUND:
        return EARTH
    if item >= count_at(w, BODIES):
        return PARTICLES
    return SUBJECTS + int(w[shape_at(w, MIDDLE, item) + IDENTITY])


@kernel
def _a_frame_later(w: F64, then: F64, item: int, p: Vec, whole: float) -> Vec:
    """Return where a point of an item is a frame later; `whole` is a frame's length in shutters."""
    if item < 0:
        return p
    if item >= count_at(w, BODIES):
        way = sub(grain_center(w, MIDDLE, item), grain_center(w, 0, item))
        return along(p, way, 2.0 * whole)
    row, later = shape_at(w, MIDDLE, item), shape_at(then, MIDDLE, item)
    size, grown = at(w, row + SIZE), at(then, later + SIZE)
    local = mul(into(w, row, p), (grown[0] / size[0], grown[1] / size[1], grown[2] / size[2]))
    return add(at(then, later), turned_out(then, later, local))


@kernel
def _rank(found: F64, identity: int, filled: int) -> int:
    """Count a sample for what it met; return how many things were met."""
    for k in range(filled):
        if found[k, 0] == identity:
            found[k, 1] += 1.0
            return filled
    if filled == RANKS:
        return filled
    found[filled, 0], found[filled, 1] = identity, 1.0
    return filled + 1


@kernel
def _write_ranks(found: F64, filled: int, names: F32, out: F32) -> None:
    """Write the things of a pixel and their shares, the largest first."""
    total = 0.0
    for k in range(filled):
        total += found[k, 1]
    for rank in range(filled):
        best = rank
        for k in range(rank + 1, filled):
            if found[k, 1] > found[best, 1]:
                best = k
        identity, count = found[best, 0], found[best, 1]
        found[best, 0], found[best, 1] = found[rank, 0], found[rank, 1]
        found[rank, 0], found[rank, 1] = identity, count
        out[rank, 0], out[rank, 1] = names[int(identity)], count / total


@kernel
def _merge(found: F64, filled: int, owners: I32) -> int:
    """Count what belongs to one subject together; return how many subjects a pixel shows."""
    merged = 0
    for k in range(filled):
        subject, count = float(owners[int(found[k, 0])]), found[k, 1]
        place = merged
        for earlier in range(merged):
            if found[earlier, 0] == subject:
                place = earlier
        if place == merged:
            found[merged, 0], found[merged, 1] = subject, 0.0
            merged += 1
        found[place, 1] += count
    return merged


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def measure(
        w: F64,
        then: F64,
        whole: float,
        heads: I32,
        lists: I32,
        nears: F32,
        top: int,
        end: int,
        depth: F32,
        normal: F32,
        motion: F32,
    ) -> None:
        """Fill rows of depth (h, w), normal (h, w, 3) and motion (h, w, 2): pixels right and up a frame.

        `then` is the world a frame later, with the same items.
        """
        height, width = depth.shape
        camera = camera_at(w, MIDDLE)
        pixel = 2.0 * w[camera + TAN_X] / width
        for y in range(top, end):
            for x in range(width + stamp * 0):
                tile = (y // TILE) * (-(-width // TILE)) + x // TILE
                px, py = 2.0 * (x + 0.5) / width - 1.0, (height - 2.0 * (y + 0.5)) / width
                o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
                t, item = _meet(w, heads, lists, nears, tile, MIDDLE, o, d, pixel)
                n = (0.0, 0.0, 0.0)
                if item == NOTHING:
                    depth[y, x] = SKY_M
                    p = along(at(then, camera_at(then, MIDDLE) + EYE), d, 1e6)
                else:
                    p = along(o, d, t)
                    depth[y, x] = -dot(scaled(d, t), at(w, camera + BACK))
                    if item == GROUND:
                        n, _ = ground_facing(w, p, t * pixel / max(abs(d[1]), 0.03))
                    else:
                        n = item_facing(w, MIDDLE, item, p)
                    p = _a_frame_later(w, then, item, p, whole)
                normal[y, x, 0], normal[y, x, 1], normal[y, x, 2] = n
                u, v, away = on_picture(then, MIDDLE, p, width, height)
                motion[y, x, 0] = u - (x + 0.5) if away > 1e-3 else 0.0
                motion[y, x, 1] = (y + 0.5) - v if away > 1e-3 else 0.0

    @entry
    def cover(
        w: F64,
        table: F64,
        bodies: F32,
        subjects: F32,
        owners: I32,
        heads: I32,
        lists: I32,
        nears: F32,
        top: int,
        end: int,
        found: F64,
        ranks: F32,
        whole: F32,
    ) -> None:
        """Fill rows of ranks (h, w, RANKS, 2): the name of a body and the share that it fills.

        `whole` gets the same of subjects; `owners` says which identity's name a body's subject has.
        """
        height, width = ranks.shape[0], ranks.shape[1]
        for y in range(top, end):
            for x in range(width + stamp * 0):
                tile = (y // TILE) * (-(-width // TILE)) + x // TILE
                filled = 0
                for k in range(table.shape[0]):
                    slot = int(table[k, 4])
                    px = 2.0 * (x + 0.5 + table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + table[k, 1])) / width
                    o, d = camera_ray(w, slot, px, py, table[k, 2], table[k, 3])
                    pixel = 2.0 * w[camera_at(w, slot) + TAN_X] / width
                    _, item = _meet(w, heads, lists, nears, tile, slot, o, d, pixel)
                    filled = _rank(found, _identity(w, item), filled)
                    if k + 1 == FEW and filled == 1:
                        break
                _write_ranks(found, filled, bodies, ranks[y, x])
                _write_ranks(found, _merge(found, filled, owners), subjects, whole[y, x])

    return measure, cover


measure, cover = _make(kernels_stamp())

Room = NDArray[np.float64]


def room() -> Room:
    """Return room in which `cover` counts the samples of one pixel."""
    return np.zeros((RANKS, 2))

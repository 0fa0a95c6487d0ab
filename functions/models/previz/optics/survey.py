"""Where the picture needs more samples: small things, edges, and how far blur carries them."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp, merged
from functions.models.previz.optics.layout import (
    BACK,
    BALL,
    BODIES,
    EYE,
    FOCUS,
    LENS_RADIUS,
    LIGHT_WAY,
    MOVES,
    NODE_COUNT,
    RIGHT,
    SIZE,
    SLOTS,
    TAN_X,
    UP,
    at,
    camera_at,
    count_at,
    grain_at,
    shape_at,
)
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.trace import grain_center
from functions.models.previz.optics.vec import F64, Vec, along, dot, scaled, sub

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

TILE = 8
"""Pixels along the side of a tile."""

SMALL_PX = 6.0
"""Things thinner than this are sampled in every pixel that they may touch."""


@inlined
def on_picture(w: F64, slot: int, p: Vec, width: int, height: int) -> tuple[float, float, float]:
    """Return the pixel that shows a point, and its depth (not positive behind the camera)."""
    c = camera_at(w, slot)
    to = sub(p, at(w, c + EYE))
    depth = -dot(to, at(w, c + BACK))
    scale = 0.5 * width / (w[c + TAN_X] * max(depth, 1e-6))
    return 0.5 * width + dot(to, at(w, c + RIGHT)) * scale, 0.5 * height - dot(to, at(w, c + UP)) * scale, depth


@kernel
def _mark(marks: U8, x: float, y: float, radius: float, value: int, cell: float) -> None:
    """Set at least `value` in the cells (`cell` pixels wide) that a disc on the picture may touch."""
    rows, columns = marks.shape
    left, right = max((x - radius) / cell, 0.0), min((x + radius) / cell, columns - 1.0)
    top, low = max((y - radius) / cell, 0.0), min((y + radius) / cell, rows - 1.0)
    if left > right or top > low:
        return
    for j in range(int(top), int(low) + 1):
        for i in range(int(left), int(right) + 1):
            marks[j, i] = max(marks[j, i], value)


@merged
def _item_ball(w: F64, slot: int, item: int) -> tuple[Vec, float, float, bool]:
    """Return an item's centre, bounding radius, least half size, and whether it moves."""
    if item >= count_at(w, BODIES):
        row = grain_at(w, item)
        moves = w[row] != w[row + 3] or w[row + 1] != w[row + 4] or w[row + 2] != w[row + 5]
        return grain_center(w, slot, item), w[row + 6], w[row + 6], moves
    row = shape_at(w, slot, item)
    thin = min(w[row + SIZE], w[row + SIZE + 1], w[row + SIZE + 2])
    return at(w, row), w[row + BALL], thin, w[row + MOVES] > 0.0


@merged
def _mark_solid(w: F64, item: int, solid: U8, scale: float, width: int, height: int) -> None:
    """Mark the tiles where an item may be seen at any moment, through any part of the lens."""
    grown = 1.0 + w[camera_at(w, MIDDLE) + TAN_X]
    for step in range(3):
        slot = step * (SLOTS - 1) // 2
        center, ball, _, _ = _item_ball(w, slot, item)
        before, _, _, _ = _item_ball(w, max(step - 1, 0) * (SLOTS - 1) // 2, item)
        x, y, depth = on_picture(w, slot, center, width, height)
        x0, y0, depth0 = on_picture(w, max(step - 1, 0) * (SLOTS - 1) // 2, before, width, height)
        near = min(depth, depth0) - 1.5 * ball
        if max(depth, depth0) < -2.0 * ball:
            continue
        if near < 0.05:
            solid[:] = 1
            return
        circle = w[LENS_RADIUS] * abs(near - w[FOCUS]) / (near * w[FOCUS]) * scale
        reach = abs(x - x0) + abs(y - y0) + grown * ball * scale / near + 1.5 * circle + TILE
        _mark(solid, x, y, reach, 1, TILE)


@kernel
def _mark_item(w: F64, item: int, small: U8, wide: U8, solid: U8, width: int, height: int) -> None:
    to = at(w, LIGHT_WAY)
    center, ball, thin, moves = _item_ball(w, MIDDLE, item)
    x, y, depth = on_picture(w, MIDDLE, center, width, height)
    scale = 0.5 * width / w[camera_at(w, MIDDLE) + TAN_X]
    near = max(depth - ball, 1e-3)
    if depth > -ball and thin * scale / max(depth, 1e-3) < SMALL_PX:
        _mark(small, x, y, ball * scale / near + 2.0, 1, 1.0)
    _mark_solid(w, item, solid, scale, width, height)
    if not moves:
        return
    first, _, _, _ = _item_ball(w, 0, item)
    last, _, _, _ = _item_ball(w, SLOTS - 1, item)
    x0, y0, _ = on_picture(w, 0, first, width, height)
    x1, y1, _ = on_picture(w, SLOTS - 1, last, width, height)
    blur = math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    row = shape_at(w, 0, item) if item < count_at(w, BODIES) else 0
    if row > 0:
        blur += 0.1 * ball * scale / near
    if blur < 0.5:
        return
    value = _samples_for(0.5 * blur)
    for step in range(9):
        slot = step * (SLOTS - 1) // 8
        center, ball, thin, moves = _item_ball(w, slot, item)
        pad = 2.0 + blur / 16.0
        x, y, depth = on_picture(w, slot, center, width, height)
        if depth > -ball:
            _mark(wide, x, y, ball * scale / max(depth - ball, 1e-3) + pad, value, TILE)
        if to[1] > 0.1 and row > 0 and center[1] > 0.0:
            shade = along(center, to, -center[1] / to[1])
            x, y, depth = on_picture(w, slot, shade, width, height)
            grown = ball / to[1] + 0.01 * center[1]
            if depth > -grown:
                _mark(wide, x, y, grown * scale / max(depth - grown, 1e-3) + pad, value, TILE)


@inlined
def _samples_for(radius: float) -> int:
    """Return how many quarters of the samples a blur of this radius (in pixels) asks for."""
    if radius < 2.0:
        return 1
    return 2 if radius < 5.0 else 4


@inlined
def _blur(w: F64, x: int, y: int, depth: float, width: int, height: int) -> tuple[float, float]:
    """Return how many pixels to the side and up the lens and the camera's motion blur a point."""
    px, py = 2.0 * (x + 0.5) / width - 1.0, (height - 2.0 * (y + 0.5)) / width
    o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
    depth = min(depth, 1e5)
    p = along(o, d, depth)
    x0, y0, _ = on_picture(w, 0, p, width, height)
    x1, y1, _ = on_picture(w, SLOTS - 1, p, width, height)
    focus = w[FOCUS]
    away = -dot(scaled(d, depth), at(w, camera_at(w, MIDDLE) + BACK))
    scale = 0.5 * width / w[camera_at(w, MIDDLE) + TAN_X]
    circle = w[LENS_RADIUS] * abs(away - focus) / (max(away, 1e-3) * focus) * scale
    return 0.5 * abs(x1 - x0) + circle, 0.5 * abs(y1 - y0) + circle


@kernel
def _reach_out(wide: U8, x: int, y: int, rx: float, ry: float) -> None:
    rows, columns = wide.shape
    value = _samples_for(max(rx, ry))
    left, right = max(int((x - rx - 1.0) / TILE), 0), min(int((x + rx + 1.0) / TILE), columns - 1)
    top, low = max(int((y - ry - 1.0) / TILE), 0), min(int((y + ry + 1.0) / TILE), rows - 1)
    for j in range(top, low + 1):
        for i in range(left, right + 1):
            wide[j, i] = max(wide[j, i], value)


@kernel
def _grow(uneven: U8, x: int, y: int) -> None:
    """Mark the pixels two around one as touched by its blur."""
    height, width = uneven.shape
    for v in range(max(y - 2, 0), min(y + 3, height)):
        for u in range(max(x - 2, 0), min(x + 3, width)):
            if uneven[v, u] == 0:
                uneven[v, u] = 2


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def mark_items(w: F64, small: U8, wide: U8, solid: U8) -> None:
        """Mark pixels that small items may touch, and tiles that items may touch or sweep, or their shadows."""
        height, width = small.shape
        for item in range((count_at(w, NODE_COUNT) + 1 + stamp * 0) // 2):
            _mark_item(w, item, small, wide, solid, width, height)

    @entry
    def mark_blurs(w: F64, uneven: U8, depths: F32, wide: U8) -> None:
        """Mark the tiles (or, near by, the pixels) into which the lens or the camera's motion blurs an edge."""
        height, width = uneven.shape
        for y in range(height):
            for x in range(width + stamp * 0):
                if uneven[y, x] != 1:
                    continue
                rx, ry = _blur(w, x, y, depths[y, x, 3], width, height)
                if rx > 2.5 or ry > 2.5:
                    _reach_out(wide, x, y, rx, ry)
                elif rx > 0.7 or ry > 0.7:
                    _grow(uneven, x, y)

    return mark_items, mark_blurs


mark_items, mark_blurs = _make(kernels_stamp())

"""Where the picture needs more samples: small things, things that move, edges that the lens blurs."""

import math

from functions.models.previz.optics.canvas import (
    EVEN,
    F32,
    GROWN,
    KEEP,
    QUARTERS,
    SHADED,
    SHAPE,
    SHAPED,
    SMALL,
    SMALL_SHADE,
    SOFT,
    TILE,
    TONE,
    U8,
)
from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    AXIS_X,
    BACK,
    BALL,
    BODIES,
    EYE,
    FOCUS,
    ITEMS,
    KIND,
    LENS_RADIUS,
    LIGHT_WAY,
    MOVES,
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
from functions.models.previz.optics.lens import MIDDLE
from functions.models.previz.optics.maps import grain_center
from functions.models.previz.optics.vec import F64, INFINITY, Vec, along, dot, sub
from functions.models.previz.snapshot import TORUS

MOVED_PX = 0.8
"""What moves less than this is not seen to move."""

SPARE_PX = 0.6
"""By how much more than its box small things are marked."""

SMALL_PX = 6.0
"""Things thinner than this are sampled in every pixel that they may touch."""


@inlined
def on_picture(w: F64, slot: int, p: Vec, width: int, height: int) -> tuple[float, float, float]:
    """Return the pixel that shows a point, and its depth (not positive behind the camera)."""
    c = camera_at(w, slot)
    to = sub(p, at(w, c + EYE))
    depth = -dot(to, at(w, c + BACK))
    scale = 0.5 * width / (w[c + TAN_X] * max(depth, 1e-6))
    x, y = dot(to, at(w, c + RIGHT)) * scale, dot(to, at(w, c + UP)) * scale
    return 0.5 * width + x, 0.5 * height - y, depth


@inlined
def merged_mark(a: int, b: int) -> int:
    """Return the mark of what two marks ask for."""
    return max(a & QUARTERS, b & QUARTERS) | ((a | b) & ~QUARTERS)


@kernel
def mark_box(marks: U8, left: float, top: float, right: float, low: float, value: int) -> None:
    """Add `value` to the marks of the pixels in a box on the picture."""
    height, width = marks.shape
    left, right = max(left, 0.0), min(right, width - 1.0)
    top, low = max(top, 0.0), min(low, height - 1.0)
    if not (left <= right and top <= low):
        return
    for y in range(int(top), int(low) + 1):
        for x in range(int(left), int(right) + 1):
            marks[y, x] = merged_mark(marks[y, x], value)


@inlined
def quarters_for(radius: float) -> int:
    """Return how many quarters of all samples a blur of this radius (in pixels) asks for."""
    if radius < 5.0:
        return 1
    return 2 if radius < 14.0 else 4


@kernel
def _item_ball(w: F64, slot: int, item: int) -> tuple[Vec, float, float, bool]:
    """Return an item's centre, bounding radius, middle half size, and whether it moves."""
    if item >= count_at(w, BODIES):
        row = grain_at(w, item)
        moves = w[row] != w[row + 3] or w[row + 1] != w[row + 4] or w[row + 2] != w[row + 5]
        return grain_center(w, slot, item), w[row + 6], w[row + 6], moves
    row = shape_at(w, slot, item)
    x, y, z = w[row + SIZE], w[row + SIZE + 1], w[row + SIZE + 2]
    thin = max(min(x, y), min(max(x, y), z))
    return at(w, row), w[row + BALL], thin, w[row + MOVES] > 0.0


@inlined
def corner_of(w: F64, slot: int, item: int, k: int) -> Vec:
    """Return one of the eight corners of an item's box."""
    x, y, z = 2.0 * (k & 1) - 1.0, 2.0 * ((k >> 1) & 1) - 1.0, 2.0 * (k >> 2) - 1.0
    if item >= count_at(w, BODIES):
        r = w[grain_at(w, item) + 6]
        c = grain_center(w, slot, item)
        return (c[0] + r * x, c[1] + r * y, c[2] + r * z)
    row = shape_at(w, slot, item)
    more = w[row + SIZE + 1] if w[row + KIND] == TORUS else 0.0
    p = along(at(w, row), at(w, row + AXIS_X), x * (w[row + SIZE] + more))
    p = along(p, at(w, row + AXIS_X + 3), y * w[row + SIZE + 1])
    return along(p, at(w, row + AXIS_X + 6), z * (w[row + SIZE + 2] + more))


@kernel
def _mark_item_box(
    w: F64, slot: int, item: int, marks: U8, pad: float, value: int, shade: bool
) -> None:
    """Mark where an item, or its shadow on level ground, may be seen through the middle of the lens.

    What reaches behind the lens may be anywhere; a mark of a small thing is then left out.
    """
    height, width = marks.shape
    to = at(w, LIGHT_WAY)
    left = top = nearest = INFINITY
    right = low = farthest = -INFINITY
    for k in range(8):
        p = corner_of(w, slot, item, k)
        if shade:
            p = along(p, to, -max(p[1], 0.0) / to[1])
        x, y, depth = on_picture(w, slot, p, width, height)
        left, right, top, low = min(left, x), max(right, x), min(top, y), max(low, y)
        nearest, farthest = min(nearest, depth), max(farthest, depth)
    if farthest < 0.0 or (nearest < 0.05 and value >= SMALL):
        return
    if nearest < 0.05:
        left, top, right, low = 0.0, 0.0, width, height
    mark_box(marks, left - pad, top - pad, right + pad, low + pad, value)


@kernel
def _mark_item(w: F64, item: int, small: U8, moving: U8) -> None:
    height, width = small.shape
    center, ball, thin, moves = _item_ball(w, MIDDLE, item)
    _, _, depth = on_picture(w, MIDDLE, center, width, height)
    scale = 0.5 * width / w[camera_at(w, MIDDLE) + TAN_X] / max(depth, 1e-3)
    grain = item >= count_at(w, BODIES)
    size, shades = thin * scale, not grain and w[LIGHT_WAY + 1] > 0.05
    if depth > -ball and size < SMALL_PX:
        _mark_item_box(w, MIDDLE, item, small, SPARE_PX, SMALL, False)
        if shades:
            _mark_item_box(w, MIDDLE, item, small, 2.0, SMALL_SHADE, True)
    near = max(depth - 1.5 * ball, 0.05)
    circle = w[LENS_RADIUS] * abs(near - w[FOCUS]) / w[FOCUS] * scale * max(depth, 1e-3) / near
    blur = _path_on_picture(w, item, width, height) if moves else 0.0
    tiny = size < 1.0 or (size < SMALL_PX and circle > 0.7)
    if blur <= MOVED_PX and not (tiny and ball * scale < 64.0):
        return
    value = quarters_for(max(0.5 * blur, circle))
    for step in range(9):
        slot = step * (SLOTS - 1) // 8
        pad = (SPARE_PX if grain else 1.0) + blur / 16.0 + 1.5 * circle
        keep = KEEP if size < SMALL_PX else 0
        _mark_item_box(w, slot, item, moving, pad, value | keep, False)
        if blur <= MOVED_PX:
            break
        if shades:
            _mark_item_box(w, slot, item, moving, pad, value | SHADED, True)


@inlined
def _path_on_picture(w: F64, item: int, width: int, height: int) -> float:
    """Return about how many pixels an item moves while the shutter is open, for a still camera."""
    first, ball, _, _ = _item_ball(w, 0, item)
    last, _, _, _ = _item_ball(w, SLOTS - 1, item)
    x0, y0, depth = on_picture(w, MIDDLE, first, width, height)
    x1, y1, _ = on_picture(w, MIDDLE, last, width, height)
    blur = math.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    if item < count_at(w, BODIES):
        a, b = shape_at(w, 0, item), shape_at(w, SLOTS - 1, item)
        turned = 0.0
        for k in range(3, 12):
            turned = max(turned, abs(w[a + k] - w[b + k]))
        blur += turned * ball * 0.5 * width / (w[camera_at(w, MIDDLE) + TAN_X] * max(depth, 0.05))
    return min(blur, 4000.0)


@inlined
def shift_px(w: F64, y: int, x: int, depth: float, width: int, height: int) -> float:
    """Return by how many pixels what a pixel shows moves with the ray's place on the iris, 1 at its rim (thin lens)."""
    focus, scale = w[FOCUS], 0.5 * width / w[camera_at(w, MIDDLE) + TAN_X]
    px, py = (x + 0.5 - 0.5 * width) / scale, (0.5 * height - y - 0.5) / scale
    away = max(min(depth, 1e6) / math.sqrt(1.0 + px * px + py * py), 1e-3)
    return w[LENS_RADIUS] * (focus - away) / (away * focus) * scale


@inlined
def circle_px(w: F64, y: int, x: int, depth: float, width: int, height: int) -> float:
    """Return the radius in pixels of the blur circle of what a pixel shows."""
    return abs(shift_px(w, y, x, depth, width, height))


@kernel
def _reach_out(wide: U8, x: int, y: int, reach: float, flag: int) -> None:
    rows, columns = wide.shape
    value = quarters_for(reach) | flag
    left, right = (
        max(int((x - reach - 1.0) / TILE), 0),
        min(int((x + reach + 1.0) / TILE), columns - 1),
    )
    top, low = max(int((y - reach - 1.0) / TILE), 0), min(int((y + reach + 1.0) / TILE), rows - 1)
    for j in range(top, low + 1):
        for i in range(left, right + 1):
            wide[j, i] = merged_mark(wide[j, i], value)


@kernel
def _grow(marks: U8, x: int, y: int, reach: int) -> None:
    """Mark a pixel that differs from one beside it, and the even ones around, as blurred a little."""
    height, width = marks.shape
    mark = GROWN if marks[y, x] == SHAPE else SOFT
    marks[y, x] = mark
    for v in range(max(y - reach, 0), min(y + reach + 1, height)):
        for u in range(max(x - reach, 0), min(x + reach + 1, width)):
            if marks[v, u] == EVEN or (marks[v, u] == SOFT and mark == GROWN):
                marks[v, u] = mark


@kernel
def _least_circle(w: F64, seen: F32, j: int, i: int) -> float:
    """Return the least blur radius around a tile."""
    height, width = seen.shape[0], seen.shape[1]
    least = 1e9
    for y in range(max(j * TILE - TILE, 0), min(j * TILE + 2 * TILE, height), 3):
        for x in range(max(i * TILE - TILE, 0), min(i * TILE + 2 * TILE, width), 3):
            least = min(least, circle_px(w, y, x, seen[y, x, 3], width, height))
    return least


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def mark_items(w: F64, small: U8, moving: U8) -> None:
        """Mark pixels that small items may touch, and those that moving items may sweep."""
        for item in range(count_at(w, ITEMS) + stamp * 0):
            _mark_item(w, item, small, moving)

    @entry
    def mark_blurs(w: F64, marks: U8, seen: F32, wide: U8, steps: U8) -> None:
        """Mark tiles (or, for little blurs, pixels) into which the lens blurs an edge.

        Where all that a tile shows is much blurred, `steps` is how many pixels apart samples may be.
        """
        height, width = marks.shape
        for y in range(height):
            for x in range(width + stamp * 0):
                if marks[y, x] == SHAPE or marks[y, x] == TONE:
                    reach = circle_px(w, y, x, seen[y, x, 3], width, height)
                    if reach > 2.5:
                        flag = SHAPED if marks[y, x] == SHAPE else 0
                        _reach_out(wide, x, y, reach, flag)
                    elif reach > 0.7:
                        _grow(marks, x, y, 1 + int(reach))
        for j in range(wide.shape[0]):
            for i in range(wide.shape[1]):
                if wide[j, i] > 0:
                    least = _least_circle(w, seen, j, i)
                    steps[j, i] = 4 if least > 8.0 else (2 if least > 2.5 else 1)

    return mark_items, mark_blurs


mark_items, mark_blurs = _make(kernels_stamp())

"""Which items may be seen in each tile of the picture, the nearest first."""

import math

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.canvas import TILE
from functions.models.previz.optics.jit import entry, kernel, kernels_stamp
from functions.models.previz.optics.layout import (
    BACK,
    EYE,
    FOCUS,
    ITEMS,
    LENS_RADIUS,
    SLOTS,
    TAN_X,
    at,
    camera_at,
    count_at,
)
from functions.models.previz.optics.lens import MIDDLE
from functions.models.previz.optics.survey import corner_of, on_picture
from functions.models.previz.optics.vec import F64, INFINITY, dot, sub

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

NEAR_M = 0.05
"""What comes nearer than this to the lens may be seen anywhere."""


@kernel
def _widen(w: F64, slot: int, item: int, box: F64, width: int, height: int) -> None:
    """Widen a box on the picture (left, top, right, low, nearness) by an item in a slot of the shutter."""
    c = camera_at(w, slot)
    near, far = INFINITY, -INFINITY
    for k in range(8):
        p = corner_of(w, slot, item, k)
        depth = -dot(sub(p, at(w, c + EYE)), at(w, c + BACK))
        near, far = min(near, depth), max(far, depth)
        x, y, _ = on_picture(w, slot, p, width, height)
        box[0], box[1] = min(box[0], x), min(box[1], y)
        box[2], box[3] = max(box[2], x), max(box[3], y)
    box[4] = min(box[4], near)
    box[5] = max(box[5], far)


@kernel
def _find_box(w: F64, item: int, box: F64, width: int, height: int) -> None:
    """Find the tiles (left, top, right, low) where an item may be seen, and how near it comes."""
    box[0] = box[1] = box[4] = INFINITY
    box[2] = box[3] = box[5] = -INFINITY
    for step in range(5):
        _widen(w, step * (SLOTS - 1) // 4, item, box, width, height)
    _widen(w, MIDDLE, item, box, width, height)
    near = box[4]
    pad = 1.5 + 0.15 * min(box[2] - box[0], 40.0)
    if near > NEAR_M:
        scale = 0.5 * width / w[camera_at(w, MIDDLE) + TAN_X]
        pad += 1.1 * w[LENS_RADIUS] * abs(near - w[FOCUS]) / (near * w[FOCUS]) * scale
        box[0], box[1] = max((box[0] - pad) / TILE, 0.0), max((box[1] - pad) / TILE, 0.0)
        box[2], box[3] = (
            min((box[2] + pad) / TILE, width / TILE),
            min((box[3] + pad) / TILE, height / TILE),
        )
    else:
        box[0], box[1], box[2], box[3] = 0.0, 0.0, width / TILE, height / TILE
    if not math.isfinite(box[0] + box[1] + box[2] + box[3]):
        box[0], box[1], box[2], box[3] = 0.0, 0.0, width / TILE, height / TILE
    box[4] = near - w[LENS_RADIUS]


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def find_boxes(w: F64, boxes: F64, width: int, height: int) -> None:
        """Find the box on the picture of every item."""
        for item in range(count_at(w, ITEMS) + stamp * 0):
            _find_box(w, item, boxes[item], width, height)

    @entry
    def fill_lists(
        boxes: F64, order: NDArray[np.int64], heads: I32, lists: I32, columns: int
    ) -> None:
        """Count the items of each tile into `heads`, or, where these are counted, fill `lists`."""
        rows = (heads.shape[0] - 1) // columns
        for item in order:
            if boxes[item, 5] < stamp * 0.0 - 1e-3:
                continue
            for j in range(int(boxes[item, 1]), min(int(boxes[item, 3]), rows - 1) + 1):
                for i in range(int(boxes[item, 0]), min(int(boxes[item, 2]), columns - 1) + 1):
                    tile = j * columns + i
                    if lists.shape[0] > 0:
                        lists[heads[tile]] = item
                    heads[tile] += 1

    return find_boxes, fill_lists


_find_boxes, _fill_lists = _make(kernels_stamp())


def listed(w: F64, width: int, height: int) -> tuple[I32, I32, F32]:
    """Return where each tile's list begins, the lists, and how near each item comes."""
    rows, columns = -(-height // TILE), -(-width // TILE)
    boxes = np.zeros((int(w[ITEMS]), 6))
    _find_boxes(w, boxes, width, height)
    order = np.argsort(boxes[:, 4], kind="stable")
    counts = np.zeros(rows * columns + 1, np.int32)
    _fill_lists(boxes, order, counts, np.zeros(0, np.int32), columns)
    ends = np.cumsum(counts, dtype=np.int32)
    heads = np.concatenate([np.zeros(1, np.int32), ends[:-1]])
    lists = np.zeros(max(int(ends[-1]), 1), np.int32)
    _fill_lists(boxes, order, heads.copy(), lists, columns)
    return heads, lists, boxes[:, 4].astype(np.float32)

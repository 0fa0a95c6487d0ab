"""A picture with depth as a mesh: where each pixel of another camera's frame looks in it."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Float = NDArray[np.float32]
F64 = NDArray[np.float64]

NEAREST_M = 0.05


def looked_up(points: F64, at: F64, *, size: tuple[int, int], half: tuple[float, float]) -> Float:
    """Return (height, width, 2): for each pixel of a frame where it looks in the picture.

    `points` is a grid (rows, columns, 3) in the frame's camera: x right, y up, metres, looking
    along -z; `at` (rows, columns, 2) says where in the picture each lies, 0..1 from its top left;
    `half` is half the frame's width and height at a metre's depth. The nearest surface wins; NaN
    is where there is none.
    """
    width, height = size
    seen = np.full((height, width, 2), np.nan, np.float32)
    near = np.zeros((height, width), np.float32)
    frame = np.empty(points.shape)
    depth = np.maximum(-points[..., 2], 1e-9)
    frame[..., 0] = (0.5 + 0.5 * points[..., 0] / depth / half[0]) * width - 0.5
    frame[..., 1] = (0.5 - 0.5 * points[..., 1] / depth / half[1]) * height - 0.5
    frame[..., 2] = np.where(-points[..., 2] > NEAREST_M, 1.0 / depth, 0.0)
    _draw(frame, np.ascontiguousarray(at), seen, near)
    return seen


@njit(error_model="numpy", nogil=True, cache=True)
def _draw(frame: F64, at: F64, seen: Float, near: Float) -> None:
    """Draw the two triangles of each cell of the grid, nearest first by their depth."""
    for i in range(frame.shape[0] - 1):
        for j in range(frame.shape[1] - 1):
            _triangle(frame, at, (i, j), (i, j + 1), (i + 1, j), seen, near)
            _triangle(frame, at, (i + 1, j + 1), (i + 1, j), (i, j + 1), seen, near)


@njit(error_model="numpy", nogil=True, cache=True)
def _triangle(
    frame: F64,
    at: F64,
    a: tuple[int, int],
    b: tuple[int, int],
    c: tuple[int, int],
    seen: Float,
    near: Float,
) -> None:
    """Draw one triangle; what it shows is interpolated in space, not on the frame."""
    wa, wb, wc = frame[a[0], a[1], 2], frame[b[0], b[1], 2], frame[c[0], c[1], 2]
    if wa <= 0.0 or wb <= 0.0 or wc <= 0.0:
        return
    ax, ay = frame[a[0], a[1], 0], frame[a[0], a[1], 1]
    bx, by = frame[b[0], b[1], 0], frame[b[0], b[1], 1]
    cx, cy = frame[c[0], c[1], 0], frame[c[0], c[1], 1]
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < 1e-12:
        return
    height, width = near.shape
    top, end = max(math.ceil(min(ay, by, cy)), 0), min(math.floor(max(ay, by, cy)), height - 1)
    left, right = max(math.ceil(min(ax, bx, cx)), 0), min(math.floor(max(ax, bx, cx)), width - 1)
    for y in range(top, end + 1):
        for x in range(left, right + 1):
            q = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area
            r = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area
            p = 1.0 - q - r
            if p < -1e-9 or q < -1e-9 or r < -1e-9:
                continue
            w = p * wa + q * wb + r * wc
            if w <= near[y, x]:
                continue
            near[y, x] = w
            for k in range(2):
                seen[y, x, k] = (
                    p * wa * at[a[0], a[1], k]
                    + q * wb * at[b[0], b[1], k]
                    + r * wc * at[c[0], c[1], k]
                ) / w

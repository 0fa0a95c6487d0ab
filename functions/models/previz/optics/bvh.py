"""A tree of boxes around everything, swept over the shutter, so that a ray asks only what it may meet.

The nodes lie in the order of a walk that goes deep first; each knows where to go on when its box is missed, so no
walk needs a stack (see `layout` for its columns). Bodies come first among the items, then particles.
"""

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.jit import entry, inlined, kernel, kernels_stamp
from functions.models.previz.optics.layout import NODE_COLUMNS
from functions.models.previz.optics.vec import F64, Vec

I64 = NDArray[np.int64]


@kernel
def _sort_along(low: F64, high: F64, order: I64, first: int, last: int, axis: int) -> None:
    """Sort part of the order by the middle of each box on an axis (Shell, 1959; ties by number)."""
    gap = 1
    while gap < (last - first) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(first + gap, last):
            item, j = order[k], k
            key = low[item, axis] + high[item, axis]
            while j - gap >= first:
                other = order[j - gap]
                above = low[other, axis] + high[other, axis]
                if above < key or (above == key and other < item):
                    break
                order[j] = other
                j -= gap
            order[j] = item
        gap //= 3


@kernel
def _sweep(
    low: F64, high: F64, order: I64, first: int, last: int, step: int, areas: F64, best: float
) -> tuple[float, int]:
    """Sum up the cost of each cut of a sorted part: first from its end (step -1), then from its start.

    A cut costs the area of each side times how many boxes are in it (MacDonald and Booth, 1990).
    """
    a, b, c = np.inf, np.inf, np.inf
    d, e, f = -np.inf, -np.inf, -np.inf
    cut = -1
    for k in range(last - first):
        place = first + k if step > 0 else last - 1 - k
        item = order[place]
        a, b, c = min(a, low[item, 0]), min(b, low[item, 1]), min(c, low[item, 2])
        d, e, f = max(d, high[item, 0]), max(e, high[item, 1]), max(f, high[item, 2])
        x, y, z = d - a, e - b, f - c
        cost = (x * y + y * z + z * x) * (k + 1.0)
        if step < 0:
            areas[place] = cost
        elif place + 1 < last and cost + areas[place + 1] < best:
            best, cut = cost + areas[place + 1], place + 1
    return best, cut


@kernel
def _halve(low: F64, high: F64, order: I64, first: int, last: int) -> int:
    """Sort a part of the order along the axis on which it is longest, and return its middle."""
    longest, axis = -1.0, 0
    for k in range(3):
        least, most = np.inf, -np.inf
        for place in range(first, last):
            middle = low[order[place], k] + high[order[place], k]
            least, most = min(least, middle), max(most, middle)
        if most - least > longest:
            longest, axis = most - least, k
    _sort_along(low, high, order, first, last, axis)
    return (first + last) // 2


@kernel
def _cut(low: F64, high: F64, order: I64, first: int, last: int, areas: F64) -> int:
    """Sort a part of the order along the best axis, and return where to cut it."""
    best, middle, found = np.inf, -1, 0
    for axis in range(3):
        _sort_along(low, high, order, first, last, axis)
        _sweep(low, high, order, first, last, -1, areas, best)
        cost, cut = _sweep(low, high, order, first, last, 1, areas, best)
        if cut >= 0:
            best, middle, found = cost, cut, axis
    if middle < 0:
        return (first + last) // 2
    if found < 2:
        _sort_along(low, high, order, first, last, found)
    return middle


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def grow_tree(
        low: F64, high: F64, order: I64, stack: I64, areas: F64, nodes: F64, quick: bool
    ) -> None:
        """Fill `nodes` (2n - 1, 8) over n boxes, cut where rays will have the least to ask, or `quick` in halves."""
        n = order.shape[0]
        stack[0, 0], stack[0, 1] = stamp * 0, n
        top = 1
        used = 0
        while top > 0:
            top -= 1
            first, last = stack[top, 0], stack[top, 1]
            node = used
            used += 1
            nodes[node, 6] = node + 2 * (last - first) - 1
            nodes[node, 7] = -1.0
            for axis in range(3):
                nodes[node, axis] = np.inf
                nodes[node, 3 + axis] = -np.inf
            for k in range(first, last):
                for axis in range(3):
                    nodes[node, axis] = min(nodes[node, axis], low[order[k], axis])
                    nodes[node, 3 + axis] = max(nodes[node, 3 + axis], high[order[k], axis])
            if last - first == 1:
                nodes[node, 7] = order[first]
                continue
            if quick:
                middle = _halve(low, high, order, first, last)
            else:
                middle = _cut(low, high, order, first, last, areas)
            stack[top, 0], stack[top, 1] = middle, last
            stack[top + 1, 0], stack[top + 1, 1] = first, middle
            top += 2

    return grow_tree


_grow_tree = _make(kernels_stamp())


def tree_of(low: F64, high: F64, items: I64, *, quick: bool) -> F64:
    """Return the nodes (2n - 1, 8) of a tree over n of the boxes; a quick one takes its rays longer."""
    if not len(items):
        return np.zeros((0, NODE_COLUMNS))
    nodes = np.zeros((2 * len(items) - 1, NODE_COLUMNS))
    stack = np.zeros((2 * len(items) + 2, 2), np.int64)
    areas = np.zeros(len(items))
    _grow_tree(low, high, items.astype(np.int64), stack, areas, nodes, quick)
    return nodes


@inlined
def slopes(d: Vec) -> Vec:
    """Return one over each part of a direction, never infinite."""
    return (_over(d[0]), _over(d[1]), _over(d[2]))


@inlined
def _over(x: float) -> float:
    if abs(x) < 1e-18:
        return 1e18
    return 1.0 / x


@inlined
def missed(w: F64, node: int, o: Vec, slope: Vec, start: float, end: float) -> bool:
    """Tell whether a ray misses the box of the node that lies at `node` between `start` and `end`."""
    ax, bx = (w[node] - o[0]) * slope[0], (w[node + 3] - o[0]) * slope[0]
    ay, by = (w[node + 1] - o[1]) * slope[1], (w[node + 4] - o[1]) * slope[1]
    az, bz = (w[node + 2] - o[2]) * slope[2], (w[node + 5] - o[2]) * slope[2]
    near = max(max(min(ax, bx), min(ay, by)), max(min(az, bz), start))
    far = min(min(max(ax, bx), max(ay, by)), min(max(az, bz), end))
    return near > far

"""The passes that sample: here and there, then between, then more where what was found differs."""

from functions.models.previz.optics.between import filled_between
from functions.models.previz.optics.canvas import (
    GROWN,
    KEEP,
    PROBE_STEP,
    QUARTERS,
    SHADED,
    SHAPE,
    TILE,
    TONE,
    Canvas,
    first_hill,
    tone_of,
)
from functions.models.previz.optics.jit import entry, inlined, kernels_stamp, merged
from functions.models.previz.optics.layout import TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.path import radiance
from functions.models.previz.optics.recall import UNKNOWN, glimpse, item_moves, known
from functions.models.previz.optics.vec import F64, Vec, add

FIRST, BETWEEN, PROBE, EDGES, MOTION = range(5)
"""The passes: every `step`th pixel; those half way between; probes of what may move; edges and what the
lens blurs; what moves."""

BRIGHTEST = 60000.0
"""The most a pixel may hold, so that it fits a half float."""

AGREED = 0.06
"""Where the first samples differ by less in tone, no more are taken."""


@inlined
def _sound(x: float) -> float:
    """Return x within what a half float holds; 0 for what is no number."""
    if not x > 0.0:
        return 0.0
    return min(x, BRIGHTEST)


@inlined
def _stride(work: int, step: int) -> int:
    """Return how many pixels apart the pixels are that a pass looks at."""
    if work == PROBE:
        return PROBE_STEP
    return step if work < PROBE else 1


@merged
def _due(c: Canvas, work: int, step: int, y: int, x: int) -> int:
    """Return how many samples a pixel gets in one of the first three passes."""
    if work == FIRST:
        return 1
    if work == PROBE:
        moving = c.moving[y, x]
        return 3 if moving > 0 and moving & (KEEP + SHADED) != KEEP else 0
    if (y & step) == 0 and (x & step) == 0:
        return 0
    return 0 if filled_between(c, y, x, step) else 1


@merged
def _wanted(c: Canvas, work: int, rows: int, edges: int, y: int, x: int) -> int:
    """Return how many samples a pixel gets in one of the last two passes."""
    moving = c.moving[y, x]
    if work == MOTION:
        return rows * (moving & QUARTERS) // 4
    wide, apart = c.wide[y // TILE, x // TILE], c.steps[y // TILE, x // TILE]
    if moving > 0 or (wide > 0 and (y | x) & (apart - 1)):
        return 0
    if wide > 0:
        return rows * wide // 4
    if c.marks[y, x] == TONE:
        return edges // 2
    return edges if c.marks[y, x] else 0


@inlined
def _recalls(c: Canvas, work: int, y: int, x: int) -> bool:
    """Tell whether samples of a pixel may take the colours of others: not where light itself changes."""
    if work < EDGES:
        return False
    mark = c.marks[y, x]
    return bool(
        work == MOTION or mark == SHAPE or mark == GROWN or c.wide[y // TILE, x // TILE] > 0
    )


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def expose(w: F64, table: F64, work: int, step: int, top: int, end: int, c: Canvas) -> None:
        """Do one pass over the rows top to end: in MOTION at a time for each sample, else in mid-shutter.

        `step` is how many pixels apart the samples of the first passes are, and in EDGES how many samples an
        edge gets.
        """
        height, width = c.first.shape
        stride = _stride(work, step)
        start = stride // 2 if work == PROBE else 0
        for y in range(top + start, end, stride):
            for x in range(start + stamp * 0, width, stride):
                if work < EDGES:
                    most = _due(c, work, step, y, x)
                else:
                    most = _wanted(c, work, table.shape[0], step, y, x)
                if work == EDGES and most == 0:
                    for k in range(3):
                        c.sharp[y, x, k] = c.base[y, x, k]
                if most == 0:
                    continue
                recalls = _recalls(c, work, y, x)
                total: Vec = (0.0, 0.0, 0.0)
                low, high, bend, same, taken = 1e9, -1e9, 0.0, True, 0
                tile = (y // TILE) * c.wide.shape[1] + x // TILE
                ahead = first_hill(c.starts, y // TILE, x // TILE)
                for k in range(most):
                    slot = int(table[k, 4]) if work == MOTION or work == PROBE else MIDDLE
                    eye = slot if work == MOTION else MIDDLE
                    off = 0.0 if work == PROBE else 1.0
                    px = 2.0 * (x + 0.5 + off * table[k, 0]) / width - 1.0
                    py = (height - 2.0 * (y + 0.5 + off * table[k, 1])) / width
                    o, d = camera_ray(w, eye, px, py, off * table[k, 2], off * table[k, 3])
                    pixel = 2.0 * w[camera_at(w, eye) + TAN_X] / width
                    place = UNKNOWN
                    if recalls:
                        t, item = glimpse(w, c, tile, slot, o, d, pixel, ahead)
                        if not c.moving[y, x] & SHADED or item_moves(w, item):
                            place = known(w, c, slot, item, o, d, t)
                    if place != UNKNOWN:
                        v, u = place // width, place % width
                        light = (
                            float(c.base[v, u, 0]),
                            float(c.base[v, u, 1]),
                            float(c.base[v, u, 2]),
                        )
                        code = c.first[v, u]
                    else:
                        light, code, n, depth = radiance(
                            w,
                            c.lists,
                            c.nears,
                            c.heads[tile],
                            c.heads[tile + 1],
                            slot,
                            o,
                            d,
                            pixel,
                            ahead,
                        )
                        light = (_sound(light[0]), _sound(light[1]), _sound(light[2]))
                        if work < PROBE:
                            s = c.seen[y, x]
                            s[0], s[1], s[2], s[3] = n[0], n[1], n[2], depth
                            c.first[y, x] = code
                    total = add(total, light)
                    tone = tone_of(light[0], light[1], light[2])
                    low, high = min(low, tone), max(high, tone)
                    same = same and code >> 1 == c.first[y, x] >> 1
                    taken = k + 1
                    if work < PROBE:
                        c.tones[y, x] = tone
                    elif work == PROBE:
                        bend += (-2.0 if k == 2 else 1.0) * tone
                        still = (
                            same
                            and high - low < 0.5
                            and (code % 2 == 0 or not item_moves(w, code >> 1))
                        )
                        still = still and (k < 2 or abs(bend) < 0.05)
                        c.probes[y // PROBE_STEP, x // PROBE_STEP] = 1 if still else 0
                        if not still:
                            break
                    elif taken == min(most, 5) and same and high - low < AGREED:
                        break
                if work == PROBE:
                    continue
                out = c.base[y, x] if work < PROBE else c.sharp[y, x]
                if work == MOTION:
                    out = c.out[y, x]
                out[0], out[1], out[2] = total[0] / taken, total[1] / taken, total[2] / taken

    return expose


expose = _make(kernels_stamp())

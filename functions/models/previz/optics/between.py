"""The passes that sample nothing: they look at what is known of neighbouring pixels."""

from functions.models.previz.optics.canvas import (
    BLOCK,
    EVEN,
    F32,
    FINE,
    FINER,
    I32,
    KEEP,
    PROBE_STEP,
    QUARTERS,
    SHADED,
    SHAPE,
    TILE,
    TONE,
    U8,
    Canvas,
    bends,
    beyond,
    corners,
    met,
    turn_between,
)
from functions.models.previz.optics.ground import hill_start
from functions.models.previz.optics.jit import (
    entry,
    forward,
    inlined,
    kernel,
    kernels_stamp,
    merged,
)
from functions.models.previz.optics.layout import TAN_X, camera_at
from functions.models.previz.optics.lens import MIDDLE, camera_ray
from functions.models.previz.optics.trace import GROUND, NOTHING
from functions.models.previz.optics.vec import F64
from functions.models.previz.optics.veil import keep_veil, veil_between

LIKE, DETAIL = 0.014, 0.08
"""By what share of their light pixels around a moving one may differ, and by how much its own tone from theirs,
for it to be filled from them."""


NEAR_ALIKE, FAR_ALIKE, SMEARED_ALIKE = 0.12, 0.06, 0.4
"""By how much tones of pixels may differ that others are filled between: two pixels apart, farther apart, and where the
camera's motion blurs them far."""

STEEP = 0.5
"""Tones of pixels to be filled between may differ by this much where they change evenly."""


@inlined
def _alike(c: Canvas, y: int, x: int, v: int, u: int, most: float, bits: int) -> bool:
    """Tell whether a plain surface goes on from one pixel to another.

    Their tones differ by `most`, or change so evenly from beyond the one to beyond the other. Where a code has one of
    the bits, its detail is too fine to tell.
    """
    code = c.first[y, x]
    if met(code) != met(c.first[v, u]) or (code | c.first[v, u]) & bits:
        return False
    if met(code) != NOTHING and turn_between(c.seen, y, x, v, u) <= 0.998:
        return False
    gap = abs(c.tones[y, x] - c.tones[v, u])
    return bool(gap <= most or (gap <= STEEP and _evenly(c, y, x, v, u, most)))


@inlined
def _evenly(c: Canvas, y: int, x: int, v: int, u: int, most: float) -> bool:
    """Tell whether tones go on changing beyond two pixels as they do between them, within `most`."""
    top, left, low, right = beyond(c, y, x, v, u)
    item = met(c.first[y, x])
    if top < 0 or met(c.first[top, left]) != item or met(c.first[low, right]) != item:
        return False
    tones = c.tones
    return bool(bends(tones[top, left], tones[y, x], tones[v, u], tones[low, right]) <= most)


@merged
def filled_between(c: Canvas, y: int, x: int, step: int) -> bool:
    """Fill a pixel between those `2 * step` apart, if these are alike; tell whether it was done."""
    height, width = c.first.shape
    top, left, low, right = corners(y, x, step)
    if low >= height or right >= width or c.small[y, x]:
        return False
    most = FAR_ALIKE if step > 1 else NEAR_ALIKE
    bits = FINE | FINER if step > 1 else FINER
    if c.swift[y // TILE, x // TILE] and c.moving[y, x] == 0:
        most, bits = SMEARED_ALIKE, 0
    if not _alike(c, top, left, low, right, most, bits):
        return False
    if low != top and right != left:
        if not _alike(c, top, right, low, left, most, bits):
            return False
        if not _alike(c, top, left, top, right, most, bits):
            return False
    for k in range(3):
        above, below = (
            c.base[top, left, k] + c.base[top, right, k],
            c.base[low, left, k] + c.base[low, right, k],
        )
        c.base[y, x, k] = 0.25 * (above + below)
    for k in range(4):
        c.seen[y, x, k] = 0.5 * (c.seen[top, left, k] + c.seen[low, right, k])
    if c.keyed.shape[0] > 1:
        for k in range(3):
            c.keyed[y, x, k] = 0.5 * (c.keyed[top, left, k] + c.keyed[low, right, k])
    c.tones[y, x] = 0.5 * (c.tones[top, left] + c.tones[low, right])
    c.first[y, x] = c.first[top, left]
    if step > 1:
        keep_veil(c, y, x, veil_between(c, y, x, step))
    return True


@kernel
def _fill_block(c: Canvas, top: int, left: int) -> bool:
    """Fill the pixels between the first samples at the corners of a block, if these are alike; tell whether it was done."""
    height, width = c.first.shape
    low, right = top + BLOCK, left + BLOCK
    if low >= height or right >= width:
        return False
    still = True
    for y in range(top, low):
        for x in range(left, right):
            if c.small[y, x]:
                return False
            still = still and c.moving[y, x] == 0
    most, bits = FAR_ALIKE, FINE | FINER
    if still and c.swift[top // TILE, left // TILE]:
        most, bits = SMEARED_ALIKE, 0
    if not _alike(c, top, left, low, right, most, bits):
        return False
    if not _alike(c, top, right, low, left, most, bits):
        return False
    if not _alike(c, top, left, top, right, most, bits):
        return False
    if not _alike(c, top, left, low, left, most, bits):
        return False
    for k in range(3):
        _blend(c.base, top, left, k)
    for k in range(4):
        _blend(c.seen, top, left, k)
    if c.keyed.shape[0] > 1:
        for k in range(3):
            _blend(c.keyed, top, left, k)
    _blend(c.tones.reshape(height, width, 1), top, left, 0)
    code = c.first[top, left]
    for y in range(top, low):
        for x in range(left, right):
            if y > top or x > left:
                c.first[y, x] = code
    keep_veil(c, top, left + 2, veil_between(c, top, left + 2, 2))
    keep_veil(c, top + 2, left, veil_between(c, top + 2, left, 2))
    keep_veil(c, top + 2, left + 2, veil_between(c, top + 2, left + 2, 2))
    return True


@inlined
def _blend(values: F32, top: int, left: int, k: int) -> None:
    """Let a value change evenly between the corners of a block."""
    low, right = top + BLOCK, left + BLOCK
    here, there = values[top, left, k], values[top, right, k]
    down, down_there = (
        (values[low, left, k] - here) / BLOCK,
        (values[low, right, k] - there) / BLOCK,
    )
    for v in range(BLOCK):
        begin = here + v * down
        across = (there + v * down_there - begin) / BLOCK
        for u in range(BLOCK):
            if u > 0 or v > 0:
                values[top + v, left + u, k] = begin + u * across


@inlined
def sparse(y: int, x: int, moving: int) -> bool:
    """Tell whether a pixel over which things move is looked at in the first of two rounds."""
    return bool((y | x) & 1 == 0 or moving & KEEP)


@inlined
def filled_over_time(c: Canvas, y: int, x: int) -> bool:
    """Fill a pixel over which things move from those around it, if these look alike; tell whether it was done."""
    height, width = c.first.shape
    top, left, low, right = y - (y & 1), x - (x & 1), y + (y & 1), x + (x & 1)
    if low >= height or right >= width:
        return False
    for v in (top, low):
        for u in (left, right):
            if c.moving[v, u] & QUARTERS == 0:
                return False
    a, b, d, e = c.out[top, left], c.out[top, right], c.out[low, left], c.out[low, right]
    most = LIKE * (a[0] + a[1] + a[2] + e[0] + e[1] + e[2] + 0.02)
    for k in range(3):
        if max(max(a[k], b[k]), max(d[k], e[k])) - min(min(a[k], b[k]), min(d[k], e[k])) > most:
            return False
    tone = 0.25 * (
        c.tones[top, left] + c.tones[top, right] + c.tones[low, left] + c.tones[low, right]
    )
    if abs(c.tones[y, x] - tone) > DETAIL:
        return False
    for k in range(3):
        c.out[y, x, k] = 0.25 * (a[k] + b[k] + d[k] + e[k])
    return True


@inlined
def nearest_between(c: Canvas, y: int, x: int, step: int) -> float:
    """Return how far away the nearest of what is known around a pixel is, with something to spare."""
    height, width = c.first.shape
    top, left, low, right = corners(y, x, step)
    low, right = low if low < height else top, right if right < width else left
    upper, lower = (
        min(c.seen[top, left, 3], c.seen[top, right, 3]),
        min(c.seen[low, left, 3], c.seen[low, right, 3]),
    )
    return 0.96 * min(upper, lower)


@inlined
def nearest_around(seen: F32, y: int, x: int) -> float:
    """Return how far away the nearest thing is that a pixel or those beside it show, with something to spare."""
    near = seen[y, x, 3]
    for v in range(max(y - 1, 0), min(y + 2, seen.shape[0])):
        for u in range(max(x - 1, 0), min(x + 2, seen.shape[1])):
            near = min(near, seen[forward(v), forward(u), 3])
    return 0.97 * near


@kernel
def _mark_of(tones: F32, seen: F32, first: I32, y: int, x: int) -> int:
    """Return how a pixel differs from those beside it."""
    code = first[y, x]
    top, left = max(y - 1, 0), max(x - 1, 0)
    low, right = min(y + 1, first.shape[0] - 1), min(x + 1, first.shape[1] - 1)
    for v in range(top, low + 1):
        for u in range(left, right + 1):
            if met(code) != met(first[forward(v), forward(u)]):
                return SHAPE
    if code >= 0:
        across = min(turn_between(seen, y, x, y, left), turn_between(seen, y, x, y, right))
        upright = min(turn_between(seen, y, x, top, x), turn_between(seen, y, x, low, x))
        if min(across, upright) < 0.9:
            return SHAPE
    step = 0.6 if code & (FINE | FINER) else (0.3 if met(code) == GROUND else 0.2)
    here = tones[y, x]
    if _jumps(here - tones[y, left], tones[y, right] - here, step):
        return TONE
    return TONE if _jumps(here - tones[top, x], tones[low, x] - here, step) else EVEN


@inlined
def _jumps(before: float, after: float, step: float) -> bool:
    """Tell whether a tone rises or falls by more than a step on one side of a pixel, and not as much on the other."""
    return bool(max(abs(before), abs(after)) > step and abs(after - before) > 0.7 * step)


@inlined
def _amid_plain(plain: U8, j: int, i: int) -> bool:
    """Tell whether a block and all around it are plain, so that all in it changes evenly and little."""
    if min(j, i) < 1 or j + 1 >= plain.shape[0] or i + 1 >= plain.shape[1]:
        return False
    for b in range(j - 1, j + 2):
        for a in range(i - 1, i + 2):
            if plain[forward(b), forward(a)] == 0:
                return False
    return True


@inlined
def _calm(probes: U8, y: int, x: int) -> bool:
    """Tell whether the probes around a pixel say that nothing moves."""
    j, i = (y + PROBE_STEP // 2) // PROBE_STEP, (x + PROBE_STEP // 2) // PROBE_STEP
    for b in range(max(j - 1, 0), min(j + 1, probes.shape[0])):
        for a in range(max(i - 1, 0), min(i + 1, probes.shape[1])):
            if probes[b, a] == 0:
                return False
    return True


def _make(stamp: int):  # type: ignore[no-untyped-def]  # noqa: ANN202  # numba's own types
    @entry
    def fill_blocks(c: Canvas, top: int, end: int) -> None:
        """Fill the blocks in rows top to end whose corners are alike, and mark them as plain."""
        for y in range(top, end, BLOCK):
            for x in range(0, c.first.shape[1] + stamp * 0, BLOCK):
                c.plain[y // BLOCK, x // BLOCK] = 1 if _fill_block(c, forward(y), forward(x)) else 0

    @entry
    def find_edges(c: Canvas, top: int, end: int) -> None:
        """Mark the pixels in rows top to end that differ from one beside them; none do amid plain blocks."""
        width = c.first.shape[1]
        for j in range(top // BLOCK, -(-end // BLOCK)):
            for i in range(c.plain.shape[1] + stamp * 0):
                if _amid_plain(c.plain, j, i):
                    continue
                for y in range(j * BLOCK, min(j * BLOCK + BLOCK, end)):
                    for x in range(i * BLOCK, min(i * BLOCK + BLOCK, width)):
                        c.marks[y, x] = _mark_of(c.tones, c.seen, c.first, forward(y), forward(x))

    @entry
    def settle(c: Canvas, top: int, end: int) -> None:
        """Clear the marks of motion where all probes around say that nothing moves."""
        for y in range(top, end):
            for x in range(c.first.shape[1] + stamp * 0):
                if c.moving[y, x] and _calm(c.probes, y, x):
                    keep = c.moving[y, x] & KEEP
                    c.moving[y, x] = (c.moving[y, x] & ~SHADED) if keep else 0

    @entry
    def spread(c: Canvas, top: int, end: int) -> None:
        """Fill the pixels between the samples of much blurred tiles."""
        height, width = c.first.shape
        for y in range(top, end):
            for x in range(width + stamp * 0):
                j, i = y // TILE, x // TILE
                step = c.steps[j, i]
                if c.wide[j, i] == 0 or c.moving[y, x] or (y % step == 0 and x % step == 0):
                    continue
                up, left = y - y % step, x - x % step
                low, right = up + step, left + step
                low, right = low if low < height else up, right if right < width else left
                v, u = (y - up) / step, (x - left) / step
                for k in range(3):
                    above = c.sharp[up, left, k] * (1.0 - u) + c.sharp[up, right, k] * u
                    below = c.sharp[low, left, k] * (1.0 - u) + c.sharp[low, right, k] * u
                    c.sharp[y, x, k] = above * (1.0 - v) + below * v

    @entry
    def start_rays(w: F64, width: int, height: int, top: int, end: int, starts: F32) -> None:
        """Walk towards the hills from the corners of all tiles in rows top to end."""
        angle = 2.0 * TILE * w[camera_at(w, MIDDLE) + TAN_X] / width
        for j in range(top, end):
            for i in range(starts.shape[1] + stamp * 0):
                px, py = 2.0 * i * TILE / width - 1.0, (height - 2.0 * j * TILE) / width
                o, d = camera_ray(w, MIDDLE, px, py, 0.0, 0.0)
                starts[j, i] = hill_start(w, o, d, angle)

    return fill_blocks, find_edges, settle, spread, start_rays


fill_blocks, find_edges, settle, spread, start_rays = _make(kernels_stamp())

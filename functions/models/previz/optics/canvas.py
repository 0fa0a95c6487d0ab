"""What is known of the picture between the passes, and the marks that tell them what to do."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.jit import inlined

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

TILE = 8
"""Pixels along the side of a tile."""

BLOCK = 4
"""How many pixels apart the first samples are; blocks of so many pixels each way are filled at once."""

PROBE_STEP = 4
"""How many pixels apart it is probed whether anything moves there."""

EVEN, SHAPE, TONE, GROWN, SOFT = range(5)
"""Marks of a pixel: like its neighbours; of another thing or turn than one of them; only of another
brightness; of another thing, or near one that is, and blurred a little by the lens; of another brightness or
near one that is, and blurred so."""

SMALL, SMALL_SHADE = 64, 128
"""Marks of a pixel that a small thing may touch; or the shadow of one."""

QUARTERS, KEEP, SHADED = 7, 8, 16
"""Marks of motion: how many quarters of all samples it asks for; that a thing so thin moves there that probes
may miss it; that a shadow may move there."""


class Canvas(NamedTuple):
    """What is known of each pixel, and of each tile, between the passes."""

    base: F32  # (height, width, 3): one sample a pixel, in mid-shutter
    sharp: F32  # (height, width, 3): edges smoothed and the lens's blur, in mid-shutter
    out: F32  # (height, width, 3): the finished picture; the same as sharp when the camera stands still
    tones: F32  # (height, width): brightness as the eye has it
    seen: F32  # (height, width, 4): normal and distance of what is met first
    veils: F32  # (rows, columns, 6) of every other pixel: what stands between it and its light (see `veil`)
    keyed: F32  # (height, width, 3): what of base the key light may give; one pixel where no shadow moves
    first: I32  # (height, width): codes: four times what is met first, and FINE and FINER
    small: U8  # (height, width): not 0 where small things may be
    plain: U8  # blocks: 1 where all pixels are filled from the corners
    marks: U8  # (height, width): EVEN, SHAPE, TONE, GROWN or SOFT
    moving: U8  # (height, width): marks of motion
    probes: U8  # every PROBE_STEP pixels: 1 where nothing moved
    wide: U8  # tiles: how many quarters of the samples the lens's blur asks for, and SHAPED
    steps: U8  # tiles: how many pixels apart those samples may be
    heads: I32  # tiles: where the list of what may be seen in a tile begins; one more for the end
    lists: I32  # items, by nearness in each tile
    nears: F32  # items: how near each comes to the camera
    reach: F32  # (height, width, 2): how far a pixel's point moves, and its distance; or one pixel
    ways: F32  # tiles: the bounds of the motions in them (see `smear`); or one tile
    swift: U8  # tiles: 1 where the camera's motion blurs all by SWIFT_PX or more
    starts: F32  # corners of tiles: how far away the first hill may be
    hilly: bool  # whether there are hills


class Room(NamedTuple):
    """Where a pass writes what it needs for one pixel."""

    notes: F64  # (SLOTS, NOTES): what the pixel shows at each moment (see `expose`)
    few: I32  # (9,): the items that it and those beside it show


Corners = tuple[int, int, int, int]
"""Two pixels: the row and column of the one, and of the other."""

OUTSIDE: Corners = (-1, -1, -1, -1)

FINE, FINER = 1, 2
"""Bits of a code: what a pixel met has detail about as fine as four pixels; as fine as one."""


@inlined
def met(code: int) -> int:
    """Return what a pixel met first, from its code."""
    return code >> 2


SHAPED = 8
"""Mark of a tile besides its quarters: the lens blurs an edge between things into it, not only one of brightness."""

SWIFT_PX = 8.0
"""What the camera's motion blurs by this many pixels needs no finer tones."""

SMOOTHED_PX = 3.0
"""What the camera's motion blurs by this many pixels needs no smoothing of its tones."""


@inlined
def tone_of(r: float, g: float, b: float) -> float:
    """Return about how bright the eye finds a pixel: differences of 0.1 are seen."""
    return math.log2(0.3 * r + 0.6 * g + 0.1 * b + 0.01)


@inlined
def corners(y: int, x: int, step: int) -> Corners:
    """Return the top, left, low and right of the pixels `2 * step` apart that a pixel lies between, or of itself."""
    top, left = y & ~(2 * step - 1), x & ~(2 * step - 1)
    return top, left, top + 2 * step * int(y > top), left + 2 * step * int(x > left)


@inlined
def beyond(c: Canvas, y: int, x: int, v: int, u: int) -> Corners:
    """Return the two pixels that lie as far beyond two as these lie apart, or OUTSIDE where the frame ends before."""
    height, width = c.first.shape
    top, left, low, right = 2 * y - v, 2 * x - u, 2 * v - y, 2 * u - x
    if min(min(top, low), min(left, right)) < 0:
        return OUTSIDE
    return (
        OUTSIDE if max(top, low) >= height or max(left, right) >= width else (top, left, low, right)
    )


@inlined
def bends(before: float, here: float, there: float, after: float) -> float:
    """Return the most by which what changes from pixel to pixel departs from an even change."""
    return max(abs(before - 2.0 * here + there), abs(here - 2.0 * there + after))


@inlined
def turn_between(seen: F32, y: int, x: int, v: int, u: int) -> float:
    """Return the cosine between the normals of two pixels."""
    return float(
        seen[y, x, 0] * seen[v, u, 0]
        + seen[y, x, 1] * seen[v, u, 1]
        + seen[y, x, 2] * seen[v, u, 2]
    )


@inlined
def first_hill(starts: F32, j: int, i: int) -> float:
    """Return how far no hill is met in a tile: the least of its corners, with something to spare."""
    corners = min(min(starts[j, i], starts[j, i + 1]), min(starts[j + 1, i], starts[j + 1, i + 1]))
    return 0.92 * corners

"""Turn a snapshot into pixels: one sample where the picture is plain, more where it needs them.

    render(snapshot, width=..., height=...) -> (height, width, 3) float32, scene-linear ACEScg

Every pixel depends on the snapshot alone, never on the number of threads, the clock or chance: the same
snapshot makes the same bits. A layer of depths or identities would be one more array in `Canvas`.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.expose import EXTRA, LATTICE, REST, expose, find_edges, start_rays
from functions.models.previz.optics.layout import GROUND_KIND
from functions.models.previz.optics.lens import MIDPOINT, pattern
from functions.models.previz.optics.survey import TILE, mark_blurs, mark_items
from functions.models.previz.optics.vec import F64
from functions.models.previz.optics.world import world_of
from functions.models.previz.snapshot import TERRAIN, Snapshot

Pixels = NDArray[np.float32]

SAMPLES = 32
"""The most samples in a pixel; only wide blurs take as many."""

EDGE_SAMPLES = 8
"""Samples in a pixel with a sharp edge."""

WIDE_PICTURE = 1400
"""Pictures with more columns than this are sampled in every second pixel first."""

ROWS = 8
"""Rows of the picture that a thread takes at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What is known of each pixel between the passes."""

    pixels: Pixels  # (height, width, 3)
    tones: NDArray[np.float32]  # (height, width): brightness as the eye has it
    seen: NDArray[np.float32]  # (height, width, 4): normal and depth of what is met first
    first: NDArray[np.int32]  # (height, width): what is met first
    small: NDArray[np.uint8]  # (height, width): 1 where small things may be
    uneven: NDArray[np.uint8]  # (height, width): 1 where a pixel differs from one beside it
    wide: NDArray[np.uint8]  # tiles: how many quarters of the samples a blur asks for
    solid: NDArray[np.uint8]  # tiles: 1 where an item may be seen
    starts: NDArray[np.float32]  # corners of tiles: how far away the first hill may be


def render(
    snapshot: Snapshot, *, width: int, height: int, samples: int = 0, threads: int = 0
) -> Pixels:
    """Return the picture of a snapshot as float32 (height, width, 3), scene-linear ACEScg.

    `samples` is the most that a pixel gets, 0 for the default; `threads` 0 means one for each core, and
    does not change the picture.
    """
    w = world_of(snapshot)
    canvas = _blank(width, height)
    table = pattern(max(samples, 4) if samples else SAMPLES, snapshot.lens.aperture_blades)
    mark_items(w, canvas.small, canvas.wide, canvas.solid)
    with ThreadPoolExecutor(threads or _cores()) as pool:
        _expose(pool, w, canvas, table)
    canvas.pixels[...] *= np.float32(2.0 ** min(max(snapshot.air.exposure_stops, -40.0), 40.0))
    return canvas.pixels


def _blank(width: int, height: int) -> Canvas:
    return Canvas(
        pixels=np.zeros((height, width, 3), np.float32),
        tones=np.zeros((height, width), np.float32),
        seen=np.zeros((height, width, 4), np.float32),
        first=np.zeros((height, width), np.int32),
        small=np.zeros((height, width), np.uint8),
        uneven=np.zeros((height, width), np.uint8),
        wide=np.zeros((-(-height // TILE), -(-width // TILE)), np.uint8),
        solid=np.zeros((-(-height // TILE), -(-width // TILE)), np.uint8),
        starts=np.zeros((-(-height // TILE) + 1, -(-width // TILE) + 1), np.float32),
    )


def _expose(pool: ThreadPoolExecutor, w: F64, c: Canvas, table: F64) -> None:
    height, width = c.first.shape
    step = 2 if width > WIDE_PICTURE else 1
    edges = min(EDGE_SAMPLES, len(table))

    def sample(work: int, rows: F64, marks: NDArray[np.uint8]) -> Callable[[int, int], None]:
        return lambda top, end: expose(
            w, rows, work, step, top, end, c.pixels, c.tones, c.seen, c.first, marks, c.wide, c.solid, c.starts, edges
        )

    if w[GROUND_KIND] == TERRAIN:
        _in_bands(
            pool, c.starts, lambda top, end: start_rays(w, width, height, top, end, c.starts)
        )
    _in_bands(pool, c.first, sample(LATTICE, MIDPOINT, c.small))
    if step > 1:
        _in_bands(pool, c.first, sample(REST, MIDPOINT, c.small))
    _in_bands(pool, c.first, lambda top, end: find_edges(c.tones, c.seen, c.first, top, end, c.uneven))
    mark_blurs(w, c.uneven, c.seen, c.wide)
    _in_bands(pool, c.first, sample(EXTRA, table, c.uneven))


def _in_bands(pool: ThreadPoolExecutor, rows: NDArray[np.generic], work: Callable[[int, int], None]) -> None:
    height = len(rows)
    bands = [pool.submit(work, top, min(top + ROWS, height)) for top in range(0, height, ROWS)]
    for band in bands:
        band.result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

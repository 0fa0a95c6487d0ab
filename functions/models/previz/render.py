"""Turn a snapshot into pixels: one sample everywhere, then more where the picture needs them.

    render(snapshot, width=..., height=...) -> (height, width, 3) float32, scene-linear ACEScg

Every pixel depends on the snapshot alone, never on its neighbours' threads, the clock or chance: any
number of threads makes the same bits.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from functions.models.previz.optics.expose import expose, middle
from functions.models.previz.optics.lens import pattern
from functions.models.previz.snapshot import Snapshot
from functions.models.previz.optics.world import world_of

Pixels = NDArray[np.float32]

SAMPLES = 12
"""Samples in a pixel that has an edge, a blur or a contrast in it."""

ROWS = 8
"""Rows of the picture that a thread takes at a time."""


def render(
    snapshot: Snapshot, *, width: int, height: int, samples: int = 0, threads: int = 0
) -> Pixels:
    """Return the picture of a snapshot as float32 (height, width, 3), scene-linear ACEScg.

    `samples` is the most that a pixel gets; `threads` 0 means one for each core. Neither changes
    with the machine what is in the pixels.
    """
    w = world_of(snapshot)
    pixels = np.zeros((height, width, 3), np.float32)
    tones = np.zeros((height, width), np.float32)
    seen = np.zeros((height, width, 4), np.float32)
    first = np.zeros((height, width), np.int32)
    passes = ((middle(), False), (pattern(samples or SAMPLES, snapshot.lens.aperture_blades), True))
    with ThreadPoolExecutor(threads or _cores()) as pool:
        for table, again in passes:
            _in_bands(pool, height, lambda top, end, t=table, a=again: expose(w, t, a, top, end, pixels, tones, seen, first))
    pixels *= np.float32(2.0 ** min(max(snapshot.air.exposure_stops, -40.0), 40.0))
    return pixels


def _in_bands(pool: ThreadPoolExecutor, height: int, work: Callable[[int, int], object]) -> None:
    starts = range(0, height, ROWS)
    for done in [pool.submit(work, start, min(start + ROWS, height)) for start in starts]:
        done.result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

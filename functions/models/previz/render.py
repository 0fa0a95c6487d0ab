"""Turn a snapshot into pixels: one sample where the picture is plain, more where it needs them.

    render(snapshot, width=..., height=...) -> (height, width, 3) float32, scene-linear ACEScg
    film(snapshots, width=..., height=...) yields the same for one snapshot after another

Every pixel depends on the snapshot alone, never on the number of threads, the clock or chance: the
same snapshot makes the same bits. A layer of depths or identities would be one more array in
`Canvas`.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import local
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from functions.models.previz.optics.between import (
    fill_blocks,
    find_edges,
    settle,
    spread,
    start_rays,
)
from functions.models.previz.optics.canvas import BLOCK, PROBE_STEP, TILE, Canvas, Room
from functions.models.previz.optics.expose import (
    BETWEEN,
    EDGES,
    FIRST,
    MOTION,
    PROBE,
    WIDE,
    expose,
)
from functions.models.previz.optics.layout import GROUND_KIND, SLOTS
from functions.models.previz.optics.lens import MIDPOINT, pattern
from functions.models.previz.optics.listing import listed
from functions.models.previz.optics.moments import NOTES
from functions.models.previz.optics.smear import WAY_COLUMNS, find_flow, find_swift, pass_on, smear
from functions.models.previz.optics.survey import mark_blurs, mark_items
from functions.models.previz.optics.vec import F64
from functions.models.previz.optics.veil import UNVEILED
from functions.models.previz.optics.world import world_of
from functions.models.previz.snapshot import TERRAIN, Lens, Snapshot

Pixels = NDArray[np.float32]
Bands = Callable[[int, Callable[[int, int], None]], None]

SAMPLES, DRAFT_SAMPLES = 32, 16
"""The most samples in a pixel, and in one of a draft; only blurs wide in pixels take as many."""

EDGE_SAMPLES, DRAFT_EDGE_SAMPLES = 8, 4
"""Samples in a pixel with a sharp edge, and in one of a draft."""

DRAFT_PIXELS = 640 * 360
"""Pictures of no more pixels get the samples of a draft."""

AT_ONCE = 8
"""The most pictures of a draft that are rendered at once; each takes about 12 MB."""

ROWS = 16
"""Rows that a thread takes at a time."""


def render(snapshot: Snapshot, *, width: int, height: int, threads: int = 0) -> Pixels:
    """Return the picture of a snapshot as float32 (height, width, 3), scene-linear ACEScg.

    `threads` 0 means one for each core, and does not change the picture.
    """
    return _picture(Sheets(height, width), snapshot, threads or cores())


def _picture(sheets: "Sheets", snapshot: Snapshot, threads: int) -> Pixels:
    w = world_of(snapshot)
    height, width = sheets.shape
    canvas = _blank(w, sheets, moved=_camera_moves(snapshot.lens))
    samples = DRAFT_SAMPLES if width * height <= DRAFT_PIXELS else SAMPLES
    table = pattern(samples, snapshot.lens.aperture_blades)
    mark_items(w, canvas.small, canvas.moving)
    if canvas.moving.any():
        canvas = canvas._replace(keyed=sheets.kept("keyed", height, width, 3))
    with banded(threads) as bands:
        _expose(bands, w, canvas, table)
    canvas.out[...] *= np.float32(2.0 ** min(max(snapshot.air.exposure_stops, -40.0), 40.0))
    return canvas.out


def film(snapshots: Iterable[Snapshot], *, width: int, height: int) -> Iterator[Pixels]:
    """Yield the picture of each snapshot, as `render` makes it.

    A draft's pictures are too small to be shared out well: each core renders its own.
    """
    if width * height > DRAFT_PIXELS:
        sheets = Sheets(height, width)
        for snapshot in snapshots:
            yield _picture(sheets, snapshot, cores())
        return
    waiting: deque[Future[Pixels]] = deque()
    threads = min(cores(), AT_ONCE)
    lent = local()

    def draw(snapshot: Snapshot) -> Pixels:
        if not hasattr(lent, "sheets"):
            lent.sheets = Sheets(height, width)
        return _picture(lent.sheets, snapshot, 1)

    with ThreadPoolExecutor(threads) as pool:
        for snapshot in snapshots:
            waiting.append(pool.submit(draw, snapshot))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _camera_moves(lens: Lens) -> bool:
    pairs = (lens.position, lens.rotation, lens.focal_mm)
    return any(bool((pair[0] != pair[1]).any()) for pair in pairs)


class Sheets:
    """Arrays of pixels that one picture after another is drawn on: such memory is slow to get.

    What they hold is left from the picture before: every pass writes whatever a later one reads.
    """

    def __init__(self, height: int, width: int) -> None:
        """Keep arrays for pictures of this size."""
        self.shape = (height, width)
        self._kept: dict[str, NDArray[Any]] = {}

    def kept(self, name: str, *shape: int, of: DTypeLike = np.float32) -> NDArray[Any]:
        """Return the array of this name, which always has the same shape."""
        if name not in self._kept:
            self._kept[name] = np.empty(shape, of)
        return self._kept[name]


def _blank(w: F64, sheets: Sheets, *, moved: bool) -> Canvas:
    height, width = sheets.shape
    heads, lists, nears = listed(w, width, height)
    rows, columns = -(-height // TILE), -(-width // TILE)
    out = np.full((height, width, 3), 0.0, np.float32)
    return Canvas(
        base=sheets.kept("base", height, width, 3),
        sharp=sheets.kept("sharp", height, width, 3) if moved else out,
        out=out,
        tones=sheets.kept("tones", height, width),
        seen=sheets.kept("seen", height, width, 4),
        veils=sheets.kept("veils", (height + 1) // 2, (width + 1) // 2, len(UNVEILED)),
        keyed=np.zeros((1, 1, 3), np.float32),
        first=sheets.kept("first", height, width, of=np.int32),
        small=np.zeros((height, width), np.uint8),
        plain=np.zeros((-(-height // BLOCK), -(-width // BLOCK)), np.uint8),
        marks=np.zeros((height, width), np.uint8),
        wide=np.zeros((rows, columns), np.uint8),
        steps=np.ones((rows, columns), np.uint8),
        moving=np.zeros((height, width), np.uint8),
        probes=np.ones((-(-height // PROBE_STEP), -(-width // PROBE_STEP)), np.uint8),
        heads=heads,
        lists=lists,
        nears=nears,
        reach=sheets.kept("reach", height, width, 2) if moved else np.zeros((1, 1, 2), np.float32),
        ways=np.zeros((*((rows, columns) if moved else (1, 1)), WAY_COLUMNS), np.float32),
        swift=np.zeros((rows, columns), np.uint8),
        starts=np.zeros((rows + 1, columns + 1), np.float32),
        hilly=bool(w[GROUND_KIND] == TERRAIN),
    )


def _expose(bands: Bands, w: F64, c: Canvas, table: F64) -> None:
    """Do all passes; each waits for the one before, since it looks at neighbouring pixels."""
    height = len(c.first)
    moved, tiles = c.out is not c.sharp, len(c.wide)
    _look(bands, w, c)
    if c.moving.any():
        bands(height, lambda top, end: expose(w, table, PROBE, 1, top, end, c, _room()))
        bands(height, lambda top, end: settle(c, top, end))
    if moved:
        bands(tiles, lambda top, end: find_flow(w, c, top, end))
        pass_on(c.ways)
    bands(height, lambda top, end: find_edges(c, top, end))
    mark_blurs(w, c.marks, c.seen, c.wide, c.steps)
    edges = DRAFT_EDGE_SAMPLES if c.first.size <= DRAFT_PIXELS else EDGE_SAMPLES
    bands(height, lambda top, end: expose(w, table, EDGES, edges, top, end, c, _room()))
    if c.steps.max(initial=1) > 1:
        bands(height, lambda top, end: spread(c, top, end))
    if c.moving.any():
        for step in (2, 1):
            _follow(bands, w, c, table, step)
    if moved:
        bands(tiles, lambda top, end: smear(c, top, end))


def _look(bands: Bands, w: F64, c: Canvas) -> None:
    """Find what every pixel shows in mid-shutter: at the corners of blocks, then between them."""
    height, width = c.first.shape
    if c.hilly:
        bands(len(c.starts), lambda top, end: start_rays(w, width, height, top, end, c.starts))
    bands(height, lambda top, end: expose(w, MIDPOINT, FIRST, BLOCK, top, end, c, _room()))
    if c.out is not c.sharp:
        bands(len(c.wide), lambda top, end: find_swift(w, c.seen, BLOCK, top, end, c.swift))
    if width >= WIDE:
        bands(height, lambda top, end: fill_blocks(c, top, end))
    step = BLOCK
    while step > 1:
        step //= 2
        _fill_in(bands, w, c, step)


def _follow(bands: Bands, w: F64, c: Canvas, table: F64, step: int) -> None:
    """Look at every other pixel over which things move (2), or those between that differ (1)."""
    height = len(c.first)
    bands(height, lambda top, end: expose(w, table, MOTION, step, top, end, c, _room()))


def _fill_in(bands: Bands, w: F64, c: Canvas, step: int) -> None:
    """Find the pixels half way between those that are `2 * step` apart."""
    bands(
        len(c.first),
        lambda top, end: expose(w, MIDPOINT, BETWEEN, step, top, end, c, _room()),
    )


def _room() -> Room:
    """Return room for the notes of one pixel's moments, and for the items seen around it."""
    return Room(notes=np.zeros((SLOTS, NOTES)), few=np.zeros(9, np.int32))


@contextmanager
def banded(threads: int) -> Iterator[Bands]:
    """Lend what spreads a pass over rows among this many threads."""

    def bands(rows: int, work: Callable[[int, int], None]) -> None:
        tops = iter(range(0, rows, ROWS))

        def take() -> None:
            """Do one band after another, until none is left that another thread has not taken."""
            for top in tops:
                work(top, min(top + ROWS, rows))

        waiting = [pool.submit(take) for _ in range(threads)]
        for thread in waiting:
            thread.result()

    with ThreadPoolExecutor(threads) as pool:
        yield bands


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

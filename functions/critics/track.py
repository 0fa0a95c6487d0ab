"""How the camera moved, told from optical flow: turns, rolls, zooms, and parallax.

A camera that turns or zooms moves the whole picture by one law, whatever stands before it:
Longuet-Higgins and Prazdny, "The interpretation of a moving retinal image" (Proc. R. Soc. B 208,
1980), whose rotational terms are the fields fitted here. A camera that travels moves what is near
more than what is far.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.critics.sight import F32, Flow, each

F64 = NDArray[np.float64]

SENSOR_MM = 36.0
STEP = 4
"""Every fourth pixel both ways is enough to tell how a camera moved."""

CELLS = (10, 6)
LEAST_PLACES = 5
LEAST_TRUST, LEAST_SHARE, LEAST_CELLS = 0.15, 0.04, 20
"""A third of the cells must have flow to trust, or what moves by itself passes for the camera."""

SHARES = (0.2, 0.8)
"""Parallax compares the slowest and the quickest fifth of ten by six cells of the frame."""

PAN, TILT, ROLL, ZOOM, SHEAR, STRETCH = range(6)
"""Rows of `fields`. Pan right, tilt up and roll right are above 0, and so is zoom in.

Pan and tilt are frame widths that the middle of the picture travels, roll is in radians, zoom is
the natural logarithm of the magnification; shear is rows sliding sideways, stretch is rows
spreading.
"""
TURNS = (PAN, TILT, ROLL, ZOOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The camera's motion over a take.

    `told` says whether enough of the picture has texture to tell; where it has not, the camera is
    taken to stand still. `steps` holds pan, tilt, roll and zoom of every pair of neighbours,
    (pairs, 4), as most of the picture has them; `course` is the same for the average of the
    picture, which is smooth where the camera is, even if near and far disagree. `residual` is the
    flow that the steps leave, (pairs, height, width, 2), in preview pixels. `mean` is pan, tilt,
    roll, zoom, shear and stretch of the mean flow. `parallax` says for pan, tilt and zoom how much
    the move's rate differs over the frame, 0 (a turn or a zoom) to 1 (a camera that travels);
    `spread` is that difference for the zoom, in frame widths a pair. `reach` is how far one unit of
    each carries a pixel on average, in frame widths.
    """

    told: bool
    steps: F64
    course: F64
    residual: F32
    mean: F64
    parallax: dict[int, float]
    spread: float
    reach: F64

    @property
    def widths(self) -> F64:
        """Return how far each step moves a pixel on average, in frame widths, (pairs, 4)."""
        return self.steps * self.reach

    @property
    def speed(self) -> F64:
        """Return the size of every step, in frame widths a frame, (pairs,)."""
        speed: F64 = np.sqrt((self.widths**2).sum(axis=1))
        return speed


def fields(height: int, width: int, focal_mm: float) -> F64:
    """Return the six fields of flow, (6, height, width, 2), in pixels for one unit of each."""
    focal = width * focal_mm / SENSOR_MM
    right, down = np.meshgrid(
        np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    )
    x, y, none = right / focal, down / focal, np.zeros_like(right)
    return np.stack(
        [
            np.stack([-(1 + x * x) * width, -x * y * width], -1),
            np.stack([x * y * width, (1 + y * y) * width], -1),
            np.stack([down, -right], -1),
            np.stack([right, down], -1),
            np.stack([down, none], -1),
            np.stack([none, down], -1),
        ]
    )


def track(flows: Sequence[Flow], trust: F32, *, focal_mm: float, threads: int = 1) -> Track:
    """Tell the camera's motion from flows; `trust`, (pairs, height, width), weighs pixels."""
    height, width = trust.shape[1:]
    whole = fields(height, width, focal_mm)
    ahead = np.stack([flow.ahead for flow in flows])
    coarse = whole[:, ::STEP, ::STEP]
    sparse = ahead[:, ::STEP, ::STEP].reshape(len(flows), -1, 2)
    sure = trust[:, ::STEP, ::STEP].reshape(len(flows), -1)
    turns, usual = coarse[:4].reshape(4, -1, 2), sure.mean(0)
    steps = np.stack(
        each(lambda pair: fit(sparse[pair], turns, sure[pair]), range(len(flows)), threads=threads)
    )
    told = _covers(usual, coarse.shape[1:3])
    if not told:
        sparse = np.zeros_like(sparse)
        steps = np.zeros_like(steps)
    mean = (sparse * sure[..., None]).sum(0) / np.maximum(sure.sum(0), 1e-9)[:, None]
    rates = {row: _rates(mean, coarse[:4], usual, row) for row in (PAN, TILT, ZOOM)}
    reach = np.sqrt((whole[:4] ** 2).sum(-1).mean((1, 2))) / width
    return Track(
        told=told,
        steps=steps,
        course=np.stack([fit(flow, turns, usual, rounds=1) for flow in sparse]),
        residual=(ahead - np.tensordot(steps, whole[:4], axes=1)).astype(np.float32),
        mean=fit(mean, coarse.reshape(6, -1, 2), usual),
        parallax={row: _parallax(*rate) for row, rate in rates.items()},
        spread=float((rates[ZOOM][1] - rates[ZOOM][0]) * reach[ZOOM]),
        reach=reach,
    )


def fit(
    flow: NDArray[np.floating], basis: F64, trust: NDArray[np.floating], *, rounds: int = 8
) -> F64:
    """Fit flow (n, 2) as a sum of fields (k, n, 2), little moved by what moves on its own.

    Iteratively reweighted least squares with Cauchy's weights (Holland and Welsch, 1977); one round
    is plain least squares.
    """
    rows = np.moveaxis(basis, 0, -1)
    weight = trust.astype(np.float64)
    answer = np.zeros(len(basis))
    for _ in range(rounds):
        heavy = rows * weight[:, None, None]
        left = np.tensordot(heavy, rows, axes=((0, 1), (0, 1)))
        right = np.tensordot(heavy, flow, axes=((0, 1), (0, 1)))
        answer = np.asarray(np.linalg.lstsq(left, right, rcond=1e-9)[0], np.float64)
        miss = ((flow - rows @ answer) ** 2).sum(-1)
        scale = max(float(np.median(miss[trust > 0])) if (trust > 0).any() else 0.0, 0.0025)
        weight = trust / (1 + miss / scale)
    return answer


def _parallax(slow: float, quick: float) -> float:
    return (quick - slow) / max(abs(quick) + abs(slow), 1e-9)


def _rates(flow: F32, coarse: F64, trust: F32, row: int) -> tuple[float, float]:
    """Measure the rate of one move in cells of the frame; return a slow fifth and a quick fifth.

    The other three moves are taken off first; what is nearly still for any move is left out. A
    cell's rate is its median, so that neither noise nor what moves by itself makes depth.
    """
    basis = coarse.reshape(4, -1, 2)
    answer = fit(flow, basis, trust)
    answer[row] = 0
    size = (basis[row] ** 2).sum(-1)
    own = flow - np.tensordot(answer, basis, axes=1)
    rate = (own * basis[row]).sum(-1) / np.maximum(size, 1e-9)
    weight = np.where(size > 0.15 * size.max(), trust, 0)
    found = _cells(rate, weight, coarse.shape[1:3])
    if len(found) < 4:
        return 0.0, 0.0
    medians, weights = np.array(found).T
    slow, quick = _parts(medians, np.minimum(weights, np.median(weights)), SHARES)
    return float(slow), float(quick)


def _covers(trust: NDArray[np.floating], shape: tuple[int, ...]) -> bool:
    """Tell whether flow is trusted in enough cells of the frame."""
    cells = _cell_of(shape)
    found = np.bincount(cells, trust > LEAST_TRUST, minlength=CELLS[0] * CELLS[1])
    share = found / np.maximum(np.bincount(cells, minlength=CELLS[0] * CELLS[1]), 1)
    return bool((share > LEAST_SHARE).sum() >= LEAST_CELLS)


def _cell_of(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Give every place the number of the cell of the frame that it lies in."""
    down, right = np.indices(shape).reshape(2, -1)
    return (down * CELLS[1] // shape[0]) * CELLS[0] + right * CELLS[0] // shape[1]


def _cells(rate: F64, weight: F64, shape: tuple[int, ...]) -> list[tuple[float, float]]:
    """Return the median rate and the weight of every cell that has enough of it."""
    cells = _cell_of(shape)
    found = []
    for cell in range(CELLS[0] * CELLS[1]):
        here = (cells == cell) & (weight > 0)
        if here.sum() >= LEAST_PLACES:
            (median,) = _parts(rate[here], weight[here], (0.5,))
            found.append((float(median), float(weight[here].sum())))
    return found


def _parts(values: F64, weight: NDArray[np.floating], parts: tuple[float, ...]) -> F64:
    """Return weighted quantiles."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    return values[order][np.minimum(np.searchsorted(share, parts), len(share) - 1)]

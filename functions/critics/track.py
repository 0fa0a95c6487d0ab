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

    `steps` holds pan, tilt, roll and zoom of every pair of neighbours, (pairs, 4); `residual` is
    the flow that they leave, (pairs, height, width, 2), in preview pixels; `mean` is pan, tilt,
    roll, zoom, shear and stretch of the mean flow; `parallax` says for pan, tilt and zoom how much
    the move's rate differs over the frame, 0 (a turn or a zoom) to 1 (a camera that travels);
    `spread` is that difference for the zoom, in frame widths a pair; `reach` is how far one unit of
    each carries a pixel on average, in frame widths.
    """

    steps: F64
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
    coarse = whole[:4, ::STEP, ::STEP].reshape(4, -1, 2)

    def step(pair: int) -> F64:
        flow = flows[pair].ahead[::STEP, ::STEP].reshape(-1, 2)
        return fit(flow, coarse, trust[pair, ::STEP, ::STEP].ravel())

    steps = np.stack(each(step, range(len(flows)), threads=threads))
    ahead = np.stack([flow.ahead for flow in flows])
    turned = np.tensordot(steps, whole[:4], axes=1)
    mean, weight = _mean_flow(ahead, trust)
    flat, heavy = mean[::STEP, ::STEP].reshape(-1, 2), weight[::STEP, ::STEP].ravel()
    rates = {row: _rates(flat, coarse, heavy, row) for row in (PAN, TILT, ZOOM)}
    reach = np.sqrt((whole[:4] ** 2).sum(-1).mean((1, 2))) / width
    six = whole[:, ::STEP, ::STEP].reshape(6, -1, 2)
    return Track(
        steps=steps,
        residual=(ahead - turned).astype(np.float32),
        mean=fit(flat, six, heavy),
        parallax={row: _parallax(*rate) for row, rate in rates.items()},
        spread=float((rates[ZOOM][1] - rates[ZOOM][0]) * reach[ZOOM]),
        reach=reach,
    )


def fit(flow: NDArray[np.floating], basis: F64, trust: NDArray[np.floating]) -> F64:
    """Fit flow (n, 2) as a sum of fields (k, n, 2), little moved by what moves on its own.

    Iteratively reweighted least squares with Cauchy's weights (Holland and Welsch, 1977).
    """
    rows = np.moveaxis(basis, 0, -1)
    weight = trust.astype(np.float64)
    answer = np.zeros(len(basis))
    for _ in range(8):
        left = np.einsum("nci,n,ncj->ij", rows, weight, rows)
        right = np.einsum("nci,n,nc->i", rows, weight, flow)
        answer = np.linalg.lstsq(left, right, rcond=1e-9)[0]
        miss = ((flow - rows @ answer) ** 2).sum(-1)
        scale = max(float(np.median(miss[trust > 0])) if (trust > 0).any() else 0.0, 0.0025)
        weight = trust / (1 + miss / scale)
    return answer


def _mean_flow(ahead: F32, trust: F32) -> tuple[F32, F32]:
    total = trust.sum(0)
    mean = (ahead * trust[..., None]).sum(0) / np.maximum(total, 1e-9)[..., None]
    return mean, total


def _parallax(slow: float, quick: float) -> float:
    return (quick - slow) / max(abs(quick) + abs(slow), 1e-9)


def _rates(flow: F32, basis: F64, trust: F32, row: int) -> tuple[float, float]:
    """Measure the rate of one move where it is slow and where it is quick: the 15th and 85th part.

    The other three are taken off first; what is nearly still for any move is left out.
    """
    answer = fit(flow, basis, trust)
    answer[row] = 0
    field = basis[row]
    size = (field**2).sum(-1)
    rate = ((flow - np.tensordot(answer, basis, axes=1)) * field).sum(-1) / np.maximum(size, 1e-9)
    seen = (trust > 0) & (size > 0.15 * size.max())
    return _weighed_parts(rate[seen], trust[seen], (0.15, 0.85)) if seen.sum() > 20 else (0.0, 0.0)


def _weighed_parts(
    values: F64, weight: NDArray[np.floating], parts: tuple[float, float]
) -> tuple[float, float]:
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    low, high = np.minimum(np.searchsorted(share, parts), len(share) - 1)
    return float(values[order][low]), float(values[order][high])

"""Which way a camera travelled, told from optical flow, and how a world at rest flows past it.

A camera that travels carries what stands along straight lines, out of the point it goes to or into
it; how far along depends on depth, across them nothing goes but by the camera's own turning
(Longuet-Higgins and Prazdny, Proc. R. Soc. B 208, 1980). What crosses them, or goes along them the
wrong way, moves by itself; what goes along them the right way cannot be told from something near.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from functions.critics.sight import F32, Flow
from functions.critics.track import PAN, ROLL, SENSOR_MM, fields

F64 = NDArray[np.float64]

STEP = 4
"""Every fourth pixel both ways is enough to tell the way."""

WAYS, NEARBY, FINER = 120, 12, 5
"""Ways tried at first, spread evenly over half the sphere, and then round the best, ever nearer."""

ROUNDS = 4
NOISE_PIXELS = 0.1
LEAST_PIXELS = 0.03
"""A camera has travelled where depth carries the usual pixel by this much a pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """The way of a camera, to its right, up and ahead, of length 1; `told` where it shows."""

    way: F64
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looks:
    """Flow at some places, (n, 2), how far it is trusted, and what turning would make there."""

    flow: NDArray[np.floating]
    trust: NDArray[np.floating]
    turns: F64


def travel(flows: Sequence[Flow], trust: F32, *, focal_mm: float) -> Travel:
    """Tell the way from the mean flow of a take: where least is left that crosses its lines."""
    height, width = trust.shape[1:]
    ahead = np.stack([flow.ahead[::STEP, ::STEP] for flow in flows]).reshape(len(flows), -1, 2)
    sure = trust[:, ::STEP, ::STEP].reshape(len(flows), -1)
    mean = (ahead * sure[..., None]).sum(0) / np.maximum(sure.sum(0), 1e-9)[:, None]
    turns = fields(height, width, focal_mm)[PAN : ROLL + 1, ::STEP, ::STEP].reshape(3, -1, 2)
    looks = _Looks(flow=mean, trust=sure.mean(0), turns=turns)
    lines = _lines(height, width, focal_mm)[:, ::STEP, ::STEP].reshape(3, -1, 2)
    if not looks.trust.any():
        return Travel(way=np.array([0.0, 0.0, 1.0]), told=False)
    way = _best(looks, lines)
    along = _along(looks, np.tensordot(way, lines, axes=1))
    pixels = np.sort(np.abs(along[looks.trust > 0]))
    sign = 1.0 if (looks.trust * np.clip(along, -1, 1)).sum() >= 0 else -1.0
    return Travel(way=sign * way, told=bool(pixels[len(pixels) // 2] > LEAST_PIXELS))


def at_rest(flow: Flow, trust: F32, travel: Travel, *, focal_mm: float) -> F32:
    """Return the flow nearest to a pair's own that a world at rest could have, in pixels."""
    height, width = trust.shape
    turns = fields(height, width, focal_mm)[PAN : ROLL + 1].reshape(3, -1, 2)
    lines = np.tensordot(travel.way, _lines(height, width, focal_mm), axes=1).reshape(-1, 2)
    looks = _Looks(flow=flow.ahead.reshape(-1, 2), trust=trust.reshape(-1), turns=turns)
    turned = np.tensordot(_turn(looks, lines, step=STEP)[0], turns, axes=1)
    unit = _unit(lines)
    along = np.maximum(((looks.flow - turned) * unit).sum(-1), 0)
    rest: F32 = (turned + along[:, None] * unit).reshape(height, width, 2).astype(np.float32)
    return rest


def _lines(height: int, width: int, focal_mm: float) -> F64:
    """Return what going right, up and ahead makes of every pixel, (3, height, width, 2)."""
    focal = width * focal_mm / SENSOR_MM
    right, down = np.meshgrid(
        np.arange(width) - (width - 1) / 2, np.arange(height) - (height - 1) / 2
    )
    none, all_ = np.zeros_like(right), np.ones_like(right)
    ways = ((-all_, none), (none, all_), (right / focal, down / focal))
    return np.stack([np.stack(way, -1) for way in ways])


def _best(looks: _Looks, lines: F64) -> F64:
    dice, near = np.random.default_rng(0), 0.15
    tried = [(_crossing(looks, lines, way), tuple(way)) for way in _spread(WAYS)]
    for _ in range(FINER):
        best = np.array(min(tried)[1])
        others = best + dice.normal(0, near, (NEARBY, 3))
        others /= np.sqrt((others**2).sum(1, keepdims=True))
        tried += [(_crossing(looks, lines, way), tuple(way)) for way in others]
        near *= 0.6
    return np.array(min(tried)[1])


def _spread(count: int) -> F64:
    """Spread ways evenly over the half of the sphere that lies ahead, on a spiral."""
    part = np.arange(count) + 0.5
    from_axis, round_it = np.arccos(1 - part / count), np.pi * (1 + 5**0.5) * part
    across = np.sin(from_axis)
    return np.stack([across * np.cos(round_it), across * np.sin(round_it), np.cos(from_axis)], -1)


def _crossing(looks: _Looks, lines: F64, way: F64) -> float:
    """Measure what crosses the lines of a way and no turning explains; outliers count little."""
    _, miss = _turn(looks, np.tensordot(way, lines, axes=1))
    return float((looks.trust * np.log1p(miss / NOISE_PIXELS**2)).sum() / looks.trust.sum())


def _turn(looks: _Looks, lines: F64, *, step: int = 1) -> tuple[F64, F64]:
    """Fit the camera's turning to what crosses the lines; return it and what it misses, squared.

    Cauchy's weights, as in `track.fit`, but of a scale that is known: the noise of flow.
    """
    unit = _unit(lines)[::step]
    across = np.stack([-unit[:, 1], unit[:, 0]], -1)
    rows = (looks.turns[:, ::step] * across).sum(-1).T
    right = (looks.flow[::step] * across).sum(-1)
    trust = looks.trust[::step].astype(np.float64)
    weight, turn, miss = trust, np.zeros(3), right**2
    for _ in range(ROUNDS):
        heavy = rows * weight[:, None]
        turn = np.asarray(np.linalg.lstsq(heavy.T @ rows, heavy.T @ right, rcond=1e-9)[0])
        miss = (right - rows @ turn) ** 2
        weight = trust / (1 + miss / NOISE_PIXELS**2)
    return turn, miss


def _along(looks: _Looks, lines: F64) -> F64:
    """Measure how far depth carries every place along the lines, in pixels."""
    turned = np.tensordot(_turn(looks, lines)[0], looks.turns, axes=1)
    along: F64 = ((looks.flow - turned) * _unit(lines)).sum(-1)
    return along


def _unit(lines: F64) -> F64:
    unit: F64 = lines / np.maximum(np.sqrt((lines**2).sum(-1, keepdims=True)), 1e-6)
    return unit

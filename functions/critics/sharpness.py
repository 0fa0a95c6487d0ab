"""Metric: fine detail is there, and it is detail, not noise."""

import cv2
import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics import sight
from functions.critics.base import GOOD, Finding, Take, ramp, rounded
from functions.critics.sight import F32

FINE, COARSE = (0.7, 1.4), (2.8, 5.6)
"""The two bands compared, as the sigmas of the Gaussians between which they lie, in pixels of the
clip."""

SOFT, SHARP = 0.15, 0.45
"""The root of fine over coarse energy, of pictures out of focus and of pictures in focus."""

TILE = 16
SHARPEST_PART = 80
LEAST_OF_MOST = 0.1
"""Tiles with less coarse detail than a tenth of the most are plain, and cannot be sharp or soft."""

PAIRS = 3


def sharpness(
    take: Take, _request: Request
) -> Finding | None:  # no request asks for softness everywhere
    """Compare the energy of fine and coarse detail that two neighbours share.

    Natural pictures have about equal energy in every octave (Field, JOSA A 4, 1987), and blur takes
    the fine away. Noise cannot add any: energy is measured as the product of a frame and its
    neighbour, fetched along the flow, and noise that comes anew in every frame has none in common.
    The sharpest fifth of the tiles counts, so that a shallow focus is no fault.
    """
    if len(take.clip) < 2:
        return None
    last = len(take.clip) - 2
    pairs = sorted({round(last * part) for part in np.linspace(0.2, 0.8, PAIRS)})
    ratios = sight.each(lambda pair: _ratio(take, pair), pairs, threads=take.threads)
    ratio = float(np.median(ratios))
    score = ramp(ratio, bad=SOFT, good=SHARP)
    return Finding(
        axis="sharpness",
        score=score,
        measured={"fine_over_coarse": rounded(ratio)},
        said=_said(score),
        frames=tuple(pairs),
        edits=_mend(score),
    )


def _said(score: float) -> str:
    if score >= GOOD:
        return "fine detail is there"
    return "the picture is soft" if score < 0.4 else "the picture is a little soft"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="sharpness"),) if score < 0.5 else ()


def _ratio(take: Take, pair: int) -> float:
    ours, theirs = (_full_tones(take, frame) for frame in (pair, pair + 1))
    places = _full_places(take, pair)
    fine = _shared(_band(ours, FINE), _band(theirs, FINE), places)
    coarse = _shared(_band(ours, COARSE), _band(theirs, COARSE), places)
    usual, most = np.percentile(coarse, (60, 99))
    floor = max(float(usual), LEAST_OF_MOST * float(most), 1e-5)
    told = coarse >= floor
    if not told.any():
        return 0.0
    parts = np.sqrt(np.maximum(fine[told], 0) / coarse[told])
    return float(np.percentile(parts, SHARPEST_PART))


def _full_tones(take: Take, frame: int) -> F32:
    height, width = take.clip.shape[1:3]
    luminance = sight.luminance_of(sight.shrink(take.clip[frame], (width, height)))
    return sight.tones_of(luminance)


def _full_places(take: Take, pair: int) -> F32:
    """Lead every pixel of the clip along the preview's flow."""
    height, width = take.clip.shape[1:3]
    scale = np.array([width / take.size[0], height / take.size[1]], np.float32)
    ahead = cv2.resize(take.flows[pair].ahead, (width, height), interpolation=cv2.INTER_LINEAR)
    places: F32 = sight.grid(height, width) + ahead * scale
    return places


def _band(tones: F32, sigmas: tuple[float, float]) -> F32:
    low, high = (cv2.GaussianBlur(tones, (0, 0), sigma) for sigma in sigmas)
    return np.asarray(low - high, np.float32)


def _shared(ours: F32, theirs: F32, places: F32) -> F32:
    """Average the product of two bands over tiles."""
    fetched = sight.fetch(theirs, places, way=cv2.INTER_CUBIC)
    height, width = ours.shape
    tile = max(1, min(TILE, height, width))
    blocks: F32 = sight.blocks_of((ours * fetched)[None], tile)[0]
    return blocks

"""The grade: a plate's colours moved to where the scene's are, and its light to where its sun is.

The mean and the contrast of the plate's ACEScct codes become the scene's (after Reinhard et al.,
"Color transfer between images", 2001), but the contrast by one factor for all channels and the hue
by a share, so that what is grey takes the colour of the light and not that of what it lay beside.
Both are taken over the whole shot, so that nothing flickers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from farm.media.colorspace import ACESCCT, ACESCG, convert

Float = NDArray[np.float32]

CONTRAST: Final = (0.6, 1.7)
"""The least and the most that a channel's contrast is multiplied by."""

HUE: Final = 0.6
"""How much of the difference in hue between the two is taken over."""

SIDE_STOPS: Final = 0.8
"""How many stops brighter the side of the sun becomes than the middle of the frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """Codes are multiplied by `slope` about `pivot`, and moved to `target`, a value a channel."""

    pivot: Float
    slope: float
    target: Float


def grade_between(plate: Sequence[Float], scene: Sequence[Float]) -> Grade:
    """Find the grade that brings pictures, each (height, width, 3) ACEScg, to look like others."""
    from_mean, from_spread = _statistics(plate)
    to_mean, to_spread = _statistics(scene)
    slope = float(np.clip(to_spread.mean() / max(float(from_spread.mean()), 1e-4), *CONTRAST))
    hue = (to_mean - to_mean.mean()) - (from_mean - from_mean.mean())
    target = from_mean + (to_mean.mean() - from_mean.mean()) + np.float32(HUE) * hue
    return Grade(pivot=from_mean, slope=slope, target=target)


def graded(light: Float, grade: Grade, *, share: float) -> Float:
    """Return light, (height, width, 3) ACEScg, with a share of a grade, 0 to 1."""
    codes = convert(light, ACESCG, ACESCCT)
    moved = (codes - grade.pivot) * grade.slope + grade.target
    mixed = codes + np.float32(share) * (moved - codes)
    return np.maximum(convert(mixed, ACESCCT, ACESCG), 0)


def lit_from(light: Float, *, side: float, height: float, share: float) -> Float:
    """Brighten the side of the sun: `side` and `height` are -1 to 1, right and up above 0."""
    rows, columns = light.shape[:2]
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None, :]
    down = np.linspace(1, -1, rows, dtype=np.float32)[:, None]
    stops = share * SIDE_STOPS * (side * across + 0.5 * height * down)
    return light * np.exp2(stops).astype(np.float32)[..., None]


def _statistics(pictures: Sequence[Float]) -> tuple[Float, Float]:
    codes = np.concatenate([convert(one, ACESCG, ACESCCT).reshape(-1, 3) for one in pictures])
    return codes.mean(axis=0, dtype=np.float64).astype(np.float32), codes.std(
        axis=0, dtype=np.float64
    ).astype(np.float32)

"""What is behind: a plate's sky, and all that stands still in it, as masks that the scene fills."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Offset = tuple[float, float]

HUES: Final = (9, 32)
"""How far sky may be from its upper edge in Lab's a (green to red) and b (blue to yellow)."""

DARKER: Final = 14
"""How much darker than above it, in codes of 255, a cloud may be."""

LEAST_SKY: Final = 0.02
MOVED: Final = 0.09
"""A pixel moves that differs by this much, in display codes of 0 to 1, from what is usual there."""

SAMPLES: Final = 15


def sky_in(usually: Float) -> Float:
    """Return how much of each pixel of what is usually there is sky, (height, width) 0 to 1.

    Down every column, sky goes on for as long as it has the hue of the frame's upper edge and does
    not darken: towards the horizon a sky becomes lighter, and a hill in its haze does not.
    """
    codes = np.rint(np.clip(usually, 0, 1) * 255).astype(np.uint8)
    lab = cv2.cvtColor(cv2.medianBlur(codes, 5), cv2.COLOR_RGB2LAB).astype(np.int16)
    top = np.median(lab[: max(2, len(lab) // 12)].reshape(-1, 3), axis=0)
    darker = np.maximum.accumulate(lab[..., 0], axis=0) - lab[..., 0] > DARKER
    strange = (np.abs(lab[..., 1:] - top[1:]) > HUES).any(axis=2)
    sky = ~np.logical_or.accumulate(darker | strange, axis=0)
    found = sky.astype(np.float32)
    return found if found.mean() > LEAST_SKY else np.zeros_like(found)


def large(mask: Float, light: Float, offset: Offset = (0.0, 0.0)) -> Float:
    """Bring a small mask to a frame: moved by its offset, its edge on the edges of the picture.

    The guided filter of He, Sun and Tang (ECCV 2010), over the frame's brightness.
    """
    size = (light.shape[1], light.shape[0])
    moved = _shifted(mask, offset, back=False)
    grown = np.asarray(cv2.resize(moved, size, interpolation=cv2.INTER_LINEAR), np.float32)
    guide = np.asarray(_display(light).mean(axis=2), np.float32)
    reach = max(3, 2 * size[0] // mask.shape[1] * 2 + 1)

    def around(values: Float) -> Float:
        return np.asarray(cv2.boxFilter(values, -1, (reach, reach)), np.float32)

    mean, grown_mean = around(guide), around(grown)
    together, spread = around(guide * grown) - mean * grown_mean, around(guide**2) - mean**2
    slope = np.asarray(together / (spread + np.float32(1e-4)), np.float32)
    level = grown_mean - slope * mean
    return np.asarray(np.clip(around(slope) * guide + around(level), 0, 1), np.float32)


def usual(small: Sequence[Float], offsets: Sequence[Offset]) -> Float:
    """Return what is there most of the time, as codes of 0 to 1 and as frame 0 sees it."""
    chosen = np.unique(np.linspace(0, len(small) - 1, SAMPLES).round().astype(int))
    lined_up = [_shifted(_display(small[k]), offsets[k], back=True) for k in chosen]
    return np.asarray(np.median(np.stack(lined_up), axis=0), np.float32)


def moving_in(light: Float, usually: Float, offset: Offset) -> Float:
    """Return how much of each pixel moves against what is usual there, (height, width) 0 to 1."""
    size = (usually.shape[1], usually.shape[0])
    small = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32)
    apart = np.abs(_display(small) - _shifted(usually, offset, back=False)).max(axis=2)
    moves = np.where(apart > MOVED, 1, 0).astype(np.uint8)
    moves = np.asarray(
        cv2.morphologyEx(moves, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), np.uint8
    )
    moves = np.asarray(cv2.morphologyEx(moves, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    soft = cv2.GaussianBlur(moves.astype(np.float32), (5, 5), 0)
    return large(np.asarray(soft, np.float32), light)


def _shifted(picture: Float, offset: Offset, *, back: bool) -> Float:
    height, width = picture.shape[:2]
    sign = -1.0 if back else 1.0
    way = np.array(
        [[1, 0, sign * offset[0] * width], [0, 1, sign * offset[1] * height]], np.float64
    )
    moved = cv2.warpAffine(picture, way, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _display(light: Float) -> Float:
    """Return light roughly as a screen shows it, 0 to 1: for comparing, not for looking."""
    return np.asarray((light / (light + 0.6)) ** (1 / 1.8), np.float32)

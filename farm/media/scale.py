"""Smaller pictures: scaled in linear light by the area that each pixel covers."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]


def fit(size: Size, *, within: Size) -> Size:
    """Fit (width, height) into a frame's long and short side, whole and never larger.

    `within` is turned on its side for an upright picture; the result is even, as movies want it.
    """
    long, short = max(within), min(within)
    width, height = size
    scale = min(1.0, long / max(size), short / min(size))
    if scale == 1:
        return size
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def shrink(pixels: NDArray[Any], size: Size) -> NDArray[np.float32]:
    """Scale linear (height, width, 3) pixels down to (width, height) `size`, as float32."""
    full = np.asarray(pixels, np.float32)
    if full.shape[1::-1] == size:
        return full
    return np.asarray(cv2.resize(full, size, interpolation=cv2.INTER_AREA), np.float32)

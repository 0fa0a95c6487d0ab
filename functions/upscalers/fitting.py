"""How one frame is fitted to a size: what every upscaler ends with, and the baseline is made of."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from functions.upscalers.base import Size


def enlarged(frame: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """Scale one linear frame, (height, width, 3), to width and height."""
    height, width = frame.shape[:2]
    if (width, height) == size:
        return frame
    if size[0] <= width and size[1] <= height:
        return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)
    near = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(frame, near), cv2.dilate(frame, near)
    sharp = cv2.resize(frame, size, interpolation=cv2.INTER_LANCZOS4)
    return np.clip(sharp, _spread(low, size), _spread(high, size)).astype(np.float32)


def _spread(bound: NDArray[Any], size: Size) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(bound, size, interpolation=cv2.INTER_NEAREST), np.float32)

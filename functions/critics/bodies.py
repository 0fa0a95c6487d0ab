"""Bodies that move by themselves, found in what a camera that turns or zooms does not explain."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_STOPS = 0.35
"""How much a body must differ from what it passes, where the camera alone would change nothing."""

LEAST_AREA = 0.0015
"""The part of the picture that a body covers; less is a speck."""

EDGE = 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The largest thing that moves in a frame: its middle and area, 0..1 of the frame."""

    middle: tuple[float, float]
    area: float
    cut: bool


def body_of(acting: NDArray[np.float32]) -> Body | None:
    """Find the largest connected body among what moves; None where nothing does."""
    height, width = acting.shape
    seen = (cv2.medianBlur(acting, 3) > LEAST_STOPS).astype(np.uint8)
    mask = cv2.dilate(seen, np.ones((5, 5), np.uint8))
    count, _, boxes, middles = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    left, top, wide, high, area = boxes[largest]
    if area < LEAST_AREA * mask.size:
        return None
    spare = EDGE * width
    cut = (
        left <= spare
        or top <= spare
        or left + wide >= width - spare
        or top + high >= height - spare
    )
    whole_way = wide > 0.7 * width or high > 0.9 * height
    x, y = middles[largest]
    return Body(
        middle=(x / width, y / height), area=area / mask.size, cut=bool(cut and not whole_way)
    )

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
    """A thing that moves in a frame: its middle and area, 0..1 of the frame; `cut` by its edge."""

    middle: tuple[float, float]
    area: float
    cut: bool


def body_of(acting: NDArray[np.float32]) -> Body | None:
    """Find the largest connected body among what moves; None where nothing does."""
    return next(iter(bodies_of(acting)), None)


def bodies_of(acting: NDArray[np.float32]) -> list[Body]:
    """Find the connected bodies among what moves, the largest first."""
    height, width = acting.shape
    seen = (cv2.medianBlur(acting, 3) > LEAST_STOPS).astype(np.uint8)
    mask = cv2.dilate(seen, np.ones((5, 5), np.uint8))
    count, _, boxes, middles = cv2.connectedComponentsWithStats(mask)
    found = []
    for box, (x, y) in zip(boxes[1:count], middles[1:count], strict=True):
        part = float(box[cv2.CC_STAT_AREA]) / mask.size
        if part >= LEAST_AREA:
            cut = _is_cut(box, width, height)
            found.append(Body(middle=(x / width, y / height), area=part, cut=cut))
    return sorted(found, key=lambda body: -body.area)


def _is_cut(box: NDArray[np.int32], width: int, height: int) -> bool:
    """Tell whether an edge of the frame cuts a body; what fills the frame is cut by none."""
    left, top, wide, high = box[:4].tolist()
    spare = EDGE * width
    ends = left + wide >= width - spare or top + high >= height - spare
    whole_way = wide > 0.7 * width or high > 0.9 * height
    return (left <= spare or top <= spare or ends) and not whole_way

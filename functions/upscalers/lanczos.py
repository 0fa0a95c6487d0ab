"""Lanczos in linear light: the baseline, which adds nothing that was not there."""

from collections.abc import Iterator
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card
from functions.upscalers.base import Frames, Size, Upscaler


class Lanczos:
    """Windowed sinc over eight pixels, held within the light around each pixel.

    A sinc rings beside a highlight that is many times white; no result is darker or brighter than
    what the nine source pixels around it are.
    """

    light: Literal["linear", "display"] = "linear"
    reach = 0

    def enlarge(self, frames: Frames, *, size: Size) -> Iterator[NDArray[np.float32]]:
        """Yield each frame at `size`; one that is smaller is shrunk by area."""
        for frame in frames:
            yield enlarged(frame, size)


def open_lanczos(card: Card) -> Upscaler:  # noqa: ARG001  # it has no weights
    """Open the baseline."""
    return Lanczos()


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

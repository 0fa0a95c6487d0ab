"""Lanczos in linear light: the baseline, which adds nothing that was not there."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card
from functions.upscalers.base import Frames, Size, Upscaler
from functions.upscalers.fitting import enlarged


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

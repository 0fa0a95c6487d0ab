"""What every upscaler can be asked, and in which light it works."""

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card

Frames = NDArray[np.float32]
Size = tuple[int, int]


class Upscaler(Protocol):
    """Makes frames larger; every call gives the same bits for the same frames."""

    light: Literal["linear", "display"]
    """What it is given: scene-linear light, or the codes of an sRGB picture, 0 to 1."""

    reach: int
    """How many frames on either side of a frame decide its pixels; -1 for all of a clip."""

    def enlarge(self, frames: Frames, *, size: Size) -> Iterator[NDArray[np.float32]]:
        """Yield each of (frames, height, width, 3) at `size`, width and height."""
        ...


Opening = Callable[[Card], Upscaler]
"""Opens an upscaler for a card, which names its weights as the set `upscaler`."""

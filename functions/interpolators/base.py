"""What an interpolator is asked: pictures between two neighbours."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


class Interpolator(Protocol):
    """Makes pictures between two, at any times."""

    def __call__(self, first: F32, second: F32, times: Sequence[float]) -> list[F32]:
        """Return a picture for each time, 0 (the first) to 1 (the second), in linear light.

        Pictures are float32 (height, width, 3), scene-linear. A time past 1 goes on as it went.
        """
        ...

"""Pictures that the tests of this part share."""

import numpy as np
from numpy.typing import NDArray


def ramp(height: int = 27, width: int = 48, *, peak: float = 4.0) -> NDArray[np.float32]:
    """A smooth picture with light up to `peak`, and with every channel different."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across, down = x / width, y / height
    return np.stack([across * peak, down, (1 - across) * 0.5], axis=-1).astype(np.float32)


def noise(height: int = 27, width: int = 48, *, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)

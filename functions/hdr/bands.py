"""How several threads share the reading of one picture."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from functions.hdr import READINGS
from functions.hdr.base import Codes, Light, Reading


def open_reading(name: str, *, threads: int) -> Reading:
    """Return the reading of light of that name, which reads bands of rows side by side.

    It reads every pixel by itself, so the bits are the same on any number of threads. To undo the
    ACES view at 4K takes seconds a frame.
    """
    read = READINGS.get(name)

    def shared(codes: Codes) -> Light:
        bands = np.array_split(codes, min(threads, len(codes)))
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(read, bands)))

    return shared

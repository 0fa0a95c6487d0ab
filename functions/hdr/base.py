"""What every reading of light is: code values of a picture in, ACES2065-1 out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.float32]
"""A picture as a decoder gives it, (height, width, 3), 0 to 1."""

Light = NDArray[np.float32]
"""Scene-linear ACES2065-1, (height, width, 3)."""

Reading = Callable[[Codes], Light]

"""What a decoder made, on its way from its device: codes of 0 to 1."""

import numpy as np
import torch
from numpy.typing import NDArray


def codes_of(decoded: torch.Tensor) -> NDArray[np.float32]:
    """Take what a decoder made, (1, 3, frames, height, width), -1 to 1, from its device as codes.

    They are (frames, height, width, 3), 0 to 1. Frame by frame: beside a whole shot at 4K, a GPU
    has no room for the same in float32.
    """
    _, channels, count, height, width = decoded.shape
    codes = np.empty((count, height, width, channels), np.float32)
    for number, frame in enumerate(decoded[0].unbind(1)):
        shown = (frame.detach().float() / 2 + 0.5).clamp(0, 1)
        codes[number] = shown.permute(1, 2, 0).cpu().numpy()
    return codes

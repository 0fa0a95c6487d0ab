"""Depth: what is near is bright. As the plate's own Z says, or as Depth Anything V2 sees it.

The nearest and the furthest of the whole plate are white and black, so that nothing pumps from
frame to frame. Metres become one over metres, which is what the estimating model gives too.
"""

from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForDepthEstimation

from farm.cards.card import Card
from farm.errors import TaskError
from functions.models.controls.base import Codes, Seen
from functions.models.diffusion.loading import device
from functions.models.weights import folder_of

SHORT_EDGE = 518
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
"""What Depth Anything was trained on: its preprocessor_config.json."""

Float = NDArray[np.float32]


def draw_depth(card: Card, seen: Seen) -> Codes:
    """Draw how near everything is, in grey."""
    near = seen.near if seen.near is not None else _estimated(folder_of(card, "depth"), seen.codes)
    low, high = float(near.min()), float(near.max())
    if high - low <= 1e-6 * max(abs(high), 1e-6):
        raise TaskError("the plate has no depth to follow: all of it is equally far")
    grey = np.rint((near - low) / (high - low) * 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=3)


def _estimated(folder: Path, codes: Codes) -> Float:
    """Estimate each frame by itself, in 32 bits."""
    model = _loaded(folder)
    height, width = codes.shape[1:3]
    cell = int(model.config.patch_size)
    scale = SHORT_EDGE / min(height, width)
    size = tuple(max(1, round(edge * scale / cell)) * cell for edge in (width, height))
    found = []
    for frame in codes:
        small = cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
        pixels = torch.from_numpy((small - MEAN) / STD).permute(2, 0, 1)
        with torch.inference_mode():
            near = model(pixels[None].to(model.device)).predicted_depth[0].float().cpu().numpy()
        found.append(cv2.resize(near, (width, height), interpolation=cv2.INTER_LINEAR))
    return np.stack(found).astype(np.float32)


@cache
def _loaded(folder: Path) -> Any:  # noqa: ANN401  # transformers' models share no type
    model: Any = AutoModelForDepthEstimation.from_pretrained(folder, local_files_only=True)
    return model.eval().to(device())

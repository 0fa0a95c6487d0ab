"""Edges: the outlines of a plate, white on black (Canny, PAMI 8, 1986)."""

import cv2
import numpy as np

from farm.cards.card import Card
from farm.errors import TaskError
from functions.models.controls.base import Codes, Seen

WEAK, STRONG = 100, 200
"""The two thresholds of the gradient in 8-bit codes: what control models are usually shown."""


def draw_edges(card: Card, seen: Seen) -> Codes:  # noqa: ARG001  # it needs no weights
    """Draw the outlines of every frame."""
    drawn = [
        cv2.Canny(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), WEAK, STRONG) for frame in seen.codes
    ]
    lines = np.asarray(np.stack(drawn), np.uint8)
    if not lines.any():
        raise TaskError("the plate has no edges to follow", hint="is it blank?")
    return np.repeat(lines[..., None], 3, axis=3)

"""What every control is: pictures that say, frame by frame, how a shot is to be composed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card

Codes = NDArray[np.uint8]
"""Display codes, (frames, height, width, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A plate as a control sees it.

    `near` is one over the metres to what each pixel shows, (frames, height, width), where the plate
    holds its depth.
    """

    codes: Codes
    near: NDArray[np.float32] | None


Drawing = Callable[[Card, Seen], Codes]
"""Draws a control of a plate's own size; raises TaskError where there is nothing to draw.

A model that it needs for this is a set of the card's weights with the control's own name.
"""

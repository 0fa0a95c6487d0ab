"""What every critic answers: a score on one axis, with the evidence for it."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.shots.request import Request

Clip = NDArray[np.float16]
"""Frames of one take: (frames, height, width, 3), scene-linear ACES2065-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One axis: `score` 0..1, evidence `frames` from 0; `broken` throws the take out."""

    axis: str
    score: float
    measured: dict[str, Plain]
    said: str
    frames: tuple[int, ...] = ()
    broken: bool = False


class Critic(Protocol):
    """Answers on one axis of one take, or None where the axis does not apply."""

    def __call__(self, take: "Take", request: Request) -> Finding | None:
        """Judge the take."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A take as critics see it: pixels, the model's own facts, and flow computed once for all."""

    name: str
    clip: Clip
    facts: dict[str, Plain] = field(default_factory=dict)

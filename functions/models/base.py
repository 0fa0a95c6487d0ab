"""What a model family can be asked: the protocol behind every card."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.frames import FrameRange
from farm.shots.request import Request

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a model must keep to render the same footage again, longer or larger.

    `data` is the model's own (a scene in JSON, latents ...), `kind` its artifact kind, `frames` how
    many frames it spans from 0, and `facts` what people should know (words not understood ...).
    """

    data: bytes
    kind: str
    frames: int
    facts: dict[str, Plain] = field(default_factory=dict)


class Model(Protocol):
    """A family of models. A capability that its card does not declare is never called."""

    colorspace: str
    """The OCIO name of the scene-linear space that `render` returns, such as ACEScg."""

    def draft(self, request: Request, *, seed: int) -> State:
        """Turn a request and a seed into one take."""
        ...

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> State:
        """Go on from the end of `state` for `frames` more; the frames before stay as they are.

        With a request (a shot that continues another), what follows is what the request asks:
        its camera and its actions, with everything that is there staying where it is.
        """
        ...

    def loop(self, state: State) -> State:
        """Close the footage: the frame after the last is the first again, in place and in speed."""
        ...

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as float32 (height, width, 3), scene-linear."""
        ...

"""What a model family can be asked: the protocol behind every card.

A family answers `Model`, for one task, which a `CallSheet` describes. What more it can do is a
protocol of its own, and nobody asks it unless its card says so:

    words: true        Encoding   the stage words: the prompt, encoded once for all takes
    likeness: true     Learning   the stage likeness: a character, learnt once for all shots
    tiling: {...}      Refining   the stages enlarge and tile: a master out of the draft itself
    layers: [...]      Layering   the stages layers and master: depth, motion, mattes, normals
    (has the method)   Posing     EXR headers: where the camera stands

`extend`, `loop`, keyframes, plates and references are not protocols: they arrive through `Model`
where `can` on the card declares them, and are refused by name in the plan where it does not.
docs/add_a_model.md goes through all of it for one family.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card
from farm.digest import Plain
from farm.frames import FrameRange
from farm.shots.request import Request
from farm.task import Progress
from farm.tiles import Tile

Pixels = NDArray[np.float32]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Bytes that lie beside a state, such as its sound (`audio`, WAV), and their artifact kind."""

    data: bytes
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a model must keep to render the same footage again, longer or larger.

    `data` is the model's own (a scene in JSON, latents ...), `kind` its artifact kind, `frames` how
    many frames it spans from 0, `facts` what people should know (words not understood ...), and
    `beside` what else was made with it, by name: each is an artifact of its own.
    """

    data: bytes
    kind: str
    frames: int
    facts: dict[str, Plain] = field(default_factory=dict)
    beside: Mapping[str, Part] = field(default_factory=dict)


Steps = Generator[Progress, None, T]
"""Work that tells how far it is; closing it stops the work at its next step."""

Making = State | Steps[State]
"""A state made at once, or step by step."""


class Checkpoints(Protocol):
    """Where a long denoising leaves its latents, for whoever goes on if this worker dies."""

    def latest(self) -> tuple[int, bytes] | None:
        """Return the last step that was kept for this very task, counted from 1, and its bytes."""
        ...

    def keep(self, step: int, data: bytes) -> None:
        """Keep what is needed to go on after a step; what was kept before is dropped."""
        ...


class Bills(Protocol):
    """Where a task that calls a paid service writes down what it asks, before it asks."""

    def read(self) -> Mapping[str, Plain]:
        """Return what is known of this task's bill; empty where nothing was ever asked."""
        ...

    def write(self, said: Mapping[str, Plain]) -> None:
        """Write the bill anew."""
        ...

    def keep(self, data: bytes, *, kind: str) -> None:
        """Keep what was paid for, the moment it is there."""
        ...

    def kept(self) -> bytes | None:
        """Return what was kept, if it is still whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSheet:
    """What a task hands to its model.

    `files` are the task's inputs by name, verified and read-only: `keyframe.0`, `reference.hero.1`,
    `plate`, `words` ...; the request says what each is for. `bills` is for hosted services, and
    `threads` how many may share work whose bits do not depend on it.
    """

    card: Card
    files: Mapping[str, Path]
    checkpoints: Checkpoints
    bills: Bills | None = None
    threads: int = 1


class Model(Protocol):
    """A family of models. A capability that its card does not declare is never called."""

    colorspace: str
    """The OCIO name of the scene-linear space that `render` returns, such as ACEScg."""

    def draft(self, request: Request, *, seed: int) -> Making:
        """Turn a request and a seed into one take."""
        ...

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Making:
        """Go on from the end of `state` for `frames` more; the frames before stay as they are.

        With a request (a shot that continues another), what follows is what the request asks:
        its camera and its actions, with everything that is there staying where it is.
        """
        ...

    def loop(self, state: State) -> Making:
        """Close the footage: the frame after the last is the first again, in place and in speed."""
        ...

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as float32 (height, width, 3), scene-linear."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where a camera stands at the middle of an exposure, in metres, y up.

    `axes` are its right, up and back in the world; it looks along minus back. `focal_mm` is for a
    sensor 36 mm wide, whatever the aspect.
    """

    place: tuple[float, float, float]
    axes: tuple[tuple[float, float, float], ...]
    focal_mm: float


@runtime_checkable
class Posing(Protocol):
    """A model that knows where its camera stands."""

    def pose(self, state: State, frame: int) -> Pose | None:
        """Return the camera of a frame, or None where the footage has another's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """What goes with one frame, by EXR channel: `Z`, `normal.x`, `forward.u` ..., (height, width).

    `header` says what a reader must know of them.
    """

    channels: Mapping[str, Pixels]
    header: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Layering(Protocol):
    """A model that knows more of its pictures than their light (`layers` on its card)."""

    def layers(
        self,
        state: State,
        times: Sequence[Fraction],
        *,
        step: Fraction,
        size: tuple[int, int],
        names: Sequence[str],
    ) -> Iterator[Layers]:
        """Yield the named layers at each time: depth, motion, cryptomatte, normal.

        Times and `step`, from one to the next, are in frames of the state, between them too.
        """
        ...


@runtime_checkable
class Refining(Protocol):
    """A model whose masters are made from its drafts: `latents` or `plate` on its card.

    A master is reached in levels, each twice as large as the one before: the canvas of a level is
    made once, every tile of it is refined by itself, and the merged tiles are the next state.
    """

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Making:
        """Return the canvas of the next level for some frames, with its noise upon it."""
        ...

    def refine(self, canvas: State, *, tile: Tile) -> Making:
        """Return a canvas of one tile alone, refined; other tiles may be under way elsewhere."""
        ...


@runtime_checkable
class Encoding(Protocol):
    """A model whose prompt is encoded by a task of its own (`words` on its card)."""

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        ...


@runtime_checkable
class Learning(Protocol):
    """A model that learns what a character looks like (`likeness` on its card)."""

    def learn(self, pictures: Sequence[Path], *, words: str, size: tuple[int, int]) -> Steps[Part]:
        """Learn from pictures of one character, which `words` describe, at a width and height."""
        ...


Open = Callable[[CallSheet], Model]
"""How a family is opened for one task. What is dear to load stays in the worker between tasks."""

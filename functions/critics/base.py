"""What every critic answers, and the take it looks at: seen once, shared by all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.shots.request import Request
from farm.shots.revise import Edit
from functions.critics import sight
from functions.critics.embedder import Embedder
from functions.critics.moves import TRAVELLING
from functions.critics.sight import F32, U8, Flow
from functions.critics.track import Track, track
from functions.critics.travel import Travel, at_rest, travel

LEAST_TEXTURE = 1e-4
"""Structure below this is the noise of 8 bits, and no flow can be told from it."""

GOOD = 0.75
"""From this score on there is nothing to say against an axis, and its words say none."""

SOFTENED = 0.8
"""Sigma, in preview pixels, that softens edges before they are held against each other."""

PLAINLY_WORSE = 1.25
"""Times the difference that the free flow leaves, from which a world at rest is no explanation."""

Clip = NDArray[np.float16]
"""Frames of one take: (frames, height, width, 3), scene-linear ACES2065-1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One axis: `score` 0..1, evidence `frames` from 0, and the edits that would mend it.

    `measured` names its units (`stops`, `widths_per_second` ...); `broken` throws the take out;
    what does not `weigh` is said and does not count.
    """

    axis: str
    score: float
    measured: dict[str, Plain]
    said: str
    frames: tuple[int, ...] = ()
    broken: bool = False
    weighs: bool = True
    edits: tuple[Edit, ...] = ()


class Critic(Protocol):
    """Answers on one axis of one take, or None where the axis does not apply."""

    def __call__(self, take: "Take", request: Request, /) -> Finding | None:
        """Judge the take."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """How much a frame differs, in stops, by what acts: surely, and as much as perhaps does.

    (frames, height, width) both. `travels` says that the camera does, so that what goes along its
    lines, or hardly goes at all, may be parallax.
    """

    surely: F32
    perhaps: F32
    travels: bool = False


@dataclass(frozen=True, kw_only=True)
class Take:
    """A take as critics see it: its pixels, and what is measured once for all of them.

    Pairs are neighbours: pair i is frames i and i + 1. What costs time is computed when first asked
    for. `focal_mm` is the lens that was asked for; `threads` never changes an answer. `embed` is
    the embedding model, where one is named, and `anchors` are clips of other shots, by character.
    """

    name: str
    clip: Clip
    focal_mm: float = 35.0
    threads: int = 1
    embed: Embedder | None = None
    anchors: dict[str, Clip] = field(default_factory=dict)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the preview."""
        return sight.preview_size(self.clip.shape[2], self.clip.shape[1])

    @cached_property
    def light(self) -> F32:
        """The preview, (frames, height, width, 3): scene-linear ACES2065-1, finite."""
        frames = list(self.clip)
        small = sight.each(lambda f: sight.shrink(f, self.size), frames, threads=self.threads)
        return np.stack(small)

    @cached_property
    def luminance(self) -> F32:
        """Luminance of the preview, (frames, height, width); 0.18 is middle grey."""
        return sight.luminance_of(self.light)

    @cached_property
    def tones(self) -> F32:
        """The preview in stops above the take's own floor, (frames, height, width)."""
        return sight.tones_of(self.luminance)

    @cached_property
    def codes(self) -> U8:
        """The tones in 8 bits, one scale for the whole take."""
        return sight.codes_of(self.tones)

    @cached_property
    def changes(self) -> NDArray[np.float64]:
        """How much each pair differs, in stops, over blocks of 4x4 pixels that level grain."""
        blocks = sight.blocks_of(self.tones, 4)
        changes: NDArray[np.float64] = np.abs(np.diff(blocks, axis=0)).mean((1, 2), np.float64)
        return changes

    @cached_property
    def flows(self) -> list[Flow]:
        """Optical flow of every pair."""

        def flow(pair: int) -> Flow:
            return sight.flow_between(
                (self.codes[pair], self.codes[pair + 1]), self.tones[pair + 1]
            )

        return sight.each(flow, range(len(self.clip) - 1), threads=self.threads)

    @cached_property
    def texture(self) -> F32:
        """How well flow can be told from what every frame shows, 0 to 1, (pairs, height, width)."""
        frames = list(self.codes[:-1])
        found = np.stack(sight.each(sight.texture_of, frames, threads=self.threads))
        usual = max(float(np.percentile(found[:, ::2, ::2], 60)), LEAST_TEXTURE)
        return (found / (found + usual)).astype(np.float32)

    @cached_property
    def trust(self) -> F32:
        """How far the flow of every pair can be relied on, 0 to 1, (pairs, height, width)."""
        return self.texture * np.stack([flow.certain for flow in self.flows])

    @cached_property
    def gains(self) -> NDArray[np.float64]:
        """How much brighter each pair's second frame is, in stops, where its flow leads."""
        pairs = zip(self.flows, self.tones[:-1], strict=True)
        return np.array([sight.gain_of(flow, tones) for flow, tones in pairs], np.float64)

    @cached_property
    def camera(self) -> Track:
        """How the camera moved; asked for only where there are two frames or more."""
        return track(self.flows, self.trust, focal_mm=self.focal_mm, threads=self.threads)

    @cached_property
    def movers(self) -> F32:
        """How fast things move by themselves, in frame widths a pair: (pairs, height, width)."""
        own = np.sqrt((self.camera.residual**2).sum(-1)) / self.size[0]
        return np.where(self.certain_enough, own, 0).astype(np.float32)

    @cached_property
    def turned(self) -> list[F32]:
        """The flow of every pair that the camera's turning and zooming makes."""
        return [f.ahead - own for f, own in zip(self.flows, self.camera.residual, strict=True)]

    @cached_property
    def acting(self) -> F32:
        """How much a frame differs, in stops, from its neighbours seen by the same camera.

        (frames, height, width). What a camera that turns or zooms explains is taken off, and so is
        the light; a body shows where it was, is and will be, however fast it goes.
        """
        return np.maximum(*_apart(self.tones, self.turned))

    @cached_property
    def travel(self) -> Travel:
        """Which way the camera travelled; asked for only where there are two frames or more."""
        return travel(self.flows, self.trust, focal_mm=self.focal_mm)

    def acting_for(self, request: Request) -> Acting:
        """Return what acts besides the camera that was asked for.

        A camera that stands leaves no doubt. One that was to travel and did not has only turned.
        """
        moves = set(request.camera.moves)
        if moves <= {"static"}:
            return Acting(surely=self.acting, perhaps=self.acting)
        return (
            self.acting_in_depth if TRAVELLING & moves and self.travel.told else self.acting_in_turn
        )

    @cached_property
    def acting_in_depth(self) -> Acting:
        """What acts besides a camera that travels, whose world at rest may flow along its lines."""
        pairs = zip(self.flows, self.trust, strict=True)
        return self._besides(
            [at_rest(flow, trust, self.travel, focal_mm=self.focal_mm) for flow, trust in pairs],
            travels=True,
        )

    @cached_property
    def acting_in_turn(self) -> Acting:
        """What acts besides a camera that turns and zooms."""
        return self._besides(self.turned, travels=False)

    def _besides(self, rest: Sequence[F32], *, travels: bool) -> Acting:
        """Compare neighbours along the flows of a world at rest, and along their own.

        What a camera covers in one neighbour it shows in the other, so the smaller difference
        counts. What even its own flow cannot fetch (edges finer than a pixel) may act; what a world
        at rest explains plainly worse than that flow does so surely.
        """
        soft = np.stack([cv2.GaussianBlur(tones, (0, 0), SOFTENED) for tones in self.tones])
        bound = np.minimum(*_apart(soft, rest))
        free = np.minimum(*_apart(soft, [flow.ahead for flow in self.flows]))
        surely = np.where(bound > PLAINLY_WORSE * free, bound, 0).astype(np.float32)
        if len(surely) > 2:  # with one neighbour, what is covered cannot be told from what acts
            surely[0], surely[-1] = surely[1], surely[-2]
        return Acting(surely=surely, perhaps=bound, travels=travels)

    @cached_property
    def certain_enough(self) -> sight.Mask:
        """Where flow is trusted at all, (pairs, height, width)."""
        return self.trust > 0.05


def ramp(value: float, *, bad: float, good: float) -> float:
    """Score a measured value: 0 at `bad` and beyond, 1 at `good` and beyond, straight between."""
    return float(min(max((value - bad) / (good - bad), 0.0), 1.0))


def rounded(value: float | np.floating) -> float:
    """Round a measured value to four digits after the point, as verdicts print it."""
    return round(float(value), 4)


def _apart(tones: F32, ahead: Sequence[F32]) -> tuple[F32, F32]:
    """Compare every frame with the next along the flows, and with the one before.

    (frames, height, width) both, in stops; where a frame has one neighbour, that stands for both.
    """
    pairs = range(len(ahead))
    onward = [sight.differ(tones[i], tones[i + 1], ahead[i]) for i in pairs]
    behind = [sight.differ(tones[i + 1], tones[i], -ahead[i]) for i in pairs]
    return np.stack([*onward, behind[-1]]), np.stack([onward[0], *behind])

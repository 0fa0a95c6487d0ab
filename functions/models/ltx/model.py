"""LTX-2 as a model of the farm: a draft, longer, closed, and mastered from its own latents."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import torch
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange, Rate
from farm.media.colorspace import ACES2065_1
from farm.shots.request import KeyPicture, Request
from farm.tiles import Tile, on_grid
from functions.hdr.bands import open_reading
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Latents
from functions.models.diffusion.loading import Loaded
from functions.models.diffusion.pictures import Codes, middle, read_picture
from functions.models.diffusion.sounds import join, sound_part
from functions.models.diffusion.steps import compute, using
from functions.models.diffusion.words import pack_words, unpack_words
from functions.models.ltx import footage, pipes
from functions.models.ltx.calls import Calls
from functions.models.ltx.controls import Control, control_of, told
from functions.models.ltx.pipes import Pinned
from functions.models.ltx.wording import words_of
from functions.upscalers.fitting import enlarged

TAIL = 9
"""Frames of the footage before that an extension goes on from: one more than a latent holds."""

BENT_SIGMAS = DISTILLED_SIGMA_VALUES[4:]
"""A loop is bent out of its take: past the sigmas that compose, which would make another shot."""

DISPLAY = "reconstructed"
"""How a picture for a screen is read as light."""


def open_ltx(sheet: CallSheet) -> "Ltx":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return Ltx(sheet)


class Ltx:
    """LTX-2.x: picture and sound from one transformer, at any frame that is pinned."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card
        self._calls = Calls(sheet)

    # What every model does

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._calls.load()
        return (yield from self._calls.encoded(loaded, words_of(request)))

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take."""
        loaded = yield from self._calls.load()
        words = yield from self._calls.words(loaded, request)
        blank = self._blank(request, seed)
        pinned = [
            Pinned(at=key.frame, frames=self._picture(blank, key))
            for key in sorted(request.keyframes, key=lambda key: key.frame)
        ]
        control = yield from self._followed(loaded, request, blank)
        piece = yield from self._calls.made(
            loaded,
            blank,
            words,
            pinned,
            frames=request.frames,
            sigmas=DISTILLED_SIGMA_VALUES,
            control=control,
        )
        made = replace(blank, frames=request.frames, pieces=(piece,))
        return (yield from self._state(loaded, made, words, before=None, facts=told(control)))

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit."""
        loaded = yield from self._calls.load()
        old = kept.read(state, self._card.name)
        words = yield from self._calls.words(loaded, request, state)
        tail = yield from compute(loaded, partial(footage.tail, loaded, old, TAIL))
        blank = self._blank(request, seed) if request else replace(old, seed=seed)
        control = (yield from self._followed(loaded, request, blank)) if request else None
        piece = yield from self._calls.made(
            loaded,
            blank,
            words,
            [Pinned(at=0, frames=tail)],
            frames=len(tail) + frames,
            sigmas=DISTILLED_SIGMA_VALUES,
            control=control.behind(len(tail)) if control else None,
        )
        piece = replace(piece, first=old.frames - len(tail), own=old.frames)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return (yield from self._state(loaded, made, words, before=state, facts=told(control)))

    def loop(self, state: State) -> Steps[State]:
        """Bend the end of the footage into its beginning: the frames that would follow are those.

        The first frames are pinned where they are and once more behind the end, where they are
        dropped: so the joint holds in place and in speed.
        """
        loaded = yield from self._calls.load()
        old = kept.read(state, self._card.name)
        words = yield from self._calls.words(loaded, None, state)
        head = yield from compute(loaded, partial(footage.frames, loaded, old, 0, TAIL))
        head = head[: (len(head) - 1) // footage.ratio(loaded) * footage.ratio(loaded) + 1]
        whole = yield from compute(loaded, partial(footage.whole, loaded, old, old.frames + TAIL))
        piece = yield from self._calls.made(
            loaded,
            old,
            words,
            [Pinned(at=0, frames=head), Pinned(at=old.frames, frames=head)],
            frames=old.frames + len(head),
            sigmas=BENT_SIGMAS,
            start=whole,
        )
        made = replace(old, pieces=(replace(piece, first=0, own=0),))
        return (yield from self._state(loaded, made, words, before=None))

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as float32 (height, width, 3), ACES2065-1."""
        latents = kept.read(state, self._card.name)
        if latents.noise:
            raise TaskError("this is a canvas with noise on it: merge its refined tiles first")
        loaded = self._calls.loaded()
        read_light = open_reading(latents.light, threads=self._sheet.threads)
        for piece, own in latents.shares(frames):
            with using(loaded):
                decoded = footage.decode(loaded, piece.video)
            for frame in own:
                codes = middle(decoded[frame - piece.first], latents.picture)
                yield enlarged(read_light(np.ascontiguousarray(codes)), size)

    # From a draft to its master

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Steps[State]:
        """Return the canvas of the next level for some frames, with its noise upon it.

        The noise is one field over the whole canvas, so that tiles agree where they overlap.
        """
        loaded = yield from self._calls.load()
        latents = kept.read(state, self._card.name).of(frames)
        if self._card.can.hdr == "native" and latents.light == DISPLAY:
            words = unpack_words(state.beside["words"].data)
            latents = yield from self._calls.relit(loaded, latents, words)
        sigma = STAGE_2_DISTILLED_SIGMA_VALUES[0]
        made = yield from compute(
            loaded, partial(self._calls.enlarged, loaded, latents, seed, sigma)
        )
        return made.state(state.beside)

    def refine(self, canvas: State, *, tile: Tile) -> Steps[State]:
        """Denoise one tile of a canvas, as a picture of its own: its positions begin at 0."""
        loaded = yield from self._calls.load()
        whole = kept.read(canvas, self._card.name)
        piece_of = kept.cut(whole, tile)
        words = unpack_words(canvas.beside["words"].data)
        pieces = []
        for piece in piece_of.pieces:
            refined = yield from self._calls.made(
                loaded,
                piece_of,
                words,
                [],
                frames=footage.span(loaded, piece),
                sigmas=STAGE_2_DISTILLED_SIGMA_VALUES,
                start=piece,
                noised=True,
            )
            pieces.append(replace(piece, video=refined.video, audio=None))
        return replace(piece_of, pieces=tuple(pieces), noise=0.0).state({})

    def _state(
        self,
        loaded: Loaded,
        made: Latents,
        words: Mapping[str, torch.Tensor],
        *,
        before: State | None,
        facts: Mapping[str, Plain] | None = None,
    ) -> Steps[State]:
        """Write the latents down, with their sound and the words they were asked with."""
        beside = {"words": Part(data=pack_words(words), kind="words")}
        piece = made.pieces[-1]
        if piece.audio is not None:
            rate = Rate.parse(made.rate).value
            samples, hertz = yield from compute(
                loaded, partial(pipes.hear, loaded.pipe, footage.tensor(piece.audio, loaded))
            )
            sound = join(
                before.beside.get("audio") if before else None,
                samples,
                hertz=hertz,
                at=Fraction(piece.own) / rate,
                skip=Fraction(piece.own - piece.first) / rate,
                until=Fraction(made.frames) / rate,
            )
            beside["audio"] = sound_part(sound)
        return replace(made, noise=0.0).state(beside, facts=facts)

    # Frames and their latents

    def _followed(self, loaded: Loaded, request: Request, like: Latents) -> Steps[Control | None]:
        """Draw what the request gives to follow."""
        drawn = partial(control_of, self._card, request, self._sheet.files, like)
        return (yield from compute(loaded, drawn))

    def _blank(self, request: Request, seed: int) -> Latents:
        assert self._card.tiling
        return Latents(
            model=self._card.name,
            frames=0,
            size=on_grid(request.size, self._card.tiling.cell),
            picture=request.size,
            rate=str(request.rate),
            seed=seed,
            words=words_of(request),
            pieces=(),
            adapters=tuple(
                name
                for move in request.camera.moves
                if (name := f"camera.{move}") in self._card.weights
            ),
        )

    def _picture(self, latents: Latents, key: KeyPicture) -> Codes:
        path, size = self._sheet.files[key.file], latents.size
        return read_picture(path, picture=latents.picture, size=size, named=key.colorspace)

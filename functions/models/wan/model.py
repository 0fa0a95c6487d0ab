"""Wan as a model of the farm: a draft in few steps, longer, closed, and mastered as a plate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from farm.cards.card import Tiling
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1
from farm.shots.request import KeyPicture, Request
from farm.tiles import Tile, on_grid
from functions.hdr.bands import open_reading
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded
from functions.models.diffusion.pictures import coded, middle, read_picture
from functions.models.diffusion.steps import (
    beside,
    compute,
    using,
)
from functions.models.diffusion.words import EMBEDS, pack_words, unpack_words
from functions.models.wan import pipes
from functions.models.wan.calls import Calls, Wish, array_of, longer, shorter, tensor_of
from functions.models.wan.cast import Cast, likenesses, pictures
from functions.models.wan.cast import beside as cast_beside
from functions.models.wan.cast import given as cast_given
from functions.models.wan.pipes import Codes, Pinned
from functions.models.wan.plates import plate_frames, regions, strength_of
from functions.models.wan.wording import words_of
from functions.upscalers.fitting import enlarged

TAIL = 17
"""Frames of what is there that VACE goes on from; the image mode goes on from one."""

BEND = 40
"""The most frames of a loop's end that are painted anew, so that they lead to its beginning."""


def open_wan(sheet: CallSheet) -> "Wan":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return Wan(sheet)


class Wan:
    """Wan 2.x. Its card says which modes there are: `base`, and `vace` or `image`."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card
        self._calls = Calls(sheet)

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._calls.load()
        return (yield from self._calls.encoded(loaded, words_of(request)))

    def learn(self, pictures: Sequence[Path], *, words: str, size: tuple[int, int]) -> Steps[Part]:
        """Learn what a character looks like, from pictures cut to a size, as a LoRA."""
        loaded = yield from self._calls.load()
        part = yield from self._calls.encoded(loaded, words)
        embeds = unpack_words(part.data)[EMBEDS].to(loaded.device)
        grid = on_grid(size, self._cell)
        frames = [read_picture(path, picture=grid, size=grid) for path in pictures]
        data = yield from beside(partial(self._calls.train, loaded, frames, embeds))
        return Part(data=data, kind="lora")

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take; a plate is remade, everything else is new."""
        loaded = yield from self._calls.load()
        words = yield from self._calls.words(loaded, request)
        blank = self._blank(request, seed)
        cast = cast_given(self._sheet.files)
        if request.plate:
            piece = yield from self._remade(loaded, blank, words, request)
        else:
            wish = Wish(
                pinned=[
                    Pinned(at=key.frame, frames=self._picture(blank, key))
                    for key in sorted(request.keyframes, key=lambda key: key.frame)
                ],
                references=pictures(cast),
                likenesses=likenesses(cast),
            )
            piece = yield from self._calls.make(loaded, blank, words, wish, frames=request.frames)
        made = replace(blank, frames=request.frames, pieces=(piece,))
        return _state(made, words, cast)

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit.

        Who acts is whom the request names, and without one who acted before.
        """
        loaded = yield from self._calls.load()
        old = kept.read(state, self._card.name)
        words = yield from self._calls.words(loaded, request, state)
        count = shorter(min(self._tail, old.frames))
        tail = yield from compute(
            loaded, partial(self._frames, loaded, old, old.frames - count, old.frames)
        )
        blank = self._blank(request, seed) if request else replace(old, seed=seed)
        cast = cast_given(self._sheet.files) if request else cast_beside(state)
        wish = Wish(
            pinned=[Pinned(at=0, frames=tail)],
            references=pictures(cast),
            likenesses=likenesses(cast),
        )
        piece = yield from self._calls.make(loaded, blank, words, wish, frames=count + frames)
        piece = replace(piece, first=old.frames - count, own=old.frames)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return _state(made, words, cast)

    def loop(self, state: State) -> Steps[State]:
        """Paint the last frames anew, so that they lead to the first ones, which follow them."""
        loaded = yield from self._calls.load()
        old = kept.read(state, self._card.name)
        words = yield from self._calls.words(loaded, None, state)
        bend = min(BEND, old.frames // 2)
        start = old.frames - bend
        count = shorter(min(self._tail, start))
        before, after = yield from compute(
            loaded,
            lambda: (
                self._frames(loaded, old, start - count, start),
                self._frames(loaded, old, 0, count),
            ),
        )
        cast = cast_beside(state)
        wish = Wish(
            pinned=[Pinned(at=0, frames=before), Pinned(at=count + bend, frames=after)],
            references=pictures(cast),
            likenesses=likenesses(cast),
        )
        piece = yield from self._calls.make(
            loaded, old, words, wish, frames=count + bend + len(after)
        )
        piece = replace(piece, first=start - count, own=start)
        held = tuple(one for one in old.pieces if one.own < start)
        return _state(replace(old, pieces=(*held, piece)), words, cast)

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as ACES2065-1, its light as the card reads it."""
        latents = kept.read(state, self._card.name)
        if latents.noise:
            raise TaskError("this is a canvas with noise on it: merge its refined tiles first")
        loaded = self._calls.loaded()
        light = open_reading(self._card.reading, threads=self._sheet.threads)
        for piece, own in _shares(latents, frames):
            with using(loaded):
                decoded = pipes.decode(loaded.pipe, tensor_of(piece.video, loaded))
            for frame in own:
                codes = middle(decoded[frame - piece.first], latents.picture)
                yield enlarged(light(np.ascontiguousarray(codes)), size)

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Steps[State]:
        """Return the canvas of the next level: the plate twice as large, under low noise.

        The noise is one field over the whole canvas, so that tiles agree where they overlap.
        """
        loaded = yield from self._calls.load()
        latents = kept.read(state, self._card.name).of(frames)
        made = yield from compute(loaded, partial(self._enlarged, loaded, latents, seed))
        return made.state(state.beside)

    def refine(self, canvas: State, *, tile: Tile) -> Steps[State]:
        """Denoise one tile of a canvas, as a video of its own."""
        loaded = yield from self._calls.load()
        whole = kept.read(canvas, self._card.name)
        piece_of = kept.cut(whole, tile)
        words = unpack_words(canvas.beside["words"].data)
        pieces = []
        for piece in piece_of.pieces:
            video = yield from self._refined(loaded, piece_of, words, piece.video, canvas)
            pieces.append(replace(piece, video=video))
        return replace(piece_of, pieces=tuple(pieces), noise=0.0).state({})

    def _remade(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        request: Request,
    ) -> Steps[Piece]:
        """Remake a plate as far from it as was asked; or, where regions are marked, those alone."""
        assert request.plate
        plate = plate_frames(
            self._sheet.files[request.plate.file], frames=request.frames,
            picture=like.picture, size=like.size, named=request.plate.colorspace,
        )  # fmt: skip
        strength = strength_of(request.plate.strength)
        plate = _lengthened(plate, longer(request.frames))
        if any(mark.region for mark in request.annotations):
            anew = regions(
                request.annotations, frames=len(plate), picture=like.picture, size=like.size
            )
            wish = Wish(pinned=[Pinned(at=0, frames=plate)], anew=anew)
            return (yield from self._calls.make(loaded, like, words, wish, frames=request.frames))
        clean = yield from compute(
            loaded, lambda: pipes.encode(loaded.pipe, plate.astype(np.float32) / np.float32(255))
        )
        noised = self._calls.under_noise(loaded, clean, seed=like.seed, strength=strength)
        video = yield from self._calls.denoised(loaded, like, words, noised, strength=strength)
        return Piece(first=0, own=0, video=video)

    def _refined(
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        video: Array,
        canvas: State,
    ) -> Steps[Array]:
        noised = pipes.normalised(loaded.pipe, tensor_of(video, loaded))
        strength = self._calls.dial("strength")
        learnt = likenesses(cast_beside(canvas))
        return (
            yield from self._calls.denoised(
                loaded, like, words, noised, strength=strength, likenesses=learnt
            )
        )

    def _enlarged(self, loaded: Loaded, latents: Latents, seed: int) -> Latents:
        strength = self._calls.dial("strength")
        width, height = (2 * edge for edge in latents.size)
        pieces = []
        for number, piece in enumerate(latents.pieces):
            frames = pipes.decode(loaded.pipe, tensor_of(piece.video, loaded))
            large = np.stack([enlarged(frame, (width, height)) for frame in frames])
            clean = pipes.encode(loaded.pipe, large)
            noised = self._calls.under_noise(loaded, clean, seed=seed + number, strength=strength)
            video = pipes.denormalised(loaded.pipe, noised)
            pieces.append(replace(piece, video=array_of(video)))
        wide, high = latents.picture
        return replace(
            latents,
            size=(width, height),
            picture=(2 * wide, 2 * high),
            seed=seed,
            pieces=tuple(pieces),
            noise=self._calls.sigma(loaded, strength),
        )

    @property
    def _tail(self) -> int:
        return TAIL if "vace" in self._card.weights else 1

    @property
    def _cell(self) -> int:
        assert isinstance(self._card.tiling, Tiling)
        return self._card.tiling.cell

    def _blank(self, request: Request, seed: int) -> Latents:
        return Latents(
            model=self._card.name,
            frames=0,
            size=on_grid(request.size, self._cell),
            picture=request.size,
            rate=str(request.rate),
            seed=seed,
            words=words_of(request),
            pieces=(),
        )

    def _picture(self, latents: Latents, key: KeyPicture) -> Codes:
        path, size = self._sheet.files[key.file], latents.size
        return read_picture(path, picture=latents.picture, size=size, named=key.colorspace)

    def _frames(self, loaded: Loaded, latents: Latents, first: int, stop: int) -> Codes:
        """Decode some frames at the size of the latents, in 8 bits, as the model is given them."""
        frames = []
        for piece, own in _shares(latents, FrameRange(first, stop - 1)):
            decoded = pipes.decode(loaded.pipe, tensor_of(piece.video, loaded))
            frames += [coded(decoded[frame - piece.first]) for frame in own]
        return np.stack(frames)


def _state(made: Latents, words: Mapping[str, torch.Tensor], cast: Cast) -> State:
    return made.state({**cast, "words": Part(data=pack_words(words), kind="words")})


def _shares(latents: Latents, frames: FrameRange) -> Iterator[tuple[Piece, FrameRange]]:
    """Yield each piece with those of the frames that are its own."""
    ends = [piece.own for piece in latents.pieces[1:]] + [latents.frames]
    for piece, end in zip(latents.pieces, ends, strict=True):
        first, last = max(piece.own, frames.first), min(end - 1, frames.last)
        if first <= last:
            yield piece, FrameRange(first, last)


def _lengthened(frames: Codes, count: int) -> Codes:
    """Hold the last frame until there are enough."""
    return np.concatenate([frames, np.repeat(frames[-1:], count - len(frames), axis=0)])

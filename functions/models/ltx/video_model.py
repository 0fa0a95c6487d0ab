"""LTX-Video 0.9.8, the silent model before LTX-2, by the same road: draft, loop, master."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from farm.errors import TaskError
from farm.frames import FrameRange, Rate
from farm.media.colorspace import ACES2065_1
from farm.shots.request import KeyPicture, Request
from farm.task import Progress
from farm.tiles import Tile, on_grid
from functions.hdr.bands import open_reading
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.pictures import Codes, coded, middle, read_picture
from functions.models.diffusion.steps import Denoising, compute, denoise, using
from functions.models.diffusion.words import EMBEDS, MASK, pack_words, unpack_words
from functions.models.ltx import video_pipes as pipes
from functions.models.ltx.video_pipes import Pinned
from functions.models.ltx.wording import words_of
from functions.models.weights import fetch, folder_of
from functions.upscalers.fitting import enlarged

COMPOSED = (1000.0, 993.0, 987.0, 981.0, 975.0, 909.0, 725.0, 0.03)
REFINED = (909.0, 725.0, 421.0)
"""The distilled model's timesteps, for a draft and for a canvas twice as large.

As diffusers' docs of LTX-Video give them for 0.9.8.
"""

BENT = COMPOSED[4:]
"""A loop is bent out of its take: past the timesteps that compose."""

ADAIN, TONES = 1.0, 0.6
"""How far a canvas keeps its draft's statistics, and its extremes are drawn in (the same docs)."""

TAIL = 9
"""Frames of the footage before that an extension goes on from: one more than a latent holds."""

RATIO = 8
"""Frames of a latent; the first holds one alone."""


def open_ltx_video(sheet: CallSheet) -> "LtxVideo":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return LtxVideo(sheet)


class LtxVideo:
    """LTX-Video 0.9.8, distilled: silent pictures, at any frame that is pinned."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    # What every model does

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._load()
        return (yield from compute(loaded, partial(_encoded, loaded, words_of(request))))

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take."""
        loaded = yield from self._load()
        words = yield from self._words(loaded, request, None)
        blank = self._blank(request, seed)
        pinned = [
            Pinned(at=key.frame, frames=self._picture(blank, key))
            for key in sorted(request.keyframes, key=lambda key: key.frame)
        ]
        video = yield from self._made(loaded, blank, words, pinned, frames=request.frames)
        piece = Piece(first=0, own=0, video=video)
        return _state(replace(blank, frames=request.frames, pieces=(piece,)), words)

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, request, state)
        count = (min(TAIL, old.frames) - 1) // RATIO * RATIO + 1
        tail = yield from compute(loaded, partial(self._shown, loaded, old, old.frames - count))
        blank = self._blank(request, seed) if request else replace(old, seed=seed)
        pinned = [Pinned(at=0, frames=tail)]
        video = yield from self._made(loaded, blank, words, pinned, frames=count + frames)
        piece = Piece(first=old.frames - count, own=old.frames, video=video)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return _state(made, words)

    def loop(self, state: State) -> Steps[State]:
        """Bend the end of the footage into its beginning, which is what would follow it."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, None, state)
        shown = yield from compute(loaded, partial(self._shown, loaded, old, 0))
        count = (min(TAIL, old.frames) - 1) // RATIO * RATIO + 1
        pinned = [Pinned(at=at, frames=shown[:count]) for at in (0, old.frames)]
        start = yield from compute(loaded, partial(_whole, loaded, old, shown, old.frames + count))
        video = yield from self._made(
            loaded, old, words, pinned, frames=old.frames + count, timesteps=BENT, start=start
        )
        piece = Piece(first=0, own=0, video=video)
        return _state(replace(old, pieces=(piece,)), words)

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame, counted from 0, as float32 (height, width, 3), ACES2065-1."""
        latents = kept.read(state, self._card.name)
        if latents.noise:
            raise TaskError("this is a canvas with noise on it: merge its refined tiles first")
        loaded, light = self._loaded(), open_reading(latents.light, threads=self._sheet.threads)
        for piece, own in latents.shares(frames):
            with using(loaded):
                decoded = self._decoded(loaded, piece)
            for frame in own:
                codes = middle(decoded[frame - piece.first], latents.picture)
                yield enlarged(light(np.ascontiguousarray(codes)), size)

    # From a draft to its master

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Steps[State]:
        """Return the canvas of the next level for some frames, with its noise upon it.

        The noise is one field over the whole canvas, so that tiles agree where they overlap.
        """
        loaded = yield from self._load()
        latents = kept.read(state, self._card.name).of(frames)
        made = yield from compute(loaded, partial(self._enlarged, loaded, latents, seed))
        return made.state(state.beside)

    def refine(self, canvas: State, *, tile: Tile) -> Steps[State]:
        """Denoise one tile of a canvas, as a picture of its own: its positions begin at 0."""
        loaded = yield from self._load()
        part = kept.cut(kept.read(canvas, self._card.name), tile)
        words = unpack_words(canvas.beside["words"].data)
        pieces = []
        for piece in part.pieces:
            count = (piece.video.shape[2] - 1) * RATIO + 1
            start = pipes.plain(loaded, piece.video)
            video = yield from self._made(
                loaded, part, words, [], frames=count, timesteps=REFINED, start=start
            )
            pieces.append(replace(piece, video=video))
        return replace(part, pieces=tuple(pieces), noise=0.0).state({})

    def _enlarged(self, loaded: Loaded, latents: Latents, seed: int) -> Latents:
        folder = folder_of(self._card, self._apart)
        upsample = loaded.beside(pipes.UPSAMPLER, partial(pipes.upsampler, folder, loaded))
        noise, sigma, pieces = loaded.noise(seed), REFINED[0] / 1000, []
        for piece in latents.pieces:
            (large,) = upsample(
                latents=pipes.plain(loaded, piece.video),
                adain_factor=ADAIN,
                tone_map_compression_ratio=TONES,
                output_type="latent",
                return_dict=False,
            )
            laid = pipes.noised(large.float(), sigma, noise)
            pieces.append(replace(piece, video=pipes.raw(loaded, laid)))
        (width, height), (wide, high) = latents.size, latents.picture
        return replace(
            latents,
            size=(2 * width, 2 * height),
            picture=(2 * wide, 2 * high),
            seed=seed,
            pieces=tuple(pieces),
            noise=sigma,
        )

    # One call of the pipeline

    def _made(  # noqa: PLR0913  # one call of a pipeline is these things
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        pinned: Sequence[Pinned],
        *,
        frames: int,
        timesteps: Sequence[float] = COMPOSED,
        start: torch.Tensor | None = None,
    ) -> Steps[Array]:
        """Denoise at least so many frames, from `start` where it lies under noise already."""
        pipe = loaded.pipe
        width, height = like.size
        how = Denoising(
            total=len(timesteps),
            checkpoints=self._sheet.checkpoints,
            every=loaded.levers.checkpoint_steps if len(like.pieces) <= 1 else 0,
            blank=pipes.blank,
            drafting=timesteps is COMPOSED,
        )
        pipe.prepare_latents.noised = start
        said: Any = {name: tensor.to(loaded.device) for name, tensor in words.items()}
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            conditions=pipes.conditions(pinned),
            width=width,
            height=height,
            num_frames=-(-(frames - 1) // RATIO) * RATIO + 1,
            frame_rate=float(Rate.parse(like.rate).value),
            timesteps=list(timesteps),
            guidance_scale=1.0,
            image_cond_noise_scale=0.0,
            generator=loaded.noise(like.seed),
            output_type="latent",
            return_dict=False,
            **said,
        )
        return pipes.raw(loaded, video)

    def _load(self) -> Steps[Loaded]:
        yield from fetch(self._card)
        yield Progress(done=0, total=1, note="loads the model")
        return self._loaded()

    def _loaded(self) -> Loaded:
        return load(self._card, folder_of(self._card), pipes.build)

    @property
    def _apart(self) -> str:
        """Name the set that holds the upsampler."""
        return pipes.UPSAMPLER if pipes.UPSAMPLER in self._card.weights else "base"

    def _words(
        self, loaded: Loaded, request: Request | None, state: State | None
    ) -> Steps[Mapping[str, torch.Tensor]]:
        """Take the words as they were encoded for the shot, or as they lie beside a state."""
        if "words" in self._sheet.files:
            return unpack_words(self._sheet.files["words"].read_bytes())
        if request:
            part = yield from compute(loaded, partial(_encoded, loaded, words_of(request)))
            return unpack_words(part.data)
        assert state
        return unpack_words(state.beside["words"].data)

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
        )

    def _picture(self, like: Latents, key: KeyPicture) -> Codes:
        path: Path = self._sheet.files[key.file]
        return read_picture(path, picture=like.picture, size=like.size, named=key.colorspace)

    def _shown(self, loaded: Loaded, latents: Latents, first: int) -> Codes:
        """Decode the frames from `first` on, at the size of the latents, in 8 bits."""
        shown = []
        for piece, own in latents.shares(FrameRange(first, latents.frames - 1)):
            decoded = self._decoded(loaded, piece)
            shown += [coded(decoded[frame - piece.first]) for frame in own]
        return np.stack(shown)

    def _decoded(self, loaded: Loaded, piece: Piece) -> Array:
        return pipes.decode(loaded, piece.video, dials=self._card.dials)


def _encoded(loaded: Loaded, text: str) -> Part:
    embeds, mask, _, _ = loaded.pipe.encode_prompt(
        text,
        do_classifier_free_guidance=False,
        max_sequence_length=pipes.WORDS,
        device=loaded.device,
    )
    return Part(data=pack_words({EMBEDS: embeds, MASK: mask}), kind="words")


def _whole(loaded: Loaded, latents: Latents, shown: Codes, count: int) -> torch.Tensor:
    """Encode footage as one piece, its end held to a length, under the noise that bends it."""
    length = -(-(count - 1) // RATIO) * RATIO + 1
    held = np.pad(shown, ((0, length - len(shown)), *3 * ((0, 0),)), mode="edge")
    clean = pipes.plain(loaded, pipes.encode(loaded, held))
    return pipes.noised(clean, BENT[0] / 1000, loaded.noise(latents.seed))


def _state(made: Latents, words: Mapping[str, torch.Tensor]) -> State:
    return made.state({"words": Part(data=pack_words(words), kind="words")})

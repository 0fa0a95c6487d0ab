"""LTX-2 as a model of the farm: a draft, longer, closed, and mastered from its own latents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

from farm.cards.card import Tiling
from farm.errors import TaskError
from farm.frames import FrameRange, Rate
from farm.media.colorspace import LINEAR_REC709
from farm.shots.request import Request
from farm.task import Progress
from farm.tiles import Tile, on_grid
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.pictures import Codes, coded, linear, read_picture
from functions.models.diffusion.sounds import join, sound_part
from functions.models.diffusion.steps import Denoising, compute, denoise, using
from functions.models.diffusion.words import pack_words, unpack_words
from functions.models.ltx import pipes
from functions.models.ltx.pipes import Pinned
from functions.models.ltx.wording import words_of
from functions.models.weights import folder_of

TAIL = 9
"""Frames of the footage before that an extension goes on from: one more than a latent holds."""

BENT_SIGMAS = DISTILLED_SIGMA_VALUES[4:]
"""A loop is bent out of its take: past the sigmas that compose, which would make another shot."""

PLAIN = {
    "guidance_scale": 1.0, "stg_scale": 0.0, "modality_scale": 1.0, "guidance_rescale": 0.0,
    "audio_guidance_scale": 1.0, "audio_stg_scale": 0.0, "audio_modality_scale": 1.0,
    "audio_guidance_rescale": 0.0, "spatio_temporal_guidance_blocks": None,
}  # fmt: skip
"""The distilled model takes no guidance of any kind."""


def open_ltx(sheet: CallSheet) -> "Ltx":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return Ltx(sheet)


class Ltx:
    """LTX-2.x: picture and sound from one transformer, at any frame that is pinned."""

    colorspace = LINEAR_REC709

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    # What every model does

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._load()
        return (yield from self._encoded(loaded, words_of(request)))

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take."""
        loaded = yield from self._load()
        words = yield from self._words(loaded, request)
        blank = self._blank(request, seed)
        pinned = [
            Pinned(at=key.frame, frames=self._picture(blank, key.file))
            for key in sorted(request.keyframes, key=lambda key: key.frame)
        ]
        piece = yield from self._call(
            loaded, blank, words, pinned, frames=request.frames, sigmas=DISTILLED_SIGMA_VALUES
        )
        made = replace(blank, frames=request.frames, pieces=(piece,))
        return (yield from self._state(loaded, made, words, before=None))

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, request, state)
        tail = yield from compute(loaded, partial(self._tail, loaded, old))
        blank = self._blank(request, seed) if request else replace(old, seed=seed)
        piece = yield from self._call(
            loaded,
            blank,
            words,
            [Pinned(at=0, frames=tail)],
            frames=len(tail) + frames,
            sigmas=DISTILLED_SIGMA_VALUES,
        )
        piece = replace(piece, first=old.frames - len(tail), own=old.frames)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return (yield from self._state(loaded, made, words, before=state))

    def loop(self, state: State) -> Steps[State]:
        """Bend the end of the footage into its beginning: the frames that would follow are those.

        The first frames are pinned where they are and once more behind the end, where they are
        dropped: so the joint holds in place and in speed.
        """
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, None, state)
        head = yield from compute(loaded, partial(self._frames, loaded, old, 0, TAIL))
        head = head[: (len(head) - 1) // self._ratio(loaded) * self._ratio(loaded) + 1]
        whole = yield from compute(loaded, partial(self._whole, loaded, old, old.frames + TAIL))
        piece = yield from self._call(
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
        """Yield each frame, counted from 0, as float32 (height, width, 3), linear Rec.709."""
        latents = kept.read(state, self._card.name)
        if latents.noise:
            raise TaskError("this is a canvas with noise on it: merge its refined tiles first")
        loaded = self._loaded()
        for piece, own in _shares(latents, frames):
            with using(loaded):
                decoded = self._decode(loaded, piece.video)
            for frame in own:
                yield linear(decoded[frame - piece.first], latents.picture, size)

    # From a draft to its master

    def enlarge(self, state: State, *, frames: FrameRange, seed: int) -> Steps[State]:
        """Return the canvas of the next level for some frames, with its noise upon it.

        The noise is one field over the whole canvas, so that tiles agree where they overlap.
        """
        loaded = yield from self._load()
        latents = kept.read(state, self._card.name).of(frames)
        sigma = STAGE_2_DISTILLED_SIGMA_VALUES[0]
        made = yield from compute(loaded, partial(self._enlarged, loaded, latents, seed, sigma))
        return made.state(state.beside)

    def refine(self, canvas: State, *, tile: Tile) -> Steps[State]:
        """Denoise one tile of a canvas, as a picture of its own: its positions begin at 0."""
        loaded = yield from self._load()
        whole = kept.read(canvas, self._card.name)
        piece_of = kept.cut(whole, tile)
        words = unpack_words(canvas.beside["words"].data)
        pieces = []
        for piece in piece_of.pieces:
            refined = yield from self._call(
                loaded,
                piece_of,
                words,
                [],
                frames=self._span(loaded, piece),
                sigmas=STAGE_2_DISTILLED_SIGMA_VALUES,
                start=piece,
                noised=True,
            )
            pieces.append(replace(piece, video=refined.video, audio=None))
        return replace(piece_of, pieces=tuple(pieces), noise=0.0).state({})

    # The calls

    def _load(self) -> Steps[Loaded]:
        yield Progress(done=0, total=1, note="loads the model")
        return self._loaded()

    def _loaded(self) -> Loaded:
        return load(self._card, folder_of(self._card), pipes.build)

    def _call(  # noqa: PLR0913  # one call of a pipeline is these things
        self,
        loaded: Loaded,
        like: Latents,
        words: Mapping[str, torch.Tensor],
        pinned: Sequence[Pinned],
        *,
        frames: int,
        sigmas: Sequence[float],
        start: Piece | None = None,
        noised: bool = False,
    ) -> Steps[Piece]:
        """Denoise once; from `start`, with the noise of the first sigma unless it is `noised`."""
        pipe, ratio = loaded.pipe, self._ratio(loaded)
        width, height = like.size
        how = Denoising(
            total=len(sigmas),
            checkpoints=self._sheet.checkpoints,
            every=loaded.levers.checkpoint_steps,
            tensors=("latents", "audio_latents"),
            blank=pipes.blank,
            drafting=not noised,
        )
        given: dict[str, Any] = {}
        if start:
            given = {
                "latents": _tensor(start.video, loaded),
                "audio_latents": _tensor(start.audio, loaded),
                "noise_scale": 0.0 if noised else sigmas[0],
            }
        video, audio = yield from denoise(
            loaded,
            pipe,
            how,
            conditions=pipes.conditions(pipe, pinned) or None,
            width=width,
            height=height,
            num_frames=-(-(frames - 1) // ratio) * ratio + 1,
            frame_rate=float(Rate.parse(like.rate).value),
            sigmas=list(sigmas),
            generator=loaded.noise(like.seed),
            output_type="latent",
            return_dict=False,
            **{name: tensor.to(loaded.device) for name, tensor in words.items()},
            **given,
            **PLAIN,
        )
        return Piece(first=0, own=0, video=_array(video), audio=_array(audio))

    def _words(
        self, loaded: Loaded, request: Request | None, state: State | None = None
    ) -> Steps[Mapping[str, torch.Tensor]]:
        """Take the words as they were encoded for the shot, or as they lie beside a state."""
        if "words" in self._sheet.files:
            return unpack_words(self._sheet.files["words"].read_bytes())
        if request:
            part = yield from self._encoded(loaded, words_of(request))
            return unpack_words(part.data)
        assert state
        return unpack_words(state.beside["words"].data)

    def _encoded(self, loaded: Loaded, text: str) -> Steps[Part]:
        def work() -> Part:
            embeds, mask, _, _ = loaded.pipe.encode_prompt(
                text, do_classifier_free_guidance=False, device=loaded.device
            )
            return Part(
                data=pack_words({"prompt_embeds": embeds, "prompt_attention_mask": mask}),
                kind="words",
            )

        return (yield from compute(loaded, work))

    def _enlarged(self, loaded: Loaded, latents: Latents, seed: int, sigma: float) -> Latents:
        upsample = loaded.beside(
            pipes.UPSAMPLER,
            lambda: pipes.upsampler(
                folder_of(self._card), loaded.pipe, loaded.device, loaded.dtype
            ),
        )
        noise = loaded.noise(seed)
        pieces = []
        for piece in latents.pieces:
            (large,) = upsample(
                latents=_tensor(piece.video, loaded), output_type="latent", return_dict=False
            )
            video = pipes.noised_video(loaded.pipe, large.float(), sigma, noise)
            audio = pipes.noised_audio(loaded.pipe, _tensor(piece.audio, loaded), sigma, noise)
            pieces.append(replace(piece, video=_array(video), audio=_array(audio)))
        width, height = latents.size
        wide, high = latents.picture
        return replace(
            latents,
            size=(2 * width, 2 * height),
            picture=(2 * wide, 2 * high),
            seed=seed,
            pieces=tuple(pieces),
            noise=sigma,
        )

    def _state(
        self,
        loaded: Loaded,
        made: Latents,
        words: Mapping[str, torch.Tensor],
        *,
        before: State | None,
    ) -> Steps[State]:
        """Write the latents down, with their sound and the words they were asked with."""
        beside = {"words": Part(data=pack_words(words), kind="words")}
        piece = made.pieces[-1]
        if piece.audio is not None:
            rate = Rate.parse(made.rate).value
            samples, hertz = yield from compute(
                loaded, partial(pipes.hear, loaded.pipe, _tensor(piece.audio, loaded))
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
        return replace(made, noise=0.0).state(beside)

    # Frames and their latents

    def _blank(self, request: Request, seed: int) -> Latents:
        assert isinstance(self._card.tiling, Tiling)
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

    def _picture(self, latents: Latents, file: str) -> Codes:
        return read_picture(self._sheet.files[file], picture=latents.picture, size=latents.size)

    def _tail(self, loaded: Loaded, old: Latents) -> Codes:
        """Decode the last frames, as many as whole latents take."""
        count = min(TAIL, old.frames)
        count = (count - 1) // self._ratio(loaded) * self._ratio(loaded) + 1
        return self._frames(loaded, old, old.frames - count, old.frames)

    def _frames(self, loaded: Loaded, latents: Latents, first: int, stop: int) -> Codes:
        """Decode some frames at the size of the latents, in 8 bits, as the model is given them."""
        frames = []
        for piece, own in _shares(latents, FrameRange(first, min(stop, latents.frames) - 1)):
            decoded = self._decode(loaded, piece.video)
            frames += [coded(decoded[frame - piece.first]) for frame in own]
        return np.stack(frames)

    def _whole(self, loaded: Loaded, latents: Latents, frames: int) -> Piece:
        """Return footage as one piece of at least so many frames, its end held where it is short.

        Several pieces are encoded again as one; one piece is taken as it is.
        """
        ratio = self._ratio(loaded)
        length = -(-(frames - 1) // ratio) + 1
        piece = latents.pieces[0]
        video = _held(piece.video, length)
        if len(latents.pieces) > 1:
            shown = self._frames(loaded, latents, 0, latents.frames)
            short = (length - 1) * ratio + 1 - len(shown)
            video = _array(
                pipes.encode(loaded.pipe, np.pad(shown, ((0, short), *3 * ((0, 0),)), mode="edge"))
            )
        sounds = [piece.audio for piece in latents.pieces if piece.audio is not None]
        audio = _held(np.concatenate(sounds, axis=2), self._sounding(loaded, latents, length))
        return replace(piece, video=video, audio=audio)

    def _sounding(self, loaded: Loaded, latents: Latents, length: int) -> int:
        frames = (length - 1) * self._ratio(loaded) + 1
        return pipes.sound_length(loaded.pipe, frames / float(Rate.parse(latents.rate).value))

    def _decode(self, loaded: Loaded, video: Array) -> Array:
        """Decode latents to (frames, height, width, 3) of display codes, 0 to 1."""
        return pipes.decode(loaded.pipe, _tensor(video, loaded))

    def _span(self, loaded: Loaded, piece: Piece) -> int:
        return (piece.video.shape[2] - 1) * self._ratio(loaded) + 1

    def _ratio(self, loaded: Loaded) -> int:
        ratio: int = loaded.pipe.vae_temporal_compression_ratio
        return ratio


def _shares(latents: Latents, frames: FrameRange) -> Iterator[tuple[Piece, FrameRange]]:
    """Yield each piece with those of the frames that are its own."""
    ends = [piece.own for piece in latents.pieces[1:]] + [latents.frames]
    for piece, end in zip(latents.pieces, ends, strict=True):
        first, last = max(piece.own, frames.first), min(end - 1, frames.last)
        if first <= last:
            yield piece, FrameRange(first, last)


def _held(array: Array, length: int) -> Array:
    """Cut or hold the third axis (frames, or moments of sound) to a length."""
    short = length - array.shape[2]
    if short <= 0:
        return array[:, :, :length]
    return np.concatenate([array, np.repeat(array[:, :, -1:], short, axis=2)], axis=2)


def _tensor(array: Array | None, loaded: Loaded) -> Any:  # noqa: ANN401  # a tensor, or None as diffusers takes it
    return None if array is None else torch.from_numpy(array.copy()).to(loaded.device)


def _array(tensor: torch.Tensor) -> Array:
    array: Array = tensor.detach().float().cpu().numpy()
    return array

"""SkyReels-V2 with diffusion forcing: takes as long as one likes, and extensions in latents.

Every frame has a noise level of its own, so that frames which are done steer those which are not.
A long take is denoised window by window, each going on from the last latents of the one before;
an extension does the same from the frames that are there. This is one family in one file, made
along docs/add_a_model.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    SkyReelsV2DiffusionForcingPipeline,
    SkyReelsV2DiffusionForcingVideoToVideoPipeline,
    UniPCMultistepScheduler,
)
from PIL import Image

from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1
from farm.shots.request import Request
from farm.task import Progress
from functions.hdr.bands import open_reading
from functions.models.base import CallSheet, Part, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.decoded import codes_of
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Loaded, load
from functions.models.diffusion.pictures import coded, middle
from functions.models.diffusion.steps import Denoising, compute, denoise, using
from functions.models.diffusion.words import EMBEDS, MASK, pack_words, unpack_words
from functions.models.weights import fetch, folder_of
from functions.upscalers import UPSCALERS

CELL = 16
"""Width and height are whole numbers of these."""

WORDS = 512
"""Tokens that the model reads."""

TAIL = 17
"""Frames that a window or an extension goes on from: the shorter of the authors' two choices."""


def open_skyreels(sheet: CallSheet) -> "SkyReels":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return SkyReels(sheet)


class SkyReels:
    """One transformer for takes of any length and for what follows them."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    def encode(self, request: Request) -> Steps[Part]:
        """Encode the words of a request, once for all of its takes."""
        loaded = yield from self._load()
        return (yield from compute(loaded, partial(_encoded, loaded, _words_of(request))))

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take, however long."""
        loaded = yield from self._load()
        words = yield from self._words(loaded, request, None)
        blank = _blank(self._card.name, request, seed)
        video = yield from self._call(loaded, loaded.pipe, blank, words, frames=request.frames)
        piece = Piece(first=0, own=0, video=video)
        return _state(replace(blank, frames=request.frames, pieces=(piece,)), words)

    def extend(
        self, state: State, *, frames: int, seed: int, request: Request | None = None
    ) -> Steps[State]:
        """Go on from the last frames of `state`; those before stay as they are, to the bit."""
        loaded = yield from self._load()
        old = kept.read(state, self._card.name)
        words = yield from self._words(loaded, request, state)
        count = (min(TAIL, old.frames) - 1) // 4 * 4 + 1
        tail = yield from compute(loaded, partial(_tail, loaded, old, count))
        blank = _blank(self._card.name, request, seed) if request else replace(old, seed=seed)
        pipe = loaded.beside("longer", partial(_longer, loaded.pipe))
        video = yield from self._call(
            loaded, pipe, blank, words, frames=count + frames, video=tail, history=count
        )
        piece = Piece(first=old.frames - count, own=old.frames, video=video)
        made = replace(blank, frames=old.frames + frames, pieces=(*old.pieces, piece))
        return _state(made, words)

    def loop(self, state: State) -> State:  # noqa: ARG002  # the protocol's
        """Refuse: its card says that it cannot, so that nobody asks."""
        raise TaskError(f"{self._card.name} makes no loops", hint="loop: is not on its card")

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame as ACES2065-1, enlarged by the card's upscaler."""
        latents = kept.read(state, self._card.name)
        loaded = self._loaded()
        upscaler = UPSCALERS.get(self._card.upscaler)(self._card)
        light = open_reading(self._card.reading, threads=self._sheet.threads)
        for piece, own in latents.shares(frames):
            with using(loaded):
                decoded = _decode(loaded, piece.video)
            codes = np.stack([middle(decoded[f - piece.first], latents.picture) for f in own])
            if upscaler.light == "linear":
                codes = np.stack([light(frame) for frame in codes])
                yield from upscaler.enlarge(codes, size=size)
            else:
                yield from map(light, upscaler.enlarge(codes, size=size))

    def _load(self) -> Steps[Loaded]:
        yield from fetch(self._card)
        yield Progress(done=0, total=1, note="loads the model")
        return self._loaded()

    def _loaded(self) -> Loaded:
        return load(self._card, folder_of(self._card), _build)

    def _call(  # noqa: PLR0913  # one call of a pipeline is these things
        self,
        loaded: Loaded,
        pipe: Any,  # noqa: ANN401  # diffusers carries no types
        like: Latents,
        words: Mapping[str, torch.Tensor],
        *,
        frames: int,
        history: int = TAIL,
        **given: Any,  # noqa: ANN401  # passed on as it comes
    ) -> Steps[Array]:
        """Denoise so many frames, window by window; return denormalised latents."""
        dials = self._card.dials
        steps, window = int(dials["steps"]), int(dials["window"])
        whole = -(-(frames - 1) // 4) * 4 + 1
        how = Denoising(
            total=steps, checkpoints=self._sheet.checkpoints, blank=_no_blank, drafting=True
        )
        pipe.scheduler = _scheduler(dials["shift"])
        negative = loaded.beside("negative", partial(_negative, loaded))
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            prompt=None,
            prompt_embeds=words[EMBEDS].to(loaded.device),
            negative_prompt_embeds=negative.to(loaded.device),
            width=like.size[0],
            height=like.size[1],
            num_frames=whole,
            base_num_frames=min(window, whole),
            overlap_history=history,
            num_inference_steps=steps,
            guidance_scale=dials["guidance"],
            fps=int(float(like.rate)),
            generator=loaded.noise(like.seed),
            output_type="latent",
            return_dict=False,
            **given,
        )
        mean, std = _statistics(loaded)
        return _array(video.float() * std + mean)

    def _words(
        self, loaded: Loaded, request: Request | None, state: State | None
    ) -> Steps[Mapping[str, torch.Tensor]]:
        if "words" in self._sheet.files:
            return unpack_words(self._sheet.files["words"].read_bytes())
        if request:
            part = yield from compute(loaded, partial(_encoded, loaded, _words_of(request)))
            return unpack_words(part.data)
        assert state
        return unpack_words(state.beside["words"].data)


NEGATIVE = "overexposed, static, blurred, subtitles, painting, still, worst quality, deformed"


def _words_of(request: Request) -> str:
    """Write a request as sentences."""
    cast = (f"{name.replace('_', ' ')} is {description}" for name, description in request.cast)
    moves = (f"The camera does a {move.replace('_', ' ')}" for move in request.camera.moves)
    return ". ".join([request.prompt.rstrip(". "), *cast, *moves]) + "."


def _build(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401  # diffusers carries no types
    vae = AutoencoderKLWan.from_pretrained(
        str(folder), subfolder="vae", dtype=torch.float32, local_files_only=True
    )
    pipe: Any = SkyReelsV2DiffusionForcingPipeline.from_pretrained(
        str(folder), vae=vae, dtype=dtype, local_files_only=True
    )
    for module in pipe.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    return pipe


def _longer(pipe: Any) -> Any:  # noqa: ANN401  # diffusers carries no types
    made: Any = SkyReelsV2DiffusionForcingVideoToVideoPipeline(**pipe.components)
    made.set_progress_bar_config(disable=True)
    return made


def _scheduler(shift: float) -> Any:  # noqa: ANN401  # diffusers carries no types
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift
    )


def _encoded(loaded: Loaded, text: str) -> Part:
    """Encode words without the pipeline, which would want ftfy for it."""
    read = loaded.pipe.tokenizer(
        text, padding="max_length", max_length=WORDS, truncation=True, return_tensors="pt"
    )
    mask = read.attention_mask.to(loaded.device)
    embeds = loaded.pipe.text_encoder(read.input_ids.to(loaded.device), mask).last_hidden_state
    return Part(data=pack_words({EMBEDS: embeds, MASK: mask}), kind="words")


def _negative(loaded: Loaded) -> torch.Tensor:
    with using(loaded):
        return unpack_words(_encoded(loaded, NEGATIVE).data)[EMBEDS]


def _blank(model: str, request: Request, seed: int) -> Latents:
    wide, high = request.size
    return Latents(
        model=model,
        frames=0,
        size=(-(-wide // CELL) * CELL, -(-high // CELL) * CELL),
        picture=request.size,
        rate=str(request.rate),
        seed=seed,
        words=_words_of(request),
        pieces=(),
    )


def _state(made: Latents, words: Mapping[str, torch.Tensor]) -> State:
    return made.state({"words": Part(data=pack_words(words), kind="words")})


def _tail(loaded: Loaded, old: Latents, count: int) -> list[Image.Image]:
    """Decode the last frames, as pictures that the pipeline takes."""
    pictures = []
    for piece, own in old.shares(FrameRange(old.frames - count, old.frames - 1)):
        decoded = _decode(loaded, piece.video)
        pictures += [Image.fromarray(coded(decoded[frame - piece.first])) for frame in own]
    return pictures


def _decode(loaded: Loaded, video: Array) -> Array:
    """Decode denormalised latents to (frames, height, width, 3) of display codes, 0 to 1."""
    vae = loaded.pipe.vae
    latents = torch.from_numpy(video.copy()).to(loaded.device, vae.dtype)
    return codes_of(vae.decode(latents, return_dict=False)[0])


def _statistics(loaded: Loaded) -> tuple[torch.Tensor, torch.Tensor]:
    config = loaded.pipe.vae.config
    mean, std = (
        torch.tensor(values, device=loaded.device).view(1, config.z_dim, 1, 1, 1)
        for values in (config.latents_mean, config.latents_std)
    )
    return mean, std


def _no_blank(_: Mapping[str, Any]) -> object:
    raise TaskError("a window cannot be passed over", hint="take checkpoint_steps off the card")


def _array(tensor: torch.Tensor) -> Array:
    return tensor.detach().float().cpu().numpy()

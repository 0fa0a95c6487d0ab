"""AnimateDiff: short takes on a small GPU, whose cast is shown to it as pictures by an IP-adapter.

The one pipeline of diffusers that films and takes IP-adapters: pictures of a character become
tokens that every frame attends to beside the words (arXiv 2308.06721). Its motion is learnt for
sixteen frames at a time; longer takes slide that window over shuffled noise (FreeNoise, arXiv
2310.15169). One family in one file, made along docs/add_a_model.md.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AnimateDiffPipeline, AutoencoderKL, DDIMScheduler, MotionAdapter
from diffusers.models.attention_processor import (
    IPAdapterAttnProcessor,
    IPAdapterAttnProcessor2_0,
    IPAdapterXFormersAttnProcessor,
)
from PIL import Image

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1
from farm.shots.request import Request
from farm.task import Progress
from functions.hdr.bands import open_reading
from functions.models.base import CallSheet, Pixels, State, Steps
from functions.models.diffusion import latents as kept
from functions.models.diffusion.latents import Array, Latents, Piece
from functions.models.diffusion.loading import Build, Loaded, load
from functions.models.diffusion.pictures import middle
from functions.models.diffusion.steps import Denoising, denoise, using
from functions.models.weights import fetch, folder_of
from functions.upscalers import UPSCALERS

CELL = 64
"""Width and height are whole numbers of these."""

WINDOW, STRIDE = 16, 4
"""Frames that the motion was learnt on, and how far the window slides in a longer take."""

NEGATIVE = "bad quality, worse quality, blurred, deformed, watermark, text"
REFERENCES = "references"
ADAPTERS = (IPAdapterAttnProcessor, IPAdapterAttnProcessor2_0, IPAdapterXFormersAttnProcessor)


def open_animatediff(sheet: CallSheet) -> "AnimateDiff":
    """Open the family for a task; its weights are loaded by whoever needs them first."""
    return AnimateDiff(sheet)


class AnimateDiff:
    """A still-image model with a motion adapter, and an IP-adapter where a cast has pictures."""

    colorspace = ACES2065_1

    def __init__(self, sheet: CallSheet) -> None:
        self._sheet = sheet
        self._card = sheet.card

    def draft(self, request: Request, *, seed: int) -> Steps[State]:
        """Turn a request and a seed into one take, with the cast as its pictures show it."""
        for name in self._card.weights if request.references else ("base", "motion"):
            yield from fetch(self._card, name)
        yield Progress(done=0, total=1, note="loads the model")
        loaded = self._loaded()
        pictures = [_opened(self._sheet.files[one.file]) for one in request.references]
        blank = _blank(self._card.name, request, seed)
        with self._wearing(loaded, pictures), _sliding(loaded.pipe, request.frames):
            video = yield from self._call(loaded, blank, request.frames, pictures)
        made = replace(blank, frames=request.frames, pieces=(Piece(first=0, own=0, video=video),))
        return made.state({}, facts=_facts(loaded, blank.words, pictures))

    def extend(  # the protocol's, all of it
        self,
        state: State,  # noqa: ARG002
        *,
        frames: int,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        request: Request | None = None,  # noqa: ARG002
    ) -> State:
        """Refuse: its card says that it cannot, so that nobody asks."""
        raise TaskError(f"{self._card.name} extends nothing", hint="ask for a longer take")

    def loop(self, state: State) -> State:  # noqa: ARG002  # the protocol's
        """Refuse: its card says that it cannot, so that nobody asks."""
        raise TaskError(f"{self._card.name} makes no loops", hint="loop: is not on its card")

    def render(
        self, state: State, frames: FrameRange, *, size: tuple[int, int]
    ) -> Iterator[Pixels]:
        """Yield each frame as ACES2065-1, enlarged by the card's upscaler."""
        latents = kept.read(state, self._card.name)
        loaded = self._loaded()
        light = open_reading(self._card.reading, threads=self._sheet.threads)
        upscaler = UPSCALERS.get(self._card.upscaler)(self._card)
        own = slice(frames.first, frames.last + 1)
        with using(loaded):
            decoded = _decode(loaded, latents.pieces[0].video[:, :, own])
        codes = np.stack([middle(frame, latents.picture) for frame in decoded])
        if upscaler.light == "linear":
            yield from upscaler.enlarge(np.stack([light(frame) for frame in codes]), size=size)
        else:
            yield from map(light, upscaler.enlarge(codes, size=size))

    def _loaded(self) -> Loaded:
        return load(self._card, folder_of(self._card), _builder(folder_of(self._card, "motion")))

    def _call(
        self, loaded: Loaded, like: Latents, frames: int, pictures: Sequence[Image.Image]
    ) -> Steps[Array]:
        """Denoise a take; return latents as the autoencoder decodes them."""
        pipe, dials = loaded.pipe, self._card.dials
        pipe.scheduler = _scheduler()
        how = Denoising(
            total=int(dials["steps"]),
            checkpoints=self._sheet.checkpoints,
            blank=_no_blank,
            drafting=True,
        )
        (video,) = yield from denoise(
            loaded,
            pipe,
            how,
            prompt=like.words,
            negative_prompt=NEGATIVE,
            width=like.size[0],
            height=like.size[1],
            num_frames=frames,
            num_inference_steps=how.total,
            guidance_scale=dials["guidance"],
            generator=loaded.noise(like.seed),
            ip_adapter_image=[list(pictures)] if pictures else None,
            output_type="latent",
            return_dict=False,
        )
        scaled = video.float() / pipe.vae.config.scaling_factor
        latents: Array = scaled.detach().cpu().numpy()
        return latents

    @contextlib.contextmanager
    def _wearing(self, loaded: Loaded, pictures: Sequence[Image.Image]) -> Iterator[None]:
        """Have the IP-adapter in the model for one take, and the model as it was after it."""
        if not pictures:
            yield
            return
        pipe, folder = loaded.pipe, folder_of(self._card, REFERENCES)
        (weights,) = sorted(folder.rglob("ip-adapter*.safetensors"))
        pipe.load_ip_adapter(
            str(folder),
            subfolder=str(weights.parent.relative_to(folder)),
            weight_name=weights.name,
            local_files_only=True,
        )
        pipe.image_encoder.to(loaded.device)
        pipe.set_ip_adapter_scale(self._card.dials["reference_scale"])
        try:
            if not _layers(pipe):
                raise TaskError(f"the IP-adapter {weights.name} reaches no layer of this model")
            yield
        finally:
            pipe.unload_ip_adapter()


@contextlib.contextmanager
def _sliding(pipe: Any, frames: int) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    """Let the window of motion slide over a take that is longer than it."""
    if frames <= WINDOW:
        yield
        return
    pipe.enable_free_noise(context_length=WINDOW, context_stride=STRIDE)
    try:
        yield
    finally:
        pipe.disable_free_noise()


@cache
def _builder(motion: Path) -> Build:
    """Return the one way to build with a motion adapter: the same, so that it is built once."""
    return partial(_build, motion=motion)


def _build(folder: Path, dtype: torch.dtype, *, motion: Path) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Load the base and its motion; the autoencoder stays in float32, as it was trained."""
    adapter = MotionAdapter.from_pretrained(str(motion), dtype=dtype, local_files_only=True)
    vae = AutoencoderKL.from_pretrained(
        str(folder), subfolder="vae", dtype=torch.float32, local_files_only=True
    )
    pipe: Any = AnimateDiffPipeline.from_pretrained(
        str(folder), motion_adapter=adapter, vae=vae, feature_extractor=None, dtype=dtype,
        local_files_only=True,
    )  # fmt: skip
    for module in pipe.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    return pipe


def _scheduler() -> Any:  # noqa: ANN401  # diffusers carries no types
    """Make the scheduler that the motion was learnt with, fresh for a call."""
    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="linear", clip_sample=False,
        steps_offset=1, timestep_spacing="linspace",
    )  # fmt: skip


def _layers(pipe: Any) -> int:  # noqa: ANN401  # diffusers carries no types
    """Count the layers that attend to the pictures."""
    return sum(isinstance(one, ADAPTERS) for one in pipe.unet.attn_processors.values())


def _words_of(request: Request) -> str:
    """Write a request in few words, for it reads 77 tokens: the cast, what happens, the camera."""
    cast = (f"{name.replace('_', ' ')}, {description}" for name, description in request.cast)
    moves = (f"camera {move.replace('_', ' ')}" for move in request.camera.moves)
    return ", ".join([request.prompt.rstrip(". "), *cast, *moves])


def _facts(loaded: Loaded, words: str, pictures: Sequence[Image.Image]) -> dict[str, Plain]:
    """Tell which words were past what it reads, and how many layers saw how many pictures."""
    tokenizer = loaded.pipe.tokenizer
    read = tokenizer(words).input_ids
    past = read[tokenizer.model_max_length - 1 : -1]
    unread = {"unread": tokenizer.decode(past)} if past else {}
    return {**unread, "pictures_of_the_cast": len(pictures)}


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


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def _decode(loaded: Loaded, video: Array) -> Array:
    """Decode latents, frame by frame, to (frames, height, width, 3) of display codes, 0 to 1."""
    vae = loaded.pipe.vae
    frames = torch.from_numpy(np.ascontiguousarray(video[0].swapaxes(0, 1)))
    shown = [vae.decode(one[None].to(loaded.device, vae.dtype)).sample[0] for one in frames]
    codes = (torch.stack(shown).float() / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)
    decoded: Array = codes.cpu().numpy()
    return decoded


def _no_blank(_: object) -> object:
    raise TaskError("its steps cannot be passed over", hint="take checkpoint_steps off the card")

"""LTX-2's pipelines as diffusers has them, loaded from one folder of weights."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    LTX2ConditionPipeline,
    LTX2HDRPipeline,
    LTX2InContextPipeline,
    LTX2LatentUpsamplePipeline,
)
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from diffusers.pipelines.ltx2.pipeline_ltx2_hdr_lora import LTX2HDRReferenceCondition
from diffusers.pipelines.ltx2.pipeline_ltx2_ic_lora import LTX2ReferenceCondition
from diffusers.video_processor import VideoProcessor
from numpy.typing import NDArray
from PIL import Image

from farm.errors import TaskError
from functions.models.diffusion.decoded import codes_of
from functions.models.diffusion.loading import Loaded
from functions.models.ltx.controls import Control

UPSAMPLER = "latent_upsampler"
LEFT_OUT = ("text_encoder", "processor", "prompt_enhancer")
AS_IT_IS = 0
"""No H.264 before a picture is encoded: its bits would depend on a codec's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Frames that the footage must show from frame `at` on: (frames, height, width, 3), 0..255."""

    at: int
    frames: NDArray[np.uint8]
    strength: float = 1.0


class Exactly:
    """Conditions at any frame, not only where a latent begins.

    What is pinned past frame 0 is appended as tokens of its own, with a position in time that is a
    real number: so it need not be that of a latent. This stands in for the method of a pipeline
    that computes it, and is told beforehand what comes.
    """

    def __init__(self, own: Callable[..., torch.Tensor]) -> None:
        self._own = own
        self.expected: list[int] = []

    def __call__(self, **given: Any) -> torch.Tensor:  # noqa: ANN401  # passed on as they come
        """Compute the coordinates of the next thing that is pinned."""
        return self._own(**{**given, "pixel_frame_idx": self.expected.pop(0)})


def build(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Load the family from a folder; the distilled sigmas are used exactly as they stand.

    The text encoder is left on the disk: with it, little would be left of a GPU of 80 GB, and most
    tasks are given words that are encoded already.
    """
    load: Any = LTX2ConditionPipeline  # diffusers carries no types
    pipe = load.from_pretrained(
        str(folder), dtype=dtype, local_files_only=True, **dict.fromkeys(LEFT_OUT)
    )
    pipe._prepare_keyframe_coords = Exactly(pipe._prepare_keyframe_coords)  # noqa: SLF001  # it has no other door
    schedule: Any = FlowMatchEulerDiscreteScheduler  # the same
    pipe.scheduler = schedule.from_config(
        pipe.scheduler.config, use_dynamic_shifting=False, shift_terminal=None, shift=1.0
    )
    for module in pipe.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    return pipe


@contextlib.contextmanager
def reading(pipe: Any, folder: Path, device: torch.device, dtype: torch.dtype) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    """Have the text encoder in memory for as long as words are encoded."""
    library, name = json.loads((folder / "model_index.json").read_text("utf-8"))["text_encoder"]
    encoder = getattr(import_module(library), name).from_pretrained(
        folder / "text_encoder", dtype=dtype, local_files_only=True
    )
    pipe.register_modules(text_encoder=encoder.eval().to(device))
    try:
        yield
    finally:
        pipe.register_modules(text_encoder=None)
        del encoder
        if device.type == "cuda":
            torch.cuda.empty_cache()


def upsampler(folder: Path, pipe: Any, device: torch.device, dtype: torch.dtype) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Load the latent upsampler; it shares the autoencoder's statistics with the pipeline."""
    model = LTX2LatentUpsamplerModel.from_pretrained(
        str(folder), subfolder=UPSAMPLER, dtype=dtype, local_files_only=True
    )
    make: Any = LTX2LatentUpsamplePipeline  # diffusers carries no types
    pipe = make(vae=pipe.vae, latent_upsampler=model.eval().to(device))
    pipe.set_progress_bar_config(disable=True)
    return pipe


class AsGiven(VideoProcessor):
    """A video processor that leaves alone what lies on the model's grid already, -1 to 1."""

    def preprocess_video(self, video: Any, *_: Any, **__: Any) -> torch.Tensor:  # noqa: ANN401  # diffusers carries no types
        """Return the pictures as (1, channels, frames, height, width)."""
        taken: torch.Tensor = video
        return taken


def following_mode(loaded: Loaded) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Serve the mode that follows a video, from the same copy of the weights."""
    pipe = loaded.as_(LTX2InContextPipeline)
    pipe._prepare_keyframe_coords = Exactly(pipe._prepare_keyframe_coords)  # noqa: SLF001  # see `build`
    pipe.video_processor = AsGiven(vae_scale_factor=pipe.vae_spatial_compression_ratio)
    return pipe


def followed(
    pipe: Any,  # noqa: ANN401  # diffusers carries no types
    control: Control,
    *,
    frames: int,
    factor: int,
) -> tuple[dict[str, Any], int]:
    """Write down what is to be followed, `factor` times smaller, and how many tokens that makes.

    Where the size is no multiple of the factor, black is added below and to the right, past the
    footage's own edge: so everything lies where it lies in the footage.
    """
    cell = pipe.vae_spatial_compression_ratio
    count, height, width = control.pictures.shape[:3]
    rows, columns = (-(-edge // (cell * factor)) for edge in (height, width))
    spare = ((0, 0), (0, rows * cell * factor - height), (0, columns * cell * factor - width))
    pictures = np.pad(control.pictures[:frames], (*spare, (0, 0)))
    small = np.stack([
        cv2.resize(picture, (columns * cell, rows * cell), interpolation=cv2.INTER_AREA)
        for picture in pictures
    ])  # fmt: skip
    held = np.pad(small, ((0, max(0, frames - count)), *3 * ((0, 0),)), mode="edge")
    video = torch.from_numpy(held).permute(3, 0, 1, 2)[None].float() / 127.5 - 1
    given = {
        "reference_conditions": [LTX2ReferenceCondition(frames=video, strength=control.share)],
        "reference_downscale_factor": factor,
    }
    length = (frames - 1) // pipe.vae_temporal_compression_ratio + 1
    return given, length * rows * columns


@contextlib.contextmanager
def reaching(pipe: Any, tokens: int) -> Iterator[None]:  # noqa: ANN401  # diffusers carries no types
    """See that what is to be followed reaches the transformer; raises TaskError if it does not."""
    module, reached = pipe.transformer, [0]
    own = module.forward

    def counting(*args: Any, **call: Any) -> Any:  # noqa: ANN401  # passed on as they come
        reached[0] += int(call["hidden_states"].shape[1] >= tokens + _own_tokens(call))
        return own(*args, **call)

    module.forward = counting
    try:
        yield
    finally:
        module.forward = own
    if not reached[0]:
        raise TaskError("what the shot is to follow never reached the model")


def _own_tokens(call: Mapping[str, Any]) -> int:
    return int(call["num_frames"]) * int(call["height"]) * int(call["width"])


def hdr_mode(loaded: Loaded) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Serve the mode that relights a video, from the same copy of the weights."""
    return loaded.as_(LTX2HDRPipeline)


def reference(frames: NDArray[np.uint8]) -> LTX2HDRReferenceCondition:
    """Write down a video that is to be relit."""
    return LTX2HDRReferenceCondition(frames=[Image.fromarray(frame) for frame in frames])


def conditions(pipe: Any, pinned: Sequence[Pinned]) -> list[LTX2VideoCondition]:  # noqa: ANN401  # diffusers carries no types
    """Write down what is pinned as the pipeline wants it, and note where for its coordinates."""
    pipe._prepare_keyframe_coords.expected = [one.at for one in pinned if one.at > 0]  # noqa: SLF001  # ours, see `build`
    ratio = pipe.vae_temporal_compression_ratio
    return [
        LTX2VideoCondition(
            frames=one.frames,
            index=0 if one.at == 0 else max(1, -(-one.at // ratio)),
            strength=one.strength,
            crf=AS_IT_IS,
        )
        for one in pinned
    ]


def blank(call: Mapping[str, Any]) -> object:
    """Return what the transformer does, in shape, for a step that is passed over."""
    return torch.zeros_like(call["hidden_states"]), torch.zeros_like(call["audio_hidden_states"])


def noised_video(
    pipe: Any,  # noqa: ANN401  # diffusers carries no types
    video: torch.Tensor,
    sigma: float,
    noise: torch.Generator,
) -> torch.Tensor:
    """Lay noise of a level on denormalised latents, as one field over all of them."""
    mean, std, scale = pipe.vae.latents_mean, pipe.vae.latents_std, pipe.vae.config.scaling_factor
    plain = pipe._normalize_latents(video, mean, std, scale)  # noqa: SLF001  # the only door
    field = torch.randn(plain.shape, generator=noise).to(plain.device)
    noised = sigma * field + (1 - sigma) * plain
    return pipe._denormalize_latents(noised, mean, std, scale)  # type: ignore[no-any-return]  # noqa: SLF001  # the same


def noised_audio(
    pipe: Any,  # noqa: ANN401  # diffusers carries no types
    audio: torch.Tensor,
    sigma: float,
    noise: torch.Generator,
) -> torch.Tensor:
    """Lay noise of a level on the sound, so that every tile hears the same."""
    mean, std = pipe.audio_vae.latents_mean, pipe.audio_vae.latents_std
    packed = pipe._pack_audio_latents(audio)  # noqa: SLF001  # the only door
    plain = pipe._normalize_audio_latents(packed, mean, std)  # noqa: SLF001  # the same
    field = torch.randn(plain.shape, generator=noise).to(plain.device)
    noised = pipe._denormalize_audio_latents(sigma * field + (1 - sigma) * plain, mean, std)  # noqa: SLF001  # the same
    return pipe._unpack_audio_latents(noised, audio.shape[2], audio.shape[3])  # type: ignore[no-any-return]  # noqa: SLF001  # the same


def decode(pipe: Any, video: torch.Tensor) -> NDArray[np.float32]:  # noqa: ANN401  # diffusers carries no types
    """Decode denormalised latents to (frames, height, width, 3) of display codes, 0 to 1."""
    vae = pipe.vae
    timestep = None
    if vae.config.timestep_conditioning:
        timestep = torch.zeros(len(video), device=video.device, dtype=vae.dtype)
    return codes_of(vae.decode(video.to(vae.dtype), timestep, return_dict=False)[0])


def encode(pipe: Any, frames: NDArray[np.uint8]) -> torch.Tensor:  # noqa: ANN401  # diffusers carries no types
    """Encode (frames, height, width, 3) of display codes, 0..255, to denormalised latents."""
    pixels = torch.from_numpy(frames.copy()).to(pipe.vae.device, torch.float32) / 127.5 - 1
    video = pixels.permute(3, 0, 1, 2)[None].to(pipe.vae.dtype)
    latents: torch.Tensor = pipe.vae.encode(video).latent_dist.mode()
    return latents.float()


def hear(pipe: Any, audio: torch.Tensor) -> tuple[NDArray[np.float32], int]:  # noqa: ANN401  # diffusers carries no types
    """Decode sound to samples of -1 to 1, (samples, channels), and how many a second."""
    mel = pipe.audio_vae.decode(audio.to(pipe.audio_vae.dtype), return_dict=False)[0]
    wave: NDArray[np.float32] = pipe.vocoder(mel)[0].float().cpu().numpy()
    return wave.T, int(pipe.vocoder.config.output_sampling_rate)


def sound_length(pipe: Any, seconds: float) -> int:  # noqa: ANN401  # diffusers carries no types
    """Count the moments of sound that go with footage of so many seconds."""
    rate = float(pipe.audio_sampling_rate / pipe.audio_hop_length)
    return round(seconds * rate / int(pipe.audio_vae_temporal_compression_ratio))

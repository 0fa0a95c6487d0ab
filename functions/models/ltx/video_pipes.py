"""LTX-Video's pipelines as diffusers has them, loaded from one folder of weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    LTXConditionPipeline,
    LTXLatentUpsamplePipeline,
)
from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image

from functions.models.diffusion.decoded import codes_of
from functions.models.diffusion.latents import Array
from functions.models.diffusion.loading import Loaded
from functions.models.diffusion.pictures import Codes

UPSAMPLER = "latent_upsampler"
DECODER_SEED = 0
WORDS = 256
"""Tokens that the model reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Frames that the footage must show from frame `at` on: (frames, height, width, 3), 0..255."""

    at: int
    frames: Codes


class Beginning:
    """Begin with latents that lie under noise already, where the pipeline would draw its own.

    This stands in for the method of a pipeline that prepares latents, and is told beforehand what
    to begin with. What is pinned in place stays as it is.
    """

    def __init__(self, pipe: Any) -> None:  # noqa: ANN401  # diffusers carries no types
        self._pipe = pipe
        self._own: Callable[..., Any] = pipe.prepare_latents
        self.noised: torch.Tensor | None = None

    def __call__(self, *args: Any, **given: Any) -> Any:  # noqa: ANN401  # passed on as they come
        """Prepare latents, and put in those that were given."""
        latents, mask, places, extra = self._own(*args, **given)
        if self.noised is not None:
            begun = self._pipe._pack_latents(self.noised.to(latents))  # noqa: SLF001  # the only door
            if mask is not None:
                begun = torch.where(mask[:, extra:, None] > 0, latents[:, extra:], begun)
            latents = torch.cat([latents[:, :extra], begun], dim=1)
        return latents, mask, places, extra


def build(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Load the family from a folder; the distilled timesteps are used exactly as they stand."""
    load: Any = LTXConditionPipeline  # diffusers carries no types
    pipe = load.from_pretrained(str(folder), dtype=dtype, local_files_only=True)
    schedule: Any = FlowMatchEulerDiscreteScheduler  # the same
    pipe.scheduler = schedule.from_config(
        pipe.scheduler.config, use_dynamic_shifting=False, shift_terminal=None, shift=1.0
    )
    for module in pipe.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    pipe.prepare_latents = Beginning(pipe)
    return pipe


def upsampler(folder: Path, loaded: Loaded) -> Any:  # noqa: ANN401  # diffusers carries no types
    """Load the latent upsampler; it shares the autoencoder with the pipeline."""
    model = LTXLatentUpsamplerModel.from_pretrained(
        str(folder), subfolder=UPSAMPLER, dtype=loaded.dtype, local_files_only=True
    )
    make: Any = LTXLatentUpsamplePipeline  # diffusers carries no types
    pipe = make(vae=loaded.pipe.vae, latent_upsampler=model.eval().to(loaded.device))
    pipe.set_progress_bar_config(disable=True)
    return pipe


def conditions(pinned: Sequence[Pinned]) -> list[LTXVideoCondition] | None:
    """Write down what is pinned as the pipeline wants it."""
    return [_condition(one) for one in pinned] or None


def _condition(one: Pinned) -> LTXVideoCondition:
    pictures = [Image.fromarray(frame) for frame in one.frames]
    if len(pictures) == 1:
        return LTXVideoCondition(image=pictures[0], frame_index=one.at)
    return LTXVideoCondition(video=pictures, frame_index=one.at)


def blank(call: Mapping[str, Any]) -> object:
    """Return what the transformer does, in shape, for a step that is passed over."""
    return (torch.zeros_like(call["hidden_states"]),)


def noised(plain: torch.Tensor, sigma: float, noise: torch.Generator) -> torch.Tensor:
    """Lay noise of a level on normalised latents, as one field over all of them."""
    field = torch.randn(plain.shape, generator=noise).to(plain.device)
    return sigma * field + (1 - sigma) * plain


def plain(loaded: Loaded, video: Array) -> torch.Tensor:
    """Put latents on the device, normalised as the transformer sees them."""
    mean, std, scale = _statistics(loaded)
    latents = torch.from_numpy(video.copy()).to(loaded.device)
    return loaded.pipe._normalize_latents(latents, mean, std, scale)  # type: ignore[no-any-return]  # noqa: SLF001  # the only door


def raw(loaded: Loaded, latents: torch.Tensor) -> Array:
    """Take normalised latents from the device, denormalised as they are kept."""
    mean, std, scale = _statistics(loaded)
    return array(loaded.pipe._denormalize_latents(latents.float(), mean, std, scale))  # noqa: SLF001  # the same


def decode(loaded: Loaded, video: Array, *, dials: Mapping[str, float]) -> Array:
    """Decode denormalised latents to (frames, height, width, 3) of display codes, 0 to 1.

    The decoder takes the last of the noise away itself, where it was trained to; that noise is
    always the same, so that frames stay what they are when others follow.
    """
    vae, timestep = loaded.pipe.vae, None
    latents = torch.from_numpy(video.copy()).to(loaded.device)
    if vae.config.timestep_conditioning:
        share = dials["decode_noise"]
        field = torch.randn(latents.shape, generator=loaded.noise(DECODER_SEED)).to(loaded.device)
        latents = (1 - share) * latents + share * field
        timestep = torch.tensor([dials["decode_timestep"]], device=loaded.device, dtype=vae.dtype)
    return codes_of(vae.decode(latents.to(vae.dtype), timestep, return_dict=False)[0])


def encode(loaded: Loaded, frames: Codes) -> Array:
    """Encode (frames, height, width, 3) of display codes, 0..255, to denormalised latents."""
    vae = loaded.pipe.vae
    pixels = torch.from_numpy(frames.copy()).to(loaded.device, torch.float32) / 127.5 - 1
    video = pixels.permute(3, 0, 1, 2)[None].to(vae.dtype)
    return array(vae.encode(video).latent_dist.mode())


def array(values: torch.Tensor) -> Array:
    """Take a tensor from the model's device."""
    kept: Array = values.detach().float().cpu().numpy().astype(np.float32)
    return kept


def _statistics(loaded: Loaded) -> tuple[Any, Any, float]:
    vae = loaded.pipe.vae
    return vae.latents_mean, vae.latents_std, float(vae.config.scaling_factor)

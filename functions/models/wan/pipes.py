"""Wan's pipelines as diffusers has them: one autoencoder and one reader of words serve them all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
    WanVideoToVideoPipeline,
)
from numpy.typing import NDArray
from PIL import Image

from farm.digest import digest_bytes
from farm.errors import TaskError
from functions.models.diffusion.adapters import adds, layers_of
from functions.models.diffusion.decoded import codes_of

Codes = NDArray[np.uint8]
Pipe: TypeAlias = Any  # a pipeline of diffusers, whose classes carry no types

FEW = "few_steps"
NOTHING_LEARNT = "was it trained at all? all that it adds is zero"
NO_LAYER = "was it made for this very model? see the names of its weights"
GREY = 128
"""What VACE was trained to see where it is to paint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """Frames that the footage must show from frame `at` on: (frames, height, width, 3), 0..255."""

    at: int
    frames: Codes


def build(folder: Path, dtype: torch.dtype) -> Pipe:
    """Load the family's base from a folder; its autoencoder stays in float32, as it was trained."""
    vae = AutoencoderKLWan.from_pretrained(
        str(folder), subfolder="vae", dtype=torch.float32, local_files_only=True
    )
    pipe = WanPipeline.from_pretrained(str(folder), vae=vae, dtype=dtype, local_files_only=True)
    for module in pipe.components.values():
        if isinstance(module, torch.nn.Module):
            module.eval()
    return pipe


def shifted(pipe: Pipe, shift: float) -> None:
    """Give a pipeline a scheduler of its own, fresh, with the card's shift of the noise levels."""
    pipe.scheduler = UniPCMultistepScheduler(
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        num_train_timesteps=1000,
        flow_shift=shift,
    )


def add_few_steps(pipe: Pipe, folder: Path) -> str:
    """Load the LoRA that makes drafts in few steps; return its adapter, which is off until asked.

    Where there are two experts, there is a file for each: high noise composes, low noise details.
    """
    name = f"{FEW}_{digest_bytes(str(folder).encode())[:16]}"
    for path in sorted(folder.rglob("*.safetensors")):
        to_detail = {"load_into_transformer_2": True} if "low_noise" in path.name else {}
        pipe.load_lora_weights(
            str(path.parent), weight_name=path.name, adapter_name=name, **to_detail
        )
    pipe.disable_lora()
    return name


def adapters(pipe: Pipe, wanted: Mapping[str, float]) -> None:
    """Switch on exactly these adapters, each with its weight.

    Raises TaskError for one that no layer took, for its names were not this model's, and for one
    that adds nothing to them.
    """
    loaded = {name for names in pipe.get_list_adapters().values() for name in names}
    if missing := set(wanted) - loaded:
        raise TaskError(f"the adapter {min(missing)} changes no layer of this model", hint=NO_LAYER)
    if not loaded:
        return
    if not wanted:
        pipe.disable_lora()
        return
    pipe.enable_lora()
    pipe.set_adapters(list(wanted), list(wanted.values()))
    for name in wanted:
        if not layers_of(pipe, name):
            raise TaskError(f"the adapter {name} changes no layer of this model", hint=NO_LAYER)
        if not adds(pipe, name):
            raise TaskError(f"the adapter {name} adds nothing to this model", hint=NOTHING_LEARNT)


def _transformers(kind: Any, folder: Path, dtype: torch.dtype) -> dict[str, Any]:  # noqa: ANN401  # diffusers carries no types
    """Load a mode's own transformers: one, or one for each half of the noise."""
    return {
        name: kind.from_pretrained(
            str(folder), subfolder=name, dtype=dtype, local_files_only=True
        ).eval()
        for name in ("transformer", "transformer_2")
        if (folder / name).is_dir()
    }


def image_mode(pipe: Pipe, folder: Path, dtype: torch.dtype) -> Pipe:
    """Open first and last frames: transformers of its own, all else shared."""
    parts = _transformers(WanTransformer3DModel, folder, dtype)
    made: Any = WanImageToVideoPipeline(
        tokenizer=pipe.tokenizer, text_encoder=pipe.text_encoder, vae=pipe.vae,
        scheduler=pipe.scheduler, image_processor=None, image_encoder=None,
        boundary_ratio=_boundary(folder), **{"transformer_2": None, **parts},
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made


def vace_mode(pipe: Pipe, folder: Path, dtype: torch.dtype) -> Pipe:
    """Open VACE: frames kept anywhere, masks, references; a transformer of its own."""
    parts = _transformers(WanVACETransformer3DModel, folder, dtype)
    made: Any = WanVACEPipeline(
        tokenizer=pipe.tokenizer, text_encoder=pipe.text_encoder, vae=pipe.vae,
        scheduler=pipe.scheduler, boundary_ratio=_boundary(folder),
        **{"transformer_2": None, **parts},
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made


def video_mode(pipe: Pipe) -> Pipe:
    """Open video to video on the base's weights; where there are two experts, on that of detail."""
    made: Any = WanVideoToVideoPipeline(
        tokenizer=pipe.tokenizer,
        text_encoder=pipe.text_encoder,
        vae=pipe.vae,
        scheduler=pipe.scheduler,
        transformer=pipe.transformer_2 or pipe.transformer,
    )
    made.set_progress_bar_config(disable=True)
    return made


def canvas(
    pinned: Sequence[Pinned],
    *,
    frames: int,
    size: tuple[int, int],
    anew: NDArray[np.bool_] | None = None,
) -> tuple[list[Image.Image], list[Image.Image]]:
    """Lay pinned frames on grey; return the pictures, and masks that are white where it paints.

    `anew`, (frames, height, width), says which parts of pinned frames it paints as well.
    """
    width, height = size
    pictures = np.full((frames, height, width, 3), GREY, np.uint8)
    masks = np.full((frames, height, width), 255, np.uint8)
    for one in pinned:
        end = min(one.at + len(one.frames), frames)
        pictures[one.at : end] = one.frames[: end - one.at]
        masks[one.at : end] = 0
    if anew is not None:
        pictures[anew], masks[anew] = GREY, 255
    return as_images(pictures), [Image.fromarray(mask) for mask in masks]


def as_images(frames: Codes) -> list[Image.Image]:
    """Turn (frames, height, width, 3) of codes into pictures, as pipelines take them."""
    return [Image.fromarray(frame) for frame in frames]


def blank(call: Mapping[str, Any]) -> object:
    """Return what the transformer does, in shape, for a step that is passed over."""
    hidden = call["hidden_states"]
    return (torch.zeros_like(hidden[:, : min(hidden.shape[1], 16)]),)


def denormalised(pipe: Pipe, latents: torch.Tensor) -> torch.Tensor:
    """Turn what a pipeline denoises into what its autoencoder decodes."""
    mean, std = _statistics(pipe, latents)
    return latents.float() * std + mean


def normalised(pipe: Pipe, latents: torch.Tensor) -> torch.Tensor:
    """Turn what an autoencoder encoded into what a pipeline denoises."""
    mean, std = _statistics(pipe, latents)
    return (latents.float() - mean) / std


def decode(pipe: Pipe, latents: torch.Tensor) -> NDArray[np.float32]:
    """Decode denormalised latents to (frames, height, width, 3) of display codes, 0 to 1."""
    return codes_of(pipe.vae.decode(latents.to(pipe.vae.dtype), return_dict=False)[0])


def encode(pipe: Pipe, frames: NDArray[np.float32]) -> torch.Tensor:
    """Encode (frames, height, width, 3) of display codes, 0 to 1, to denormalised latents."""
    pixels = torch.from_numpy(np.ascontiguousarray(frames)).to(pipe.vae.device) * 2 - 1
    video = pixels.permute(3, 0, 1, 2)[None].to(pipe.vae.dtype)
    latents: torch.Tensor = pipe.vae.encode(video).latent_dist.mode()
    return latents.float()


def _statistics(pipe: Pipe, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    config = pipe.vae.config
    shape = (1, config.z_dim, 1, 1, 1)
    mean = torch.tensor(config.latents_mean, device=like.device).view(shape)
    return mean, torch.tensor(config.latents_std, device=like.device).view(shape)


def _boundary(folder: Path) -> float | None:
    """Read where the two experts of a folder's pipeline take turns, if it has two."""
    index = folder / "model_index.json"
    if not index.is_file():
        return None
    ratio = json.loads(index.read_text("utf-8")).get("boundary_ratio")
    return None if ratio is None else float(ratio)

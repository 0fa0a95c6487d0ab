"""Kandinsky 6 super-resolution: a diffusion model that paints detail, tile by tile, over a clip."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from farm.cards.card import Card
from functions.models.weights import folder_of
from functions.upscalers.base import Frames, Size, Upscaler
from functions.upscalers.fitting import enlarged

SCALES = (2.0, 2.25, 4.0)
STEPS = 2
"""Evaluations a tile: what the distilled checkpoint was made for."""

NOISE = 0.7
SEED = 0
"""The noise of every clip: an upscaler has no takes."""


class Kandinsky:
    """`Kandinsky6SRPipeline`, at the smallest of its scales that reaches the size."""

    light: Literal["linear", "display"] = "display"
    reach = -1

    def __init__(self, pipe: Any, *, steps: int = STEPS) -> None:  # noqa: ANN401  # diffusers' pipelines share no type
        self._pipe = pipe
        self._steps = steps

    def enlarge(self, frames: Frames, *, size: Size) -> Iterator[NDArray[np.float32]]:
        """Yield each frame at `size`; what the scale overshoots is shrunk by area.

        The pipeline wants 4k + 1 frames: the last one is repeated, and dropped again.
        """
        import torch  # noqa: PLC0415  # heavy

        count, height, width = frames.shape[:3]
        scale = scale_for((width, height), size)
        padded = np.concatenate([frames, np.repeat(frames[-1:], -(count - 1) % 4, axis=0)])
        with torch.inference_mode():
            made = self._pipe(
                video=padded[None],
                resolution_scale=scale,
                num_inference_steps=self._steps,
                lq_noise_scale=NOISE,
                generator=torch.Generator("cpu").manual_seed(SEED),
                output_type="np",
            ).frames
        for frame in np.asarray(made, np.float32)[0][:count]:
            yield enlarged(np.ascontiguousarray(frame), size)


def scale_for(size: Size, target: Size) -> float:
    """Choose the smallest scale that reaches a size, or the largest there is."""
    wanted = max(target[0] / size[0], target[1] / size[1])
    return next((scale for scale in SCALES if scale >= wanted), SCALES[-1])


def open_kandinsky(card: Card) -> Upscaler:
    """Open the upscaler with the card's weights `upscaler`, once for all tasks of the worker."""
    return Kandinsky(_loaded(folder_of(card, "upscaler")))


@cache
def _loaded(folder: Path) -> Any:  # noqa: ANN401  # diffusers' pipelines share no type
    import torch  # noqa: PLC0415  # heavy
    from diffusers import Kandinsky6SRPipeline  # noqa: PLC0415  # heavy

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    pipe: Any = Kandinsky6SRPipeline.from_pretrained(folder, dtype=dtype, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)

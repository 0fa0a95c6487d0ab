"""The latent upsampler: a small network that doubles a clip between an encoder and a decoder.

LTX-Video's spatial upscaler, as diffusers has it (`LTXLatentUpsamplePipeline`). It takes a whole
clip and doubles it as often as the size asks.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from farm.cards.card import Card
from functions.models.weights import folder_of
from functions.upscalers.base import Frames, Size, Upscaler
from functions.upscalers.fitting import enlarged

CELL = 32
SPAN = 8
"""What the autoencoder folds together: 32 pixels each way, 8 frames after the first."""


class Latent:
    """Encode, double, decode; as often as it takes to reach the size, which is then fitted."""

    light: Literal["linear", "display"] = "display"
    reach = -1

    def __init__(self, pipe: Any) -> None:  # noqa: ANN401  # diffusers' pipelines share no type
        self._pipe = pipe

    def enlarge(self, frames: Frames, *, size: Size) -> Iterator[NDArray[np.float32]]:
        """Yield each frame at `size`; edges and the last frame are held to fill the grid."""
        count, height, width = frames.shape[:3]
        made, factor = _held(frames), 1
        while factor * width < size[0] or factor * height < size[1]:
            made, factor = self._doubled(made), 2 * factor
        for frame in made[:count, : factor * height, : factor * width]:
            yield enlarged(np.ascontiguousarray(frame), size)

    def _doubled(self, frames: Frames) -> Frames:
        import torch  # noqa: PLC0415  # heavy

        with torch.inference_mode():
            made = self._pipe(
                video=[Image.fromarray(np.rint(frame * 255).astype(np.uint8)) for frame in frames],
                height=frames.shape[1],
                width=frames.shape[2],
                generator=torch.Generator("cpu").manual_seed(0),
                output_type="np",
            ).frames
        doubled: Frames = np.asarray(made, np.float32)[0]
        return doubled


def open_latent(card: Card) -> Upscaler:
    """Open the upsampler with the card's weights `upscaler`, once for all tasks of the worker."""
    return Latent(_loaded(folder_of(card, "upscaler")))


def _held(frames: Frames) -> Frames:
    """Repeat edges and the last frame until the autoencoder's grid is full."""
    count, height, width = frames.shape[:3]
    spare = (-(count - 1) % SPAN, -height % CELL, -width % CELL)
    return np.pad(frames, [*((0, one) for one in spare), (0, 0)], mode="edge")


@cache
def _loaded(folder: Path) -> Any:  # noqa: ANN401  # diffusers' pipelines share no type
    import torch  # noqa: PLC0415  # heavy
    from diffusers import LTXLatentUpsamplePipeline  # noqa: PLC0415  # heavy

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    pipe: Any = LTXLatentUpsamplePipeline.from_pretrained(
        folder, dtype=dtype, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)

"""Adapters (LoRA): loaded beside a model when first asked for, active for one call, and counted."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from peft.tuners.tuners_utils import BaseTunerLayer

from farm.errors import TaskError
from functions.models.diffusion.levers import denoisers
from functions.models.diffusion.loading import Loaded


@contextlib.contextmanager
def adapters(loaded: Loaded, wanted: Mapping[str, Path]) -> Iterator[None]:
    """Have adapters active, by name, from folders of one safetensors file each.

    Afterwards the model gives its own bits again: an adapter that is not active is passed by.
    Raises TaskError for one that no layer took.
    """
    if not wanted:
        yield
        return
    names = [name.replace(".", "_") for name in wanted]
    for name, folder in zip(names, wanted.values(), strict=True):
        loaded.beside(f"adapter {name}", lambda n=name, f=folder: _take(loaded.pipe, n, f))  # type: ignore[misc]  # the defaults bind, they are not asked for
    loaded.pipe.enable_lora()
    loaded.pipe.set_adapters(names, [1.0] * len(names))
    try:
        for name in names:
            if not layers_of(loaded.pipe, name):
                raise TaskError(f"the adapter {name} changes no layer of this model")
        yield
    finally:
        loaded.pipe.disable_lora()


def _take(pipe: Any, name: str, folder: Path) -> str:  # noqa: ANN401  # diffusers carries no types
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    if len(files) != 1:
        found = ", ".join(files) or "none"
        hint = "name the one file on the card, under `files`"
        raise TaskError(f"an adapter is one safetensors file; in {folder}: {found}", hint=hint)
    pipe.load_lora_weights(str(folder), weight_name=files[0], adapter_name=name)
    return name


def layers_of(pipe: Any, name: str) -> int:  # noqa: ANN401  # diffusers carries no types
    """Count the layers on which an adapter acts."""
    return sum(
        isinstance(layer, BaseTunerLayer) and name in layer.active_adapters
        for module in denoisers(pipe).values()
        for layer in module.modules()
    )

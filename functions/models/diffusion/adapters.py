"""Adapters (LoRA): loaded beside a model when first asked for, active for one call, and counted."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from peft.tuners.lora import LoraLayer
from safetensors import safe_open

from farm.digest import digest_bytes
from farm.errors import TaskError
from functions.models.diffusion.levers import denoisers
from functions.models.diffusion.loading import Loaded


@contextlib.contextmanager
def adapters(loaded: Loaded, wanted: Mapping[str, Path]) -> Iterator[None]:
    """Have adapters active, by name, from folders of one safetensors file each.

    Afterwards the model gives its own bits again: an adapter that is not active is passed by.
    Raises TaskError for one that no layer took, or that changes nothing where it acts.
    """
    if not wanted:
        yield
        return
    pipe = loaded.pipe
    try:
        names = [_take(loaded, name, folder) for name, folder in wanted.items()]
        pipe.enable_lora()
        pipe.set_adapters(names, [1.0] * len(names))
        for name in names:
            if not layers_of(pipe, name):
                raise TaskError(f"the adapter {name} acts on no layer of this model")
        yield
    finally:
        if any(pipe.get_list_adapters().values()):
            pipe.disable_lora()


def named_in(folder: Path, name: str) -> str | None:
    """Read what an adapter's own file says under a name, such as reference_downscale_factor."""
    with safe_open(_file(folder), "numpy") as file:
        said: dict[str, str] = file.metadata() or {}
    return said.get(name)


def _file(folder: Path) -> Path:
    files = sorted(path.name for path in folder.glob("*.safetensors"))
    if len(files) != 1:
        found = ", ".join(files) or "none"
        hint = "name the one file on the card, under `files`"
        raise TaskError(f"an adapter is one safetensors file; in {folder}: {found}", hint=hint)
    return folder / files[0]


def _take(loaded: Loaded, name: str, folder: Path) -> str:
    """Load an adapter unless it is there; two cards may call other adapters by the same name."""
    called = f"{name.replace('.', '_')}_{digest_bytes(str(folder.absolute()).encode())[:8]}"
    loaded.beside(f"adapter {called}", lambda: _load(loaded.pipe, called, _file(folder)))
    return called


def _load(pipe: Any, called: str, file: Path) -> str:  # noqa: ANN401  # diffusers carries no types
    pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=called)
    pipe.set_adapters([called])
    if not adds(pipe, called):
        pipe.delete_adapters([called])
        raise TaskError(f"the adapter {file.name} changes nothing in this model")
    return called


def adds(pipe: Any, name: str) -> bool:  # noqa: ANN401  # diffusers carries no types
    """Tell whether an active adapter adds anything to the layers on which it acts."""
    return any(bool(layer.lora_B[name].weight.any()) for layer in layers_of(pipe, name))


def layers_of(pipe: Any, name: str) -> list[Any]:  # noqa: ANN401  # the same
    """List the layers on which an adapter acts: it is active, and has weights there."""
    return [
        layer
        for module in denoisers(pipe).values()
        for layer in module.modules()
        if isinstance(layer, LoraLayer) and name in layer.active_adapters and name in layer.lora_B
    ]

"""Pipelines in a worker: loaded from a folder of weights when first used, and kept warm."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import torch

from farm.cards.card import Card, Levers
from farm.errors import TaskError
from functions.models.diffusion.levers import pull

T = TypeVar("T")
Build = Callable[[Path, torch.dtype], Any]  # a diffusers pipeline, whose classes carry no types

KEPT = 1
"""How many models a worker keeps: two large ones do not fit on one GPU."""

_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A pipeline in memory, on its device, with the levers of its card pulled."""

    pipe: Any  # a diffusers pipeline, whose classes carry no types
    device: torch.device
    dtype: torch.dtype
    levers: Levers
    extras: dict[str, Any] = field(default_factory=dict)

    def beside(self, name: str, make: Callable[[], T]) -> T:
        """Return what is kept beside the pipeline, and goes with it; make it the first time."""
        if name not in self.extras:
            self.extras[name] = make()
        kept: T = self.extras[name]
        return kept

    def as_(self, pipeline: type[Any]) -> Any:  # noqa: ANN401  # diffusers carries no types
        """Serve another mode of the family from the same copy of the weights."""
        if isinstance(self.pipe, pipeline):
            return self.pipe
        other = pipeline.from_pipe(self.pipe)
        for name, component in self.pipe.components.items():
            theirs = getattr(other, name, component)
            if isinstance(component, torch.nn.Module) and theirs is not component:
                raise TaskError(f"{pipeline.__name__} made a second copy of the {name}")
        other.set_progress_bar_config(disable=True)
        return other

    def noise(self, seed: int) -> torch.Generator:
        """Return a source of noise that gives the same bits on every device: it lies on the CPU."""
        return torch.Generator("cpu").manual_seed(seed)


def load(card: Card, folder: Path, build: Build) -> Loaded:
    """Return the card's pipeline from a folder of weights; the one used before makes room."""
    if card.levers is None:
        raise TaskError(f"{card.name}: its card says no levers, so it cannot be loaded")
    with _LOADING:
        return _loaded(folder, _stamp(folder), build, card.levers)


def device() -> torch.device:
    """Choose the accelerator, if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@lru_cache(maxsize=KEPT)
def _loaded(folder: Path, stamp: int, build: Build, levers: Levers) -> Loaded:  # noqa: ARG001  # the stamp says which weights lie in the folder
    dtype: torch.dtype = getattr(torch, levers.dtype)
    pipe = build(folder, dtype)
    pipe.set_progress_bar_config(disable=True)
    pull(pipe, levers, device=device(), dtype=dtype)
    return Loaded(pipe=pipe, device=device(), dtype=dtype, levers=levers)


def _stamp(folder: Path) -> int:
    """Tell one content of a folder from another, so that changed weights are loaded again."""
    return max((path.stat().st_mtime_ns for path in folder.rglob("*.json")), default=0)

"""A card says what a model can do, needs, costs and may be used for: data with sources."""

import importlib.metadata
from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from farm.shots.spec import Frozen, Move
from farm.task import Engine

Size = tuple[Annotated[int, Field(ge=16)], Annotated[int, Field(ge=16)]]


class Source(Frozen):
    """Where a figure comes from, and of what day it is."""

    figure: str
    said_by: str
    day: date


class Licence(Frozen):
    """What the model's licence permits."""

    name: str
    commercial: bool
    territories_excluded: tuple[str, ...] = ()
    revenue_cap_usd: float | None = None


class Abilities(Frozen):
    """What the model can be asked, each by the field of the shot list that asks it."""

    camera: tuple[Move, ...] = ()
    characters: bool = False
    references: bool = False
    keyframes: tuple[Literal["first", "last", "any"], ...] = ()
    annotations: tuple[Literal["arrow", "path", "region", "gaze"], ...] = ()
    extend: bool = False
    loop: bool = False
    continues: bool = False
    edit: bool = False
    reframe: bool = False
    audio: bool = False
    hdr: Literal["native", "reconstructed", "none"] = "none"
    master_from_draft: Literal["same_scene", "latents", "plate", "none"] = "none"


class Limits(Frozen):
    """How long and how large the model can go; `segment_frames` is one step of an extension."""

    frames: Annotated[int, Field(ge=1)]
    segment_frames: Annotated[int, Field(ge=1)]
    master_edge: Annotated[int, Field(ge=16)]


class Cost(Frozen):
    """What a draft or a master takes: time for a million pixels of one frame, on `cpu` cores."""

    cpu: float
    memory_gb: float
    gpu: str = ""
    gpu_memory_gb: float = 0.0
    seconds_per_megapixel: float
    seconds_to_start: float = 0.0


class Card(Frozen):
    """One model."""

    name: str
    title: str
    family: str
    hub: str = ""
    revision: str
    licence: Licence
    can: Abilities
    limits: Limits
    draft_box: Size
    chunk_megapixels: Annotated[float, Field(gt=0)]
    draft: Cost
    master: Cost
    pixels: tuple[str, ...]
    sources: tuple[Source, ...]

    @property
    def engine(self) -> Engine:
        """Name everything of this model that changes pixels, as it is on this machine."""
        return Engine(model=self.name, revision=self.revision, fingerprint=fingerprint(self.pixels))

    def chunk_frames(self, size: tuple[int, int]) -> int:
        """Count the frames of `size` that one task masters: the same on every farm."""
        return max(1, int(self.chunk_megapixels * 1e6 / (size[0] * size[1])))


@cache
def fingerprint(packages: tuple[str, ...]) -> str:
    """Write the installed versions of packages that change pixels: `numba 0.68.1, numpy 2.4.6`."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(packages))

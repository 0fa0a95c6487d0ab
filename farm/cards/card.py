"""A card says what a model can do, needs, costs and may be used for: data with sources."""

import importlib.metadata
import math
from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from farm.cards.sets import Weights
from farm.cards.shelf import UNPINNED, Shelf, content_of, open_shelf
from farm.shots.spec import Aspect, Frozen, Move
from farm.task import Engine

Size = tuple[Annotated[int, Field(ge=16)], Annotated[int, Field(ge=16)]]


class Source(Frozen):
    """Where a figure comes from, and of what day it is."""

    figure: str
    said_by: str
    day: date


PERMISSIVE = ("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause")


class Licence(Frozen):
    """What the model's licence permits.

    `territories_excluded` holds ISO 3166 codes (EU for the union) where it grants nothing;
    `revenue_cap_usd` is the yearly revenue from which on it asks for another agreement; `unread`
    says that nobody who wrote this card could read its terms.
    """

    name: str
    commercial: bool
    territories_excluded: tuple[str, ...] = ()
    revenue_cap_usd: float | None = None
    terms: str = ""
    unread: bool = False

    @property
    def permissive(self) -> bool:
        """Tell whether it asks for nothing but attribution."""
        return self.name in PERMISSIVE


class Abilities(Frozen):
    """What the model can be asked, each by the field of the shot list that asks it."""

    camera: tuple[Move, ...] = ()
    characters: bool = False
    references: bool = False
    likeness: bool = False
    keyframes: tuple[Literal["first", "last", "any"], ...] = ()
    annotations: tuple[Literal["arrow", "path", "region", "gaze"], ...] = ()
    extend: bool = False
    loop: bool = False
    continues: bool = False
    words: bool = False
    edit: bool = False
    audio: bool = False
    layers: tuple[Literal["depth", "motion", "cryptomatte", "normal"], ...] = ()
    hdr: Literal["native", "reconstructed", "none"] = "none"
    master_from_draft: Literal["same_scene", "latents", "plate", "none"] = "none"


class Limits(Frozen):
    """How long and how large the model can go; `segment_frames` is one step of an extension.

    `draft_frames` is the longest take before it is extended. Empty `rates` and `aspects` mean any;
    `apart` lists fields of a shot that may not be asked together, such as loop and keyframes;
    `loops` the only lengths of a loop, for a model that closes it as it drafts. With
    `regions_in_edits`, a region says which part of a plate is painted anew, and nothing else; with
    `marks_for_subjects`, no mark leads the camera.
    """

    frames: Annotated[int, Field(ge=1)]
    segment_frames: Annotated[int, Field(ge=1)]
    master_edge: Annotated[int, Field(ge=16)]
    draft_frames: Annotated[int, Field(ge=1)] | None = None
    rates: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ()
    keyframes: Annotated[int, Field(ge=1)] = 64
    references: Annotated[int, Field(ge=1)] = 64
    apart: tuple[tuple[str, str], ...] = ()
    loops: tuple[Annotated[int, Field(ge=1)], ...] = ()
    regions_in_edits: bool = False
    marks_for_subjects: bool = False


Rows = dict[Annotated[int, Field(ge=1)], dict[Annotated[float, Field(gt=0)], float]]
"""Dollars by the short edge of a picture in pixels, and then by seconds of footage."""


class Fees(Frozen):
    """What a hosted service asks for one call; the edges are the sizes that it makes.

    `new` is for footage made from words and pictures, extensions too; `edit` for a plate remade.
    """

    new: Annotated[Rows, Field(min_length=1)]
    edit: Rows = Field(default_factory=dict)

    def tier(self, edge: int) -> int:
        """Name the smallest size that the service makes which is no smaller, or its largest."""
        return min((tier for tier in self.new if tier >= edge), default=max(self.new))

    def price(self, kind: Literal["new", "edit"], *, edge: int, seconds: float) -> float:
        """Say what footage costs: as the next longer row, or past the last as several of that."""
        rows = (self.edit or self.new if kind == "edit" else self.new)[self.tier(edge)]
        longest = max(rows)
        for row in sorted(rows):
            if seconds <= row + 1e-6:
                return rows[row]
        return math.ceil(round(seconds / longest, 6)) * rows[longest]


class Cost(Frozen):
    """What a draft or a master takes: time for a million pixels of one frame, on `cpu` cores.

    `fees` is what a hosted service asks beside it.
    """

    cpu: float
    memory_gb: float
    gpu: str = ""
    gpu_memory_gb: float = 0.0
    seconds_per_megapixel: float
    seconds_to_start: float = 0.0
    fees: Fees | None = None


class Levers(Frozen):
    """How the model is run: settings that trade bits for speed or memory.

    All but `offload`, which was measured to keep every bit, are part of the engine's fingerprint.
    `draft_cache` skips work in drafts alone; a cache that skips nothing is an error. `threads` is
    how many share a sum where there is no accelerator: another number, other last bits. A model
    whose attention goes through no backend of diffusers names none.
    """

    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    attention: str = "native"
    fp8: bool = False
    compile: bool = False
    vae_tiling: bool = False
    offload: bool = False
    draft_cache: Literal["none", "first_block", "taylor"] = "none"
    draft_cache_threshold: float = 0.0
    checkpoint_steps: Annotated[int, Field(ge=0)] = 0
    threads: Annotated[int, Field(ge=1)] = 1

    @property
    def said(self) -> str:
        """Write down what changes pixels: `bfloat16, attention native, vae_tiling`."""
        on = [name for name in ("fp8", "compile", "vae_tiling") if getattr(self, name)]
        if self.draft_cache != "none":
            on.append(f"drafts cached by {self.draft_cache} {self.draft_cache_threshold:g}")
        if self.threads > 1:
            on.append(f"{self.threads} threads")
        return ", ".join([self.dtype, f"attention {self.attention or 'its own'}", *on])


class Tiling(Frozen):
    """How masters of a model that refines its drafts are cut: in pixels, multiples of `cell`.

    A tile is at most `edge` wide and high, and overlaps its neighbours by at least `overlap`.
    """

    cell: Annotated[int, Field(ge=1)]
    edge: Annotated[int, Field(ge=16)]
    overlap: Annotated[int, Field(ge=0)]


class Card(Frozen):
    """One model.

    `dials` are numbers that its family reads (steps, guidance ...); they change pixels. `upscaler`
    and `reading` say, for models of pictures, how a plate grows and how codes become light.
    """

    name: str
    title: str
    family: str
    hub: str = ""
    revision: str
    licence: Licence
    weights: dict[str, Weights] = Field(default_factory=dict)
    can: Abilities
    limits: Limits
    draft_box: Size
    chunk_megapixels: Annotated[float, Field(gt=0)]
    draft: Cost
    master: Cost
    levers: Levers | None = None
    tiling: Tiling | None = None
    pixels: tuple[str, ...]
    upscaler: str = "lanczos"
    reading: str = "reconstructed"
    dials: dict[str, float] = Field(default_factory=dict)
    sources: tuple[Source, ...]

    @property
    def engine(self) -> Engine:
        """Name everything of this model that changes pixels, as it is on this machine."""
        said = fingerprint(self.pixels)
        if self.levers:
            said = f"{said}; {self.levers.said}"
        if (self.upscaler, self.reading) != ("lanczos", "reconstructed"):
            said = f"{said}; {self.upscaler}, {self.reading}"
        if self.dials:
            dials = (f"{name} {value:g}" for name, value in sorted(self.dials.items()))
            said = f"{said}; {', '.join(dials)}"
        return Engine(model=self.name, revision=self.pinned, fingerprint=said)

    @property
    def hosted(self) -> bool:
        """Tell whether it runs on a service's machines, which nobody here sees."""
        return self.draft.fees is not None

    @property
    def pinned(self) -> str:
        """Name the revision with the commits of the weights: `1 base=0fad780a534b`.

        A set without a commit is named by its content, as the digests beside it say on this
        machine: `base=sha256:9f86d081884c`.
        """
        if not self.weights:
            return self.revision
        shelf = open_shelf()
        commits = (f"{name}={pin(one, shelf)}" for name, one in sorted(self.weights.items()))
        return " ".join([self.revision, *commits])

    def unpinned(self, shelf: Shelf) -> list[str]:
        """Name the sets of weights that neither a commit nor their content pins here."""
        return [name for name, one in self.weights.items() if pin(one, shelf) == UNPINNED]

    @property
    def gb(self) -> float:
        """Sum up what all of its weights take on a disk, in gigabytes."""
        return sum(one.gb for one in self.weights.values())

    def chunk_frames(self, size: tuple[int, int]) -> int:
        """Count the frames of `size` that one task masters: the same on every farm."""
        return max(1, int(self.chunk_megapixels * 1e6 / (size[0] * size[1])))


@cache
def pin(one: Weights, shelf: Shelf) -> str:
    """Name what pins a set of weights; looked up once, so that the keys of a run stay the same."""
    if one.revision:
        return one.revision[:12]
    content = content_of(one, shelf)
    return f"sha256:{content[:12]}" if content else UNPINNED


@cache
def fingerprint(packages: tuple[str, ...]) -> str:
    """Write the installed versions of packages that change pixels: `numba 0.68.1, numpy 2.4.6`."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(packages))

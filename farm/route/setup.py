"""What a shot takes along its route: the wish, the card, the sizes, and who does the work."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from farm.cards.card import Card, Cost, fingerprint
from farm.crew.base import Doer
from farm.digest import Plain
from farm.estimates import NOTHING_MEASURED, Estimates, machine_kind
from farm.frames import FrameRange, Rate
from farm.panel import NOBODY, Panel
from farm.prices import FREE, Prices
from farm.route.faces import Faces
from farm.route.outlook import Outlook
from farm.shots.request import Request
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot
from farm.task import Artifact, Engine, Needs, Task

SCREEN_SECONDS = 0.6
"""What a megapixel takes through an exact view and an encoder, on one core."""

BOUGHT = ("draft", "extend")
"""The stages for which a hosted service is called, and paid."""

T = TypeVar("T")
Size = tuple[int, int]

LIGHT = Cost(cpu=1, memory_gb=1, seconds_per_megapixel=0.12)
"""What work that only reads and writes pictures takes: judging, encoding, drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One shot, ready to be shot.

    `request` counts its frames from 0 and includes the handles; `added` is how many an extension
    adds to them; `size` is the master's; `prices` are those of the machines that do the work;
    `estimates` correct what the card says by what tasks really took.
    """

    shot: Shot
    shot_list: ShotList
    card: Card
    request: Request
    size: Size
    outlook: Outlook
    doer: Doer
    panel: Panel = NOBODY
    faces: Faces | None = None
    added: int = 0
    prices: Prices = FREE
    estimates: Estimates = NOTHING_MEASURED

    @property
    def name(self) -> str:
        """Name the shot uniquely within its list: `tonic_9x16/sq010_sh0010`."""
        shot, variant = self.shot.shot, self.shot.variant
        return f"{variant}/{shot}" if variant else shot

    @property
    def handles(self) -> int:
        """Count the frames that are made before the first and after the last."""
        return 0 if self.shot.loop else self.shot_list.delivery.handles

    @property
    def rate(self) -> Rate:
        """The frames a second that are delivered: the shot's own, unless the delivery says more."""
        return self.shot_list.delivery.rate or self.shot.rate

    @property
    def delivered_frames(self) -> int:
        """Count the frames that are delivered, handles included."""
        return math.floor(
            (self.request.frames + self.added) * self.rate.value / self.shot.rate.value
        )

    @property
    def delivered_handles(self) -> int:
        """Count the handles at the delivered rate."""
        return math.floor(self.handles * self.rate.value / self.shot.rate.value)

    @property
    def seconds_to_finish(self) -> float:
        """Estimate in seconds of one core what it takes to extend, master and pack the shot."""
        frames = self.request.frames + self.added
        dear = self.card.master.seconds_per_megapixel * self.card.master.cpu
        delivery = self.shot_list.delivery
        screens = len(delivery.sequences) + sum(kind != "review" for kind in delivery.movies)
        packing = 2 * LIGHT.seconds_per_megapixel + screens * SCREEN_SECONDS
        seconds = (dear + packing) * megapixels(self.size, frames)
        drafts = 1 if self.shot.loop else 0
        cheap = megapixels(self.request.size, self.added + drafts * frames)
        return seconds + self.card.draft.seconds_per_megapixel * self.card.draft.cpu * cheap

    @property
    def light(self) -> str:
        """Tell how the shot's light is come by: `native`, `reconstructed` or `none`.

        Out of pictures that were made for a screen, true light can only be reconstructed.
        """
        given = [key.image for key in self.shot.keyframes]
        given += [self.shot.edit.plate] if self.shot.edit else []
        for_screens = any(not path.lower().endswith(".exr") for path in given)
        hdr = self.card.can.hdr
        return "reconstructed" if hdr == "native" and for_screens else hdr

    @property
    def price_to_finish(self) -> float:
        """Estimate the same in dollars, with what a service asks for the extension."""
        fees, steps = self.card.draft.fees, -(-self.added // self.card.limits.segment_frames)
        asked = 0.0
        if fees and steps:
            seconds = float(self.added / steps / self.shot.rate.value)
            asked = steps * fees.price("new", edge=min(self.request.size), seconds=seconds)
        return self.seconds_to_finish / 3600 * self.prices.usd_per_core_hour + asked

    @property
    def seconds_to_draft(self) -> float:
        """Estimate in seconds of one core what it takes to shoot one take."""
        size = megapixels(self.request.size, self.request.frames)
        return self.card.draft.seconds_per_megapixel * self.card.draft.cpu * size

    def _fee(self, stage: str, cost: Cost, megapixels: float) -> float:
        """Say what a service asks for drafted footage of so many megapixels over all its frames.

        A loop is nothing that is bought: a service closes it as it drafts.
        """
        if cost.fees is None or stage not in BOUGHT:
            return 0.0
        frames = megapixels * 1e6 / (self.request.size[0] * self.request.size[1])
        seconds = float(frames / self.shot.rate.value)
        kind: Literal["new", "edit"] = "new"
        if stage == "draft" and self.request.plate:
            kind = "edit"
        return cost.fees.price(kind, edge=min(self.request.size), seconds=seconds)

    def task(  # noqa: PLR0913  # a task is these things; there is no smaller value to pass
        self,
        stage: str,
        *,
        version: int,
        params: Mapping[str, Plain],
        inputs: Mapping[str, Artifact],
        engine: Engine,
        megapixels: float,
        cost: Cost = LIGHT,
        part: str = "",
        suppose: Mapping[str, Plain] | None = None,
    ) -> Task:
        """Make one task of this shot; `megapixels` is the size of the work, over all its frames."""
        said = (cost.seconds_to_start + cost.seconds_per_megapixel * megapixels) / 60
        minutes = said * self.estimates.factor(stage, engine.model, machine_kind(cost.gpu))
        needs = Needs(
            cpu=cost.cpu,
            memory_gb=cost.memory_gb,
            gpu=cost.gpu,
            gpu_memory_gb=cost.gpu_memory_gb,
            minutes=minutes,
        )
        fee = self._fee(stage, cost, megapixels)
        return Task(
            stage=stage,
            version=version,
            params=params,
            inputs=inputs,
            engine=engine,
            shot=self.name,
            part=part,
            needs=needs,
            usd=minutes / 60 * self.prices.per_hour(needs) + fee,
            fee_usd=fee,
            card_minutes=said,
            rank=self.outlook.after(stage) + minutes,
            suppose=suppose or {},
        )


def draft_box(card: Card, size: Size) -> Size:
    """Return the box of a draft; one that is refined is at most half as large as its master."""
    if card.tiling is None:
        return card.draft_box
    short, long = sorted(card.draft_box)
    return min(long, max(size) // 2), min(short, min(size) // 2)


def with_handles(request: Request, handles: int) -> Request:
    """Widen a request by handles at both ends; what is marked on a frame stays on its picture."""
    marks = tuple(
        mark.model_copy(
            update={
                "frame": None if mark.frame is None else mark.frame + handles,
                "frames": mark.frames
                and FrameRange(mark.frames.first + handles, mark.frames.last + handles),
            }
        )
        for mark in request.annotations
    )
    keys = tuple(key.model_copy(update={"frame": key.frame + handles}) for key in request.keyframes)
    frames = request.frames + 2 * handles
    return request.model_copy(update={"frames": frames, "annotations": marks, "keyframes": keys})


def tools(*packages: str) -> Engine:
    """Name the libraries that decide the result of a stage without a model."""
    return Engine(model="", revision="", fingerprint=fingerprint(packages))


def megapixels(size: Size, frames: int) -> float:
    """Measure footage: millions of pixels over all its frames."""
    return size[0] * size[1] * frames / 1e6


async def grouped(work: Callable[[asyncio.TaskGroup], Awaitable[T]]) -> T:
    """Do something that starts other things in a group; a fault anywhere stops all of it.

    The first fault is raised as itself, not as a group.
    """
    try:
        async with asyncio.TaskGroup() as group:
            return await work(group)
    except BaseExceptionGroup as faults:
        raise _first(faults) from None


def _first(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    first = faults.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first

"""What a shot takes along its route: the wish, the card, the sizes, and who does the work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from farm.cards.card import Card, Cost, fingerprint
from farm.crew.base import Doer
from farm.digest import Plain
from farm.frames import FrameRange
from farm.route.outlook import Outlook
from farm.shots.request import Request
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot
from farm.task import Artifact, Engine, Needs, Task

T = TypeVar("T")
Size = tuple[int, int]

LIGHT = Cost(cpu=1, memory_gb=1, seconds_per_megapixel=0.12)
"""What work that only reads and writes pictures takes: judging, encoding, drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One shot, ready to be shot.

    `request` counts its frames from 0 and includes the handles; `added` is how many an extension
    adds to them; `size` is the master's;
    `usd_per_hour` is the price of one core of the machines that do the work.
    """

    shot: Shot
    shot_list: ShotList
    card: Card
    request: Request
    size: Size
    outlook: Outlook
    doer: Doer
    added: int = 0
    usd_per_hour: float = 0.0

    @property
    def name(self) -> str:
        """Name the shot uniquely within its list: `tonic_9x16/sq010_sh0010`."""
        return "/".join(word for word in (self.shot.variant, self.shot.shot) if word)

    @property
    def handles(self) -> int:
        """Count the frames that are made before the first and after the last."""
        return 0 if self.shot.loop else self.shot_list.delivery.handles

    @property
    def price_to_finish(self) -> float:
        """Estimate in dollars what it takes to extend, master and pack the shot."""
        frames = self.request.frames + self.added
        dear = self.card.master.seconds_per_megapixel * self.card.master.cpu
        packing = 2 * LIGHT.seconds_per_megapixel
        seconds = (dear + packing) * megapixels(self.size, frames)
        drafts = 1 if self.shot.loop else 0
        cheap = megapixels(self.request.size, self.added + drafts * frames)
        seconds += self.card.draft.seconds_per_megapixel * self.card.draft.cpu * cheap
        return seconds / 3600 * self.usd_per_hour

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
        minutes = (cost.seconds_to_start + cost.seconds_per_megapixel * megapixels) / 60
        needs = Needs(
            cpu=cost.cpu,
            memory_gb=cost.memory_gb,
            gpu=cost.gpu,
            gpu_memory_gb=cost.gpu_memory_gb,
            minutes=minutes,
        )
        return Task(
            stage=stage,
            version=version,
            params=params,
            inputs=inputs,
            engine=engine,
            shot=self.name,
            part=part,
            needs=needs,
            usd=minutes / 60 * cost.cpu * self.usd_per_hour,
            rank=self.outlook.after(stage) + minutes,
            suppose=suppose or {},
        )


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

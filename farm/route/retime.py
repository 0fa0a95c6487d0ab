"""Retiming: a master brought to another frame rate by interpolation, piece by piece."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass

from farm.cards.card import Cost
from farm.digest import Plain
from farm.frames import FrameRange
from farm.route.pieces import Piece
from farm.route.setup import Setup, megapixels, tools
from farm.task import Artifact, Outcome, Task

VERSION = 3
"""Raise this when functions/retime.py changes what it makes of the same params."""

COST = Cost(cpu=1, memory_gb=3, seconds_per_megapixel=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Neighbours:
    """The pieces about one: the next may be the first again, or none."""

    piece: Piece
    next: Piece | None
    start: int


def retimed(setup: Setup, pieces: Sequence[Piece], group: asyncio.TaskGroup) -> list[Piece]:
    """Start the retiming of every piece, if the delivery has another rate than the shot.

    Frames count from 0 again: the first of the new is the first of the old, at the same time.
    """
    if setup.rate == setup.shot.rate:
        return list(pieces)
    start = pieces[0].frames.first
    after = [*pieces[1:], pieces[0] if setup.shot.loop else None]
    result = []
    for piece, following in zip(pieces, after, strict=True):
        about = _Neighbours(piece=piece, next=following, start=start)
        frames = span(piece.frames, start=start, ratio=setup.rate.value / setup.shot.rate.value)
        made = group.create_task(_made(setup, about, frames))
        result.append(Piece(frames, made, piece.layers))
    return result


def span(frames: FrameRange, *, start: int, ratio: object) -> FrameRange:
    """Return the new frames that lie from the first of the old to just before the one after."""
    first = math.ceil((frames.first - start) * ratio)  # type: ignore[operator]  # a Fraction
    after = math.ceil((frames.last + 1 - start) * ratio)  # type: ignore[operator]  # the same
    return FrameRange(first, after - 1)


def recipe(setup: Setup) -> dict[str, Plain]:
    """Name what retiming adds to a delivery's content."""
    same = setup.rate == setup.shot.rate
    return {} if same else {"retime": [str(setup.shot.rate), str(setup.rate), VERSION]}


async def _made(setup: Setup, about: _Neighbours, frames: FrameRange) -> Outcome:
    inputs = {"frames": (await about.piece.made).outputs["frames"]}
    if about.next:
        inputs["next"] = (await about.next.made).outputs["frames"]
    outcome = await setup.doer.do(_task(setup, about, frames, inputs))
    if outcome.facts.get("judged") == "poor":
        setup.doer.tell("retimed_poorly", outcome.facts, shot=setup.name)
    return outcome


def _task(
    setup: Setup, about: _Neighbours, frames: FrameRange, inputs: dict[str, Artifact]
) -> Task:
    return setup.task(
        "retime",
        version=VERSION,
        params={
            "start": about.start,
            "rate": str(setup.shot.rate),
            "to": str(setup.rate),
            "first": frames.first,
            "last": frames.last,
            "method": "flow",
        },
        inputs=inputs,
        engine=tools("numpy", "opencv-python-headless"),
        megapixels=megapixels(setup.size, len(frames)),
        cost=COST,
        part=str(frames),
        suppose={"count": len(frames)},
    )

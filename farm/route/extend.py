"""Extension: a chain of segments, each from the state that the one before it left."""

from collections.abc import AsyncIterator, Awaitable, Callable

from farm.route.footage import Footage, seed_of
from farm.route.setup import Setup, megapixels
from farm.shots.spec import Shot
from farm.task import Task

VERSION = 1
"""Raise this when functions/extend.py changes what it makes of the same params."""

TRIES = 2
"""How often a segment is made whose seam shows, each time from another seed."""


def frames_to_add(shot: Shot, *, frames: int, handles: int) -> int:
    """Count the frames between a take of `frames` and the length that was asked, with handles."""
    if shot.extend is None:
        return 0
    return max(0, shot.rate.frames_in(shot.extend.to) + 2 * handles - frames)


def segments(frames: int, *, longest: int) -> list[int]:
    """Cut what is to be added into segments of at most `longest` frames, as even as can be."""
    count = -(-frames // longest)
    return [frames * (i + 1) // count - frames * i // count for i in range(count)]


Check = Callable[[str, Footage, Footage], Awaitable[tuple[bool, float]]]
"""Says whether the joint of two pieces of footage holds, and how well from 0 to 1."""


async def extend(setup: Setup, take: Footage, *, check: Check) -> AsyncIterator[Footage]:
    """Yield each segment as soon as it is there and its seam is checked."""
    last = take
    pieces = segments(setup.added, longest=setup.card.limits.segment_frames)
    for number, frames in enumerate(pieces, 1):
        last = await _segment(setup, last, number, frames, check)
        yield last


async def _segment(
    setup: Setup, before: Footage, number: int, frames: int, check: Check
) -> Footage:
    best: tuple[float, Footage] | None = None
    for attempt in range(TRIES):
        outcome = await setup.doer.do(_task(setup, before, number, frames, attempt))
        after = Footage.of(outcome)
        holds, score = await check(f"e{number:02}.{attempt + 1}", before, after)
        if best is None or score > best[0]:
            best = (score, after)
        if holds:
            break
    assert best is not None
    return best[1]


def _task(setup: Setup, before: Footage, number: int, frames: int, attempt: int) -> Task:
    size = setup.request.size
    return setup.task(
        "extend",
        version=VERSION,
        params={
            "span": before.span,
            "frames": frames,
            "seed": str(seed_of(setup.shot, 1000 * number + attempt)),
            "size": size,
        },
        inputs=before.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels(size, frames),
        cost=setup.card.draft,
        part=f"e{number:02}.{attempt + 1}",
        suppose={"start": before.span, "span": before.span + frames},
    )

"""Masters: the circled take at full size, in chunks of frames that run on several machines.

A model that renders the same scene again masters each chunk at once. One that refines its draft
does so first, for all chunks of a piece together; then each chunk is decoded.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from farm.digest import digest_value
from farm.frames import FrameRange
from farm.route.footage import Footage, machines
from farm.route.pieces import Master, chunk_task
from farm.route.refine import recipe, refine
from farm.route.setup import Setup
from farm.task import MADE_ON, Outcome, Task

VERSION = 2
"""Raise this when functions/master.py changes what it makes of the same params."""


def master(setup: Setup, footage: Footage, group: asyncio.TaskGroup) -> Iterator[Master]:
    """Start to master footage; where the cuts lie depends on the footage and the card alone."""
    frames = FrameRange(footage.start, footage.span - 1)
    chunks = frames.chunks(setup.card.chunk_frames(setup.size))
    if setup.card.tiling is None:
        for chunk in chunks:
            task = _task(setup, footage, chunk)
            yield Master(task.key, chunk, group.create_task(_made(setup, footage, task)))
        return
    refined = group.create_task(refine(setup, footage))
    for chunk in chunks:
        key = digest_value([_task(setup, footage, chunk).key, recipe(setup, footage)])
        yield Master(key, chunk, group.create_task(_from(setup, refined, chunk)))


async def _from(setup: Setup, refined: "asyncio.Task[Footage]", chunk: FrameRange) -> Outcome:
    footage = await refined
    return await _made(setup, footage, _task(setup, footage, chunk))


async def _made(setup: Setup, footage: Footage, task: Task) -> Outcome:
    """Make one chunk; its facts name every kind of machine that it went through."""
    made = await setup.doer.do(task)
    hands = sorted(footage.made_on | machines(made))
    return replace(made, facts={**made.facts, MADE_ON: hands})


def _task(setup: Setup, footage: Footage, chunk: FrameRange) -> Task:
    return chunk_task(setup, footage, chunk, stage="master", version=VERSION)

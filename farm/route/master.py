"""Masters: the circled take at full size, in chunks of frames that run on several machines."""

from farm.frames import FrameRange
from farm.route.footage import Footage
from farm.route.setup import Setup, megapixels
from farm.task import Task

VERSION = 1
"""Raise this when functions/master.py changes what it makes of the same params."""


def master_tasks(setup: Setup, footage: Footage) -> list[tuple[FrameRange, Task]]:
    """Cut footage into chunks; where the cuts lie depends on the footage and the card alone."""
    frames = FrameRange(footage.start, footage.span - 1)
    chunks = frames.chunks(setup.card.chunk_frames(setup.size))
    return [(chunk, _task(setup, footage, chunk)) for chunk in chunks]


def _task(setup: Setup, footage: Footage, chunk: FrameRange) -> Task:
    return setup.task(
        "master",
        version=VERSION,
        params={
            "span": footage.span,
            "first": chunk.first,
            "last": chunk.last,
            "size": setup.size,
        },
        inputs=footage.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels(setup.size, len(chunk)),
        cost=setup.card.master,
        part=str(chunk),
        suppose={"count": len(chunk)},
    )

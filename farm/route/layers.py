"""Layers: depth, motion, normals and mattes of a picture, chunk by chunk as its masters.

They are tasks of their own, so that asking for them re-makes no master.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

from farm.digest import Plain
from farm.route.footage import Footage
from farm.route.pieces import Master, chunk_task
from farm.route.retime import span
from farm.route.setup import Setup

VERSION = 2
"""Raise this when functions/layers.py changes what it makes of the same params."""


def asked_layers(setup: Setup) -> list[str]:
    """List the layers that the delivery asks for beside the picture itself."""
    return sorted(set(setup.shot_list.delivery.exr.layers) - {"beauty"})


def with_layers(
    setup: Setup,
    footage: Footage,
    masters: Iterable[Master],
    group: asyncio.TaskGroup,
    *,
    start: int,
) -> Iterator[Master]:
    """Start to render the layers of each master, where any are asked for.

    At another rate than the master's they are rendered where the new frames are, which are counted
    from the shot's frame `start`: a depth between two is not to be had of these.
    """
    names = asked_layers(setup)
    old, new = setup.shot.rate, setup.rate
    for one in masters:
        if not names:
            yield one
            continue
        params: dict[str, Plain] = {"names": names}
        frames = one.frames
        if new != old:
            frames = span(frames, start=start, ratio=new.value / old.value)
            params |= {"start": start, "rate": str(old), "to": str(new)}
        task = chunk_task(setup, footage, frames, stage="layers", version=VERSION, params=params)
        yield replace(one, layers=group.create_task(setup.doer.do(task)))

"""Layers: depth, motion, normals and mattes of a picture, chunk by chunk as its masters.

They are tasks of their own, so that asking for them re-makes no master.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

from farm.route.footage import Footage
from farm.route.pieces import Master, chunk_task
from farm.route.setup import Setup

VERSION = 1
"""Raise this when functions/layers.py changes what it makes of the same params."""


def asked_layers(setup: Setup) -> list[str]:
    """List the layers that the delivery asks for beside the picture itself."""
    return sorted(set(setup.shot_list.delivery.exr.layers) - {"beauty"})


def with_layers(
    setup: Setup, footage: Footage, masters: Iterable[Master], group: asyncio.TaskGroup
) -> Iterator[Master]:
    """Start to render the layers of each master, where any are asked for."""
    names = asked_layers(setup)
    for one in masters:
        if not names:
            yield one
            continue
        task = chunk_task(
            setup, footage, one.frames, stage="layers", version=VERSION, params={"names": names}
        )
        yield replace(one, layers=group.create_task(setup.doer.do(task)))

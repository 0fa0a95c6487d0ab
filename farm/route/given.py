"""What a shot is given: its pictures and plates, put into the store for whoever needs them."""

import asyncio

from farm.route.setup import Setup
from farm.shots.request import files_of
from farm.task import Artifact


async def given(setup: Setup) -> dict[str, Artifact]:
    """Keep every file that the shot's request speaks of; return the inputs by name."""
    return await asyncio.to_thread(_keep, setup)


def _keep(setup: Setup) -> dict[str, Artifact]:
    return {
        name: setup.doer.store.put(path.read_bytes(), kind=path.suffix.lstrip(".").lower())
        for name, path in files_of(setup.shot, setup.shot_list).items()
    }

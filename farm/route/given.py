"""What a shot is given: its pictures and plates, put into the store for whoever needs them."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from farm.media.bundle import sequence_of, write_bundle
from farm.route.setup import Setup
from farm.shots.request import PLATE, files_of
from farm.task import Artifact


async def given(setup: Setup) -> dict[str, Artifact]:
    """Keep every file that the shot's request speaks of; return the inputs by name."""
    files = files_of(setup.shot, setup.shot_list)
    return await asyncio.to_thread(_keep, setup, files) if files else {}


def _keep(setup: Setup, files: Mapping[str, Path]) -> dict[str, Artifact]:
    return {
        name: _kept(setup, sequence_of(path) if name == PLATE else [path])
        for name, path in files.items()
    }


def _kept(setup: Setup, frames: list[Path]) -> Artifact:
    """Keep a file, or a sequence of EXRs as one bundle."""
    store, path = setup.doer.store, frames[0]
    if len(frames) == 1:
        return store.put(path.read_bytes(), kind=path.suffix.lstrip(".").lower())
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "bundle.zip")
        write_bundle(bundle, frames)
        return store.put_file(bundle, kind="bundle")

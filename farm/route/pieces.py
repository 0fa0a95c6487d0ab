"""Pieces of a master on their way: a run of frames each, which some machine makes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farm.digest import Plain
from farm.frames import FrameRange
from farm.route.footage import Footage
from farm.route.setup import Setup, megapixels
from farm.task import Artifact, Outcome, Task

Placed = tuple[Task, Outcome]
"""A task with what it left, so that it can be made again should an artifact of it be lost."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of frames that is being made; its outcome's `frames` is a sequence.

    So is the `layers` of what goes with them, if that was asked for.
    """

    frames: FrameRange
    made: "asyncio.Task[Outcome]"
    layers: "asyncio.Task[Outcome] | None" = None


@dataclass(frozen=True, slots=True)
class Master:
    """One chunk of a master that is being made; its key names all that decides its pixels."""

    key: str
    frames: FrameRange
    made: "asyncio.Task[Outcome]"
    layers: "asyncio.Task[Outcome] | None" = None


def as_pieces(masters: Sequence[Master]) -> list[Piece]:
    """See masters as the pieces that whoever works on them needs."""
    return [Piece(master.frames, master.made, master.layers) for master in masters]


async def sequences(pieces: Sequence[Piece]) -> list[Artifact]:
    """Wait for every piece, and return their sequences in order."""
    return [(await piece.made).outputs["frames"] for piece in pieces]


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundtrack:
    """A model's sound; the first frame that is delivered is heard `seconds` after its start."""

    artifact: Artifact
    seconds: float


def sound_inputs(sound: Soundtrack | None) -> dict[str, Artifact]:
    """Hand sound to a task."""
    return {"audio": sound.artifact} if sound else {}


def sound_params(sound: Soundtrack | None) -> dict[str, Plain]:
    """Say where in its sound a task's first frame lies."""
    return {"sound_from": sound.seconds} if sound else {}


def chunk_task(  # noqa: PLR0913  # a chunk's task is these things
    setup: Setup,
    footage: Footage,
    chunk: FrameRange,
    *,
    stage: str,
    version: int,
    params: Mapping[str, Plain] | None = None,
) -> Task:
    """Ask for what a stage renders of a chunk of footage at full size."""
    return setup.task(
        stage,
        version=version,
        params={
            "span": footage.span,
            "first": chunk.first,
            "last": chunk.last,
            "size": setup.size,
            **(params or {}),
        },
        inputs=footage.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels(setup.size, len(chunk)),
        cost=setup.card.master,
        part=str(chunk),
        suppose={"count": len(chunk)},
    )

"""What is delivered beside the EXRs: movies, sequences for a screen, and stills."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from farm.cards.card import Cost
from farm.digest import Plain
from farm.frames import FrameRange
from farm.route.pack import Words, review_task
from farm.route.pieces import (
    Piece,
    Placed,
    Soundtrack,
    sequences,
    sound_inputs,
    sound_params,
)
from farm.route.setup import SCREEN_SECONDS, Setup, megapixels, tools
from farm.task import Artifact, Task

MOVIE_VERSION = PICTURES_VERSION = STILLS_VERSION = 1
"""Raise one of these when functions/movie.py, pictures.py or stills.py changes what it makes."""

EXACT = Cost(cpu=1, memory_gb=3, seconds_per_megapixel=SCREEN_SECONDS)
"""What a frame takes through the exact ACES view and an encoder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverables:
    """What was made beside the EXRs, by its kind."""

    movies: Mapping[str, Placed] = field(default_factory=dict)
    sequences: Mapping[str, tuple[Placed, ...]] = field(default_factory=dict)
    stills: Placed | None = None

    @property
    def movie_files(self) -> dict[str, Artifact]:
        """Return every movie by its kind."""
        return {kind: made.outputs["movie"] for kind, (_, made) in self.movies.items()}

    @property
    def still_files(self) -> dict[str, Artifact]:
        """Return every still by its kind."""
        return dict(self.stills[1].outputs) if self.stills else {}

    @property
    def all(self) -> list[Placed]:
        """List every task with what it left."""
        rows = [placed for many in self.sequences.values() for placed in many]
        return [*self.movies.values(), *rows, *([self.stills] if self.stills else [])]


async def make(
    setup: Setup, pieces: Sequence[Piece], words: Words, sound: Soundtrack | None
) -> Deliverables:
    """Make all that the list asks for; whatever has its frames starts at once."""
    delivery = setup.shot_list.delivery
    async with asyncio.TaskGroup() as group:
        printed = {
            kind: [group.create_task(_picture(setup, piece, kind, words)) for piece in pieces]
            for kind in delivery.sequences
        }
        chunks = await sequences(pieces)
        movies = {
            kind: group.create_task(_done(setup, _movie(setup, kind, chunks, words, sound)))
            for kind in delivery.movies
        }
        stills = (
            group.create_task(_done(setup, _stills(setup, chunks, pieces)))
            if delivery.stills
            else None
        )
    return Deliverables(
        movies={kind: one.result() for kind, one in movies.items()},
        sequences={kind: tuple(o.result() for o in many) for kind, many in printed.items()},
        stills=stills.result() if stills else None,
    )


def recipe(setup: Setup) -> dict[str, Plain]:
    """Name what decides the bytes of all this, as a part of the delivery's content."""
    delivery = setup.shot_list.delivery
    return {
        "movies": list(delivery.movies),
        "sequences": list(delivery.sequences),
        "stills": list(delivery.stills),
        "versions": [MOVIE_VERSION, PICTURES_VERSION, STILLS_VERSION],
    }


async def _done(setup: Setup, task: Task) -> Placed:
    return task, await setup.doer.do(task)


async def _picture(setup: Setup, piece: Piece, kind: str, words: Words) -> Placed:
    frames = (await piece.made).outputs["frames"]
    task = setup.task(
        "pictures",
        version=PICTURES_VERSION,
        params={"kind": kind, "offset": words.offset, "rate": str(setup.rate)},
        inputs={"frames": frames},
        engine=tools("numpy", "opencolorio", "opencv-python-headless"),
        megapixels=megapixels(setup.size, len(piece.frames)),
        cost=EXACT,
        part=f"{kind} {_delivered(piece, words.offset)}",
        suppose={"count": len(piece.frames)},
    )
    return await _done(setup, task)


def _delivered(piece: Piece, offset: int) -> FrameRange:
    return FrameRange(piece.frames.first + offset, piece.frames.last + offset)


def _movie(
    setup: Setup, kind: str, chunks: Sequence[Artifact], words: Words, sound: Soundtrack | None
) -> Task:
    if kind == "review":
        return review_task(setup, chunks, words, sound)
    return setup.task(
        "movie",
        version=MOVIE_VERSION,
        params={
            "kind": kind,
            "offset": words.offset,
            "rate": str(setup.rate),
            **sound_params(sound),
        },
        inputs={f"frames.{n:04}": frames for n, frames in enumerate(chunks)} | sound_inputs(sound),
        engine=tools("av", "numpy", "opencolorio"),
        megapixels=megapixels(setup.size, setup.delivered_frames),
        cost=EXACT,
        part=kind,
    )


def _stills(setup: Setup, chunks: Sequence[Artifact], pieces: Sequence[Piece]) -> Task:
    middle = (pieces[0].frames.first + pieces[-1].frames.last) // 2
    return setup.task(
        "stills",
        version=STILLS_VERSION,
        params={
            "kinds": list(setup.shot_list.delivery.stills),
            "rate": str(setup.rate),
            "frame": middle,
        },
        inputs={f"frames.{n:04}": frames for n, frames in enumerate(chunks)},
        engine=tools("av", "numpy", "opencolorio", "opencv-python-headless", "pillow"),
        megapixels=megapixels(setup.size, 1),
        cost=EXACT,
    )

"""Footage of bought movies: each with how many of its frames count, in one file without a date."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.movie import movie_facts, read_movie
from farm.shots.request import Request
from functions.models.base import State

KIND = "bought"
INDEX = "footage.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
DEEPEST = 65535.0

Codes = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """One bought movie: frames `skip` to `skip + frames - 1` of the `whole` that it holds count."""

    generation: str
    movie: bytes
    skip: int
    frames: int
    whole: int

    @property
    def to_its_end(self) -> bool:
        """Tell whether the last frame that counts is the last there is."""
        return self.skip + self.frames == self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """Movies, one after the other, and the request that they answer."""

    request: Request
    rolls: tuple[Roll, ...]
    closed: bool = False

    @property
    def frames(self) -> int:
        """Count the frames of all."""
        return sum(roll.frames for roll in self.rolls)

    def codes(self, frames: FrameRange) -> Iterator[Codes]:
        """Yield frames, counted from 0, as (height, width, 3) in 0 to 1, as they are shown."""
        first = 0
        for roll in self.rolls:
            low, high = max(frames.first - first, 0), min(frames.last - first, roll.frames - 1)
            if low <= high:
                yield from _frames(roll.movie, roll.skip + low, roll.skip + high)
            first += roll.frames


def as_state(bought: Bought) -> State:
    """Pack footage as a state; the same movies give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        index = {
            "closed": bought.closed,
            "request": bought.request.model_dump(mode="json"),
            "rolls": [
                {"generation": r.generation, "skip": r.skip, "frames": r.frames, "whole": r.whole}
                for r in bought.rolls
            ],
        }
        archive.writestr(zipfile.ZipInfo(INDEX, EPOCH), json.dumps(index, sort_keys=True))
        for number, roll in enumerate(bought.rolls):
            archive.writestr(zipfile.ZipInfo(f"{number}.mp4", EPOCH), roll.movie)
    generations = [roll.generation for roll in bought.rolls]
    facts: dict[str, Plain] = {"generations": generations, "seeded": False}
    return State(data=packed.getvalue(), kind=KIND, frames=bought.frames, facts=facts)


def read_bought(state: State) -> Bought:
    """Unpack footage; raises TaskError for a state of another model."""
    if state.kind != KIND:
        raise TaskError(
            f"luma cannot go on from a state of kind {state.kind!r}",
            hint="extend, loop and master must use the model that drafted the shot",
        )
    with zipfile.ZipFile(io.BytesIO(state.data)) as archive:
        index = json.loads(archive.read(INDEX))
        rolls = tuple(
            Roll(movie=archive.read(f"{number}.mp4"), **roll)
            for number, roll in enumerate(index["rolls"])
        )
    request = Request.model_validate(index["request"])
    return Bought(request=request, rolls=rolls, closed=index["closed"])


def roll_of(generation: str, movie: bytes, *, skip: int, frames: int) -> Roll:
    """Count a movie's frames; raises TaskError where it has fewer than were paid for."""
    whole = sum(1 for _ in _frames(movie, 0, None))
    if whole < skip + frames:
        raise TaskError(
            f"luma's generation {generation} has {whole} frames, {skip + frames} are needed",
            hint="ask for fewer frames",
        )
    return Roll(generation=generation, movie=movie, skip=skip, frames=frames, whole=whole)


def _frames(movie: bytes, first: int, last: int | None) -> Iterator[Codes]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "movie.mp4"
        path.write_bytes(movie)
        _check_colours(path)
        for number, codes in enumerate(read_movie(path)):
            if last is not None and number > last:
                return
            if number >= first:
                yield codes.astype(np.float32) / DEEPEST


SDR = (1, 2, 6)
"""Transfer functions of ordinary video in H.273: BT.709, unspecified, BT.601."""


def _check_colours(path: Path) -> None:
    """Refuse a movie whose codes mean something else than an ordinary screen's."""
    transfer = movie_facts(path).transfer
    if transfer not in SDR:
        raise TaskError(f"luma's movie has the transfer function {transfer}, which is no SDR video")

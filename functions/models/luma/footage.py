"""Bought footage: movies, or EXRs, each with how many of its frames count, in one dateless file."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.bundle import frames_in, is_bundle, write_bundle
from farm.media.colorspace import ACES2065_1
from farm.media.movie import read_movie
from farm.media.plates import EXR_MAGIC, Plate, open_plate
from farm.shots.request import Request
from functions.models.base import State

KIND = "bought"
INDEX = "footage.json"
EPOCH = (1980, 1, 1, 0, 0, 0)
DEEPEST = 65535.0

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """What one generation left: frames `skip` to `skip + frames - 1` of the `whole` in it count.

    `made` is a movie, or EXRs in a ZIP, as it came.
    """

    generation: str
    made: bytes
    skip: int
    frames: int
    whole: int

    @property
    def to_its_end(self) -> bool:
        """Tell whether the last frame that counts is the last there is."""
        return self.skip + self.frames == self.whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What was bought, one after the other, and the request that it answers.

    `lit` says that its frames are light past white, as the service generated it.
    """

    request: Request
    rolls: tuple[Roll, ...]
    closed: bool = False
    lit: bool = False

    @property
    def frames(self) -> int:
        """Count the frames of all."""
        return sum(roll.frames for roll in self.rolls)

    def pictures(self, frames: FrameRange) -> Iterator[Picture]:
        """Yield frames, counted from 0, as (height, width, 3).

        They are ACES2065-1 where `lit`, and else the codes of an sRGB screen, 0 to 1.
        """
        first = 0
        for roll in self.rolls:
            low, high = max(frames.first - first, 0), min(frames.last - first, roll.frames - 1)
            if low <= high:
                yield from _pictures(roll.made, roll.skip + low, roll.skip + high, lit=self.lit)
            first += roll.frames


def as_state(bought: Bought) -> State:
    """Pack footage as a state; the same movies give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        index = {
            "closed": bought.closed,
            "lit": bought.lit,
            "request": bought.request.model_dump(mode="json"),
            "rolls": [
                {"generation": r.generation, "skip": r.skip, "frames": r.frames, "whole": r.whole}
                for r in bought.rolls
            ],
        }
        archive.writestr(zipfile.ZipInfo(INDEX, EPOCH), json.dumps(index, sort_keys=True))
        for number, roll in enumerate(bought.rolls):
            archive.writestr(zipfile.ZipInfo(f"{number}", EPOCH), roll.made)
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
            Roll(made=archive.read(f"{number}"), **roll)
            for number, roll in enumerate(index["rolls"])
        )
    request = Request.model_validate(index["request"])
    return Bought(request=request, rolls=rolls, closed=index["closed"], lit=index["lit"])


def roll_of(generation: str, made: bytes, *, skip: int, frames: int, lit: bool) -> Roll:
    """Count frames; raises TaskError where there are fewer, or others, than were paid for."""
    with _opened(made) as plate:
        _check_light(plate, lit=lit)
        whole = sum(1 for _ in _raw(plate))
    if whole < skip + frames:
        raise TaskError(
            f"luma's generation {generation} has {whole} frames, {skip + frames} are needed",
            hint="ask for fewer frames",
        )
    return Roll(generation=generation, made=made, skip=skip, frames=frames, whole=whole)


def _pictures(made: bytes, first: int, last: int, *, lit: bool) -> Iterator[Picture]:
    with _opened(made) as plate:
        if lit:
            yield from plate.frames(first=first, count=last - first + 1)
            return
        for codes in islice(read_movie(plate.path), first, last + 1):
            yield codes.astype(np.float32) / DEEPEST


def _raw(plate: Plate) -> Iterator[object]:
    """Yield every frame, read no further than counting needs."""
    return frames_in(plate.path) if is_bundle(plate.path) else read_movie(plate.path)


@contextmanager
def _opened(made: bytes) -> Iterator[Plate]:
    """Lay what came on a disk and read what it says of itself.

    EXRs that say nothing are ACES2065-1: that is what the service publishes of its own.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        path.write_bytes(made)
        if made.startswith(EXR_MAGIC):
            write_bundle(path := Path(folder) / "bundle", [Path(folder) / "made"])
        plate = open_plate(path)
        silent = is_bundle(path) and plate.told.startswith("assumed")
        yield replace(plate, colorspace=ACES2065_1) if silent else plate


def _check_light(plate: Plate, *, lit: bool) -> None:
    """Refuse pictures whose numbers mean something else than what was asked for."""
    if lit == plate.sdr:
        wanted, came = ("HDR", "SDR") if lit else ("SDR", "HDR")
        raise TaskError(
            f"luma was asked for {wanted}, and {came} came: {plate.colorspace}",
            hint="does the account have access to HDR?" if lit else "",
        )

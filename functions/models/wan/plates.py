"""Plates on their way into Wan: given footage, scaled to cover the picture, and how far to go."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.movie import read_movie
from farm.media.plates import Plate, open_plate
from farm.shots.spec import Annotation
from functions.models.diffusion.pictures import fitted, shown

Size = tuple[int, int]

STRENGTHS = {
    "adhere_1": 0.2, "adhere_2": 0.3, "adhere_3": 0.4,
    "flex_1": 0.5, "flex_2": 0.6, "flex_3": 0.7,
    "reimagine_1": 0.8, "reimagine_2": 0.9, "reimagine_3": 0.95,
}  # fmt: skip
"""How much of the noise of a new shot is laid over a plate, by the word of the shot list."""


def strength_of(word: str) -> float:
    """Turn a strength in words into a share of the noise."""
    return STRENGTHS[word]


def plate_frames(
    path: Path, *, frames: int, picture: Size, size: Size, named: str = ""
) -> NDArray[np.uint8]:
    """Read a plate's first frames as (frames, height, width, 3) of 8-bit codes on a model's grid.

    Each is scaled to cover `picture` and cut to it from the middle; its edges are carried out to
    `size`. What was made for a screen keeps its codes; light, PQ, HLG and a camera's codes, as the
    plate says or as they were `named`, are shown as sRGB.
    """
    plate = open_plate(path, named=named)
    read = [fitted(codes, picture=picture, size=size) for codes in islice(_codes(plate), frames)]
    if len(read) < frames:
        hint = f"ask for {len(read)} frames, or give a longer plate"
        raise TaskError(f"the plate has {len(read)} frames, and the shot {frames}", hint=hint)
    return np.stack(read)


def _codes(plate: Plate) -> Iterator[NDArray[np.uint8]]:
    if plate.sdr:
        yield from ((codes >> 8).astype(np.uint8) for codes in read_movie(plate.path))
    else:
        yield from (shown(light) for light in plate.frames())


def regions(
    marks: Sequence[Annotation], *, frames: int, picture: Size, size: Size
) -> NDArray[np.bool_]:
    """Say which parts of a plate are marked, (frames, height, width), on a model's grid.

    A mark on one frame alone holds for all of them; coordinates are shares of the picture.
    """
    (wide, high), (width, height) = picture, size
    left, top = (width - wide) // 2, (height - high) // 2
    marked = np.zeros((frames, height, width), bool)
    for mark in marks:
        if mark.region is None:
            continue
        (x0, y0), (x1, y1) = mark.region
        span = slice(mark.frames.first, mark.frames.last + 1) if mark.frames else slice(None)
        rows = slice(top + round(y0 * high), top + round(y1 * high))
        marked[span, rows, left + round(x0 * wide) : left + round(x1 * wide)] = True
    return marked

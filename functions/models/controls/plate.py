"""How a plate is read for a control: pictures on a model's grid, and depth if there is any."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.bundle import frames_in, is_bundle
from farm.media.plates import open_plate, read_still
from functions.models.controls.base import Codes, Seen
from functions.models.diffusion.pictures import Size, fitted, shown

Float = NDArray[np.float32]


def read_plate(path: Path, *, frames: int, picture: Size, size: Size, named: str = "") -> Seen:
    """Read a plate's first frames, each scaled to cover `picture` in the middle of `size`.

    What a person has `named` its colours wins. Raises TaskError for a plate that is shorter.
    """
    codes: list[Codes] = []
    near: list[Float] = []
    for light, depth in islice(_frames(path, named), frames):
        codes.append(fitted(shown(light), picture=picture, size=size))
        if depth is not None:
            near.append(fitted(_near(depth), picture=picture, size=size))
    if len(codes) < frames:
        hint = f"ask for {len(codes)} frames, or give a longer plate"
        raise TaskError(f"the plate has {len(codes)} frames, and the shot {frames}", hint=hint)
    return Seen(codes=np.stack(codes), near=np.stack(near) if len(near) == frames else None)


def _frames(path: Path, named: str) -> Iterator[tuple[Float, Float | None]]:
    if is_bundle(path):
        for frame in frames_in(path):
            still = read_still(frame, named=named)
            yield still.pixels, still.depth
        return
    for light in open_plate(path, named=named).frames():
        yield light, None


def _near(depth: Float) -> Float:
    """Turn metres into how near something is; the sky, which has no depth, is not near at all."""
    there = np.isfinite(depth) & (depth > 0)
    near: Float = np.divide(1, depth, out=np.zeros_like(depth), where=there)
    return near

"""Where what a word names stands in a model's own pictures, for models that know (mattes)."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from farm.frames import FrameRange
from farm.media.cryptomatte import LAYER, as_float, hashed
from functions.bench import Bench
from functions.footage import open_model
from functions.models.base import Layering, Layers, State

F32 = NDArray[np.float32]

LEAST_FRAMES = 0.2
"""The part of the frames that must show what is named; what is hardly there cannot be followed."""


def cover_of(bench: Bench, word: str, *, size: tuple[int, int]) -> F32 | None:
    """Return how much of every pixel shows what a word names, (frames, height, width).

    The inputs `state.NNNN` hold scenes, and `pieces` the first and the last frame of each. None
    where there is none, where the model has no mattes, or where it shows nothing of that name.
    """
    states = sorted(name for name in bench.task.inputs if name.startswith("state."))
    model = open_model(bench) if states else None
    if not isinstance(model, Layering):
        return None
    pieces = bench.task.params["pieces"]
    assert isinstance(pieces, list | tuple)
    covers = []
    for name, piece in zip(states, pieces, strict=True):
        assert isinstance(piece, list | tuple)
        frames = FrameRange(int(str(piece[0])), int(str(piece[1])))
        times = [Fraction(frame) for frame in frames]
        kind = bench.task.inputs[name].kind
        state = State(data=bench.read(name), kind=kind, frames=frames.last + 1)
        made = model.layers(state, times, step=Fraction(1), size=size, names=("cryptomatte",))
        covers += [_cover(layers, word) for layers in made]
    cover = np.stack(covers)
    seen = (cover > 0).any(axis=(1, 2)).mean() >= LEAST_FRAMES
    return cover if seen else None


def _cover(layers: Layers, word: str) -> F32:
    """Add up the coverage of every matte that bears the word."""
    ranks = [matte for name, matte in layers.channels.items() if name.startswith(LAYER)]
    total = np.zeros_like(ranks[0])
    for name in _bearing(layers, word):
        own = np.float32(as_float(hashed(name)))
        for which, share in zip(ranks[::2], ranks[1::2], strict=True):
            total += np.where(which == own, share, 0)
    return total


def _bearing(layers: Layers, word: str) -> Iterator[str]:
    """Yield the names of mattes in which the word stands, as one or as many."""
    key = next(k.removesuffix("/name") for k, name in layers.header.items() if name == LAYER)
    listed = layers.header[f"{key}/manifest"]
    asked = _stems(word)
    return (name for name in json.loads(listed) if asked and asked <= _stems(name))


def _stems(words: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"[^\W\d_]+", words.casefold())}

"""Latents as an artifact: what a draft is made of, and what its master is made from.

    video.0, video.1 ...   float32 (1, channels, frames, height, width), denormalised
    audio.0 ...            float32, where the model makes sound
    header                 JSON: which frames of the shot each piece holds, and at what size

A shot that was extended holds several pieces: each goes on from the last frames of the one before,
so it begins a little before the first frame that is its own.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.tiles import Tile
from functions.models.base import Part, State

Array = NDArray[np.float32]
Size = tuple[int, int]

KIND = "latents"
_HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Latents of one call: their frames count from `first` on, and are its own from `own` on."""

    first: int
    own: int
    video: Array
    audio: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latents:
    """Footage as latents.

    `size` is what decoding gives, on the model's grid; the picture is the middle of it, `picture`
    wide and high. `words` is what was asked, and `noise` how much of it lies on the latents:
    0 for finished footage, the first sigma of the next denoising for a canvas. `light` says how its
    codes are read as light: a name in `functions.hdr.READINGS`; `adapters` were active when it was
    drafted, and are when it goes on.
    """

    model: str
    frames: int
    size: Size
    picture: Size
    rate: str
    seed: int
    words: str
    pieces: tuple[Piece, ...]
    noise: float = 0.0
    light: str = "reconstructed"
    adapters: tuple[str, ...] = ()

    def shares(self, frames: FrameRange) -> Iterator[tuple[Piece, FrameRange]]:
        """Yield each piece with those of the frames that are its own."""
        ends = [piece.own for piece in self.pieces[1:]] + [self.frames]
        for piece, end in zip(self.pieces, ends, strict=True):
            first, last = max(piece.own, frames.first), min(end - 1, frames.last)
            if first <= last:
                yield piece, FrameRange(first, last)

    def of(self, frames: FrameRange) -> "Latents":
        """Keep the pieces that hold some frames of the shot."""
        return replace(self, pieces=tuple(piece for piece, _ in self.shares(frames)))

    def state(
        self, beside: Mapping[str, Part], *, facts: Mapping[str, Plain] | None = None
    ) -> State:
        """Write them down as a model's state."""
        return State(
            data=pack(self), kind=KIND, frames=self.frames, facts=dict(facts or {}), beside=beside
        )


def pack(latents: Latents) -> bytes:
    """Write latents as safetensors; the same latents always give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for number, piece in enumerate(latents.pieces):
        arrays[f"video.{number}"] = np.ascontiguousarray(piece.video, np.float32)
        if piece.audio is not None:
            arrays[f"audio.{number}"] = np.ascontiguousarray(piece.audio, np.float32)
    header = asdict(replace(latents, pieces=()))
    header["pieces"] = [[piece.first, piece.own] for piece in latents.pieces]
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    arrays[_HEADER] = np.frombuffer(text, np.uint8)
    return bytes(save(arrays))


def unpack(data: bytes) -> Latents:
    """Read latents; raises TaskError for other bytes."""
    try:
        arrays = load(data)
        header = json.loads(arrays[_HEADER].tobytes())
        places: Sequence[Sequence[int]] = header.pop("pieces")
    except (KeyError, ValueError, SafetensorError) as error:
        raise TaskError("these are not the latents of a shot", hint="draft it again") from error
    pieces = tuple(
        Piece(
            first=first,
            own=own,
            video=arrays[f"video.{number}"],
            audio=arrays.get(f"audio.{number}"),
        )
        for number, (first, own) in enumerate(places)
    )
    sizes = {name: tuple(header.pop(name)) for name in ("size", "picture", "adapters")}
    return Latents(pieces=pieces, **sizes, **header)  # type: ignore[arg-type]  # JSON has no static types


def read(state: State, model: str) -> Latents:
    """Read a state's latents; raises TaskError if another model made them."""
    if state.kind != KIND:
        raise TaskError(
            f"{model} cannot go on from a state of kind {state.kind!r}",
            hint="extend, loop and master must use the model that drafted the shot",
        )
    latents = unpack(state.data)
    if latents.model != model:
        raise TaskError(
            f"{model} cannot go on from the latents of {latents.model}",
            hint="extend, loop and master must use the model that drafted the shot",
        )
    return latents


def cut(canvas: Latents, tile: Tile) -> Latents:
    """Cut one tile out of a canvas; its positions begin at 0 again."""
    rows, columns = _places(canvas, tile)
    pieces = tuple(replace(p, video=p.video[..., rows, columns]) for p in canvas.pieces)
    return replace(
        canvas, size=(tile.width, tile.height), picture=(tile.width, tile.height), pieces=pieces
    )


def merge(canvas: Latents, tiles: Sequence[tuple[Tile, Latents]]) -> Latents:
    """Put refined tiles together, in whatever order they come.

    Each tile counts with a window that falls off linearly where it overlaps a neighbour, divided
    by the sum of all windows there. Where four overlap, the order of a sum decides its last bits:
    they are added row by row. What is not the tiles' own (places, sound) is the canvas's.
    """
    placed = sorted(tiles, key=lambda one: (one[0].y, one[0].x))
    pieces = [
        replace(piece, video=_merged(canvas, [(t, ls.pieces[i].video) for t, ls in placed], i))
        for i, piece in enumerate(canvas.pieces)
    ]
    return replace(canvas, pieces=tuple(pieces), noise=0.0)


def _merged(canvas: Latents, tiles: Sequence[tuple[Tile, Array]], number: int) -> Array:
    shape = canvas.pieces[number].video.shape
    total = np.zeros(shape, np.float32)
    weight = np.zeros(shape[-2:], np.float32)
    for tile, video in tiles:
        rows, columns = _places(canvas, tile)
        window = np.outer(
            _window(rows, shape[-2], [_places(canvas, t)[0] for t, _ in tiles]),
            _window(columns, shape[-1], [_places(canvas, t)[1] for t, _ in tiles]),
        ).astype(np.float32)
        total[..., rows, columns] += video * window
        weight[rows, columns] += window
    if not weight.all():
        raise TaskError("the tiles do not cover their canvas")
    return total / weight


def _window(own: slice, length: int, others: Sequence[slice]) -> NDArray[np.float64]:
    """Weigh a span of cells: 1 inside, falling off towards a neighbour over what they share."""
    count = own.stop - own.start
    window = np.ones(count)
    place = np.arange(count)
    if own.start > 0:
        before = max((o.stop for o in others if o.start < own.start), default=own.start)
        window = np.minimum(window, (place + 1) / (before - own.start + 1))
    if own.stop < length:
        after = min((o.start for o in others if o.stop > own.stop), default=own.stop)
        window = np.minimum(window, (count - place) / (own.stop - after + 1))
    return window


def _places(canvas: Latents, tile: Tile) -> tuple[slice, slice]:
    """Find a tile's rows and columns among the cells of its canvas."""
    height, width = canvas.pieces[0].video.shape[-2:]
    cell = canvas.size[0] // width
    assert canvas.size == (width * cell, height * cell)
    rows = slice(tile.y // cell, (tile.y + tile.height) // cell)
    columns = slice(tile.x // cell, (tile.x + tile.width) // cell)
    return rows, columns

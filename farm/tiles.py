"""Tiles: how a picture that is too large for a model is cut into overlapping pieces.

Everything is measured in pixels and lies on the model's grid of cells; nothing here knows of
machines, so the cut is the same on every farm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One piece of a canvas, in pixels from its top left corner."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"x{self.x} y{self.y}"


def tiles(size: Span, *, edge: int, overlap: int, cell: int) -> list[Tile]:
    """Cut a canvas into tiles of at most `edge` pixels that overlap by at least `overlap`.

    Width, height, edge and overlap are multiples of `cell`. Row by row, from the top left.
    """
    across = list(_spans(size[0], edge=edge, overlap=overlap, cell=cell))
    down = list(_spans(size[1], edge=edge, overlap=overlap, cell=cell))
    return [Tile(x=x, y=y, width=width, height=height) for y, height in down for x, width in across]


def on_grid(size: Span, cell: int) -> Span:
    """Return the smallest size on the grid that holds a picture."""
    return -(-size[0] // cell) * cell, -(-size[1] // cell) * cell


def levels(size: Span, *, master: Span) -> int:
    """Count how often a picture must be doubled before it is at least as large as its master."""
    count = 0
    while size[0] << count < master[0] or size[1] << count < master[1]:
        count += 1
    return count


def _spans(length: int, *, edge: int, overlap: int, cell: int) -> Iterator[Span]:
    """Yield the start and the length of even, overlapping spans that cover a length."""
    if length <= edge:
        yield 0, length
        return
    count = -(-(length - overlap) // (edge - overlap))
    for number in range(count):
        yield (length - edge) // cell * number // (count - 1) * cell, edge

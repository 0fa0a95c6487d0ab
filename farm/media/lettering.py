"""Letters on pictures, in the typeface that comes with OpenCV: no machine's own fonts matter.

It has Latin, Greek, Cyrillic, Chinese, Japanese, Korean and Arabic; what it lacks is drawn as `?`.
"""

from threading import Lock
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Color = tuple[int, int, int]
Anchor = Literal["left", "right", "middle"]

REGULAR, BOLD = 400, 600
CUT = "\N{HORIZONTAL ELLIPSIS}"
_FACE = cv2.FontFace("sans")
_LOCK = Lock()
"""One thread draws at a time: nobody promises that a typeface may be shared."""


def write(  # noqa: PLR0913  # a line of text is these things
    picture: Picture,
    text: str,
    at: tuple[float, float],
    *,
    size: int,
    color: Color,
    weight: int = REGULAR,
    anchor: Anchor = "left",
) -> None:
    """Write one line onto the picture; `at` is x at the anchor, and y at the letters' foot."""
    shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
    x = at[0] - shift * width_of(text, size=size, weight=weight) if shift else at[0]
    with _LOCK:
        cv2.putText(picture, _one_line(text), (round(x), round(at[1])), color, _FACE, size, weight)


def width_of(text: str, *, size: int, weight: int = REGULAR) -> int:
    """Measure a line in pixels."""
    with _LOCK:
        box = cv2.getTextSize((1 << 20, 1 << 20), _one_line(text), (0, 0), _FACE, size, weight)
    return int(box[0] + box[2])


def fitted(text: str, *, size: int, room: float, weight: int = REGULAR) -> str:
    """Cut a line that is wider than `room` pixels, and mark the cut."""
    if width_of(text, size=size, weight=weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        fits = width_of(text[:middle] + CUT, size=size, weight=weight) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + CUT


def wrapped(text: str, *, size: int, room: float, lines: int) -> list[str]:
    """Break text into at most `lines` lines of `room` pixels; what is left is cut and marked."""
    rows: list[str] = []
    rest = " ".join(text.split())
    while rest and len(rows) < lines - 1:
        row = _first_line(rest, size=size, room=room)
        rows.append(row)
        rest = rest[len(row) :].lstrip()
    return [*rows, fitted(rest, size=size, room=room)] if rest else rows


def _first_line(text: str, *, size: int, room: float) -> str:
    """Take as much as fits, up to a space where there is one (some scripts have none)."""
    if width_of(text, size=size) <= room:
        return text
    whole = fitted(text, size=size, room=room).removesuffix(CUT) or text[0]
    if text[len(whole) : len(whole) + 1] == " " or " " not in whole:
        return whole
    return whole.rpartition(" ")[0]


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)

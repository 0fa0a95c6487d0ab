"""Pictures on their way into a model and out of it: display codes."""

from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.media.colorspace import ACES2065_1, SRGB, convert
from farm.media.plates import read_still

T = TypeVar("T", bound=np.generic)
Codes = NDArray[np.uint8]
Size = tuple[int, int]


def read_picture(path: Path, *, picture: Size, size: Size, named: str = "") -> Codes:
    """Read a picture as one frame of codes, (1, height, width, 3), for a model's grid.

    It is scaled to cover `picture`, cut to it from the middle, and its edges are carried out to
    `size`: so it lies where the picture lies in what the model makes. An EXR is shown as sRGB,
    and so are colours that were `named`.
    """
    pixels = shown(read_still(path, named=named).pixels)
    return fitted(pixels, picture=picture, size=size)[None]


def fitted(pixels: NDArray[T], *, picture: Size, size: Size) -> NDArray[T]:
    """Scale pixels to cover `picture`, cut them from the middle, carry their edges to `size`.

    Codes are sharpened by Lanczos as they grow; other numbers are not, for it would ring.
    """
    wide, high = picture
    scale = max(wide / pixels.shape[1], high / pixels.shape[0])
    grown = (max(wide, round(pixels.shape[1] * scale)), max(high, round(pixels.shape[0] * scale)))
    growing = cv2.INTER_LANCZOS4 if pixels.dtype == np.uint8 else cv2.INTER_LINEAR
    how = cv2.INTER_AREA if scale < 1 else growing
    scaled: NDArray[T] = cv2.resize(pixels, grown, interpolation=how)  # type: ignore[assignment, arg-type]  # OpenCV keeps the type of its numbers
    cut = middle(scaled, picture)
    (left, right), (top, bottom) = (_margins(size[i], picture[i]) for i in (0, 1))
    edges = ((top, bottom), (left, right), (0, 0))
    return np.pad(cut, edges[: pixels.ndim], mode="edge")


def shown(light: NDArray[np.float32]) -> Codes:
    """Show light, ACES2065-1, as the codes of an sRGB picture: what is past its white is white."""
    return coded(convert(light, ACES2065_1, SRGB).clip(0, 1))


def coded(frame: NDArray[np.float32]) -> Codes:
    """Write display codes of 0 to 1 in 8 bits."""
    return np.rint(frame * 255).astype(np.uint8)


def middle(pixels: NDArray[T], size: Size) -> NDArray[T]:
    """Cut (height, width, 3) pixels to (width, height) `size` from the middle."""
    (left, _), (top, _) = _margins(pixels.shape[1], size[0]), _margins(pixels.shape[0], size[1])
    return pixels[top : top + size[1], left : left + size[0]]


def _margins(length: int, inner: int) -> tuple[int, int]:
    before = (length - inner) // 2
    return before, length - inner - before

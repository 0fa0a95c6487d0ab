"""Single pictures for a screen: 16-bit TIFF and DPX, WebP, and a small moving GIF."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from farm.digest import digest_write
from farm.errors import TaskError

Picture = NDArray[np.uint8]
Codes = NDArray[np.uint16]

HEADER_BYTES: Final = 2048
UNSET: Final = 0xFFFFFFFF
RGB_ELEMENT, BT709_TRANSFER, BT709_COLOUR = 50, 6, 6
"""Code points of SMPTE ST 268: what the samples are, and how light became codes."""

TEXTS: Final = (
    (36, 100),
    (136, 24),
    (160, 100),
    (260, 200),
    (460, 200),
    (820, 32),
    (1432, 100),
    (1532, 24),
    (1556, 32),
    (1588, 32),
    (1664, 16),
    (1680, 32),
    (1732, 32),
    (1764, 100),
)
"""Where a DPX header has room for words, and how much."""  # fmt: skip

TIFF_NONE: Final = 1
GIF_TICK: Final = Fraction(1, 100)


def write_tiff(path: Path, codes: Codes) -> str:
    """Write 16-bit codes, (height, width, 3), as an uncompressed TIFF; return the file's digest."""
    options = [cv2.IMWRITE_TIFF_COMPRESSION, TIFF_NONE]
    return _encoded(path, cv2.cvtColor(codes, cv2.COLOR_RGB2BGR), options)


def write_webp(path: Path, picture: Picture) -> None:
    """Write an sRGB picture as WebP of high quality."""
    _encoded(path, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, 92])


def _encoded(path: Path, picture: NDArray[Any], options: list[int]) -> str:
    kept, coded = cv2.imencode(path.suffix, picture, options)
    if not kept:
        raise TaskError(f"{path.name} could not be encoded")
    return digest_write(path, coded.data)


def write_gif(path: Path, pictures: Sequence[Picture], *, rate: Fraction) -> None:
    """Write sRGB pictures as a GIF that repeats for ever, in time to a hundredth of a second.

    All frames share one palette, so that nothing that stands still flickers.
    """
    whole = Image.fromarray(np.concatenate([picture[::2, ::2] for picture in pictures]))
    palette = whole.quantize(256, method=Image.Quantize.MEDIANCUT)
    frames = [
        Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
        for picture in pictures
    ]
    ticks = [round(Fraction(number) / rate / GIF_TICK) for number in range(len(frames) + 1)]
    lasts = [10 * (after - before) for before, after in pairwise(ticks)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=lasts, loop=0)


def write_dpx(path: Path, codes: Codes, *, rate: Fraction, frame: int, timecode: str) -> str:
    """Write 16-bit codes of a Rec.709 screen, (height, width, 3), as DPX 2.0, big-endian.

    The header says the transfer, the rate and the timecode (SMPTE ST 268-1, sections 4 to 8).
    Returns the file's digest.
    """
    height, width = codes.shape[:2]
    pixels = codes.astype(">u2").tobytes()
    header = bytearray(b"\xff" * HEADER_BYTES)
    _put(header, 0, ">4sI8sIIIII", b"SDPX", HEADER_BYTES, b"V2.0\0\0\0\0",
         HEADER_BYTES + len(pixels), 1, 1664, 384, 0)  # fmt: skip
    for place, room in TEXTS:
        _text(header, place, room, "")
    _text(header, 36, 100, path.name)
    _text(header, 160, 100, "farm")
    _put(header, 768, ">HHII", 0, 1, width, height)
    _put(header, 780, ">IIfIf", 0, 0, 0.0, 65535, 1.0)
    _put(header, 800, ">4B2HIII", RGB_ELEMENT, BT709_TRANSFER, BT709_COLOUR, 16, 0, 0,
         HEADER_BYTES, 0, 0)  # fmt: skip
    _put(header, 1712, ">III", frame, UNSET, UNSET)
    _put(header, 1724, ">f", float(rate))
    _put(header, 1920, ">I", int("".join(part for part in timecode.split(":")), 16))
    _put(header, 1940, ">f", float(rate))
    return digest_write(path, memoryview(bytes(header) + pixels))


def _put(header: bytearray, place: int, layout: str, *values: object) -> None:
    struct.pack_into(layout, header, place, *values)


def _text(header: bytearray, place: int, room: int, text: str) -> None:
    header[place : place + room] = text.encode("ascii", "replace")[: room - 1].ljust(room, b"\0")

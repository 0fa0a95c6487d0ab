"""EXR files: half-float frames and clips, with typed headers. Only this room knows OpenEXR.

Nothing here depends on the time or the machine: the same pixels and header give the same bytes.
"""

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from farm.digest import digest_write
from farm.errors import TaskError
from farm.media.refused import refused
from farm.media.structure import exr_fault

__all__ = ["AP0", "MAX_HALF", "Channels", "Compression", "Filed", "Half", "HeaderValue", "Layer",
           "exr_fault", "read_clip", "read_exr", "read_given", "read_header", "read_layers",
           "to_half", "write_clip", "write_exr", "write_layers"]  # fmt: skip

Half = NDArray[np.float16]
Channels = dict[str, NDArray[np.float32]]
Pixels = NDArray[np.float16] | NDArray[np.float32]
Layer = NDArray[np.float16] | NDArray[np.float32]
Compression = Literal["dwab", "zip", "piz", "none"]
HeaderValue = str | int | float | Fraction | tuple[float, ...]

MAX_HALF: Final = 65504.0
DWAB_LEVEL: Final = 45.0
AP0: Final = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
"""The chromaticities of ACES2065-1: red, green, blue, white (SMPTE ST 2065-1)."""

_COMPRESSIONS: Final[dict[str, Any]] = {  # the binding's enumeration has no static type
    "dwab": OpenEXR.DWAB_COMPRESSION,
    "zip": OpenEXR.ZIP_COMPRESSION,
    "piz": OpenEXR.PIZ_COMPRESSION,
    "none": OpenEXR.NO_COMPRESSION,
}
_TIMECODE: Final = re.compile(r"(\d\d):(\d\d):(\d\d)[:;](\d\d)")
LONGEST_NAME: Final = 31
SQUEEZED: Final = frozenset({"R", "G", "B", "Y", "RY", "BY", "A"})
"""Last parts of channel names that DWA compresses as light (OpenEXR's DwaCompressor, its rules)."""
MATRICES: Final = frozenset({"worldToCamera", "worldToNDC"})
"""Attributes of 16 numbers, row by row: OpenEXR's matrices multiply row vectors from the right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A file that was written: its digest, and how many values had to be clamped for it."""

    digest: str
    clamped: int = 0


def write_exr(
    path: Path,
    pixels: Pixels,
    *,
    compression: Compression,
    header: Mapping[str, HeaderValue] | None = None,
    layers: Mapping[str, Layer] | None = None,
) -> Filed:
    """Write one frame, (height, width, 3), as half RGB.

    `layers` are further channels, (height, width) each, by name: `Z`, `normal.x` ...; their numbers
    are kept, DWAB or not. DWAB is written at level 45, as Luma delivers. Raises TaskError for NaN.
    """
    half, clamped = to_half(pixels)
    attributes = {name: _encode(name, value) for name, value in (header or {}).items()}
    attributes |= {"compression": _COMPRESSIONS[compression], "type": OpenEXR.scanlineimage}
    if compression == "dwab":
        attributes["dwaCompressionLevel"] = DWAB_LEVEL
    file = OpenEXR.File(attributes, {"RGB": half, **_lossless(layers or {})})
    return Filed(digest=_write(path, file), clamped=clamped)


def write_layers(
    path: Path, layers: Mapping[str, Layer], *, header: Mapping[str, HeaderValue] | None = None
) -> Filed:
    """Write channels without a picture, losslessly."""
    attributes = {name: _encode(name, value) for name, value in (header or {}).items()}
    attributes |= {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    return Filed(digest=_write(path, OpenEXR.File(attributes, _lossless(layers))))


def read_layers(path: Path) -> tuple[dict[str, Layer], dict[str, HeaderValue]]:
    """Read every channel but the picture's own, and the header."""
    with _open(path, separate=True) as file:
        channels = file.parts[0].channels
        found = {name: c.pixels for name, c in channels.items() if name not in {"R", "G", "B"}}
        return found, _decode(file.header())


def _lossless(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """Refuse channel names that DWA takes for light, and NaN."""
    for name, values in layers.items():
        if name.rpartition(".")[2] in SQUEEZED:
            raise TaskError(f"DWA would squeeze a channel that is named {name}")
        if np.isnan(values).any():
            raise TaskError(f"the channel {name} has values that are not numbers (NaN)")
    return dict(layers)


def read_exr(path: Path) -> tuple[Half, dict[str, HeaderValue]]:
    """Read one frame and its header; raises TaskError where the file is not whole."""
    with _open(path) as file:
        return _pixels(file.parts[0], path), _decode(file.header())


def read_header(path: Path) -> dict[str, HeaderValue]:
    """Read a frame's header alone: what `write_exr` was given, with the size and compression."""
    with _open(path, header_only=True) as file:
        return _decode(file.header())


def read_given(path: Path) -> tuple[Channels, dict[str, HeaderValue]]:
    """Read a frame of somebody else's: its colours, of any depth, as `RGB`, and Z if it has one.

    `RGB` is (height, width, 3) and `Z` (height, width), both float32; an alpha is left out.
    Raises TaskError where there are no colours.
    """
    with _open(path) as file:
        channels = file.parts[0].channels
        colours = channels.get("RGB") or channels.get("RGBA")
        if colours is None:
            raise TaskError(f"{path.name} has no R, G and B, only {', '.join(channels)}")
        found = {"RGB": np.asarray(colours.pixels, np.float32)[..., :3]}
        if "Z" in channels:
            found["Z"] = np.asarray(channels["Z"].pixels, np.float32)
        return found, _decode(file.header())


def write_clip(path: Path, frames: Sequence[Pixels] | Pixels) -> Filed:
    """Write frames of one size as one lossless file, a part each."""
    if not len(frames):
        raise TaskError(f"{path.name}: a clip needs at least one frame")
    halves = [to_half(frame) for frame in frames]
    if len({half.shape for half, _ in halves}) > 1:
        raise TaskError(f"{path.name}: the frames of a clip must be of one size")
    height, width = halves[0][0].shape[:2]
    corners = (np.array([0, 0], np.int32), np.array([width - 1, height - 1], np.int32))
    header = {
        "compression": OpenEXR.PIZ_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "displayWindow": corners,
        "chromaticities": AP0,
    }
    parts = [
        OpenEXR.Part(dict(header), {"RGB": half}, f"frame{number:06}")
        for number, (half, _) in enumerate(halves)
    ]
    clamped = sum(clamped for _, clamped in halves)
    return Filed(digest=_write(path, OpenEXR.File(parts)), clamped=clamped)


def read_clip(path: Path) -> Half:
    """Read a clip as (frames, height, width, 3); raises TaskError where it is not whole."""
    with _open(path) as file:
        return np.stack([_pixels(part, path) for part in file.parts])


def to_half(pixels: Pixels) -> tuple[Half, int]:
    """Convert to half within ±65504, infinities too; return the pixels and how many were clamped.

    Raises TaskError for NaN, which has no right value, and for what is not (height, width, 3).
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise TaskError(f"a frame must be (height, width, 3) in shape, not {pixels.shape}")
    largest = _largest(pixels)
    if math.isnan(largest):
        line, column = np.argwhere(np.isnan(pixels).any(axis=2))[0]
        raise TaskError(
            f"the frame has values that are not numbers (NaN), first at x={column} y={line}",
            hint="this is a fault of what made the pixels; it is never repaired here",
        )
    if largest <= MAX_HALF:
        return np.ascontiguousarray(pixels, np.float16), 0
    outside = int(np.count_nonzero(np.abs(pixels) > MAX_HALF))
    return np.ascontiguousarray(np.clip(pixels, -MAX_HALF, MAX_HALF), np.float16), outside


def _largest(pixels: Pixels) -> float:
    """Find the largest magnitude, NaN where there is any; halves are compared as their bits."""
    if pixels.dtype == np.float16:
        bits = (pixels.view(np.uint16) & 0x7FFF).max()
        return float(bits.view(np.float16))
    low, high = float(pixels.min()), float(pixels.max())
    return low if math.isnan(low) else max(-low, high)


def _write(path: Path, file: Any) -> str:  # noqa: ANN401  # OpenEXR.File has no static type
    """Encode in memory, since a table at the head is filled in last; hash while writing."""
    encoded = io.BytesIO()
    try:
        file.write(encoded)
        return digest_write(path, encoded.getbuffer())
    except (RuntimeError, ValueError, OSError) as error:
        raise refused(path, error) from error


def _open(path: Path, *, header_only: bool = False, separate: bool = False) -> Any:  # noqa: ANN401  # the same
    """Open a file whose structure is whole: the library's own words for damage mislead."""
    if fault := exr_fault(path):
        raise TaskError(f"{path.name} is not whole: {fault}")
    try:
        return OpenEXR.File(str(path), header_only=header_only, separate_channels=separate)
    except (RuntimeError, ValueError) as error:
        raise TaskError(f"{path.name} cannot be read: {error}") from error


def _pixels(part: Any, path: Path) -> Half:  # noqa: ANN401  # the same
    channels = part.channels
    if "RGB" not in channels or channels["RGB"].pixels.dtype != np.float16:
        raise TaskError(f"{path.name} holds {', '.join(channels)}; the farm reads half RGB")
    pixels: Half = channels["RGB"].pixels
    return pixels


def _encode(name: str, value: HeaderValue) -> Any:  # noqa: ANN401  # OpenEXR's attribute types
    """Turn a plain value into the attribute type that the standard asks for."""
    if len(name) > LONGEST_NAME:
        raise TaskError(f"header attribute {name} is longer than {LONGEST_NAME} letters")
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        raise TaskError(f"header attribute {name}={value} is no 32-bit number; write it as text")
    if name == "timeCode":
        return _timecode(str(value))
    if name == "adoptedNeutral":
        return np.array(value, np.float32)
    if name in MATRICES:
        return np.array(value, np.float32).reshape(4, 4)
    return value


def _timecode(text: str) -> Any:  # noqa: ANN401  # OpenEXR.TimeCode has no static type
    match = _TIMECODE.fullmatch(text)
    if not match:
        raise TaskError(f"{text!r} is not a timecode such as 00:00:41:17")
    code = OpenEXR.TimeCode()
    code.hours, code.minutes, code.seconds, code.frame = map(int, match.groups())
    return code


def _decode(header: Mapping[str, Any]) -> dict[str, HeaderValue]:
    """Turn attributes back into plain values; channels and windows become `width` and `height`."""
    low, high = header["dataWindow"]
    plain: dict[str, HeaderValue] = {
        "width": int(high[0] - low[0] + 1),
        "height": int(high[1] - low[1] + 1),
        "compression": next(
            (name for name, kind in _COMPRESSIONS.items() if kind == header["compression"]), "other"
        ),
    }
    skip = {"channels", "dataWindow", "displayWindow", "compression", "type", "lineOrder"}
    return plain | {k: _plain(v) for k, v in sorted(header.items()) if k not in skip}


def _plain(value: Any) -> HeaderValue:  # noqa: ANN401  # OpenEXR's attribute types
    if isinstance(value, OpenEXR.TimeCode):
        return f"{value.hours:02}:{value.minutes:02}:{value.seconds:02}:{value.frame:02}"
    if isinstance(value, np.ndarray | tuple):
        return tuple(float(number) for number in np.ravel(value))
    return value if isinstance(value, str | int | float | Fraction) else str(value)

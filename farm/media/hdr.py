"""What an HDR movie says of its light: the screen it was made on, and what was measured in it.

Written twice, as the standards have it: as SEI messages in the HEVC stream (ITU-T H.265, annex D)
and as boxes in the file (ISO/IEC 23001-17's `mdcv` and `clli`), which any codec may have.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.media.colorspace import nits_of_pq

P3_D65: Final = ((0.265, 0.690), (0.150, 0.060), (0.680, 0.320), (0.3127, 0.3290))
"""Green, blue, red and white of the screen that the HDR views are made for (SMPTE EG 432-1)."""

PEAK_NITS: Final = 1000.0
BLACK_NITS: Final = 0.0001
CHROMA_STEP, NITS_STEP = 50_000, 10_000
MASTERING, LEVELS = 137, 144
SEI_PREFIX: Final = 39
MP4_ENTRIES: Final = (b"hvc1", b"hev1", b"avc1")
SAMPLE_ENTRIES: Final = (*MP4_ENTRIES, b"ap4h", b"ap4x", b"AVdh")
TRAIL: Final = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """MaxCLL and MaxFALL in cd/m2 (CTA-861-G, annex P): the brightest pixel, the brightest frame.

    A pixel counts by its largest channel, a frame by the mean over its pixels.
    """

    brightest: int
    average: int


class LightMeter:
    """Measures content light levels over the frames that it is shown, in any order."""

    def __init__(self) -> None:
        self._nits = nits_of_pq(np.arange(65536, dtype=np.float32) / 65535).astype(np.float64)
        self._peak = 0.0
        self._average = 0.0

    def see(self, codes: NDArray[np.uint16]) -> None:
        """Take in one frame of 16-bit PQ codes, (height, width, 3)."""
        counts = np.bincount(codes.max(axis=2).reshape(-1), minlength=65536)
        self._peak = max(self._peak, float(self._nits[np.flatnonzero(counts)[-1]]))
        self._average = max(self._average, float(self._nits @ counts) / counts.sum())

    @property
    def levels(self) -> Levels:
        """Return what was measured so far, in whole cd/m2, rounded up as a limit is."""
        return Levels(brightest=_whole(self._peak), average=_whole(self._average))


def _whole(nits: float) -> int:
    return int(np.ceil(round(nits, 2)))


def sei_messages(levels: Levels) -> bytes:
    """Write the SEI unit of mastering screen and content light, to stand before a key frame."""
    body = b""
    for kind, payload in ((MASTERING, _mastering()), (LEVELS, _content(levels))):
        body += bytes((kind, len(payload))) + payload
    unit = _guarded(body + b"\x80")
    return b"\0\0\0\1" + bytes((SEI_PREFIX << 1, 1)) + unit


def with_sei(packet: bytes, message: bytes) -> bytes:
    """Put a message into an access unit (Annex B) before its first slice."""
    for start, kind in _units(packet):
        if kind < 32:
            return packet[:start] + message + packet[start:]
    raise TaskError("the encoder's key frame holds no picture")


def _units(packet: bytes) -> Iterator[tuple[int, int]]:
    """Find every NAL unit: where its start code begins, and its type."""
    at = packet.find(b"\0\0\1")
    while at >= 0:
        begin = at - 1 if at and packet[at - 1] == 0 else at
        yield begin, packet[at + 3] >> 1 & 0x3F
        at = packet.find(b"\0\0\1", at + 3)


def _guarded(payload: bytes) -> bytes:
    """Keep start codes out of a payload (H.265, 7.3.1.1: emulation prevention)."""
    result, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            result.append(3)
            zeros = 0
        result.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(result)


def _mastering() -> bytes:
    corners = [round(value * CHROMA_STEP) for point in P3_D65 for value in point]
    light = (round(PEAK_NITS * NITS_STEP), round(BLACK_NITS * NITS_STEP))
    return struct.pack(">8H2I", *corners, *light)


def _content(levels: Levels) -> bytes:
    return struct.pack(">2H", min(levels.brightest, 65535), min(levels.average, 65535))


def add_light_boxes(path: Path, levels: Levels) -> None:
    """Add `mdcv` and `clli` to the picture's description in an MP4 or MOV file, in place.

    The index must follow the pictures, as a file that is not yet "fast start" has it: then nothing
    that it points at moves, and only the file's end is written anew. Raises TaskError where it does
    not, or where there is no picture.
    """
    with path.open("r+b") as file:
        start = _index_of(file, path)
        file.seek(start)
        index = bytearray(file.read())
        _describe(index, levels, path)
        file.seek(start)
        file.write(index)


def _index_of(file: BinaryIO, path: Path) -> int:
    """Find where the index begins; it must come after the pictures."""
    at, pictures, size = 0, False, path.stat().st_size
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, name = struct.unpack_from(">I4s", head)
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, 8)
        if name == b"moov" and pictures:
            return at
        if name == b"moov" or not length:
            break
        pictures = pictures or name == b"mdat"
        at += length
    raise TaskError(f"{path.name}: the movie's index does not follow its pictures")


def _describe(data: bytearray, levels: Levels, path: Path) -> None:
    """Put both boxes into an index, and make all that they lie in longer by them."""
    chain = _sample_entry(data, path)
    start, size = chain[-1]
    added = b"".join(
        struct.pack(">I4s", 8 + len(body), name) + body
        for name, body in ((b"mdcv", _mastering()), (b"clli", _content(levels)))
    )
    end = start + size
    if data[end - 4 : end] == b"\0\0\0\0" and bytes(data[start + 4 : start + 8]) not in MP4_ENTRIES:
        end -= 4  # QuickTime closes a description with four zeros
    for place, length in chain:
        struct.pack_into(">I", data, place, length + len(added))
    data[end:end] = added


def _sample_entry(data: bytearray, path: Path) -> list[tuple[int, int]]:
    """Follow the boxes down to the picture's description; return each one's place and size."""
    chain: list[tuple[int, int]] = []
    low, high = 0, len(data)
    for name in TRAIL:
        found = [box for kind, box in _boxes(data, low, high) if kind == name]
        if name == b"trak":
            found = [box for box in found if b"vide" in data[box[0] : sum(box)][:600]]
        if not found:
            raise TaskError(f"{path.name}: there is no picture to describe in this movie")
        chain.append(found[0])
        low = found[0][0] + (16 if name == b"stsd" else 8)
        high = sum(found[0])
    entries = [box for kind, box in _boxes(data, low, high) if kind in SAMPLE_ENTRIES]
    if not entries:
        raise TaskError(f"{path.name}: its codec has no place for the levels of light")
    return [*chain, entries[0]]


def _boxes(data: bytearray, low: int, high: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield each box between two places: its name, and where it begins and how long it is."""
    while low + 8 <= high:
        size, name = struct.unpack_from(">I4s", data, low)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, low + 8)
        size = size or high - low
        if size < 8:
            return
        yield bytes(name), (low, size)
        low += size

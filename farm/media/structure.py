"""Is an EXR file whole? Its skeleton is walked from the magic number to the last byte.

Scanline files of one or many parts are read; no pixel is decoded, so pixels that were altered in
place need a digest. The layout is that of "OpenEXR File Layout" (openexr.com).
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAGIC = b"\x76\x2f\x31\x01"
TILED, DEEP, MULTIPART = 0x200, 0x800, 0x1000
LINES_A_CHUNK = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256}
LONGEST_NAME = 255
LARGE = 1 << 20
"""Above this many bytes, an altered length is not believed before the file's size is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """The version field, flags included, and every attribute as it stands in the file."""

    version: int
    attributes: dict[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    first: int
    last: int
    chunks: int


class _DamagedError(Exception):
    """The skeleton does not hold together; the message says where."""


def exr_fault(path: Path) -> str:
    """Say what is wrong with an EXR file's structure; the empty string means that it is whole."""
    try:
        with path.open("rb") as file:
            multi, parts = _read_headers(file)
            _check_chunks(file, parts, multi=multi, size=path.stat().st_size)
    except _DamagedError as fault:
        return str(fault)
    except OSError as fault:
        return f"cannot be read: {fault.strerror}"
    return ""


def read_skeleton(path: Path) -> Skeleton:
    """Read the version and the raw attributes of a one-part file that `exr_fault` finds whole."""
    with path.open("rb") as file:
        version = struct.unpack("<4xI", _take(file, 8))[0]
        return Skeleton(version=version, attributes=_read_header(file))


def _read_headers(file: BinaryIO) -> tuple[bool, list[_Part]]:
    if _take(file, 4) != MAGIC:
        raise _DamagedError("not an EXR file: it does not begin as one")
    (flags,) = struct.unpack("<I", _take(file, 4))
    if flags & (TILED | DEEP):
        raise _DamagedError("a tiled or deep EXR file, which the farm does not write")
    if not flags & MULTIPART:
        return False, [_part(_read_header(file))]
    parts = []
    while header := _read_header(file):
        parts.append(_part(header))
    return True, parts


def _read_header(file: BinaryIO) -> dict[str, bytes]:
    """Read one header's attributes; an empty header closes the list of a file of many parts."""
    attributes = {}
    while name := _word(file):
        _word(file)  # the attribute's type
        (length,) = struct.unpack("<i", _take(file, 4))
        if length < 0:
            raise _DamagedError(f"the header is altered: attribute {name} has no length")
        attributes[name] = _take(file, length)
    return attributes


def _part(attributes: dict[str, bytes]) -> _Part:
    try:
        _, first, _, last = struct.unpack("<4i", attributes["dataWindow"])
        lines = LINES_A_CHUNK[attributes["compression"][0]]
    except (KeyError, IndexError, struct.error):
        raise _DamagedError("the header lacks its data window or its compression") from None
    if last < first:
        raise _DamagedError("the header's data window is empty")
    return _Part(first=first, last=last, chunks=(last - first) // lines + 1)


def _check_chunks(file: BinaryIO, parts: list[_Part], *, multi: bool, size: int) -> None:
    """Follow the chain of chunks, which must run without a gap from the tables to the end."""
    tables = [_offsets(file, part) for part in parts]
    chain = sorted((offset, which) for which, table in enumerate(tables) for offset in table)
    if any(offset == 0 for offset, _ in chain):
        raise _DamagedError(f"{sum(o == 0 for o, _ in chain)} chunks of pixels were never written")
    expected = file.tell()
    for offset, which in chain:
        if offset != expected:
            raise _DamagedError(f"a chunk should begin at byte {expected}, not {offset}")
        expected = _chunk_end(file, offset, which, parts[which], multi=multi)
        if expected > size:
            raise _DamagedError(f"cut off: {size} bytes where a chunk ends at {expected}")
    if expected != size:
        raise _DamagedError(f"{size - expected} bytes follow the last chunk")


def _offsets(file: BinaryIO, part: _Part) -> tuple[int, ...]:
    return struct.unpack(f"<{part.chunks}Q", _take(file, 8 * part.chunks))


def _chunk_end(file: BinaryIO, offset: int, which: int, part: _Part, *, multi: bool) -> int:
    head = 12 if multi else 8
    said = os.pread(file.fileno(), head, offset)  # past the buffer, which each seek would fill
    if len(said) < head:
        raise _DamagedError(f"cut off: the file ends at byte {offset + len(said)}")
    if multi and struct.unpack_from("<i", said) != (which,):
        raise _DamagedError(f"the chunk at byte {offset} belongs to another part")
    line, length = struct.unpack_from("<iI", said, head - 8)
    if not part.first <= line <= part.last:
        raise _DamagedError(f"the chunk at byte {offset} lies outside the picture")
    return offset + head + int(length)


def _word(file: BinaryIO) -> str:
    letters = bytearray()
    while (letter := _take(file, 1)) != b"\0":
        letters += letter
        if len(letters) > LONGEST_NAME:
            raise _DamagedError("the header is altered: a name has no end")
    return letters.decode("utf-8", "replace")


def _take(file: BinaryIO, count: int) -> bytes:
    within = count <= LARGE or count <= os.fstat(file.fileno()).st_size
    taken = file.read(count if within else LARGE)
    if len(taken) < count:
        raise _DamagedError(f"cut off: the file ends at byte {file.tell()}")
    return taken

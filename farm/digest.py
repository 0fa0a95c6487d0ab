"""From values and files to digests: the only hashing in the farm."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

PIECE = 4 << 20  # bytes that are copied and hashed at a time

_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,  # a circle ends in `_normal`
)
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})  # nearly all that a key is made of
_MAPPINGS = (dict, Mapping)  # the first is quick to tell
_LISTS = (list, tuple)

Plain = None | bool | int | float | str | Sequence["Plain"] | Mapping[str, "Plain"]


def canonical(value: Plain) -> bytes:
    """Write a plain value in its one canonical form: JSON, keys sorted, 2.0 as 2, UTF-8.

    Raises TypeError for what is not plain, and ValueError for NaN and infinities.
    """
    return _ENCODER.encode(_normal(value)).encode("utf-8", "surrogatepass")


def digest_value(value: Plain) -> str:
    """Digest a plain value: SHA-256 of its canonical form, in hex."""
    return digest_bytes(canonical(value))


def digest_bytes(data: bytes) -> str:
    """Digest bytes: SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """Digest a file's bytes without holding them all in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Digest:
    """A digest of bytes that come piece by piece."""

    def __init__(self) -> None:
        self._state = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """Take the next bytes; other threads go on meanwhile."""
        self._state.update(piece)

    @property
    def hex(self) -> str:
        """Return the digest of all that came, in hex."""
        return self._state.hexdigest()


def digest_copy(reader: BinaryIO, writer: BinaryIO) -> str:
    """Copy one open file to another, and digest the bytes on their way."""
    digest = Digest()
    while piece := reader.read(PIECE):
        digest.add(piece)
        writer.write(piece)
    return digest.hex


def digest_write(path: Path, data: memoryview) -> str:
    """Write bytes to a file, and digest them on their way."""
    digest = hashlib.sha256()
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            digest.update(piece)
            while piece:
                piece = piece[file.write(piece) :]
    return digest.hexdigest()


def _normal(value: Plain) -> Plain:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, _LISTS):
        return [item if type(item) in _AS_THEY_ARE else _normal(item) for item in value]
    if isinstance(value, _MAPPINGS):
        return {
            _name(key): item if type(item) in _AS_THEY_ARE else _normal(item)
            for key, item in value.items()
        }
    if isinstance(value, int | str):
        return value
    raise TypeError(f"{type(value).__name__} is not plain JSON")


def _name(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a mapping's keys must be words, not {type(key).__name__}")
    return key

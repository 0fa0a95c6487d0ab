"""Cryptomatte: mattes by name, as compositing programs pull them (specification 1.2.0, Psyop 2015).

A name's identity is its MurmurHash3, written into the bits of a float; a header lists the names.
The channels hold pairs of identity and coverage, two pairs a layer.
"""

import json
import struct
from collections.abc import Iterable
from typing import Final

LAYER: Final = "crypto_object"
CHANNELS: Final = ("red", "green", "blue", "alpha")
"""Spelt out, as the specification allows: DWA would squeeze R, G and B as if they were light."""

_MASK: Final = 0xFFFFFFFF


def hashed(name: str) -> int:
    """Return the MurmurHash3 of a name's UTF-8 (32 bits, seed 0) as Cryptomatte needs it.

    Where the bits would make a float that is no number, infinite or denormal, one of its exponent's
    bits is turned (specification, "ID Hash to Float").
    """
    value = murmur3(name.encode())
    exponent = value >> 23 & 0xFF
    return value ^ 1 << 23 if exponent in {0, 255} else value


def murmur3(data: bytes) -> int:
    """Return MurmurHash3_x86_32 with seed 0."""
    value, whole = 0, len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        value ^= _mixed(word)
        value = (_turned(value, 13) * 5 + 0xE6546B64) & _MASK
    if tail := data[whole:]:
        value ^= _mixed(int.from_bytes(tail, "little"))
    value ^= len(data)
    value = ((value ^ value >> 16) * 0x85EBCA6B) & _MASK
    value = ((value ^ value >> 13) * 0xC2B2AE35) & _MASK
    return value ^ value >> 16


def as_float(value: int) -> float:
    """Return the float whose bits are a hash."""
    return float(struct.unpack("<f", struct.pack("<I", value))[0])


def header(names: Iterable[str], *, layer: str = LAYER) -> dict[str, str]:
    """Write the attributes that name a layer and everything in it."""
    key = f"cryptomatte/{murmur3(layer.encode()):08x}"[: len("cryptomatte/") + 7]
    manifest = {name: f"{hashed(name):08x}" for name in names}
    return {
        f"{key}/name": layer,
        f"{key}/hash": "MurmurHash3_32",
        f"{key}/conversion": "uint32_to_float32",
        f"{key}/manifest": json.dumps(manifest, sort_keys=True, separators=(",", ":")),
    }


def channel_names(ranks: int, *, layer: str = LAYER) -> list[str]:
    """Name the channels of identity and coverage, one after the other, for so many ranks."""
    return [f"{layer}{k // 4:02}.{CHANNELS[k % 4]}" for k in range(2 * ranks)]


def _mixed(word: int) -> int:
    return (_turned((word * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _turned(value: int, by: int) -> int:
    return (value << by | value >> (32 - by)) & _MASK

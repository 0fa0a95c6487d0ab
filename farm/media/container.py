"""Is a file a strict ACES container? The rules of SMPTE ST 2065-4, one by one."""

import struct
from collections.abc import Iterator
from pathlib import Path

from farm.media.exr import AP0
from farm.media.structure import Skeleton, exr_fault, read_skeleton

VERSIONS = (2, 1026)
LONGEST_NAME = 31
REQUIRED = (
    "acesImageContainerFlag", "channels", "chromaticities", "compression", "dataWindow",
    "displayWindow", "lineOrder", "pixelAspectRatio", "screenWindowCenter", "screenWindowWidth",
)  # fmt: skip
HALF = 1


def aces_container_faults(path: Path) -> list[str]:
    """List what keeps an EXR file from being a strict ACES container; none means that it is one."""
    if fault := exr_fault(path):
        return [fault]
    skeleton = read_skeleton(path)
    missing = [name for name in REQUIRED if name not in skeleton.attributes]
    if missing:
        return [f"the required attribute {name} is missing" for name in missing]
    return list(_faults(skeleton))


def _faults(skeleton: Skeleton) -> Iterator[str]:
    attributes = skeleton.attributes
    if skeleton.version not in VERSIONS:
        yield f"the version field is {skeleton.version}, where 2 or 1026 is allowed"
    if skeleton.version == 2 and any(len(name) > LONGEST_NAME for name in attributes):
        yield f"an attribute's name is longer than {LONGEST_NAME} letters"
    if attributes["acesImageContainerFlag"] != struct.pack("<i", 1):
        yield "acesImageContainerFlag is not 1"
    if attributes["compression"] != b"\0":
        yield "the pixels are compressed"
    if attributes["chromaticities"] != struct.pack("<8f", *AP0):
        yield "the chromaticities are not those of ACES2065-1"
    if attributes["lineOrder"] not in (b"\0", b"\1"):
        yield "the lines are in random order"
    yield from _channel_faults(attributes["channels"])


def _channel_faults(raw: bytes) -> Iterator[str]:
    channels = _channels(raw)
    if sorted(channels) not in (["B", "G", "R"], ["A", "B", "G", "R"]):
        yield f"the channels are {', '.join(sorted(channels))}, where RGB or RGBA is asked"
    if any(kind != HALF for kind in channels.values()):
        yield "a channel is not half float"


def _channels(raw: bytes) -> dict[str, int]:
    """Read a channel list: name, zero, then 16 bytes that begin with the pixel type."""
    channels = {}
    while raw[:1] not in (b"", b"\0"):
        name, _, rest = raw.partition(b"\0")
        channels[name.decode("latin-1")] = int(struct.unpack_from("<i", rest)[0])
        raw = rest[16:]
    return channels

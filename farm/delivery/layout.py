"""Where everything lies inside a version's folder."""

from farm.media.codecs import SEQUENCES, STILLS, ending
from farm.naming import FRAME_DIGITS, Address

EXR = "exr"


def frame_path(address: Address, version: str, frame: int) -> str:
    """Place a frame: `exr/aurora_sq010_sh0010_v001.1001.exr`."""
    return f"{EXR}/{address.frame_file(version, frame)}"


def movie_path(address: Address, version: str, kind: str) -> str:
    """Place a movie beside the frames: `aurora_sq010_sh0010_v001_review.mp4`."""
    return f"{address.stem(version)}_{kind}.{ending(kind)}"


def picture_path(address: Address, version: str, kind: str, frame: int) -> str:
    """Place a picture of a sequence: `tiff/aurora_sq010_sh0010_v001.1001.tif`."""
    return f"{kind}/{address.stem(version)}.{frame:0{FRAME_DIGITS}}.{SEQUENCES[kind]}"


def still_path(address: Address, version: str, kind: str) -> str:
    """Place a still: `aurora_sq010_sh0010_v001_still.avif`."""
    return f"{address.stem(version)}_still.{STILLS[kind]}"


def sheet_path(address: Address, version: str) -> str:
    """Place the contact sheet: `aurora_sq010_sh0010_v001_takes.png`."""
    return f"{address.stem(version)}_takes.png"

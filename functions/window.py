"""The window that a re-composed shot looks through: how large, and within which corners."""

from collections.abc import Mapping
from fractions import Fraction

from farm.digest import Plain


def window(
    shape: tuple[int, int], ratio: Fraction, source: tuple[float, float, float, float]
) -> tuple[float, float]:
    """Return width and height, in shares of a frame (height, width), of the largest window."""
    height, width = shape
    left, top, right, bottom = source
    wide, high = (right - left) * width, (bottom - top) * height
    if wide / high > ratio:
        wide = high * float(ratio)
    else:
        high = wide / float(ratio)
    return wide / width, high / height


def corners(params: Mapping[str, Plain]) -> tuple[float, float, float, float]:
    """Read left, top, right and bottom from a task's `source`."""
    (left, top), (right, bottom) = params["source"]  # type: ignore[misc, str-unpack]  # two points, checked at the door
    return float(left), float(top), float(right), float(bottom)  # type: ignore[arg-type]  # the same

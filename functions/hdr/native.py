"""Native light: the model generates it, as it is or in log codes whose curve is a published one."""

from farm.media.colorspace import ACES2065_1, ACESCCT, convert
from functions.hdr.base import Codes, Light

LOGC3 = "ARRI LogC3 (EI800)"


def from_acescct(codes: Codes) -> Light:
    """Read ACEScct codes (S-2016-001): 1.0 is 222.9 times a white of 1."""
    return convert(codes, ACESCCT, ACES2065_1)


def from_logc3(codes: Codes) -> Light:
    """Read ARRI LogC3 codes at EI 800: 1.0 is 55.1 times a white of 1."""
    return convert(codes, LOGC3, ACES2065_1)


def from_linear(light: Codes) -> Light:
    """Take ACES2065-1 light as it is."""
    return light

"""Reconstructed light: a display picture is unmade into the scene that the ACES view would show so.

The inverse of OCIO's ACES 2.0 SDR view gives every code the light that the view maps to it. Near
white the view is almost flat, so that its inverse runs off: code 0.98 is 20 times white, 1.0 is 128
times. An eight-bit step there would be a flash. Light above `KNEE` is therefore held below `PEAK`
by a curve with slope 1 at the knee:

    y = knee + d / (1 + d / (peak - knee)),   d = x - knee

taken on a pixel's largest channel, and its channels are scaled alike, so that hue stays. Seen
through the same view, codes up to 0.7 come back as they were, and white comes back as 0.972. It is
an expansion by a rule, not light that was ever measured: headers and reports say `reconstructed`.
"""

import numpy as np

from farm.media.colorspace import from_view
from functions.hdr.base import Codes, Light

KNEE, PEAK = 1.0, 16.0


def from_display(codes: Codes) -> Light:
    """Read an sRGB picture as the scene behind it; its brightest white is just below `PEAK`."""
    light = from_view(codes)
    top = light.max(axis=-1, keepdims=True)
    beyond = np.maximum(top - KNEE, 0)
    held = np.where(top > KNEE, KNEE + beyond / (1 + beyond / (PEAK - KNEE)), top)
    gain = np.divide(held, top, out=np.ones_like(top), where=top > KNEE)
    return np.ascontiguousarray(light * gain, np.float32)

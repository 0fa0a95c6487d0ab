"""Is an SDR picture posing as HDR? What eight bits and a clipped white leave behind in the light.

A dark scene is no fraud: what has no light above a screen's white is only doubted where it also
carries the marks of a screen, which no light of its own ever has. They are looked for in the
primaries of a screen (Rec.709), where its codes were made.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HIGHEST = 1.05
"""As bright as a screen's white can come back, after half floats and lossy compression."""

STEP = 1 / 255
LADDER = 0.12
"""How far from whole codes values lie on average, in codes: 0.25 where they never were codes."""

PLATEAU, PLATEAU_SHARE = 0.004, 0.005
"""Within so much of white, so many of the pixels are one flat white: it was cut off there."""

SPARSE = 3
DARKEST, LIGHTEST = 8, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What one frame shows: its brightest value in Rec.709, and the two marks of a screen."""

    highest: float
    ladder: float
    plateau: float


def marks_of(pixels: NDArray[np.float16]) -> Marks:
    """Look for a screen's marks in a frame of ACES2065-1, (height, width, 3)."""
    # OpenColorIO is only for who decodes pixels
    from farm.media.colorspace import (  # noqa: PLC0415
        ACES2065_1,
        LINEAR_REC709,
        SRGB,
        convert,
    )

    some = pixels[::SPARSE, ::SPARSE].astype(np.float32)
    light = convert(some, ACES2065_1, LINEAR_REC709)
    codes = convert(some, ACES2065_1, SRGB) / STEP
    middle = codes[(codes > DARKEST) & (codes < LIGHTEST)]
    apart = np.abs(middle - np.round(middle))
    return Marks(
        highest=float(light.max()),
        ladder=float(apart.mean()) if middle.size > 100 else 0.25,
        plateau=float((np.abs(light - 1) < PLATEAU).any(axis=2).mean()),
    )


def posing(frames: list[Marks]) -> str:
    """Say why frames that claim HDR are SDR; the empty string means that nothing says so."""
    highest = max(frame.highest for frame in frames)
    if highest > HIGHEST:
        return ""
    if float(np.mean([frame.ladder for frame in frames])) < LADDER:
        return f"its light stops at {highest:.2f} and stands on the steps of 8-bit codes"
    if max(frame.plateau for frame in frames) > PLATEAU_SHARE:
        return f"its light is cut off at {highest:.2f}, a screen's white"
    return ""

"""The burnt-in slate: a strip at the foot of every review frame that says what it shows."""

from dataclasses import dataclass

import numpy as np

from farm.media.lettering import BOLD, Picture, fitted, width_of, write

STRIP_SHARE = 1 / 13
"""The strip's height, as a share of the frame's shorter side."""

SHADE = 0.3
BRIGHT, DIM = (242, 242, 242), (184, 184, 184)
SMALLEST_STRIP = 20
"""Under so many pixels of strip nothing can be read: smaller pictures stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """What the strip says: `title` large, `note` small."""

    title: str
    note: str


def burn_in(picture: Picture, burn: Burn, *, frame: str, timecode: str) -> Picture:
    """Return the picture, (height, width, 3), with the strip over its foot."""
    height, width = picture.shape[:2]
    tall = round(min(height, width) * STRIP_SHARE)
    if tall < SMALLEST_STRIP:
        return picture
    result = picture.copy()
    strip = np.ascontiguousarray(result[height - tall :] * SHADE, np.uint8)
    _letter(strip, burn, frame=frame, timecode=timecode)
    result[height - tall :] = strip
    return result


def _letter(strip: Picture, burn: Burn, *, frame: str, timecode: str) -> None:
    tall, width = strip.shape[:2]
    edge, large, small = tall // 3, round(tall * 0.36), round(tall * 0.24)
    upper, lower = tall * 0.46, tall * 0.83
    clock = max(width_of(frame, size=large, weight=BOLD), width_of(timecode, size=small))
    room = width - 3 * edge - clock
    title = fitted(burn.title, size=large, weight=BOLD, room=room)
    note = fitted(burn.note, size=small, room=room)
    write(strip, title, (edge, upper), size=large, color=BRIGHT, weight=BOLD)
    write(strip, note, (edge, lower), size=small, color=DIM)
    right = width - edge
    write(strip, frame, (right, upper), size=large, color=BRIGHT, weight=BOLD, anchor="right")
    write(strip, timecode, (right, lower), size=small, color=DIM, anchor="right")

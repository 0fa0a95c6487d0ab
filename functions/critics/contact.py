"""Contact frames: a take as a vision critic sees it, each frame with its number on it."""

import cv2
import numpy as np

from farm.media.colorspace import to_display
from farm.media.lettering import BOLD, write
from functions.critics.base import Take
from functions.critics.eyes import Picture, Silence

LONGEST_SIDE = 512
QUALITY = 85
STRIP = 26


def contact_frames(take: Take, *, count: int, label: str) -> tuple[Picture, ...]:
    """Show `count` frames of a take, evenly spread, as JPEGs of the ACES SDR view."""
    last = len(take.clip) - 1
    frames = sorted({round(at) for at in np.linspace(0, last, min(count, last + 1))})
    return tuple(_picture(take, frame, label) for frame in frames)


def _picture(take: Take, frame: int, label: str) -> Picture:
    seen = to_display(np.nan_to_num(take.clip[frame], nan=0, posinf=65504, neginf=0))
    height, width = seen.shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    sized = cv2.resize(seen, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    slate = np.zeros((size[1] + STRIP, size[0], 3), np.uint8)
    slate[STRIP:] = sized
    caption = f"{label} frame {frame}" if label else f"frame {frame}"
    write(slate, caption, (8, STRIP - 8), size=16, color=(255, 255, 255), weight=BOLD)
    kept, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(slate, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not kept:
        raise Silence("a frame could not be encoded")
    return Picture(caption=caption, jpeg=coded.tobytes())

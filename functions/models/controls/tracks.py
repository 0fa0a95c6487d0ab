"""Motion tracks: points that run along the arrows and paths of a shot, each with a trail.

Drawn as Lightricks draws them for its motion-track adapter: on black, a disc for each of the last
50 frames. The oldest is red and 2 pixels of a picture 1080 high, the youngest blue and 8.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.shots.spec import Annotation
from functions.models.controls.base import Codes
from functions.models.diffusion.pictures import Size

TRAIL = 50
SMALL, LARGE = 2.0, 8.0
SHORT_EDGE = 1080
FINE = 4
"""Discs are placed to a sixteenth of a pixel: 4 bits."""

AGES = (0.0, 1 / 3, 2 / 3, 1.0)
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255))
"""The colour of the oldest, of two ages between, and of the youngest."""

Points = NDArray[np.float64]


def leads(mark: Annotation) -> bool:
    """Tell whether a mark leads a subject along a line."""
    return not mark.leads_camera and bool(mark.path or mark.arrow)


def draw_tracks(marks: Sequence[Annotation], *, frames: int, picture: Size, size: Size) -> Codes:
    """Draw every mark that leads a subject, over so many frames, in the middle of `size`."""
    (wide, high), (width, height) = picture, size
    corner = np.array([(width - wide) // 2, (height - high) // 2])
    tracks = [_track(mark, frames) * (wide, high) + corner for mark in marks if leads(mark)]
    drawn = np.zeros((frames, height, width, 3), np.uint8)
    for frame in range(frames):
        for age in reversed(range(min(TRAIL, frame) + 1)):
            for track in tracks:
                _disc(drawn[frame], track[frame - age], 1 - age / TRAIL, min(picture))
    return drawn


def _track(mark: Annotation, frames: int) -> Points:
    """Say where a mark's point is in every frame, in shares of the picture.

    It rests at the beginning of its way until its first frame, and at the end after its last.
    """
    way = np.array(mark.path or mark.arrow, float)
    first = mark.frames.first if mark.frames else (mark.frame or 0)
    last = mark.frames.last if mark.frames else frames - 1
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    times = np.clip((np.arange(frames) - first) / max(last - first, 1), 0, 1) * along[-1]
    return np.stack([np.interp(times, along, way[:, axis]) for axis in (0, 1)], axis=1)


def _disc(frame: Codes, place: Points, youth: float, short_edge: int) -> None:
    radius = (SMALL + (LARGE - SMALL) * youth) * short_edge / SHORT_EDGE
    colour = [float(np.interp(youth, AGES, [c[i] for c in COLOURS])) for i in range(3)]
    x, y = (round(float(edge) * 2**FINE) for edge in place)
    cv2.circle(frame, (x, y), round(radius * 2**FINE), colour, -1, cv2.LINE_AA, FINE)

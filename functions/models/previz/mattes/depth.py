"""How far away a picture's parts are: as its file says, or as its layout suggests.

Where no depth comes with a picture, it is laid out as a stage is: a floor that runs from the
camera to the horizon, a backdrop behind it, and what stands in the middle cut out and set upright
where its foot touches the floor (after Horry et al., "Tour into the picture", SIGGRAPH 1997). The
cut is GrabCut's (Rother et al., SIGGRAPH 2004).
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Mask = NDArray[np.uint8]

EYE_M: Final = 1.6
"""How high a camera is held where nothing says it."""

FAR_M: Final = 60.0
NEAR_M: Final = 0.8
LOOK_WIDTH: Final = 320
"""Layouts are found in a picture of this width."""

STANDING: Final = (0.01, 0.45)
"""What stands in the middle covers this share of the picture, or there is nothing to cut out."""

BEFORE: Final = 0.9
"""What is nearer than this share of the depth behind it stands before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """A picture's two layers of depth, in metres along the camera's axis, (height, width) each.

    `behind` is what one would see without what stands in front; `front` is the depth of what does,
    carried on past its edge; `standing` is 255 where that is.
    """

    behind: Float
    front: Float
    standing: Mask


def estimated(picture: Float, *, tan_y: float) -> Layers:
    """Lay out a picture, (height, width, 3) light, half of it `tan_y` high at a metre's depth."""
    height, width = picture.shape[:2]
    small = _looked_at(picture)
    horizon = _horizon(small)
    behind = _floor(height, width, horizon, tan_y)
    mask = _standing(small)
    large = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    standing = np.where(large > 127, 255, 0).astype(np.uint8)
    rows = np.flatnonzero(standing.any(axis=1))
    foot = int(rows[-1]) if len(rows) else height - 1
    stands = float(behind[foot, 0])
    front = np.full((height, width), stands, np.float32)
    return Layers(behind=behind, front=front, standing=standing)


def measured(depth: Float) -> Layers:
    """Part a depth that is known into what is in front and what would be seen behind it."""
    width = depth.shape[1]
    known = np.nan_to_num(depth, nan=FAR_M, posinf=FAR_M, neginf=FAR_M)
    known = np.clip(np.where(known <= 0, FAR_M, known), 0.1, 10 * FAR_M).astype(np.float32)
    reach = max(3, width // 3 | 1)
    closed = cv2.morphologyEx(known, cv2.MORPH_CLOSE, np.ones((1, reach), np.uint8))
    behind = np.asarray(cv2.blur(closed, (width // 64 | 1, width // 64 | 1)), np.float32)
    standing = np.where(known < BEFORE * behind, 255, 0).astype(np.uint8)
    return Layers(behind=behind, front=_carried(known, standing), standing=standing)


def _looked_at(picture: Float) -> Mask:
    """Return a picture small and as a screen shows it, blue first."""
    height, width = picture.shape[:2]
    size = (LOOK_WIDTH, max(2, round(height * LOOK_WIDTH / width)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    codes: Mask = np.rint(np.clip(small[..., ::-1], 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    return codes


def _horizon(small: Mask) -> float:
    """Return the row, 0..1, that best parts the picture in two: the most variance between."""
    rows = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).mean(axis=1)
    height = len(rows)
    best, found = 4.0, 0.5
    for cut in range(round(0.3 * height), round(0.7 * height)):
        share = cut / height
        apart = float(np.square(rows[:cut].mean(axis=0) - rows[cut:].mean(axis=0)).sum())
        if (worth := apart * share * (1 - share)) > best:
            best, found = worth, share
    return found


def _floor(height: int, width: int, horizon: float, tan_y: float) -> Float:
    """Return the depth of a floor below the horizon, and of a backdrop from there up."""
    rows = (np.arange(height) + 0.5) / height
    drop = np.maximum(2.0 * tan_y * (rows - horizon), EYE_M / FAR_M)
    depth = np.clip(EYE_M / drop, NEAR_M, FAR_M)
    return np.repeat(depth[:, None], width, axis=1).astype(np.float32)


def _standing(small: Mask) -> Mask:
    """Cut out what stands in the middle of a picture, 255; nothing where nothing does."""
    height, width = small.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    box = (width // 6, height // 10, width * 2 // 3, height * 4 // 5)
    cv2.setRNGSeed(1)
    models = np.zeros((2, 1, 65))
    cv2.grabCut(small, mask, box, models[0], models[1], 5, cv2.GC_INIT_WITH_RECT)
    cut = np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    closed = cv2.morphologyEx(cut, cv2.MORPH_CLOSE, np.ones((9, 5), np.uint8))
    count, labels, sizes, centres = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return np.zeros_like(cut)
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    left, _, wide, _, area = sizes[largest]
    whole = [
        part
        for part in range(1, count)
        if left <= centres[part][0] <= left + wide and sizes[part, cv2.CC_STAT_AREA] > area / 400
    ]
    found = np.where(np.isin(labels, whole), 255, 0).astype(np.uint8)
    low, high = STANDING
    return found if low < (found > 0).mean() < high else np.zeros_like(found)


def _carried(depth: Float, standing: Mask) -> Float:
    """Carry the depth of what stands on past its edges, so that a mesh of it covers them."""
    reach = max(3, depth.shape[1] // 60 | 1)
    inside = np.where(standing > 0, depth, np.float32(math.inf)).astype(np.float32)
    spread = cv2.erode(inside, np.ones((reach, reach), np.uint8))
    return np.where(np.isfinite(inside), inside, np.where(np.isfinite(spread), spread, depth))

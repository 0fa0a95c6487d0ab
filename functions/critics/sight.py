"""What an eye makes of pixels: a small preview, its tones, and how neighbouring frames flow."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]
T = TypeVar("T")
A = TypeVar("A")

PREVIEW_SIDE = 288
"""The long side of a preview, in pixels."""

SHORTEST_SIDE = 64
"""Optical flow needs at least this many pixels a side."""

MAX_HALF = 65504.0
GREY = 0.18
LUMINANCE = np.array([0.3439664498, 0.7281660966, -0.0721325464], np.float32)
"""From ACES2065-1 to luminance: the Y row of its RGB to XYZ matrix (SMPTE ST 2065-1, annex C)."""

FLOOR = 0.05
"""The part of a take's own mean luminance below which its tones are taken for noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Optical flow between neighbours a and b, in preview pixels, and where it can be trusted.

    `ahead` leads from a to b, (height, width, 2); `certain` is where the way back agrees;
    `back` is b's tones fetched to a's places.
    """

    ahead: F32
    certain: Mask
    back: F32


def each(work: Callable[[A], T], items: Sequence[A], *, threads: int) -> list[T]:
    """Do the same to every item, in order; the answer does not depend on the threads."""
    if threads == 1 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def preview_size(width: int, height: int) -> tuple[int, int]:
    """Fit width and height to the preview, never below what optical flow needs."""
    scale = min(1.0, PREVIEW_SIDE / max(width, height))
    scale = max(scale, SHORTEST_SIDE / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrink(frame: NDArray[np.float16], size: tuple[int, int]) -> F32:
    """Average a frame's light down to a size; what is not finite becomes black."""
    light = np.nan_to_num(frame.astype(np.float32), nan=0.0, posinf=MAX_HALF, neginf=0.0)
    shrinks = size[0] <= frame.shape[1] and size[1] <= frame.shape[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(light, size, interpolation=way), np.float32)


def luminance_of(light: F32) -> F32:
    """Weigh ACES2065-1 light, (..., 3), to luminance, never negative."""
    luminance: F32 = np.maximum(light @ LUMINANCE, 0)
    return luminance


def tones_of(luminance: F32) -> F32:
    """Take stops above the take's own floor: what the exposure does not change."""
    floor = max(
        FLOOR * float(np.mean(np.minimum(luminance, 50 * np.median(luminance) + 1e-6))), 1e-6
    )
    tones: F32 = np.log2(luminance / floor + 1)
    return tones


def codes_of(tones: F32) -> U8:
    """Spread tones over 8 bits, one scale for all frames: what optical flow reads."""
    low, high = np.percentile(tones[:, ::4, ::4], (0.5, 99.5))
    spread = (tones - low) * (255 / max(float(high - low), 0.5))
    codes: U8 = np.clip(spread + 0.5, 0, 255).astype(np.uint8)
    return codes


def flow_between(codes: tuple[U8, U8], tones: F32) -> Flow:
    """Measure the flow from the first to the second, both ways, and check one with the other.

    DIS flow (Kroeger et al., ECCV 2016); the check is Sundaram, Brox and Keutzer's (ECCV 2010).
    `tones` are the second frame's.
    """
    ahead, behind = _dis(*codes, preset="MEDIUM"), _dis(*codes[::-1], preset="FAST")
    places = grid(*codes[0].shape) + ahead
    returned = fetch(behind, places)
    miss = ((ahead + returned) ** 2).sum(-1)
    length = (ahead**2).sum(-1) + (returned**2).sum(-1)
    certain = (miss < 0.01 * length + 0.5) & inside(places)
    return Flow(ahead=ahead, certain=certain, back=fetch(tones, places))


def _dis(first: U8, second: U8, *, preset: str) -> F32:
    finder = cv2.DISOpticalFlow_create(getattr(cv2, f"DISOPTICAL_FLOW_PRESET_{preset}"))  # type: ignore[attr-defined]  # missing in OpenCV's stubs
    ahead: F32 = finder.calc(first, second, None)
    return ahead


def fetch(picture: F32, places: F32, *, way: int = cv2.INTER_LINEAR) -> F32:
    """Read a picture at places, (height, width, 2), x before y; its edge goes on outside."""
    found = cv2.remap(picture, places[..., 0], places[..., 1], way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def grid(height: int, width: int) -> F32:
    """List every pixel's own place, (height, width, 2), x before y."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y], axis=-1)


def inside(places: F32) -> Mask:
    """Tell which places lie within the frame."""
    height, width = places.shape[:2]
    x, y = places[..., 0], places[..., 1]
    within: Mask = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return within


def differ(ours: F32, theirs: F32, ahead: F32) -> F32:
    """Compare a frame with another, fetched along a flow, beyond what the light alone has done."""
    places = grid(*ours.shape) + ahead
    apart = fetch(theirs, places) - ours
    return np.where(inside(places), np.abs(apart - np.median(apart)), 0).astype(np.float32)


def gain_of(flow: Flow, tones: F32) -> float:
    """Measure how much brighter a pair's second frame is, in stops; `tones` are the first's."""
    return float(np.median((flow.back - tones)[flow.certain])) if flow.certain.any() else 0.0


def texture_of(codes: U8) -> F32:
    """Measure how well flow can be told at each pixel: the smaller eigenvalue of its structure.

    Shi and Tomasi, "Good Features to Track" (CVPR 1994).
    """
    smooth = cv2.GaussianBlur(codes, (0, 0), 1.0)
    return np.asarray(cv2.cornerMinEigenVal(smooth, 7), np.float32)


def blocks_of(tones: F32, side: int) -> F32:
    """Average blocks of side by side pixels, (frames, height, width) in and out."""
    _, height, width = tones.shape
    cut = tones[:, : height // side * side, : width // side * side]
    shape = (len(tones), height // side, side, width // side, side)
    blocks: F32 = cut.reshape(shape).mean((2, 4))
    return blocks

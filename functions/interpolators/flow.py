"""Frames between frames by optical flow, both ways, aware of what each neighbour alone can see.

Flow is DIS (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) on tones;
pixels are fetched and mixed in linear light. Motion is carried to the time in between by splatting
it from both sides, so that edges move with what moves (as in Niklaus and Liu, "Softmax Splatting",
CVPR 2020, but without learning); what fails the check of Sundaram, Brox and Keutzer (ECCV 2010)
is hidden in one neighbour and is taken from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from functions.interpolators.base import F32

LONG_SIDE = 960
"""Flow is measured at this size: motion is smoother than pictures are."""

SHORTEST_SIDE = 64
DOUBTED = 0.03
"""What a motion counts that its way back does not confirm."""

HANDICAPS = (0.0, 1.0, 3.0)
"""By how many codes of 255 the surer motions must be better, to be taken for the carried one."""

ASTRAY = (35.0, 80.0)
"""From how many codes of 255 apart on a place is given up, and mixed plainly, as a dissolve is."""

SIGMAS = (1.5, 6.0, 24.0, 96.0)
"""How far holes in the splatted motion reach for their neighbours, in pixels, one try each."""

LUMINANCE = np.array([0.3439664498, 0.7281660966, -0.0721325464], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Motion:
    """Flow both ways in small pixels, (height, width, 2), and which pixels find their way back.

    `codes` are the tones of both frames, at the same size.
    """

    ahead: F32
    behind: F32
    seen_ahead: F32
    seen_behind: F32
    codes: tuple[F32, F32]


def between(first: F32, second: F32, times: Sequence[float]) -> list[F32]:
    """Make the pictures between two neighbours; see `Interpolator`."""
    motion = _motion(first, second)
    return [_at(first, second, motion, time) for time in times]


def _motion(first: F32, second: F32) -> _Motion:
    size = _small(first.shape[1], first.shape[0])
    codes = _codes(_shrunk(first, size), _shrunk(second, size))
    ahead, behind = _dis(codes[0], codes[1]), _dis(codes[1], codes[0])
    return _Motion(
        ahead=ahead,
        behind=behind,
        seen_ahead=_confirmed(ahead, behind),
        seen_behind=_confirmed(behind, ahead),
        codes=(codes[0].astype(np.float32), codes[1].astype(np.float32)),
    )


def _shrunk(frame: F32, size: tuple[int, int]) -> F32:
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.float32)


def _small(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONG_SIDE / max(width, height))
    scale = max(scale, SHORTEST_SIDE / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _codes(first: F32, second: F32) -> tuple[np.ndarray, np.ndarray]:
    """Spread both frames' stops over 8 bits, by one scale."""
    light = np.maximum(np.stack([first, second]) @ LUMINANCE, 0)
    floor = max(0.05 * float(np.median(light)), 1e-4)
    tones = np.log2(light / floor + 1)
    low, high = np.percentile(tones[:, ::4, ::4], (0.5, 99.5))
    spread = (tones - low) * (255 / max(float(high - low), 0.5))
    codes = np.clip(spread + 0.5, 0, 255).astype(np.uint8)
    return codes[0], codes[1]


def _dis(first: np.ndarray, second: np.ndarray) -> F32:
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]  # missing in OpenCV's stubs
    flow: F32 = finder.calc(first, second, None)
    return flow


def _grid(height: int, width: int) -> F32:
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([x, y], axis=-1)


def _fetch(picture: F32, places: F32, *, way: int = cv2.INTER_LINEAR) -> F32:
    found = cv2.remap(picture, places[..., 0], places[..., 1], way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _confirmed(there: F32, back: F32) -> F32:
    """Say which pixels the way back brings home: 1, or 0 for what the other frame hides."""
    returned = _fetch(back, _grid(*there.shape[:2]) + there)
    miss = ((there + returned) ** 2).sum(-1)
    length = (there**2).sum(-1) + (returned**2).sum(-1)
    return np.asarray(miss < 0.01 * length + 0.5, np.float32)


def _at(first: F32, second: F32, motion: _Motion, time: float) -> F32:
    """Make one picture: fetch both neighbours along the motion, and mix what each can see."""
    moved, apart = _carried(motion, time)
    hidden_later = 1 - _fetch(motion.seen_ahead, _grid(*moved.shape[:2]) - time * moved)
    hidden_before = 1 - _fetch(motion.seen_behind, _grid(*moved.shape[:2]) + (1 - time) * moved)
    height, width = first.shape[:2]
    full = _scaled(moved, (width, height))
    before, after = _grid(height, width) - time * full, _grid(height, width) + (1 - time) * full
    near = np.clip(1 - time, 0, 1) * _grown(1 - hidden_before, (width, height)) * _inside(before)
    far = np.clip(time, 0, 1) * _grown(1 - hidden_later, (width, height)) * _inside(after)
    share = ((far + 1e-4 * time) / (near + far + 1e-4))[..., None]
    mixed = (1 - share) * _fetch(first, before, way=cv2.INTER_CUBIC) + share * _fetch(
        second, after, way=cv2.INTER_CUBIC
    )
    low, high = _extremes(_fetch(first, before), _fetch(second, after))
    astray = np.clip((apart - ASTRAY[0]) / (ASTRAY[1] - ASTRAY[0]), 0, 1)
    lost = cv2.blur(astray * hidden_later * hidden_before, (5, 5)).astype(np.float32)
    fade = _grown(lost, (width, height))[..., None]
    plain = (1 - min(time, 1.0)) * first + min(time, 1.0) * second
    return np.asarray((1 - fade) * np.clip(mixed, low, high) + fade * plain, np.float32)


def _extremes(first: F32, second: F32) -> tuple[F32, F32]:
    """Bound a picture by what lies about each pixel: cubic fetching rings beside a sun."""
    kernel = np.ones((3, 3), np.uint8)
    low = np.minimum(cv2.erode(first, kernel), cv2.erode(second, kernel))
    return low, np.maximum(cv2.dilate(first, kernel), cv2.dilate(second, kernel))


def _scaled(moved: F32, size: tuple[int, int]) -> F32:
    height, width = moved.shape[:2]
    scale = np.array([size[0] / width, size[1] / height], np.float32)
    return np.asarray(cv2.resize(moved, size, interpolation=cv2.INTER_LINEAR) * scale, np.float32)


def _grown(mask: F32, size: tuple[int, int]) -> F32:
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _inside(places: F32) -> F32:
    height, width = places.shape[:2]
    x, y = places[..., 0], places[..., 1]
    within = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.asarray(within, np.float32)


def _carried(motion: _Motion, time: float) -> tuple[F32, F32]:
    """Carry the motion, from the first to the second, to where it is at a time in between.

    Returns it, and how far the neighbours are apart with it, in codes.

    Where flow goes astray, both neighbours disagree about what is there: of the motion as it was
    carried, the motion of what is sure alone, and none at all, the one is taken that they agree on.
    """
    options = [_splatted(motion, time, doubted=doubted) for doubted in (DOUBTED, 0.0)]
    options.append(np.zeros_like(options[0]))
    costs = np.stack([
        _disagreement(motion, time, moved) + handicap
        for moved, handicap in zip(options, HANDICAPS, strict=True)
    ])  # fmt: skip
    best = costs.argmin(axis=0)[..., None]
    chosen = np.select([best == number for number in range(len(options))], options)
    moved = np.asarray(cv2.medianBlur(chosen.astype(np.float32), 5), np.float32)
    return moved, _disagreement(motion, time, moved)


def _disagreement(motion: _Motion, time: float, moved: F32) -> F32:
    """Measure, in codes, how far the neighbours are apart about each place, with one motion."""
    places = _grid(*moved.shape[:2])
    apart = np.abs(
        _fetch(motion.codes[0], places - time * moved)
        - _fetch(motion.codes[1], places + (1 - time) * moved)
    )
    return np.asarray(cv2.blur(apart, (7, 7)), np.float32)


def _splatted(motion: _Motion, time: float, *, doubted: float) -> F32:
    height, width = motion.ahead.shape[:2]
    total, weight = np.zeros((height * width, 2)), np.zeros(height * width)
    for flow, step, seen in (
        (motion.ahead, time, motion.seen_ahead),
        (-motion.behind, time - 1, motion.seen_behind),
    ):
        trust = np.where(seen > 0, 1.0, doubted)
        _splat(total, weight, places=_grid(height, width) + step * flow, value=flow, trust=trust)
    return _filled(total.reshape(height, width, 2), weight.reshape(height, width))


def _splat(
    total: np.ndarray, weight: np.ndarray, *, places: F32, value: F32, trust: np.ndarray
) -> None:
    """Add values to the four pixels about each place, by how near they are."""
    height, width = trust.shape
    corner = np.floor(places).astype(np.int64)
    part = places - corner
    for right in (0, 1):
        for down in (0, 1):
            x, y = corner[..., 0] + right, corner[..., 1] + down
            near = np.abs(1 - right - part[..., 0]) * np.abs(1 - down - part[..., 1]) * trust
            fits = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            index, share = (y * width + x)[fits], near[fits]
            weight += np.bincount(index, share, minlength=weight.size)
            for axis in (0, 1):
                found = np.bincount(index, share * value[fits][:, axis], minlength=weight.size)
                total[:, axis] += found


def _filled(total: np.ndarray, weight: np.ndarray) -> F32:
    """Divide what was splatted by its weight; where nothing fell, ask farther and farther about."""
    result = np.zeros(total.shape)
    missing = np.ones(weight.shape, bool)
    for sigma in SIGMAS:
        near_weight = cv2.GaussianBlur(weight, (0, 0), sigma / 3)
        near = cv2.GaussianBlur(total, (0, 0), sigma / 3)
        fits = missing & (near_weight > 1e-3)
        result[fits] = near[fits] / near_weight[fits][:, None]
        missing &= ~fits
    return result.astype(np.float32)

"""Faults planted in clean footage at known strengths, and the axis that must notice each one."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from functions.critics.plates import film
from functions.critics.sight import fetch, grid

Clip = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to spoil a clip: the axis that answers for it, strengths from slight to plain."""

    axis: str
    strengths: tuple[float, ...]
    plant: Callable[[Clip, float], Clip]
    moves: tuple[str, ...] = ("pan_right", "static", "dolly_in", "tilt_up")


def not_numbers(clip: Clip, values: float) -> Clip:
    """Set some values to NaN."""
    spoilt = clip.copy()
    places = np.random.default_rng(1).integers(0, clip.size, int(values))
    spoilt.reshape(-1)[places] = np.nan
    return spoilt


def black_frames(clip: Clip, share: float) -> Clip:
    """Turn a share of the frames black, from the middle on."""
    spoilt = clip.copy()
    start = len(clip) // 2
    spoilt[start : start + max(1, round(share * len(clip) / 2))] *= np.float16(0.001)
    return spoilt


def still(clip: Clip, grain_stops: float) -> Clip:
    """Show the first frame throughout, with fresh grain over it."""
    return grain(np.repeat(clip[:1], len(clip), axis=0), grain_stops)


def halt(clip: Clip, share: float) -> Clip:
    """Let the picture stand still for the last share of the take."""
    start = round((1 - share) * len(clip))
    return clip[np.minimum(np.arange(len(clip)), start)]


def repeats(clip: Clip, share: float) -> Clip:
    """Show a share of the frames twice, in place of the ones that follow."""
    frames = np.arange(len(clip))
    count = max(1, round(share * len(clip)))
    for place in np.linspace(2, len(clip) - 3, count).astype(int):
        frames[place] = frames[place - 1]
    return clip[frames]


def ripple(clip: Clip, stops: float) -> Clip:
    """Let the light alternate by this much either way."""
    return _expose(clip, stops * (-1.0) ** np.arange(len(clip)))


def flash(clip: Clip, stops: float) -> Clip:
    """Brighten a single frame."""
    return _expose(clip, stops * (np.arange(len(clip)) == len(clip) // 2))


def burn(clip: Clip, stops: float) -> Clip:
    """Open up until the highlights go, and keep what is above them."""
    return _expose(clip, np.full(len(clip), stops))


def cut_off(clip: Clip, stops: float) -> Clip:
    """Open up and cut the light off at 1, as footage made for a screen is."""
    return np.minimum(_expose(clip, np.full(len(clip), stops)), np.float16(1))


def darken(clip: Clip, stops: float) -> Clip:
    """Stop down."""
    return _expose(clip, np.full(len(clip), -stops))


def blur(clip: Clip, sigma: float) -> Clip:
    """Put the whole picture out of focus."""
    soft = [cv2.GaussianBlur(f.astype(np.float32), (0, 0), sigma) for f in clip]
    return np.asarray(soft, np.float16)


def blur_under_grain(clip: Clip, sigma: float) -> Clip:
    """Put the picture out of focus, and hide that under grain."""
    return grain(blur(clip, sigma), 0.15)


def grain(clip: Clip, stops: float) -> Clip:
    """Lay fresh noise over every frame."""
    dice = np.random.default_rng(2)
    noise = dice.standard_normal(clip.shape[:3]).astype(np.float32)[..., None]
    return np.asarray(clip * np.exp2(stops * noise), np.float16)


def boil(clip: Clip, pixels: float) -> Clip:
    """Bend every frame on its own, as footage does whose things do not stay what they are."""
    dice = np.random.default_rng(3)
    return np.stack([_bend(frame, pixels, dice) for frame in clip])


def backwards(clip: Clip, share: float) -> Clip:
    """Play the take the other way round, at a share of its speed."""
    frames = np.linspace(len(clip) - 1, (1 - share) * (len(clip) - 1), len(clip))
    return np.asarray(clip[np.round(frames).astype(int)], np.float16)


def shake(clip: Clip, widths: float) -> Clip:
    """Jolt every frame."""
    dice = np.random.default_rng(4)
    height, width = clip.shape[1:3]
    jolts = dice.normal(0, widths * width, (len(clip), 2)).astype(np.float32)
    places = grid(height, width)
    pairs = zip(clip, jolts, strict=True)
    jolted = [fetch(frame.astype(np.float32), places + jolt) for frame, jolt in pairs]
    return np.asarray(jolted, np.float16)


def rush(clip: Clip, times: float) -> Clip:
    """Film the set anew with a camera that pans too fast."""
    return film("pan_right", frames=len(clip), size=(clip.shape[2], clip.shape[1]), amount=times)


def lose_frames(clip: Clip, count: float) -> Clip:
    """Leave out the last frames."""
    return clip[: len(clip) - int(count)]


def flatten(clip: Clip, share: float) -> Clip:
    """Take a share of the contrast out of the light, and keep its mean."""
    light = np.log2(np.maximum(clip.astype(np.float32), 1e-4))
    mean = light.mean((1, 2), keepdims=True)
    return np.asarray(np.exp2(mean + (light - mean) * (1 - share)), np.float16)


def _expose(clip: Clip, stops: NDArray[np.floating]) -> Clip:
    light = clip.astype(np.float32) * np.exp2(stops)[:, None, None, None]
    return np.asarray(np.minimum(light, 60000), np.float16)


def _bend(frame: NDArray[np.float16], pixels: float, dice: np.random.Generator) -> Clip:
    height, width = frame.shape[:2]
    coarse = dice.normal(0, pixels, (height // 8, width // 8, 2)).astype(np.float32)
    bend = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return fetch(frame.astype(np.float32), grid(height, width) + bend).astype(np.float16)


FAULTS: dict[str, Fault] = {
    "lose_frames": Fault("whole", (1, 3, 8), lose_frames),
    "flatten": Fault("contrast", (0.75, 0.85, 0.95), flatten),
    "not_numbers": Fault("finite", (1, 20, 5000), not_numbers),
    "black_frames": Fault("black", (0.05, 0.3, 1), black_frames),
    "still": Fault("frozen", (0, 0.03, 0.1, 0.2), still, ("pan_right", "dolly_in", "tilt_up")),
    "halt": Fault("frozen", (0.5, 0.7, 0.9), halt, ("pan_right", "dolly_in", "tilt_up")),
    "repeats": Fault(
        "duplicates", (0.04, 0.15, 0.33), repeats, ("pan_right", "dolly_in", "tilt_up")
    ),
    "ripple": Fault("flicker", (0.06, 0.1, 0.2, 0.5), ripple),
    "flash": Fault("flicker", (0.5, 1, 2), flash),
    "burn": Fault("clipped", (7, 8, 9), burn),
    "cut_off": Fault("clipped", (2.5, 3.5, 5), cut_off),
    "over": Fault("exposure", (2.5, 3, 4), burn),
    "under": Fault("exposure", (2.5, 3, 4), darken),
    "blur": Fault("sharpness", (1.5, 2, 3), blur),
    "blur_under_grain": Fault("sharpness", (1.5, 2, 3), blur_under_grain),
    "boil": Fault("coherence", (1, 2, 4), boil),
    "grain": Fault("coherence", (0.3, 0.6, 1), grain),
    "backwards": Fault("camera", (0.3, 0.6, 1), backwards, ("pan_right", "dolly_in", "tilt_up")),
    "shake": Fault("camera", (0.003, 0.006, 0.012), shake),
    "rush": Fault("motion", (3, 5, 8), rush),
}
"""Every fault, by name. Gates must break the take; metrics must score it under what is good."""

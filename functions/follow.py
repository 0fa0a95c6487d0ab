"""Find the way of a narrower frame through a shot: its subject stays in, and it moves smoothly."""

from collections.abc import Generator, Mapping
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.frames import Rate
from farm.media.exr import read_clip
from farm.task import Made, Progress
from functions.bench import Bench
from functions.critics.base import Take
from functions.critics.sight import F32
from functions.named import cover_of
from functions.window import corners, window

STEPS = 65
"""At how many places along its way a frame is tried."""

HASTE = 20.0
"""What a step of the whole way within one frame costs, squared, against all that is to be seen."""

CALM_SECONDS = 0.35
"""Over how long the way is smoothed."""

STILL_SHARE = 0.15
"""How much what merely stands out counts, beside what acts."""


def follow(bench: Bench) -> Generator[Progress, None, Made]:
    """Choose a window's middle for every frame of the inputs `clip.*`, which follow each other.

    Params: `start`, the number of the first frame; `ratio`, the window's width over its height as
    text; `source`, the corners, in shares of the frame, that it stays within; `focal_length` and
    `rate`. The output `path` is JSON: `start` and `middles`, [x, y] in shares of the frame.

    Followed is what `subject` names, where the inputs `state.*` are scenes of a model that knows
    (see `cover_of`); else what moves by itself, or stands out. The fact `follows` says which.
    """
    params = bench.task.params
    names = sorted(name for name in bench.task.inputs if name.startswith("clip."))
    clip = np.concatenate([read_clip(bench.path(name)) for name in names])
    yield Progress(done=0, total=1, note="following")
    take = Take(name="master", clip=clip, focal_mm=float(str(params["focal_length"])))
    subject = str(params.get("subject") or "")
    cover = cover_of(bench, subject, size=take.size) if subject else None
    weights = _acting(take) if cover is None else _shown(cover)
    calm = CALM_SECONDS * float(Rate.parse(str(params["rate"])))
    middles = _middles(weights, params, calm=calm)
    path: dict[str, Plain] = {"start": int(str(params["start"])), "middles": middles.tolist()}
    follows = "what acts" if cover is None else subject
    return Made(outputs={"path": bench.keep_json(path)}, facts={"follows": follows})


def _shown(cover: F32) -> F32:
    """Weigh every pixel by how much of it shows the subject; a frame without it weighs nothing."""
    return np.asarray(cover / np.maximum(cover.sum(axis=(1, 2), keepdims=True), 1e-6), np.float32)


def _acting(take: Take) -> F32:
    acting = take.acting if len(take.clip) > 1 else np.zeros(take.luminance.shape, np.float32)
    weighed = [_weight(one, tones) for one, tones in zip(acting, take.tones, strict=True)]
    return np.stack(weighed)


def _weight(acting: F32, tones: F32) -> F32:
    """Weigh every pixel: what acts counts most, then what differs from all about it."""
    acts = cv2.GaussianBlur(np.minimum(acting, 2.0) * (acting > 0.35), (0, 0), 2)
    apart = np.abs(tones - cv2.GaussianBlur(tones, (0, 0), tones.shape[1] / 6))
    still = apart / max(float(apart.sum()), 1e-6)
    moving = acts / max(float(acts.sum()), 1e-6) if acts.sum() > 1 else np.zeros_like(still)
    weight = moving + STILL_SHARE * still
    return np.asarray(weight / weight.sum(), np.float32)


def _middles(weights: F32, params: Mapping[str, Plain], *, calm: float) -> NDArray[np.float64]:
    """Find the best way across and down, each by itself."""
    source = corners(params)
    wide, high = window(weights.shape[1:], Fraction(str(params["ratio"])), source)
    across = _way(weights.sum(axis=1), wide, low=source[0], high=source[2])
    down = _way(weights.sum(axis=2), high, low=source[1], high=source[3])
    return np.stack([_calmed(across, calm), _calmed(down, calm)], axis=1)


def _way(profiles: F32, share: float, *, low: float, high: float) -> NDArray[np.float64]:
    """Choose a middle for every frame: as much as can be inside, as little haste as can be.

    The best way of all (Viterbi), as in Avidan and Shamir's seams but for windows.
    """
    first, last = low + share / 2, high - share / 2
    if last - first < 1e-6:
        return np.full(len(profiles), (first + last) / 2)
    places = np.linspace(first, last, STEPS)
    inside = np.stack([_inside(profile, places, share) for profile in profiles])
    haste = HASTE * (places[:, None] - places[None, :]) ** 2
    score, ways = inside[0], []
    for seen in inside[1:]:
        options = score[None, :] - haste
        best = options.argmax(axis=1)
        ways.append(best)
        score = options[np.arange(STEPS), best] + seen
    place = int(score.argmax())
    chosen = [place]
    for best in reversed(ways):
        place = int(best[place])
        chosen.append(place)
    return np.asarray(places[chosen[::-1]], np.float64)


def _inside(profile: F32, places: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Weigh what a window about each place holds; what is near its middle counts more."""
    at = (np.arange(len(profile)) + 0.5) / len(profile)
    off = np.abs(at[None, :] - places[:, None]) / (share / 2)
    return np.asarray((np.clip(1 - off**2, 0, None) * profile[None, :]).sum(axis=1), np.float64)


def _calmed(way: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Smooth a way in time; its ends go on as they are."""
    reach = max(1, round(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 0.3)) ** 2)
    padded = np.pad(way, reach, mode="edge")
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"), np.float64)

"""Bring a piece of a master to another frame rate, and judge it on frames that it did not see."""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.frames import FrameRange, Rate
from farm.media.exr import HeaderValue, read_exr, write_exr
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.camera import between
from functions.interpolators import INTERPOLATORS
from functions.interpolators.base import Interpolator
from functions.sequence import read_sequence

F32 = NDArray[np.float32]

JUDGED_SIDE, MOST_JUDGED = 640, 6
"""How large the frames are that are held out, and how many of them."""

NEAREST = Fraction(1, 1000)
"""What lies this near to a frame of the master is that frame, untouched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A new frame: its number, the old one before it, and how far on to the next, 0 to 1."""

    number: int
    before: int
    part: Fraction


def retime(bench: Bench) -> Generator[Progress, None, Made]:
    """Make frames `first` to `last` at rate `to` of the input `frames`, which has `rate`.

    Frame 0 of the new is frame `start` of the old, at the same time. The input `next` is what
    follows; without it, motion goes on after the last frame as it went. Output `frames`; facts:
    `count`, `kept` (frames of the master as they were), and what held-out frames say (`judged`).
    """
    params = bench.task.params
    frames = dict(read_sequence(bench, "frames"))
    last = max(frames)
    if "next" in bench.task.inputs:
        frames[last + 1] = read_sequence(bench, "next")[0][1]
    method = INTERPOLATORS.get(str(params["method"]))
    reel = _Reel(bench, frames, method)
    kept: list[tuple[int, Artifact]] = []
    places = list(_places(params))
    for place in places:
        kept.append((place.number, reel.frame(place)))
        yield Progress(done=len(kept), total=len(places), note="frames")
    facts = {"count": len(kept), "kept": reel.kept, **_judged(reel, sorted(frames), method)}
    return Made(outputs={"frames": bench.keep_sequence(kept)}, facts=facts)


def _places(params: Mapping[str, Plain]) -> Generator[_Place, None, None]:
    old, new = Rate.parse(str(params["rate"])).value, Rate.parse(str(params["to"])).value
    start = int(str(params["start"]))
    for number in FrameRange(int(str(params["first"])), int(str(params["last"]))):
        time = start + number * old / new
        before = int(time)
        yield _Place(number=number, before=before, part=time - before)


class _Reel:
    """The master's frames, read as they are needed; the last few stay at hand."""

    def __init__(self, bench: Bench, frames: dict[int, Artifact], method: Interpolator) -> None:
        self._bench, self._frames, self._method = bench, frames, method
        self.kept = 0
        self._seen = lru_cache(maxsize=3)(self._read)

    def _read(self, number: int) -> tuple[F32, dict[str, HeaderValue]]:
        pixels, header = read_exr(self._bench.store.path(self._frames[number]))
        return pixels.astype(np.float32), header

    def pixels(self, number: int) -> F32:
        """Return a frame of the master."""
        return self._seen(number)[0]

    def frame(self, place: _Place) -> Artifact:
        """Return the master's own frame where one falls on the time, or make what lies between."""
        if place.part < NEAREST and place.before in self._frames:
            self.kept += 1
            return self._frames[place.before]
        if place.part > 1 - NEAREST and place.before + 1 in self._frames:
            self.kept += 1
            return self._frames[place.before + 1]
        path = self._bench.scratch / f"{place.number}.exr"
        pixels, camera = self._made(place)
        filed = write_exr(path, pixels, compression="piz", header=camera)
        return self._bench.keep_file(path, kind="exr", digest=filed.digest)

    def _made(self, place: _Place) -> tuple[F32, Mapping[str, HeaderValue]]:
        """Make what lies between two frames, or past the last, and say where its camera stands."""
        first, time = place.before, float(place.part)
        if first + 1 not in self._frames:
            first, time = first - 1, time + 1
        if first not in self._frames:
            pixels, camera = self._seen(first + 1)
            return pixels, between(camera, camera, 0)
        (a, here), (b, there) = self._seen(first), self._seen(first + 1)
        return self._method(a, b, [time])[0], between(here, there, time)


def _judged(reel: _Reel, numbers: Sequence[int], method: Interpolator) -> dict[str, Plain]:
    """Hold out frames, predict each from its neighbours, and compare with a plain mix of them.

    Errors are peak signal-to-noise ratios of stops, in decibels: 1 is light itself.
    """
    inner = list(numbers[1:-1:2])[:MOST_JUDGED]
    if not inner:
        return {"judged": "too short to tell"}
    ours, mixes = [], []
    for number in inner:
        before, truth, after = (_small(reel.pixels(number + step)) for step in (-1, 0, 1))
        ours.append(_decibels(method(before, after, [0.5])[0], truth))
        mixes.append(_decibels(0.5 * before + 0.5 * after, truth))
    score, plain = float(np.mean(ours)), float(np.mean(mixes))
    return {
        "judged": "good" if score >= plain - 0.1 else "poor",
        "held_out": len(inner),
        "held_out_db": round(score, 2),
        "mixed_db": round(plain, 2),
    }


def _small(pixels: F32) -> F32:
    scale = min(1.0, JUDGED_SIDE / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def _decibels(made: F32, truth: F32) -> float:
    """Compare in tones of about one stop, as the eye does; 99 is as good as equal."""
    apart = np.log2(1 + np.maximum(made, 0)) - np.log2(1 + np.maximum(truth, 0))
    error = float(np.mean(apart**2))
    return min(99.0, -10 * math.log10(max(error, 1e-10)))

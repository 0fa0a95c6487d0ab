"""The frames that a finding names are the frames in which its fault lies."""

import importlib
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from farm.shots.request import Request
from functions.critics import CRITICS, GATES, METRICS
from functions.critics.base import Take
from functions.critics.faults import blur, burn, flatten
from functions.critics.plates import Clip, Way, film

SIZE, FRAMES = (160, 90), 16


@cache
def plate(move: str, way: Way | None = None) -> Clip:
    return film(move, frames=FRAMES, size=SIZE, ball=way or False)


def spoilt(*frames: int, by: Callable[[Clip], Clip], move: str = "pan_right") -> Clip:
    """Spoil some frames of a plate and leave the others as they are."""
    clip = plate(move).copy()
    clip[list(frames)] = by(clip)[list(frames)]
    return clip


def held(*frames: int) -> Clip:
    clip = plate("pan_right").copy()
    clip[list(frames)] = clip[frames[0]]
    return clip


def jerk() -> Clip:
    """A camera that pans by 12 pixels between frames 9 and 10, and stands before and after."""
    clip = np.repeat(plate("static")[:1], FRAMES, axis=0)
    clip[10:] = np.roll(clip[10:], -12, axis=2)
    return clip


def ball_that_leaves() -> Clip:
    return plate("static", ((0.35, 0.6), (1.3, 0.6)))


def ball_that_jumps_late() -> Clip:
    rests = film("static", frames=10, size=SIZE, ball=((0.5, 0.75), (0.5, 0.75)))
    jumps = film("static", frames=6, size=SIZE, ball=((0.5, 0.75), (0.5, 0.3)))
    return np.concatenate([rests, jumps])


ACROSS: Way = ((0.3, 0.66), (0.7, 0.66))
PATH = {"frame": 0, "path": [[0.3, 0.66], [0.5, 0.66], [0.7, 0.25]], "guides": "subject"}

CASES: dict[str, tuple[str, Callable[[], Clip], dict[str, object], set[int]]] = {
    "values that are no numbers": (
        "finite", lambda: spoilt(3, by=lambda c: c * np.float16(np.nan)), {}, {3},
    ),
    "a black frame": ("black", lambda: spoilt(5, by=lambda c: c * 0), {}, {5}),
    "a burnt frame": ("clipped", lambda: spoilt(7, by=lambda c: burn(c, 8)), {}, {7}),
    "a run that stands still": ("frozen", lambda: held(*range(4, 13)), {}, set(range(5, 13))),
    "a frame shown twice": ("duplicates", lambda: held(7, 8), {}, {8}),
    "a flash": ("flicker", lambda: spoilt(9, by=lambda c: burn(c, 2)), {}, {9}),
    "a frame that is too light": ("exposure", lambda: spoilt(6, by=lambda c: burn(c, 4)), {}, {6}),
    "a frame without contrast": (
        "contrast", lambda: spoilt(11, by=lambda c: flatten(c, 0.95)), {}, {11},
    ),
    "a camera that jerks": ("motion", jerk, {"move": "pan_right"}, {9}),
    "a frame that is another picture": (
        "coherence", lambda: spoilt(8, by=lambda c: c[:, ::-1]), {}, {7, 8},
    ),
    "a subject that leaves": (
        "subject", ball_that_leaves, {"move": "static", "prompt": "a ball rolls"},
        set(range(8, 16)),
    ),
    "a leap in the second half": (
        "steps", ball_that_jumps_late, {"move": "static", "prompt": "a ball rests, then jumps"},
        set(range(10, 16)),
    ),
    "a body that leaves its path at the end": (
        "annotations", lambda: plate("static", ACROSS),
        {"move": "static", "prompt": "a ball rolls", "annotations": [PATH]}, {14, 15},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_evidence_lies_where_the_fault_was_planted(name: str) -> None:
    axis, make, asked, frames = CASES[name]
    wish = dict(asked)
    request = Request.model_validate(
        {"prompt": "a courtyard", "frames": FRAMES, "rate": 24, "size": SIZE}
        | {"camera": {"moves": [wish.pop("move", "pan_right")]}}
        | wish
    )
    finding = CRITICS.get(axis)(Take(name="t01", clip=make()), request)
    assert finding
    assert finding.frames
    assert set(finding.frames) <= frames


def test_sharpness_names_pairs_that_were_looked_at() -> None:
    request = Request.model_validate(
        {"prompt": "a courtyard", "frames": FRAMES, "rate": 24, "size": SIZE}
    )
    take = Take(name="t01", clip=blur(plate("static"), 3))
    finding = CRITICS.get("sharpness")(take, request)
    assert finding
    assert all(0 <= frame < FRAMES - 1 for frame in finding.frames)


@pytest.mark.parametrize("axis", [*GATES, *METRICS])
def test_every_critic_says_what_it_measures_and_after_whom(axis: str) -> None:
    """Two are plain counting and need no source."""
    module = importlib.import_module(f"functions.critics.{axis}")
    said = getattr(module, axis).__doc__
    assert module.__doc__.startswith("Gate:" if axis in GATES else "Metric:")
    assert len(said.split()) > 8
    assert axis in {"whole", "finite"} or any(digit in said for digit in ("19", "20"))

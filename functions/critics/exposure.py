"""Metric: the picture is as light as its words."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, change_exposure
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.sight import GREY
from functions.critics.words import light_asked

FREE_STOPS, LOST_STOPS = 1.5, 4.0
"""How far the median may lie from what the words expect, and where the score is gone."""

BACK = 0.7
"""The part of the way that one correction goes."""


def exposure(take: Take, request: Request) -> Finding:
    """Compare the median luminance, in stops from middle grey, with what the words expect."""
    luminance = take.luminance[:, ::2, ::2].reshape(len(take.luminance), -1)
    medians = np.log2(np.maximum(np.median(luminance, axis=1), 1e-5) / GREY)
    stops, (asked, word) = float(np.median(medians)), light_asked(request)
    off = stops - asked
    score = ramp(abs(off), bad=LOST_STOPS, good=FREE_STOPS)
    return Finding(
        axis="exposure",
        score=score,
        measured={
            "median_stops": rounded(stops),
            "expected_stops": asked,
            "off_stops": rounded(off),
        },
        said=_said(off, word),
        frames=(int(np.argmax(np.abs(medians - asked))),),
        edits=_mend(off) if score < 0.75 else (),
    )


def _said(off: float, word: str) -> str:
    asked = f"“{word}”" if word else "a plain day"
    if abs(off) <= FREE_STOPS:
        return f"the light suits {asked}"
    return f"the picture is {abs(off):.1f} stops too {'light' if off > 0 else 'dark'} for {asked}"


def _mend(off: float) -> tuple[Edit, ...]:
    return (change_exposure(round(-BACK * off, 1), because="exposure"),)

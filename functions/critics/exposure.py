"""Metric: the picture is as light as its words."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, change_exposure
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.sight import F32, GREY
from functions.critics.words import light_asked

FREE_STOPS, LOST_STOPS = 1.5, 3.0
"""How far the median may lie from what the words expect, and where the score is gone."""

UNLIT = 2.0**8
BACK = 0.7
"""The part of the way that one correction goes."""


def exposure(take: Take, request: Request) -> Finding:
    """Compare the lit picture's median, in stops from middle grey, with what the words allow.

    What lies eight stops and more under the highlights is unlit, and left out: space around a ship.
    A word allows everything from its own light to a plain day's.
    """
    medians = np.array([_median_stops(luminance) for luminance in take.luminance[:, ::2, ::2]])
    stops, (low, high), word = float(np.median(medians)), *light_asked(request)
    off = stops - min(max(stops, low), high)
    score = ramp(abs(off), bad=LOST_STOPS, good=FREE_STOPS)
    return Finding(
        axis="exposure",
        score=score,
        measured={
            "median_stops": rounded(stops),
            "least_stops": low,
            "most_stops": high,
            "off_stops": rounded(off),
        },
        said=_said(off, word),
        frames=(int(np.argmax(np.abs(medians - 0.5 * (low + high)))),),
        edits=_mend(off) if score < 0.85 else (),
    )


def _median_stops(luminance: F32) -> float:
    lit = luminance[luminance > np.percentile(luminance, 99) / UNLIT]
    return float(np.log2(max(float(np.median(lit)) if lit.size else 0.0, 1e-5) / GREY))


def _said(off: float, word: str) -> str:
    asked = f"“{word}”" if word else "a plain day"
    if abs(off) <= FREE_STOPS:
        return f"the light suits {asked}"
    return f"the picture is {abs(off):.1f} stops too {'light' if off > 0 else 'dark'} for {asked}"


def _mend(off: float) -> tuple[Edit, ...]:
    return (change_exposure(round(-BACK * off, 1), because="exposure"),)

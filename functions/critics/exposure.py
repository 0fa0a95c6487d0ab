"""Metric: the picture is as light as its words."""

import numpy as np
from numpy.typing import NDArray

from farm.shots.request import Request
from farm.shots.revise import Edit, change_exposure
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.sight import F32, GREY
from functions.critics.words import light_asked

FREE_STOPS, LOST_STOPS = 1.5, 3.0
"""How far the median may lie from what the words expect, and where the score is gone."""

UNLIT = 2.0**8
PARTS = (15, 50, 85)
"""The percentiles of luminance that stand for the shadows, the middle and the lights."""

SPAN_STOPS = 1.5
"""How far shadows lie under the middle, and lights over it, of a plain picture."""

BACK = 0.7
"""The part of the way that one correction goes."""


def exposure(take: Take, request: Request) -> Finding:
    """Compare the lit picture, in stops from middle grey, with what its words allow.

    The middle says how light it is. But a bright sky behind a dark sea is no picture that is too
    light, nor is one lamp in the night too dark: it is so only where its shadows (or its lights)
    are as well, as who meters by zones would say (Adams, The Negative, 1981). What lies
    eight stops and more under the highlights is unlit, and left out: space around a ship. A word
    allows everything from its own light to a plain day's.
    """
    zones = np.array([_zones(luminance) for luminance in take.luminance[:, ::2, ::2]])
    shadows, middle, lights = np.median(zones, axis=0)
    (low, high), word = light_asked(request)
    over = min(middle - high, shadows - (high - SPAN_STOPS))
    under = min(low - middle, low + SPAN_STOPS - lights)
    off = float(max(over, 0.0) - max(under, 0.0))
    score = ramp(abs(off), bad=LOST_STOPS, good=FREE_STOPS)
    return Finding(
        axis="exposure",
        score=score,
        measured={
            "shadows_stops": rounded(shadows),
            "median_stops": rounded(middle),
            "lights_stops": rounded(lights),
            "least_stops": low,
            "most_stops": high,
            "off_stops": rounded(off),
        },
        said=_said(off, word),
        frames=(int(np.argmax(np.abs(zones[:, 1] - 0.5 * (low + high)))),),
        edits=_mend(off) if score < 0.85 else (),
    )


def _zones(luminance: F32) -> NDArray[np.float64]:
    """Measure shadows, middle and lights of what is lit, in stops from middle grey."""
    lit = luminance[luminance > np.percentile(luminance, 99) / UNLIT]
    parts = np.percentile(lit, PARTS) if lit.size else np.zeros(len(PARTS))
    return np.asarray(np.log2(np.maximum(parts, 1e-5) / GREY), np.float64)


def _said(off: float, word: str) -> str:
    asked = f"“{word}”" if word else "a plain day"
    if abs(off) <= FREE_STOPS:
        return f"the light suits {asked}"
    return f"the picture is {abs(off):.1f} stops too {'light' if off > 0 else 'dark'} for {asked}"


def _mend(off: float) -> tuple[Edit, ...]:
    return (change_exposure(round(-BACK * off, 1), because="exposure"),)

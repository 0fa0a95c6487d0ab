"""Metric: the light is as hard or as soft as its words."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, add_words
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.sight import F32
from functions.critics.words import contrast_asked

FREE_STOPS, LOST_STOPS = 0.2, 0.7
"""How far the contrast may lie outside what the words allow, and where the score is gone."""

LOW, HIGH = 5, 95
"""The percentiles between which contrast is measured: highlights and noise do not count."""


def contrast(take: Take, request: Request) -> Finding:
    """Measure the stops between the 5th and the 95th percentile of luminance, and ask the words.

    Percentile contrast rather than Michelson's, which a single highlight decides (Peli, JOSA A 7,
    1990). Fog allows little and noir asks for much; a plain day asks for some.
    """
    spans = np.array([_span(luminance) for luminance in take.luminance[:, ::2, ::2]])
    stops, (least, most) = float(np.median(spans)), contrast_asked(request)
    off = stops - min(max(stops, least), most)
    score = ramp(abs(off), bad=LOST_STOPS, good=FREE_STOPS)
    return Finding(
        axis="contrast",
        score=score,
        measured={
            "contrast_stops": rounded(stops),
            "least_stops": least,
            "most_stops": most,
        },
        said=_said(off),
        frames=(int(np.argmin(spans)) if off <= 0 else int(np.argmax(spans)),),
        edits=_mend(off) if score < 0.85 else (),
    )


def _span(luminance: F32) -> float:
    low, high = np.percentile(luminance, (LOW, HIGH))
    return float(np.log2(max(high, 1e-5) / max(low, 1e-5, high / 2**12)))


def _said(off: float) -> str:
    if abs(off) <= FREE_STOPS:
        return "the contrast suits the words"
    return f"the light is too {'hard' if off > 0 else 'flat'}, by {abs(off):.1f} stops of contrast"


def _mend(off: float) -> tuple[Edit, ...]:
    return (add_words("overcast" if off > 0 else "clear sky, hard light", because="contrast"),)

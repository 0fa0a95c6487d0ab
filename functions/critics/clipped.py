"""Gate: the light is not cut off, neither by what made it nor by the eye that sees it."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import change_exposure
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.words import BACKDROPS, mentions

BLOWN = 12.0
"""The luminance, 6 stops over grey, that the ACES SDR view shows as near white without detail."""

MOST_BLOWN = 0.5
MOST_CUT = 0.4
NEAR = 0.995
BRIGHT = 0.6
"""A plateau below this luminance is a plain wall, not cut-off light."""


def clipped(take: Take, request: Request) -> Finding:
    """Measure the part of the picture that is blown, and the part on one plateau on top.

    A plateau is light within half a percent of the take's own maximum in all three channels; snow,
    mist and studio backdrops may have it. All three at once is what a full sensor or a clamp leaves
    (Masood, Zhu and Tappen, Computer Graphics Forum 28, 2009).
    """
    blown = (take.luminance > BLOWN).mean((1, 2))
    least = take.light.min(-1)
    top = float(take.light.max())
    cut = (least > NEAR * top).mean((1, 2)) if top > BRIGHT else np.zeros(len(least))
    burnt, flat = float(np.median(blown)), float(np.median(cut))
    broken = burnt > MOST_BLOWN or (flat > MOST_CUT and not mentions(request, BACKDROPS))
    score = min(ramp(burnt, bad=MOST_BLOWN, good=0.15), ramp(flat, bad=MOST_CUT, good=0.05))
    return Finding(
        axis="clipped",
        score=0.0 if broken else score,
        measured={
            "share_blown": rounded(burnt),
            "share_on_plateau": rounded(flat),
            "top": rounded(top),
        },
        said=f"{max(burnt, flat):.0%} of the picture has lost its highlights"
        if broken
        else "the highlights hold",
        frames=(int(np.argmax(blown + cut)),),
        broken=broken,
        edits=(change_exposure(-1.5, because="clipped"),) if burnt > MOST_BLOWN else (),
    )

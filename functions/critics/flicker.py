"""Gate: the light does not jump from frame to frame."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import new_seeds
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.words import FLICKERS, mentions

MOST_RIPPLE_STOPS = 0.05
"""Amplitude of an alternating flicker past which it is a fault; a hundredth stop is unseen."""

MOST_FLASH_STOPS = 0.4
CALM_STOPS = 0.01


def flicker(take: Take, request: Request) -> Finding | None:
    """Follow what moves, and measure how its brightness bends: the second difference, in stops.

    The brightness of each pair is compared where flow leads, so that motion counts for nothing; a
    ramp has no second difference (Delon, IEEE TIP 15, 2006, on flicker as a change of tone alone).
    A prompt with fire or lightning may flicker.
    """
    if len(take.clip) < 5:
        return None
    bends = np.abs(np.diff(take.gains))
    ripple, flash = float(bends.mean()) / 4, float(bends.max()) / 2
    excused = mentions(request, FLICKERS)
    broken = not excused and (ripple > MOST_RIPPLE_STOPS or flash > MOST_FLASH_STOPS)
    score = min(
        ramp(ripple, bad=MOST_RIPPLE_STOPS, good=CALM_STOPS),
        ramp(flash, bad=MOST_FLASH_STOPS, good=0.1),
    )
    return Finding(
        axis="flicker",
        score=1.0 if excused else score,
        measured={"ripple_stops": rounded(ripple), "flash_stops": rounded(flash)},
        said=f"the light jumps by {max(ripple, flash):.2f} stops"
        if score < 1
        else "the light is steady",
        frames=(int(np.argmax(bends)) + 1,),
        broken=broken,
        edits=(new_seeds(because="flicker"),) if broken else (),
    )

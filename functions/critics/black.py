"""Gate: no frame is black where nothing fades."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import change_exposure
from functions.critics.base import Finding, Take, rounded
from functions.critics.words import FADES, mentions

BLACK = 0.01
"""A frame is black when its 99.9th percentile of luminance is below this: 4.2 stops under grey."""

BRIGHTEST_PART = 99.9


def black(take: Take, request: Request) -> Finding:
    """Look for frames whose brightest thousandth is dark; a fade may have half of them.

    On light rather than codes, as middle grey is 0.18 (SMPTE ST 2065-1:2021): one lamp in the night
    is a picture.
    """
    brightest = np.percentile(
        take.luminance.reshape(len(take.luminance), -1), BRIGHTEST_PART, axis=1
    )
    dark = brightest < BLACK
    share = float(dark.mean())
    broken = share > (0.5 if mentions(request, FADES) else 0)
    return Finding(
        axis="black",
        score=0.0 if broken else 1 - share,
        measured={"share_of_frames": rounded(share), "darkest_luminance": rounded(brightest.min())},
        said=f"{int(dark.sum())} of {len(dark)} frames are black"
        if broken
        else "no frame is black",
        frames=tuple(int(i) for i in np.flatnonzero(dark)),
        broken=broken,
        edits=(change_exposure(2.0, because="black"),) if share == 1 else (),
    )

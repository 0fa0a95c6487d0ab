"""Gate: no frame is shown twice in the midst of motion."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import new_seeds
from functions.critics.base import Finding, Take, rounded

SAME = 0.01
"""A pair is the same frame twice when it differs by less than this part of its neighbours."""

REACH = 3
LEVEL = 0.3
LEAST_STOPS = 0.002
MOST_SHARE = 0.02


def duplicates(take: Take, request: Request) -> Finding | None:  # noqa: ARG001  # a repeated frame is a fault in any request
    """Find pairs without a difference, with pairs that differ within three frames on either side.

    A body that rests, or turns back at the top of its leap, slows down before it stands; a repeated
    frame does not.
    """
    changes = take.changes
    if len(changes) < 4 or float(np.percentile(changes, 90)) < LEAST_STOPS:
        return None
    usual = LEVEL * float(np.percentile(changes, 90))
    same = []
    for pair in range(1, len(changes) - 1):
        before = changes[max(0, pair - REACH) : pair].max()
        after = changes[pair + 1 : pair + 1 + REACH].max()
        level = min(before, after)
        if level > usual and changes[pair] < SAME * level:
            same.append(pair + 1)
    share = len(same) / len(take.clip)
    broken = share > MOST_SHARE
    return Finding(
        axis="duplicates",
        score=0.0 if broken else 1 - share / MOST_SHARE / 2,
        measured={"repeated_frames": len(same), "share_of_frames": rounded(share)},
        said=f"{len(same)} frames are shown twice" if same else "no frame is shown twice",
        frames=tuple(same),
        broken=broken,
        edits=(new_seeds(because="duplicates"),) if broken else (),
    )

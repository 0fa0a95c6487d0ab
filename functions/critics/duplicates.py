"""Gate: no frame is shown twice in the midst of motion."""

import numpy as np
from numpy.typing import NDArray

from farm.shots.request import Request
from farm.shots.revise import new_seeds
from functions.critics.base import Finding, Take, rounded

SAME = 0.01
"""A pair is the same frame twice when it differs by less than this part of its neighbours."""

REACH = 3
LEVEL = 0.3
LEAST_STOPS = 0.002
MOST_SHARE = 0.02


def duplicates(
    take: Take, _request: Request
) -> Finding | None:  # a repeated frame is a fault in any request
    """Find pairs without a difference, with pairs that differ within three frames on either side.

    A body that rests, or turns back at the top of its leap, slows down before it stands; a repeated
    frame does not (Wang and Farid, "Exposing digital forgeries in video by detecting duplication",
    2007).
    """
    changes = take.changes
    usual = float(np.percentile(changes, 90)) if len(changes) >= 4 else 0.0
    if usual < LEAST_STOPS:
        return None
    pairs = range(1, len(changes) - 1)
    same = [pair + 1 for pair in pairs if _stands_out(changes, pair, least=LEVEL * usual)]
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


def _stands_out(changes: NDArray[np.float64], pair: int, *, least: float) -> bool:
    """Tell whether a pair that does not differ lies between pairs that do."""
    before, after = changes[max(0, pair - REACH) : pair][::-1], changes[pair + 1 : pair + 1 + REACH]
    level = min(float(before.max()), float(after.max()))
    if level < least or changes[pair] > SAME * level:
        return False
    return max(_expected(before), _expected(after)) > LEVEL * level


def _expected(nearest_first: NDArray[np.float64]) -> float:
    """Go on to the pair in question as its neighbours would: what slows down evenly ends at 0."""
    first = float(nearest_first[0])
    return 2 * first - float(nearest_first[1]) if len(nearest_first) > 1 else first

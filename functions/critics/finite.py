"""Gate: every value is a number that a half can hold."""

import numpy as np

from farm.shots.request import Request
from functions.critics.base import Finding, Take
from functions.critics.sight import MAX_HALF

MOST_AT_LIMIT = 0.001
"""The part of the values that may stand at the half's limit: a sun's disc, not a burnt picture."""


def finite(take: Take, _request: Request) -> Finding:  # numbers are numbers, whatever was asked
    """Count NaN, infinities and values at the half's limit, where infinities end when clamped."""
    odd = ~np.isfinite(take.clip)
    limit = np.abs(take.clip) >= MAX_HALF
    frames = tuple(int(i) for i in np.flatnonzero(odd.any((1, 2, 3)) | limit.any((1, 2, 3))))
    strange, share = int(odd.sum()), float(limit.mean())
    broken = strange > 0 or share > MOST_AT_LIMIT
    return Finding(
        axis="finite",
        score=float(not broken),
        measured={"values_not_finite": strange, "share_at_limit": round(share, 6)},
        said=f"{strange} values are no numbers, {share:.2%} stand at the limit of a half"
        if broken
        else "every value is a number",
        frames=frames,
        broken=broken,
    )

"""Metric: what is seen in one frame is still there in the next."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import GOOD, Finding, Take, ramp, rounded

GOOD_ERROR, BAD_ERROR = 0.10, 0.45
"""Warp error as a part of the picture's contrast, of steady footage and of footage that boils."""

GOOD_SHARE, BAD_SHARE = 0.75, 0.35
"""The part of what has texture whose flow is the same there and back."""


def coherence(take: Take, _request: Request) -> Finding | None:  # nothing may boil in any request
    """Measure the masked warp error: neighbours compared along the flow, where it can be told.

    Lai et al., "Learning Blind Video Temporal Consistency" (ECCV 2018), on tones in stops,
    with a mask by forward and backward flow, and divided by the contrast of the picture.
    """
    if len(take.clip) < 2:
        return None
    errors = np.array(
        [
            np.abs(flow.back - tones)[flow.certain].mean() if flow.certain.any() else np.inf
            for flow, tones in zip(take.flows, take.tones[:-1], strict=True)
        ]
    )
    contrast = max(float(take.tones.std(axis=(1, 2)).mean()), 0.05)
    error = float(np.minimum(errors / contrast, 1.0).mean())
    share = float(take.trust.sum() / max(float(take.texture.sum()), 1e-6))
    score = min(
        ramp(error, bad=BAD_ERROR, good=GOOD_ERROR), ramp(share, bad=BAD_SHARE, good=GOOD_SHARE)
    )
    return Finding(
        axis="coherence",
        score=score,
        measured={"warp_error_of_contrast": rounded(error), "share_that_follows": rounded(share)},
        said=_said(score),
        frames=(int(np.argmax(errors)),),
        edits=_mend(score),
    )


def _said(score: float) -> str:
    if score >= GOOD:
        return "things stay what they are"
    return f"{'things' if score < 0.5 else 'some things'} change from frame to frame"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="coherence"),) if score < 0.5 else ()

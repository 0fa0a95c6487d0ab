"""The critics: gates that throw broken takes out, and metrics that score the others."""

from typing import TYPE_CHECKING

from farm.registry import Registry

if TYPE_CHECKING:
    from functions.critics.base import Critic

GATES = ("whole", "finite", "black", "clipped", "frozen", "duplicates", "flicker")
"""Asked first, in this order; a take that one of them calls broken is asked no further."""

METRICS = (
    "camera", "motion", "exposure", "contrast", "sharpness", "coherence", "subject", "steps",
    "annotations", "text", "likeness",
)  # fmt: skip

CRITICS: Registry["Critic"] = Registry(
    "critic",
    {
        "whole": "functions.critics.whole:whole",
        "finite": "functions.critics.finite:finite",
        "black": "functions.critics.black:black",
        "clipped": "functions.critics.clipped:clipped",
        "frozen": "functions.critics.frozen:frozen",
        "duplicates": "functions.critics.duplicates:duplicates",
        "flicker": "functions.critics.flicker:flicker",
        "camera": "functions.critics.camera:camera",
        "motion": "functions.critics.motion:motion",
        "exposure": "functions.critics.exposure:exposure",
        "sharpness": "functions.critics.sharpness:sharpness",
        "coherence": "functions.critics.coherence:coherence",
        "subject": "functions.critics.subject:subject",
        "contrast": "functions.critics.contrast:contrast",
        "steps": "functions.critics.steps:steps",
        "text": "functions.critics.text:text",
        "likeness": "functions.critics.likeness:likeness",
        "annotations": "functions.critics.annotations:annotations",
    },
)

"""Metric: the frames agree with the prompt more than with other prompts, by an embedding model."""

import numpy as np

from farm.media.colorspace import to_display
from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import GOOD, Finding, Take, ramp, rounded

FRAMES = 4
BEATEN = (0.5, 0.95)
"""The part of other prompts that a prompt must beat: no better than chance, and well chosen."""

OTHERS = (
    "a bowl of fruit on a kitchen table", "a city street with traffic at night",
    "an empty swimming pool", "a crowd in a football stadium", "a close-up of a human face",
    "a dog running on a lawn", "a sailing boat on the open sea", "a snowy mountain range",
    "a library with tall shelves", "a train passing a station", "a desert with dunes",
    "an office with computers", "a forest path in autumn", "a plate of food in a restaurant",
    "an astronaut floating in space", "a horse in a stable", "a concert on a stage",
    "a factory with machines", "a child on a playground swing", "a glass of water on a desk",
    "a castle on a hill", "a coral reef with fish", "a parked car in a garage", "a blank wall",
)  # fmt: skip
"""Plain descriptions of other pictures, against which the prompt is ranked."""


def text(take: Take, request: Request) -> Finding | None:
    """Rank the prompt among other descriptions of the same frames; None without a model.

    A bare cosine means something else in every model; a rank does not. R-precision (Xu et al.,
    AttnGAN, CVPR 2018) with CLIPScore's similarity (Hessel et al., EMNLP 2021).
    """
    if take.embed is None:
        return None
    frames = sorted({round(at) for at in np.linspace(0, len(take.clip) - 1, FRAMES)})
    pictures = take.embed.pictures([to_display(take.clip[frame]) for frame in frames])
    words = take.embed.words([request.prompt, *OTHERS])
    alike = pictures @ words.T
    beaten = (alike[:, :1] > alike[:, 1:]).mean(1)
    share = float(beaten.mean())
    score = ramp(share, bad=BEATEN[0], good=BEATEN[1])
    return Finding(
        axis="text",
        score=score,
        measured={
            "share_of_other_prompts_beaten": rounded(share),
            "cosine": rounded(alike[:, 0].mean()),
        },
        said="the frames fit the prompt" if score >= GOOD else "other words fit the frames better",
        frames=(frames[int(np.argmin(beaten))],),
        edits=_mend(score),
    )


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="text"),) if score < 0.5 else ()

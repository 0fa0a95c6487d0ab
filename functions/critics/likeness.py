"""Metric: a character looks as it did in the shot that showed it first, by an embedding model."""

import numpy as np
from numpy.typing import NDArray

from farm.media.colorspace import to_display
from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import GOOD, Finding, Take, ramp, rounded
from functions.critics.bodies import LEAST_STOPS

FRAMES = 4
ALIKE = (0.0, 0.6)
"""How far above chance the pictures of one character lie: no nearer than its shots' other parts,
and so near that nobody doubts it. 1 is the same picture."""

MARGIN = 0.15
Picture = NDArray[np.uint8]


def likeness(take: Take, _request: Request) -> Finding | None:  # the characters come with the take
    """Compare who acts here with who acted in other shots of the character; None without a model.

    The crop around what acts is compared with the other shot's, and with the rest of the frame as
    the measure of chance: identity by embedding, as in CLIP-I (Ruiz et al., DreamBooth, CVPR 2023),
    with the setting's own likeness taken off.
    """
    if take.embed is None or not take.anchors:
        return None
    ours, rest, frame = _pictures(take)
    scores = {}
    for name, clip in take.anchors.items():
        theirs, _, _ = _pictures(Take(name=name, clip=clip))
        here, there, around = (take.embed.pictures(found) for found in (ours, theirs, rest))
        same, chance = float((here @ there.T).max(1).mean()), float((around @ there.T).mean())
        scores[name] = (same - chance) / max(1 - chance, 1e-3)
    worst = min(scores, key=lambda name: scores[name])
    score = ramp(scores[worst], bad=ALIKE[0], good=ALIKE[1])
    return Finding(
        axis="likeness",
        score=score,
        measured={f"{name}_above_chance": rounded(value) for name, value in scores.items()},
        said=f"{worst} {'looks' if score >= GOOD else 'does not look'} as in its first shot",
        frames=(frame,),
        edits=_mend(score),
    )


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="likeness"),) if score < 0.5 else ()


def _pictures(take: Take) -> tuple[list[Picture], list[Picture], int]:
    """Crop what acts, and the frame without it; return both, and the frame that shows most."""
    frames = sorted({round(at) for at in np.linspace(0, len(take.clip) - 1, FRAMES)})
    shown = [to_display(take.clip[frame]) for frame in frames]
    boxes = [_box(take, frame) for frame in frames]
    crops = [picture[box] for picture, box in zip(shown, boxes, strict=True)]
    rests = [_without(picture, box) for picture, box in zip(shown, boxes, strict=True)]
    largest = int(np.argmax([crop.size for crop in crops]))
    return crops, rests, frames[largest]


def _box(take: Take, frame: int) -> tuple[slice, slice]:
    """Find the part of a frame that acts, with a margin; the middle where nothing does."""
    height, width = take.clip.shape[1:3]
    acts = take.acting[frame] > LEAST_STOPS if len(take.clip) > 1 else np.zeros((1, 1), np.bool_)
    if acts.sum() < 8:
        return slice(height // 5, height - height // 5), slice(width // 4, width - width // 4)
    scale, places = height / take.size[1], np.argwhere(acts)
    (top, left), (bottom, right) = np.percentile(places, (2, 98), axis=0) * scale
    spare = MARGIN * max(bottom - top, right - left) + 2
    return (
        slice(max(0, int(top - spare)), min(height, int(bottom + spare) + 1)),
        slice(max(0, int(left - spare)), min(width, int(right + spare) + 1)),
    )


def _without(picture: Picture, box: tuple[slice, slice]) -> Picture:
    """Fill a box with the mean of what lies around it."""
    rest = picture.copy()
    rest[box] = picture.mean((0, 1)).astype(np.uint8)
    return rest

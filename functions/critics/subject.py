"""Metric: what acts stays in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import Finding, Take, rounded
from functions.critics.moves import TRAVELLING
from functions.critics.words import asks_for_action

LEAST_STOPS = 0.35
"""How much a body must differ from what it passes, where the camera alone would change nothing."""

LEAST_AREA, MOST_AREA = 0.0015, 0.5
"""The part of the picture that a subject covers; less is a speck, more is water or a crowd."""

EDGE = 0.015
CUT_SCORE = 0.3
LEAST_FRAMES = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The largest thing that moves in a frame: its middle and area, 0..1 of the frame."""

    middle: tuple[float, float]
    area: float
    cut: bool


def subject(take: Take, request: Request) -> Finding | None:
    """Follow the largest body that moves by itself, and score the frames in which no edge cuts it.

    None where nothing is to act, where the camera travels (its parallax moves everything), and
    where nothing moves or the scenery does.
    """
    travels = bool(TRAVELLING & set(request.camera.moves))
    if len(take.clip) < 4 or travels or not asks_for_action(request):
        return None
    bodies = [body_of(acting) for acting in take.acting]
    seen = [body for body in bodies if body]
    if len(seen) < LEAST_FRAMES * len(bodies) or _is_scenery(seen):
        return None
    scores = _scores(bodies)
    score = float(np.mean(scores))
    middle = np.mean([body.middle for body in seen], axis=0)
    return Finding(
        axis="subject",
        score=score,
        measured={
            "middle_x": rounded(middle[0]), "middle_y": rounded(middle[1]),
            "share_cut_or_gone": rounded(np.mean(np.array(scores) < 1)),
        },
        said=f"the subject {'stays in' if score > 0.7 else 'leaves'} the picture",
        frames=tuple(i for i, value in enumerate(scores) if value < 1),
        edits=_mend(score),
    )  # fmt: skip


def body_of(acting: NDArray[np.float32]) -> Body | None:
    """Find the largest connected body among what moves; None where nothing does."""
    height, width = acting.shape
    seen = (cv2.medianBlur(acting, 3) > LEAST_STOPS).astype(np.uint8)
    mask = cv2.dilate(seen, np.ones((5, 5), np.uint8))
    count, _, boxes, middles = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))
    left, top, wide, high, area = boxes[largest]
    if area < LEAST_AREA * mask.size:
        return None
    spare = EDGE * width
    cut = (
        left <= spare
        or top <= spare
        or left + wide >= width - spare
        or top + high >= height - spare
    )
    whole_way = wide > 0.7 * width or high > 0.9 * height
    x, y = middles[largest]
    return Body(
        middle=(x / width, y / height), area=area / mask.size, cut=bool(cut and not whole_way)
    )


def _is_scenery(seen: list[Body]) -> bool:
    """Tell water, leaves and crowds from a subject: they fill the picture, or begin at its edge."""
    begin = seen[: max(3, len(seen) // 3)]
    large = float(np.median([body.area for body in seen])) > MOST_AREA
    return large or 2 * sum(body.cut for body in begin) > len(begin)


def _scores(bodies: list[Body | None]) -> list[float]:
    """Score every frame: cut bodies lose, and one that left is gone until it is back."""
    scores, gone = [], False
    for body in bodies:
        if body:
            gone = body.cut
            scores.append(CUT_SCORE if body.cut else 1.0)
        else:
            scores.append(0.0 if gone else 1.0)
    return scores


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="subject"),) if score < 0.6 else ()

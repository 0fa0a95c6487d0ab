"""Metric: what acts stays in the picture."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import GOOD, Finding, Take, rounded
from functions.critics.bodies import Body, body_of
from functions.critics.moves import TRAVELLING
from functions.critics.words import asks_for_action

MOST_AREA = 0.5
"""The part of the picture that a subject covers; more is water or a crowd."""

CUT_SCORE = 0.3
LEAST_FRAMES = 0.25


def subject(take: Take, request: Request) -> Finding | None:
    """Follow the largest body that moves by itself, and score the frames in which no edge cuts it.

    A body is connected in what the camera's own motion leaves over (Irani and Anandan, PAMI 20,
    1998).
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
        said=_said(scores),
        frames=tuple(i for i, value in enumerate(scores) if value < 1),
        edits=_mend(score),
    )  # fmt: skip


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


def _said(scores: list[float]) -> str:
    if np.mean(scores) >= GOOD:
        return "the subject stays in the picture"
    gone, cut = np.mean(np.array(scores) == 0), np.mean(np.array(scores) == CUT_SCORE)
    return f"the subject is cut off in {cut:.0%} of the frames and gone in {gone:.0%}"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="subject"),) if score < 0.6 else ()

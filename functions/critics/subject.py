"""Metric: what acts stays in the picture."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import GOOD, Finding, Take, rounded
from functions.critics.bodies import Body, bodies_of
from functions.critics.words import asks_for_action
from functions.intent import steps_of

MOST_AREA = 0.5
"""The part of the picture that a subject covers; more is water or a crowd."""

SPECK = 0.35
"""The part of the largest body's area under which another is a speck: spray, a leaf."""

UNEVEN = 1.0
"""The part of a body's way by which the way before may differ, and it still be taken to go on."""

CUT_SCORE = 0.3
LEAST_FRAMES = 0.25


def subject(take: Take, request: Request) -> Finding | None:
    """Follow the bodies that move by themselves, and score the frames that hold one uncut.

    A body is connected in what the camera's own motion leaves over (Irani and Anandan, PAMI 20,
    1998). Before what is to enter has entered, and after what is to leave has left, nothing counts.
    None where nothing is to act, and where nothing moves or it fills the picture.
    """
    if len(take.clip) < 4 or not asks_for_action(request):
        return None
    found = [bodies_of(acting) for acting in take.acting_for(request).surely]
    bodies = [_shown(bodies) for bodies in found]
    seen = [body for body in bodies if body]
    if len(seen) < LEAST_FRAMES * len(bodies) or _fills(seen):
        return None
    scores = _excused(_scores(bodies), bodies, request)
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


def _shown(bodies: list[Body]) -> Body | None:
    """Choose the largest body that no edge cuts, if it is no speck beside the largest of all."""
    whole = (body for body in bodies if not body.cut and body.area >= SPECK * bodies[0].area)
    return next(whole, bodies[0] if bodies else None)


def _fills(seen: list[Body]) -> bool:
    """Tell water, leaves and crowds from a subject: they fill the picture."""
    return float(np.median([body.area for body in seen])) > MOST_AREA


def _scores(bodies: list[Body | None]) -> list[float]:
    """Score every frame: cut bodies lose, and one that left is gone until it is back."""
    scores, last, gone_for = [], 0, 0
    for frame, body in enumerate(bodies):
        if body:
            last, gone_for = frame, 0
            scores.append(CUT_SCORE if body.cut else 1.0)
        else:
            gone_for += 1
            scores.append(0.0 if _has_left(bodies[: last + 1], gone_for) else 1.0)
    return scores


def _has_left(bodies: list[Body | None], frames: int) -> bool:
    """Tell whether the body seen last has left: an edge cut it, or its way led out of the frame."""
    if bodies[-1] is None or bodies[-1].cut:
        return bodies[-1] is not None
    trail = [body.middle for body in bodies[-3:] if body]
    if len(trail) < 3:
        return False
    before, way = np.diff(np.array(trail), axis=0)
    if np.linalg.norm(way - before) > UNEVEN * np.linalg.norm(way):
        return False
    led = trail[-1] + frames * way
    return bool((led < 0).any() or (led > 1).any())


def _excused(scores: list[float], bodies: list[Body | None], request: Request) -> list[float]:
    """Count nothing against the frames before an entrance that is asked for, and after an exit."""
    whole = [frame for frame, body in enumerate(bodies) if body and not body.cut]
    kinds = {step.kind for step in steps_of(request)}
    first = whole[0] if whole and "enter" in kinds else 0
    last = whole[-1] if whole and "leave" in kinds else len(scores)
    return [1.0 if not first <= at <= last else score for at, score in enumerate(scores)]


def _said(scores: list[float]) -> str:
    if np.mean(scores) >= GOOD:
        return "the subject stays in the picture"
    gone, cut = np.mean(np.array(scores) == 0), np.mean(np.array(scores) == CUT_SCORE)
    return f"the subject is cut off in {cut:.0%} of the frames and gone in {gone:.0%}"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="subject"),) if score < 0.6 else ()

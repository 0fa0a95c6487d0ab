"""Metric: as much motion as was asked for, and none too fast to follow."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds, quicken_camera, slow_camera
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.words import asks_for_action, asks_for_camera, only_turns

LIMITS = {"slow": 0.12, "normal": 0.35, "fast": 1.0}
"""Frame widths a second that a camera of this speed may pass. Past one width in seven seconds a pan
begins to judder at 24 frames a second; past three a second it is a blur."""

TOO_FAST = 3.0
"""Times the limit at which the score is gone."""

LEAST_CAMERA = 0.01
"""Frame widths a second under which a camera seems to stand."""

LEAST_STOPS, LEAST_AREA = 0.2, 0.0004
"""Something acts where this part of a frame differs by so much from its neighbours, besides what
the camera does."""

LEAST_ACTION = 0.25
"""The part of the frames in which something must act, where the prompt says that it does."""


def motion(take: Take, request: Request) -> Finding | None:
    """Measure the camera's speed, in frame widths a second, and how often something acts.

    A slow camera keeps to the rule of seven seconds for a width (RED 101, "Panning Speed Best
    Practices", red.com, read in 2026); a normal one may pan three times as fast, a fast one eight.
    """
    if len(take.clip) < 3:
        return None
    rate = float(request.rate)
    speed = float(np.median(take.camera.speed)) * rate
    acts = (take.acting_for(request).perhaps[:, ::2, ::2] > LEAST_STOPS).mean((1, 2)) > LEAST_AREA
    action = float(acts.mean())
    limit = LIMITS[request.camera.speed]
    calm = ramp(speed, bad=TOO_FAST * limit, good=limit)
    moves = speed if take.camera.told else limit
    alive = _alive(request, speed=moves, action=action)
    return Finding(
        axis="motion",
        score=min(calm, alive),
        measured={
            "camera_widths_per_second": rounded(speed),
            "share_of_frames_with_action": rounded(action),
            "limit_widths_per_second": limit,
        },
        said=_said(calm, alive, speed, limit),
        frames=(int(np.argmax(take.camera.speed)),),
        edits=_mend(request, calm=calm, alive=alive, ratio=limit / max(speed, 1e-6)),
    )


def _alive(request: Request, *, speed: float, action: float) -> float:
    asked = [1.0]
    if asks_for_camera(request):
        asked.append(ramp(speed, bad=0, good=LEAST_CAMERA))
    if asks_for_action(request) and not only_turns(request):
        asked.append(ramp(action, bad=0, good=LEAST_ACTION))
    return min(asked)


def _said(calm: float, alive: float, speed: float, limit: float) -> str:
    if calm < 1:
        return f"the camera passes {speed:.2f} frame widths a second; eyes follow {limit:g}"
    return "the motion can be followed" if alive == 1 else "hardly anything moves"


def _mend(request: Request, *, calm: float, alive: float, ratio: float) -> tuple[Edit, ...]:
    if calm < 0.75:
        return (slow_camera(round(min(max(ratio, 0.3), 0.9), 2), because="motion"),)
    if alive < 0.75:
        quicken = asks_for_camera(request)
        return (
            (quicken_camera(1.6, because="motion"),) if quicken else (new_seeds(because="motion"),)
        )
    return ()

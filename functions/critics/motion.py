"""Metric: as much motion as was asked for, and none too fast to follow."""

import numpy as np

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds, quicken_camera, slow_camera
from functions.critics.base import Finding, Take, ramp, rounded
from functions.critics.words import asks_for_action, asks_for_camera

LIMITS = {"slow": 0.12, "normal": 0.35, "fast": 1.0}
"""Frame widths a second that a camera of this speed may pass. Past one width in seven seconds a pan
begins to strobe at 24 frames a second (American Cinematographer Manual, panning speeds); past three
a second it is a blur."""

TOO_FAST = 3.0
"""Times the limit at which the score is gone."""

LEAST_CAMERA, LEAST_ACTION = 0.01, 0.02
"""Frame widths a second under which a camera, or what acts before it, seems to stand."""

ACTING_PART = 99.5
"""What acts is the quickest half hundredth of the picture."""


def motion(take: Take, request: Request) -> Finding | None:
    """Measure the camera's speed and the action's, in frame widths a second."""
    if len(take.clip) < 3:
        return None
    rate = float(request.rate)
    speed = float(np.median(take.camera.speed)) * rate
    action = (
        float(np.median(np.percentile(take.movers[:, ::2, ::2], ACTING_PART, axis=(1, 2)))) * rate
    )
    limit = LIMITS[request.camera.speed]
    calm = ramp(speed, bad=TOO_FAST * limit, good=limit)
    alive = _alive(request, speed=speed, action=action)
    return Finding(
        axis="motion",
        score=min(calm, alive),
        measured={
            "camera_widths_per_second": rounded(speed),
            "action_widths_per_second": rounded(action),
            "limit_widths_per_second": limit,
        },
        said=_said(calm, alive, speed, limit),
        frames=(int(np.argmax(take.camera.speed)),),
        edits=_mend(request, calm=calm, alive=alive, ratio=limit / max(speed, 1e-6)),
    )


def _alive(request: Request, *, speed: float, action: float) -> float:
    asked = [1.0]
    if asks_for_camera(request):
        asked.append(ramp(max(speed, action), bad=0, good=LEAST_CAMERA))
    if asks_for_action(request):
        asked.append(ramp(max(action, 0.5 * speed), bad=0, good=LEAST_ACTION))
    return min(asked)


def _said(calm: float, alive: float, speed: float, limit: float) -> str:
    if calm < 1:
        return f"the camera passes {speed:.2f} widths a second; {limit:g} can be followed"
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

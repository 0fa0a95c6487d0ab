"""Gate: the take has the frames and the size that were asked for."""

from farm.shots.request import Request
from functions.critics.base import Finding, Take


def whole(take: Take, request: Request) -> Finding:
    """Compare frame count and size with the request; any difference breaks the take."""
    frames, height, width = take.clip.shape[:3]
    right = frames == request.frames and (width, height) == tuple(request.size)
    asked = f"{request.frames} frames of {request.size[0]}x{request.size[1]}"
    return Finding(
        axis="whole",
        score=float(right),
        measured={"frames": frames, "width_pixels": width, "height_pixels": height},
        said="every frame is there"
        if right
        else f"{frames} frames of {width}x{height}, not {asked}",
        broken=not right,
    )

"""Check a joint: where one piece of footage goes on from another, or a loop from its own end."""

from collections.abc import Generator

import cv2

from farm.digest import Plain
from farm.media.exr import read_clip
from farm.task import Made, Progress
from functions.bench import Bench
from functions.critics.base import Clip, rounded
from functions.critics.joint import OK, Joint, measure_joint


def seam(bench: Bench) -> Generator[Progress, None, Made]:
    """Measure the joint of `before` and `after`, or of one `clip` with itself."""
    cv2.setNumThreads(1)  # the bits of DIS flow depend on how OpenCV cuts the picture
    before, after = _sides(bench)
    joint = measure_joint(before, after, threads=max(1, int(bench.task.needs.cpu)))
    yield Progress(done=1, total=1, note=joint.said)
    return Made(outputs={}, facts=facts_of(joint))


def facts_of(joint: Joint) -> dict[str, Plain]:
    """Write down a joint for the route."""
    score = min(joint.scores.values())
    return {
        "ok": score >= OK,
        "score": rounded(score),
        "measured": {
            "position_ratio": rounded(joint.position_ratio),
            "follows_ratio": rounded(joint.follows_ratio),
            "velocity_ratio": rounded(joint.velocity_ratio),
            "light_stops": rounded(joint.light_stops),
        },
        "said": joint.said,
    }


def _sides(bench: Bench) -> tuple[Clip, Clip]:
    if "clip" in bench.task.inputs:
        clip = read_clip(bench.path("clip"))
        half = max(1, len(clip) // 2)
        return clip[-half:], clip[: len(clip) - half] if len(clip) > 1 else clip
    return read_clip(bench.path("before")), read_clip(bench.path("after"))

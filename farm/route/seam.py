"""Seams: whether the joint between two pieces of footage, or of a loop with itself, shows."""

from dataclasses import dataclass

from farm.route.setup import Setup, megapixels, tools
from farm.task import Artifact

VERSION = 1
"""Raise this when functions/seam.py changes its mind about the same footage."""

FRAMES_LOOKED_AT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """What was measured at a joint."""

    ok: bool
    score: float


async def seam(setup: Setup, *, part: str, **clips: Artifact) -> Seam:
    """Check the joint of clips `before` and `after`, or of one `clip` that loops."""
    task = setup.task(
        "seam",
        version=VERSION,
        params={},
        inputs=clips,
        engine=tools("numpy", "opencv-python-headless"),
        megapixels=megapixels(setup.request.size, FRAMES_LOOKED_AT),
        part=part,
        suppose={"ok": True, "score": 1.0},
    )
    facts = (await setup.doer.do(task)).facts
    setup.doer.tell("seam", facts, shot=setup.name, part=part, key=task.key)
    ok, score = facts["ok"], facts["score"]
    assert isinstance(score, int | float)
    return Seam(ok=bool(ok), score=float(score))

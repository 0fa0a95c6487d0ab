"""Fidelity: whether a master that is no second rendering of its draft's scene still shows it."""

from collections.abc import Sequence

from farm.errors import TaskError
from farm.route.footage import Footage
from farm.route.pieces import Master
from farm.route.setup import Setup, megapixels, tools

VERSION = 1
"""Raise this when functions/fidelity.py changes its mind about the same master."""

FRAMES_LOOKED_AT = 4


def needs_check(setup: Setup) -> bool:
    """Tell whether a master could stray: not where the model renders the same scene again."""
    return setup.card.can.master_from_draft in {"latents", "plate"}


async def check_fidelity(setup: Setup, footage: Sequence[Footage], chunk: Master) -> None:
    """Compare one chunk with the draft of its piece, once it is there, and tell what came of it."""
    made = await chunk.made
    piece = next(f for f in footage if f.start <= chunk.frames.first < f.span)
    task = setup.task(
        "fidelity",
        version=VERSION,
        params={"start": piece.start},
        inputs={"draft": piece.clip, "frames": made.outputs["frames"]},
        engine=tools("numpy", "opencv-python-headless"),
        megapixels=megapixels(setup.size, FRAMES_LOOKED_AT),
        part=str(chunk.frames),
        suppose={"ok": True, "score": 1.0},
    )
    try:
        facts = (await setup.doer.do(task)).facts
    except TaskError as fault:  # a check that cannot be made takes no master with it
        facts = {"ok": False, "score": 0.0, "said": fault.problem}
    setup.doer.tell("fidelity", facts, shot=setup.name, part=f"master {chunk.frames}", key=task.key)

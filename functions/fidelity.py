"""Check a master: whether it shows what its draft showed, frame for frame."""

from collections.abc import Generator

import cv2
import numpy as np

from farm.digest import Plain
from farm.errors import TaskError
from farm.media.exr import read_clip, read_exr
from farm.task import Made, Progress
from functions.bench import Bench
from functions.critics.base import rounded
from functions.critics.fidelity import Agreement, structure_agreement
from functions.sequence import read_sequence

FRAMES = 4
"""Neighbours from the middle of a chunk: enough to see motion, and no more to read at full size."""


def fidelity(bench: Bench) -> Generator[Progress, None, Made]:
    """Compare `frames` of a master with the same ones of its `draft`, whose first is `start`."""
    cv2.setNumThreads(1)  # the bits of DIS flow depend on how OpenCV cuts the picture
    draft = read_clip(bench.path("draft"))
    kept = read_sequence(bench)
    middle = max(0, (len(kept) - FRAMES) // 2)
    looked_at = kept[middle : middle + FRAMES]
    first = looked_at[0][0] - int(str(bench.task.params["start"]))
    if not 0 <= first <= len(draft) - len(looked_at):
        raise TaskError(f"{bench.task.label}: the draft does not have the master's frames")
    master = np.stack([read_exr(bench.store.path(artifact))[0] for _, artifact in looked_at])
    threads = max(1, int(bench.task.needs.cpu))
    ours = draft[first : first + len(looked_at)]
    found = structure_agreement(ours, master.astype(np.float16), threads=threads)
    facts = facts_of(found, frames=[number for number, _ in looked_at])
    yield Progress(done=1, total=1, note=str(facts["said"]))
    return Made(outputs={}, facts=facts)


def facts_of(found: Agreement, *, frames: list[int]) -> dict[str, Plain]:
    """Write down how faithful a master is, for the route."""
    return {
        "ok": found.faithful,
        "score": rounded(max(min(found.structure, found.motion), 0.0)),
        "measured": {
            "structure_ssim": rounded(found.structure),
            "flow_cosine": rounded(found.motion),
            "flow_drift": rounded(found.drift),
        },
        "frames": list(frames),
        "said": "the master shows what its draft showed"
        if found.faithful
        else "the master shows something else than its draft",
    }

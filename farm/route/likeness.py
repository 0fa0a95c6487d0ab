"""Likenesses: what a character looks like is learnt once, and serves every shot that names it."""

import asyncio
from collections.abc import Mapping

from farm.route.setup import Setup, megapixels
from farm.shots.request import Request, reference_file
from farm.task import Artifact, Task

VERSION = 1
"""Raise this when functions/likeness.py changes what it makes of the same pictures."""

STEPS_OF_A_TAKE = 50
PASSES = 3
"""A step of learning goes forward and back, which is as dear as three steps of a take."""


async def likenesses(
    setup: Setup, request: Request, files: Mapping[str, Artifact]
) -> dict[str, Artifact]:
    """Return the inputs that hold the likenesses of a shot's cast; none if its model learns none.

    The shot's name, the character's and everything else of the request stay out of the key: the
    pictures, the description and the model decide what is learnt.
    """
    if not setup.card.can.likeness:
        return {}
    names = sorted({one.character for one in request.references})
    tasks = [_task(setup, name, dict(request.cast).get(name, name), files) for name in names]
    made = await asyncio.gather(*(setup.doer.do(task) for task in tasks))
    return {
        f"likeness.{name}": outcome.outputs["likeness"]
        for name, outcome in zip(names, made, strict=True)
    }


def _task(setup: Setup, name: str, words: str, files: Mapping[str, Artifact]) -> Task:
    pictures = [
        files[file]
        for i in range(len(setup.shot_list.characters[name].references))
        if (file := reference_file(name, i)) in files
    ]
    size = setup.card.draft_box
    steps = setup.card.dials.get("likeness_steps", 0.0)
    return setup.task(
        "likeness",
        version=VERSION,
        params={"words": words, "size": size},
        inputs={f"reference.{i}": picture for i, picture in enumerate(pictures)},
        engine=setup.card.engine,
        megapixels=megapixels(size, 1) * steps * PASSES / STEPS_OF_A_TAKE,
        cost=setup.card.draft,
        part=name,
    )

"""Words: a prompt is encoded once for all the takes of a round, where the model can share it."""

from farm.route.setup import Setup
from farm.shots.request import Request
from farm.task import Artifact

VERSION = 1
"""Raise this when functions/words.py changes what it makes of the same params."""


async def words(setup: Setup, request: Request) -> dict[str, Artifact]:
    """Return the input that holds a request's encoded words; nothing if its model has none."""
    if not setup.card.can.words:
        return {}
    task = setup.task(
        "words",
        version=VERSION,
        params={"request": request.model_dump(mode="json")},
        inputs={},
        engine=setup.card.engine,
        megapixels=0,
        cost=setup.card.draft,
    )
    return {"words": (await setup.doer.do(task)).outputs["words"]}

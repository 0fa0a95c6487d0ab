"""Loops: footage whose last frame is followed by its first."""

from farm.route.footage import Footage
from farm.route.setup import Setup, megapixels

VERSION = 1
"""Raise this when functions/loop.py changes what it makes of the same params."""


async def loop(setup: Setup, footage: Footage) -> Footage:
    """Close the footage."""
    size = setup.request.size
    task = setup.task(
        "loop",
        version=VERSION,
        params={"span": footage.span, "size": size},
        inputs=footage.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels(size, footage.span),
        cost=setup.card.draft,
        suppose={"start": 0, "span": footage.span},
    )
    return Footage.of(await setup.doer.do(task))

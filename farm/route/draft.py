"""Draft takes: several cheap ones of a shot, each from a seed of its own."""

import asyncio
from collections.abc import Iterable, Mapping

from farm.errors import TaskError
from farm.naming import take_name
from farm.route.footage import Footage, Take, seed_of
from farm.route.given import given
from farm.route.setup import Setup, megapixels
from farm.shots.request import Request
from farm.task import Artifact, Task

Files = Mapping[str, Artifact]

VERSION = 1
"""Raise this when functions/draft.py changes what it makes of the same params."""


async def draft(
    setup: Setup, request: Request, *, numbers: Iterable[int], after: Footage | None
) -> list[Take]:
    """Shoot takes at once; those that fail are left out, and only if all fail is it an error."""
    files = await given(setup)
    takes = [_one(setup, request, number, after, files) for number in numbers]
    results = await asyncio.gather(*takes, return_exceptions=True)
    faults = [result for result in results if isinstance(result, BaseException)]
    for fault in faults:
        if not isinstance(fault, TaskError) or len(faults) == len(results):
            raise fault
    return [result for result in results if isinstance(result, Take)]


async def _one(
    setup: Setup, request: Request, number: int, after: Footage | None, files: Files
) -> Take:
    seed = seed_of(setup.shot, number)
    task = _task(setup, request, number, seed, after, files)
    return Take(number=number, seed=seed, request=request, outcome=await setup.doer.do(task))


def _task(  # noqa: PLR0913  # what a take is made of
    setup: Setup, request: Request, number: int, seed: int, after: Footage | None, files: Files
) -> Task:
    start = after.span if after else 0
    return setup.task(
        "draft",
        version=VERSION,
        params={
            "request": request.model_dump(mode="json"),
            "seed": str(seed),
            **({"span": after.span} if after else {}),
        },
        inputs={**(after.inputs("after") if after else {}), **files},
        engine=setup.card.engine,
        megapixels=megapixels(request.size, request.frames),
        cost=setup.card.draft,
        part=take_name(number),
        suppose={"start": start, "span": start + request.frames},
    )

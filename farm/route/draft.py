"""Draft takes: several cheap ones of a shot, each from a seed of its own."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from farm.digest import Plain
from farm.errors import TaskError
from farm.naming import take_name
from farm.route.footage import Footage, Take, seed_of
from farm.route.given import given
from farm.route.likeness import likenesses
from farm.route.setup import Setup, megapixels
from farm.route.words import words
from farm.shots.request import Request
from farm.task import Artifact, Task

VERSION = 2
"""Raise this when functions/draft.py changes what it makes of the same params."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    """What all takes of a round have in common; `asked` is the request as a plain value."""

    request: Request
    asked: Mapping[str, Plain]
    after: Footage | None
    files: Mapping[str, Artifact]


async def draft(
    setup: Setup, request: Request, *, numbers: Iterable[int], after: Footage | None
) -> list[Take]:
    """Shoot takes at once; those that fail are left out, and only if all fail is it an error."""
    files = {**await given(setup), **await words(setup, request)}
    files |= await likenesses(setup, request, files)
    asked = request.model_dump(mode="json")
    opening = _Start(request=request, asked=asked, after=after, files=files)
    takes = [_one(setup, opening, number) for number in numbers]
    results = await asyncio.gather(*takes, return_exceptions=True)
    faults = [result for result in results if isinstance(result, BaseException)]
    for fault in faults:
        if not isinstance(fault, TaskError) or len(faults) == len(results):
            raise fault
    return [result for result in results if isinstance(result, Take)]


async def _one(setup: Setup, opening: _Start, number: int) -> Take:
    seed = seed_of(setup.shot, number)
    outcome = await setup.doer.do(_task(setup, opening, number, seed))
    return Take(number=number, seed=seed, request=opening.request, outcome=outcome)


def _task(setup: Setup, opening: _Start, number: int, seed: int) -> Task:
    request, after = opening.request, opening.after
    start = after.span if after else 0
    return setup.task(
        "draft",
        version=VERSION,
        params={
            "request": opening.asked,
            "seed": str(seed),
            **({"span": after.span} if after else {}),
        },
        inputs={**(after.inputs("after") if after else {}), **opening.files},
        engine=setup.card.engine,
        megapixels=megapixels(request.size, request.frames),
        cost=setup.card.draft,
        part=take_name(number),
        suppose={"start": start, "span": start + request.frames},
    )

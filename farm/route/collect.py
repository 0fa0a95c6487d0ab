"""Collection: what was mastered is packed, given its version, and published with its lineage."""

import asyncio
import getpass
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from farm.delivery.manifest import Picture
from farm.delivery.publish import Delivery, publish
from farm.delivery.version import content_digest, next_version, published_versions
from farm.digest import Plain
from farm.errors import MissingError
from farm.frames import FrameRange
from farm.naming import Address
from farm.route.choose import Chosen
from farm.route.footage import Take
from farm.route.pack import (
    COLLECT_VERSION,
    REVIEW_VERSION,
    collect_task,
    first_delivered,
    review_task,
    sheet_task,
    slate,
)
from farm.route.setup import Setup
from farm.task import Outcome, Task

Placed = tuple[Task, Outcome]
"""A task with what it left, so that it can be made again should an artifact of it be lost."""


@dataclass(frozen=True, slots=True)
class Master:
    """One chunk of a master that is being made."""

    task: Task
    frames: FrameRange
    made: "asyncio.Task[Outcome]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What goes into a delivery: the circled take, all that was judged, and the masters."""

    chosen: Chosen
    take: Take
    sheet: "asyncio.Task[Placed]"
    masters: Sequence[Master]


async def draw_sheet(setup: Setup, chosen: Chosen) -> Placed:
    """Draw the contact sheet of every take."""
    task = sheet_task(setup, chosen)
    return task, await setup.doer.do(task)


async def collect(
    setup: Setup, package: Package, group: asyncio.TaskGroup, *, out: Path, publishing: bool
) -> tuple[str, Path | None]:
    """Pack each chunk as soon as it is mastered, then publish; return the version and its folder.

    The version is known before the pixels are: it follows from the masters' keys and the delivery's
    settings, which decide every byte of it.
    """
    address = Address(show=setup.shot_list.show, shot=setup.shot.shot, variant=setup.shot.variant)
    content = content_digest(_recipe(setup, package))
    published = await asyncio.to_thread(published_versions, out / address.folder)
    version = next_version(published, content)
    offset = first_delivered(setup) - package.masters[0].frames.first
    said = slate(setup, package.take, version)
    packed = [group.create_task(_pack(setup, master, offset, said)) for master in package.masters]
    chunks = [(await master.made).outputs["frames"] for master in package.masters]
    title = f"{address.stem(version)}  {package.take.name}"
    movie = await _placed(setup, review_task(setup, chunks, offset=offset, title=title))
    frames = [await one for one in packed]
    sheet = await package.sheet
    if not publishing:
        return version, None
    delivery = Delivery(
        address=address,
        version=version,
        content=content,
        picture=_picture(setup),
        frames=tuple(outcome.outputs["frames"] for _, outcome in frames),
        movies={"review": movie[1].outputs["movie"]},
        sheet=sheet[1].outputs["png"],
        lineage=_lineage(setup, package),
    )
    folder = await _publish(setup, delivery, [*frames, movie, sheet], out)
    setup.doer.tell("delivered", shot=setup.name, version=version, folder=str(folder))
    return version, folder


async def _placed(setup: Setup, task: Task) -> Placed:
    return task, await setup.doer.do(task)


async def _pack(setup: Setup, master: Master, offset: int, said: Mapping[str, Plain]) -> Placed:
    frames = (await master.made).outputs["frames"]
    return await _placed(
        setup, collect_task(setup, master.frames, frames, offset=offset, said=said)
    )


async def _publish(setup: Setup, delivery: Delivery, made: Sequence[Placed], out: Path) -> Path:
    """Publish; what the store turns out to have lost is made again, once."""
    store = setup.doer.store
    stamp: dict[str, Plain] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": getpass.getuser(),
        "on": socket.gethostname(),
    }
    try:
        return await asyncio.to_thread(publish, delivery, store, out, made=stamp)
    except MissingError:
        for task, _ in made:
            if store.recall(task.key) is None:
                await setup.doer.again(task)
        return await asyncio.to_thread(publish, delivery, store, out, made=stamp)


def _recipe(setup: Setup, package: Package) -> dict[str, Plain]:
    """Name all that decides the pictures' bytes, but the version itself.

    What else was shot and judged stays out: more takes make no new version of the same pictures.
    """
    exr = setup.shot_list.delivery.exr
    return {
        "masters": [master.task.key for master in package.masters],
        "slate": slate(setup, package.take, ""),
        "first": first_delivered(setup),
        "exr": {"compression": exr.compression, "container": exr.container},
        "versions": [COLLECT_VERSION, REVIEW_VERSION],
    }


def _picture(setup: Setup) -> Picture:
    exr = setup.shot_list.delivery.exr
    strict = exr.container == "st2065-4"
    return Picture(
        width=setup.size[0],
        height=setup.size[1],
        rate=str(setup.shot.rate),
        compression="none" if strict else exr.compression,
        container=exr.container,
    )


def _lineage(setup: Setup, package: Package) -> dict[str, Plain]:
    """Tell where the pictures came from, up to the prompt and the seed."""
    chosen, take, engine = package.chosen, package.take, setup.card.engine
    return {
        "prompt": setup.shot.prompt,
        "request": take.request.model_dump(mode="json"),
        "take": take.name,
        "seed": str(take.seed),
        "circled_by": chosen.by,
        "score": chosen.score,
        "model": {
            "name": engine.model,
            "revision": engine.revision,
            "libraries": engine.fingerprint,
            "licence": setup.card.licence.name,
        },
        "hdr": setup.card.can.hdr,
        "takes": {name: other.outcome.key for name, other in chosen.takes.items()},
        "rounds": [
            {
                "key": r.outcome.key,
                "verdict": r.outcome.outputs["verdict"].digest,
                **r.outcome.facts,
            }
            for r in chosen.rounds
        ],
        "masters": [master.task.key for master in package.masters],
    }

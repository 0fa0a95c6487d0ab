"""Collection: what was mastered is packed, given its version, and published with its lineage."""

import asyncio
import getpass
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from farm.delivery.credentials import claim, read_seal, signed
from farm.delivery.manifest import Picture
from farm.delivery.publish import Delivery, Published, publish
from farm.delivery.version import content_digest, next_version, published_versions
from farm.digest import Plain, digest_value
from farm.errors import MissingError
from farm.media.codecs import STILLS, ending
from farm.naming import Address
from farm.route import deliverables
from farm.route.choose import Chosen
from farm.route.deliverables import Deliverables
from farm.route.footage import Take
from farm.route.layers import VERSION as LAYERS_VERSION
from farm.route.layers import asked_layers
from farm.route.pack import (
    COLLECT_VERSION,
    REVIEW_VERSION,
    Words,
    collect_task,
    first_delivered,
    sheet_task,
    slate,
)
from farm.route.pieces import Master, Piece, Placed, Soundtrack
from farm.route.setup import Setup
from farm.task import MADE_ON, Artifact, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What goes into a delivery: the circled take, all that was judged, and the masters.

    `pieces` are what is delivered of the masters, and `changes` says what was done to them.
    """

    chosen: Chosen
    take: Take
    sheet: "asyncio.Task[Placed]"
    masters: Sequence[Master]
    pieces: Sequence[Piece]
    changes: Mapping[str, Plain] = field(default_factory=dict)
    sound: Soundtrack | None = None


def address_of(setup: Setup) -> Address:
    """Say where a shot is delivered."""
    return Address(show=setup.shot_list.show, shot=setup.shot.shot, variant=setup.shot.variant)


async def draw_sheet(setup: Setup, chosen: Chosen) -> Placed:
    """Draw the contact sheet of every take."""
    task = sheet_task(setup, chosen)
    return task, await setup.doer.do(task)


async def collect(
    setup: Setup, package: Package, group: asyncio.TaskGroup, *, out: Path, publishing: bool
) -> tuple[str, Path | None]:
    """Pack each piece as soon as it is there, then publish; return the version and its folder.

    The version is known before the pixels are: it follows from the masters' keys and the delivery's
    settings, which decide every byte of it.
    """
    address = address_of(setup)
    content = content_digest(_recipe(setup, package))
    published = await asyncio.to_thread(published_versions, out / address.folder)
    version = next_version(published, content)
    offset = first_delivered(setup) - package.pieces[0].frames.first
    said = slate(setup, package.take, version)
    packed = [group.create_task(_pack(setup, piece, offset, said)) for piece in package.pieces]
    words = Words(title=f"{address.stem(version)}  {package.take.name}", offset=offset)
    beside = await deliverables.make(setup, package.pieces, words, package.sound)
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
        movies=await _signed(setup, package, beside.movie_files),
        sequences={
            kind: tuple(made.outputs["frames"] for _, made in many)
            for kind, many in beside.sequences.items()
        },
        stills=await _signed(setup, package, beside.still_files),
        mhl=setup.shot_list.delivery.mhl,
        sheet=sheet[1].outputs["png"],
        lineage={
            **_lineage(setup, package, beside),
            MADE_ON: await _machines(package),
            **await _findings(package),
        },
    )
    done = await _publish(setup, delivery, [*frames, *beside.all, sheet], out)
    folder = done.folder
    if done.mended:
        setup.doer.tell("mended", shot=setup.name, folder=str(folder), files=list(done.mended))
    setup.doer.tell("delivered", shot=setup.name, version=version, folder=str(folder))
    return version, folder


async def _placed(setup: Setup, task: Task) -> Placed:
    return task, await setup.doer.do(task)


async def _pack(setup: Setup, piece: Piece, offset: int, said: Mapping[str, Plain]) -> Placed:
    inputs = {"frames": (await piece.made).outputs["frames"]}
    if piece.layers:
        inputs["layers"] = (await piece.layers).outputs["layers"]
    return await _placed(setup, collect_task(setup, piece.frames, inputs, offset=offset, said=said))


async def _signed(
    setup: Setup, package: Package, files: Mapping[str, Artifact]
) -> dict[str, Artifact]:
    """Put content credentials into movies or stills, where the list asks for them."""
    if not setup.shot_list.delivery.credentials:
        return dict(files)
    store, seal = setup.doer.store, await asyncio.to_thread(read_seal)
    engine = setup.card.engine
    said = claim(
        title=f"{setup.shot_list.show} {setup.name}",
        model=f"{engine.model} {engine.revision}",
        trained=setup.card.family != "previz",
        facts={
            "seed": str(package.take.seed),
            "prompt_sha256": digest_value(package.take.request.prompt),
            "hdr": setup.light,
        },
    )
    return {
        kind: await asyncio.to_thread(
            signed, artifact, said, store, seal, ending=STILLS.get(kind) or ending(kind)
        )
        for kind, artifact in files.items()
    }


async def _publish(
    setup: Setup, delivery: Delivery, made: Sequence[Placed], out: Path
) -> Published:
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
        "masters": [master.key for master in package.masters],
        "slate": slate(setup, package.take, ""),
        "first": first_delivered(setup),
        "exr": {"compression": exr.compression, "container": exr.container},
        **({"layers": [*layers, LAYERS_VERSION]} if (layers := asked_layers(setup)) else {}),
        "versions": [COLLECT_VERSION, REVIEW_VERSION],
        "beside": deliverables.recipe(setup),
        "signed_by": read_seal().name if setup.shot_list.delivery.credentials else "",
        "mhl": setup.shot_list.delivery.mhl,
        "changes": dict(package.changes),
    }


def _picture(setup: Setup) -> Picture:
    exr = setup.shot_list.delivery.exr
    strict = exr.container == "st2065-4"
    return Picture(
        width=setup.size[0],
        height=setup.size[1],
        rate=str(setup.rate),
        compression="none" if strict else exr.compression,
        container=exr.container,
    )


async def _findings(package: Package) -> dict[str, Plain]:
    """Tell what was measured in whatever was done to the masters."""
    if not package.changes:
        return {}
    return {"pieces": [dict((await piece.made).facts) for piece in package.pieces]}


async def _machines(package: Package) -> list[Plain]:
    """Name the kinds of machine that had a hand in the pictures: bits differ between them."""
    made = [(await master.made).facts[MADE_ON] for master in package.masters]
    return [*sorted({str(kind) for kinds in made if isinstance(kinds, list) for kind in kinds})]


def _lineage(setup: Setup, package: Package, beside: Deliverables) -> dict[str, Plain]:
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
        "hdr": setup.light,
        **package.changes,
        "movies": {kind: made.facts for kind, (_, made) in beside.movies.items()},
        "takes": {name: other.outcome.key for name, other in chosen.takes.items()},
        "rounds": [
            {
                "key": r.outcome.key,
                "verdict": r.outcome.outputs["verdict"].digest,
                **r.outcome.facts,
            }
            for r in chosen.rounds
        ],
        "masters": [master.key for master in package.masters],
    }

"""Re-composing: a master in another aspect, as a variant of its own, its light as it was."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from farm.cards.card import Cost
from farm.digest import Plain
from farm.route.footage import Footage
from farm.route.pieces import Piece
from farm.route.setup import Setup, megapixels, tools
from farm.shots.request import delivery_size
from farm.shots.spec import Point, Reframe
from farm.shots.units import ratio_of
from farm.task import Artifact, Outcome, Task

FOLLOW_VERSION = REFRAME_VERSION = 3
"""Raise one of these when functions/follow.py or reframe.py changes what it makes."""

COST = Cost(cpu=1, memory_gb=2, seconds_per_megapixel=0.2)
WHOLE: tuple[Point, Point] = ((0.0, 0.0), (1.0, 1.0))


def reframed_setup(setup: Setup) -> Setup:
    """Make the setup of the variant: its aspect, its size, and a name of its own (`9x16`)."""
    wish = _wish(setup)
    words = (setup.shot.variant, wish.aspect.replace(":", "x"))
    variant = "_".join(word for word in words if word)
    size = delivery_size(setup.shot_list.delivery.resolution, wish.aspect)
    shot = setup.shot.model_copy(update={"variant": variant})
    return replace(setup, shot=shot, size=size)


def recipe(setup: Setup) -> dict[str, Plain]:
    """Name what re-composing adds to a delivery's content."""
    wish = _wish(setup).model_dump(mode="json")
    return {"reframe": {**wish, "versions": [FOLLOW_VERSION, REFRAME_VERSION]}}


async def reframed(
    setup: Setup, pieces: Sequence[Piece], footage: Sequence[Footage], group: asyncio.TaskGroup
) -> list[Piece]:
    """Start re-composing every piece; a subject is followed once, over the whole shot."""
    path = await _path(setup, footage) if _wish(setup).follow else {}
    return [_window(setup, piece, path, group) for piece in pieces]


def _window(
    setup: Setup, piece: Piece, path: dict[str, Artifact], group: asyncio.TaskGroup
) -> Piece:
    """Re-compose a piece, and with it the layers that go with it."""
    made = group.create_task(_made(setup, piece, path))
    return Piece(piece.frames, made, made if piece.layers else None)


async def _path(setup: Setup, footage: Sequence[Footage]) -> dict[str, Artifact]:
    outcome = await setup.doer.do(_follow(setup, footage))
    return {"path": outcome.outputs["path"]}


async def _made(setup: Setup, piece: Piece, path: dict[str, Artifact]) -> Outcome:
    inputs = {"frames": (await piece.made).outputs["frames"], **path}
    if piece.layers:
        inputs["layers"] = (await piece.layers).outputs["layers"]
    return await setup.doer.do(_task(setup, piece, inputs))


def _wish(setup: Setup) -> Reframe:
    assert setup.shot.reframe
    return setup.shot.reframe


def _follow(setup: Setup, footage: Sequence[Footage]) -> Task:
    wish, scenes = _wish(setup), footage if _knows(setup) else ()
    return setup.task(
        "follow",
        version=FOLLOW_VERSION,
        params={
            "start": footage[0].start,
            "ratio": str(ratio_of(wish.aspect)),
            "source": _corners(wish),
            "focal_length": setup.shot.camera.focal_length,
            "rate": str(setup.shot.rate),
            **(_named(setup, footage) if scenes else {}),
        },
        inputs={
            **{f"clip.{number:04}": piece.clip for number, piece in enumerate(footage)},
            **{f"state.{number:04}": piece.state for number, piece in enumerate(scenes)},
        },
        engine=setup.card.engine if scenes else tools("numpy", "opencv-python-headless"),
        megapixels=megapixels(setup.request.size, setup.request.frames + setup.added),
        part=wish.follow or "",
    )


def _knows(setup: Setup) -> bool:
    """Tell whether the model can say where in its pictures a named thing is."""
    given = setup.shot.keyframes or setup.shot.edit
    return "cryptomatte" in setup.card.can.layers and not given


def _named(setup: Setup, footage: Sequence[Footage]) -> dict[str, Plain]:
    return {
        "subject": _wish(setup).follow,
        "pieces": [[piece.start, piece.span - 1] for piece in footage],
    }


def _task(setup: Setup, piece: Piece, inputs: dict[str, Artifact]) -> Task:
    wish = _wish(setup)
    return setup.task(
        "reframe",
        version=REFRAME_VERSION,
        params={"size": setup.size, "source": _corners(wish)},
        inputs=inputs,
        engine=tools("numpy", "opencv-python-headless"),
        megapixels=megapixels(setup.size, len(piece.frames)),
        cost=COST,
        part=str(piece.frames),
        suppose={"count": len(piece.frames)},
    )


def _corners(wish: Reframe) -> list[Plain]:
    return [list(point) for point in wish.source or WHOLE]

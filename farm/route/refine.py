"""Refinement: a draft's own latents, doubled level by level, each level in tiles on many machines.

A level is one canvas with one field of noise on it, as many tiles as its size takes, and one merge.
A tile is a task like any other: it does not matter where, when or in which order tiles are made.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from farm.cards.card import Tiling
from farm.digest import Plain
from farm.frames import FrameRange
from farm.route.footage import Footage, beside, machines
from farm.route.setup import Setup, grouped, megapixels, tools
from farm.task import Artifact, Outcome
from farm.tiles import Span, Tile, levels, on_grid, tiles

ENLARGE_VERSION = 1
TILE_VERSION = 1
MERGE_VERSION = 1
"""Raise one of these when functions/enlarge.py, tile.py or merge.py changes what it makes."""


def recipe(setup: Setup, footage: Footage) -> dict[str, Plain]:
    """Name all that decides refined footage, before any of it is made."""
    tiling = setup.card.tiling
    assert tiling
    return {
        "state": {name: artifact.digest for name, artifact in footage.inputs().items()},
        "frames": [footage.start, footage.span],
        "levels": levels(setup.request.size, master=setup.size),
        "tiling": [tiling.cell, tiling.edge, tiling.overlap],
        "versions": [ENLARGE_VERSION, TILE_VERSION, MERGE_VERSION],
    }


async def refine(setup: Setup, footage: Footage) -> Footage:
    """Double footage until it is at least as large as its master."""
    tiling = setup.card.tiling
    assert tiling
    size = on_grid(setup.request.size, tiling.cell)
    for level in range(1, levels(setup.request.size, master=setup.size) + 1):
        size = (2 * size[0], 2 * size[1])
        footage = await _level(setup, footage, level, size, tiling)
    return footage


async def _level(setup: Setup, footage: Footage, level: int, size: Span, tiling: Tiling) -> Footage:
    canvas = await _enlarge(setup, footage, level, size)
    cut = tiles(size, edge=tiling.edge, overlap=tiling.overlap, cell=tiling.cell)
    on_canvas = replace(footage, state=canvas.outputs["state"], beside=beside(canvas))

    async def all_tiles(group: asyncio.TaskGroup) -> list[Outcome]:
        works = [group.create_task(_tile(setup, on_canvas, level, tile)) for tile in cut]
        return [await work for work in works]

    refined = await grouped(all_tiles)
    made = [tile.outputs["state"] for tile in refined]
    merged = await _merge(setup, on_canvas, level, size, cut, made)
    hands = footage.made_on | machines(canvas, *refined)
    return replace(footage, state=merged.outputs["state"], made_on=hands)


async def _enlarge(setup: Setup, footage: Footage, level: int, size: Span) -> Outcome:
    frames = FrameRange(footage.start, footage.span - 1)
    task = setup.task(
        "enlarge",
        version=ENLARGE_VERSION,
        params={"span": footage.span, "first": frames.first, "last": frames.last},
        inputs=footage.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels(size, len(frames)) / 10,
        cost=setup.card.master,
        part=_part(footage, level),
    )
    return await setup.doer.do(task)


async def _tile(setup: Setup, canvas: Footage, level: int, tile: Tile) -> Outcome:
    task = setup.task(
        "tile",
        version=TILE_VERSION,
        params={"span": canvas.span, "tile": [tile.x, tile.y, tile.width, tile.height]},
        inputs=canvas.inputs(),
        engine=setup.card.engine,
        megapixels=megapixels((tile.width, tile.height), canvas.span - canvas.start),
        cost=setup.card.master,
        part=f"{_part(canvas, level)} {tile}",
    )
    return await setup.doer.do(task)


async def _merge(  # noqa: PLR0913, PLR0917  # a merge is these things
    setup: Setup,
    canvas: Footage,
    level: int,
    size: Span,
    cut: Sequence[Tile],
    refined: Sequence[Artifact],
) -> Outcome:
    task = setup.task(
        "merge",
        version=MERGE_VERSION,
        params={
            "span": canvas.span,
            "tiles": [[tile.x, tile.y, tile.width, tile.height] for tile in cut],
        },
        inputs={
            "state": canvas.state,
            **{f"tile.{number:04}": artifact for number, artifact in enumerate(refined)},
        },
        engine=tools("numpy", "safetensors"),
        megapixels=megapixels(size, canvas.span - canvas.start) / 100,
        part=_part(canvas, level),
    )
    return await setup.doer.do(task)


def _part(footage: Footage, level: int) -> str:
    return f"{FrameRange(footage.start, footage.span - 1)} x{2**level}"

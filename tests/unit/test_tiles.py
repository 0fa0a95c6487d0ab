"""Tiles: a canvas is covered, evenly and with an overlap, and comes together in one way only."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.errors import TaskError
from farm.frames import FrameRange
from farm.tiles import Tile, levels, on_grid, tiles
from functions.models.base import State
from functions.models.diffusion.latents import Latents, Piece, cut, merge, pack, read, unpack

CELL = 32


def canvas(width: int = 512, height: int = 320, *, seed: int = 0) -> Latents:
    noise = np.random.default_rng(seed)
    video = noise.normal(size=(1, 3, 2, height // CELL, width // CELL)).astype(np.float32)
    return Latents(
        model="ltx",
        frames=9,
        size=(width, height),
        picture=(width, height - 20),
        rate="24",
        seed=7,
        words="a fox",
        pieces=(Piece(first=0, own=0, video=video),),
        noise=0.9,
    )


def refined(part: Latents, *, seed: int) -> Latents:
    """Change a tile as no other tile is changed."""
    noise = np.random.default_rng(seed).normal(size=part.pieces[0].video.shape)
    return replace(part, pieces=(replace(part.pieces[0], video=noise.astype(np.float32)),))


sizes = st.integers(1, 40).map(lambda cells: cells * CELL)


@given(width=sizes, height=sizes, edge=st.integers(3, 12), overlap=st.integers(1, 2))
def test_tiles_cover_the_canvas_on_the_grid_and_share_what_was_asked(width, height, edge, overlap):
    cuts = tiles((width, height), edge=edge * CELL, overlap=overlap * CELL, cell=CELL)
    seen = np.zeros((height // CELL, width // CELL), int)
    for tile in cuts:
        assert {tile.x % CELL, tile.y % CELL, tile.width % CELL, tile.height % CELL} == {0}
        assert max(tile.width, tile.height) <= edge * CELL
        rows = slice(tile.y // CELL, (tile.y + tile.height) // CELL)
        seen[rows, tile.x // CELL : (tile.x + tile.width) // CELL] += 1
    assert seen.min() >= 1
    across = sorted({(tile.x, tile.x + tile.width) for tile in cuts})
    shared = [a[1] - b[0] for a, b in pairwise(across)]
    assert all(each >= overlap * CELL for each in shared)


@given(width=sizes, height=sizes)
def test_untouched_tiles_come_together_as_the_canvas_they_were_cut_from(width, height):
    whole = canvas(width, height)
    cuts = tiles(whole.size, edge=6 * CELL, overlap=2 * CELL, cell=CELL)
    merged = merge(whole, [(tile, cut(whole, tile)) for tile in cuts])
    np.testing.assert_allclose(merged.pieces[0].video, whole.pieces[0].video, rtol=0, atol=2e-6)
    assert merged.noise == 0


def test_a_joint_falls_off_from_one_tile_to_the_other():
    whole = canvas(width=10 * CELL, height=4 * CELL)
    cuts = tiles(whole.size, edge=6 * CELL, overlap=2 * CELL, cell=CELL)
    parts = []
    for number, tile in enumerate(cuts):
        part = cut(whole, tile)
        flat = np.full_like(part.pieces[0].video, float(number))
        parts.append((tile, replace(part, pieces=(replace(part.pieces[0], video=flat),))))
    row = merge(whole, parts).pieces[0].video[0, 0, 0, 0]
    assert row[0] == 0
    assert row[-1] == 1
    assert (np.diff(row) >= 0).all()
    assert 0 < row[4] < row[5] < 1


@given(shuffled=st.permutations(range(12)))
def test_tiles_come_together_to_the_same_bits_in_whatever_order(shuffled):
    """Where four of them overlap, too: a sum of floats is not the same in every order."""
    whole = canvas(512, 384)
    cuts = tiles(whole.size, edge=6 * CELL, overlap=2 * CELL, cell=CELL)
    parts = [(tile, refined(cut(whole, tile), seed=n)) for n, tile in enumerate(cuts)]
    assert len(parts) == len(shuffled)
    assert pack(merge(whole, [parts[n] for n in shuffled])) == pack(merge(whole, parts))


def test_tiles_that_leave_a_hole_are_refused():
    whole = canvas()
    first = Tile(x=0, y=0, width=64, height=64)
    with pytest.raises(TaskError, match="do not cover"):
        merge(whole, [(first, cut(whole, first))])


def test_latents_are_the_same_bytes_whenever_they_are_written():
    assert pack(canvas()) == pack(canvas())
    assert pack(unpack(pack(canvas()))) == pack(canvas())
    assert pack(canvas(seed=1)) != pack(canvas())


def test_latents_of_another_model_or_other_bytes_are_refused():
    state = State(data=pack(canvas()), kind="latents", frames=9)
    assert read(state, "ltx").frames == 9
    with pytest.raises(TaskError, match="latents of ltx"):
        read(state, "wan")
    with pytest.raises(TaskError, match="not the latents"):
        unpack(b"something else")
    with pytest.raises(TaskError, match="kind 'scene'"):
        read(replace(state, kind="scene"), "ltx")


def test_only_the_pieces_that_hold_the_frames_are_enlarged():
    one = canvas().pieces[0]
    long = replace(canvas(), frames=30, pieces=(one, replace(one, first=8, own=16)))
    assert len(long.of(FrameRange(0, 15)).pieces) == 1
    assert long.of(FrameRange(16, 29)).pieces[0].own == 16
    assert len(long.of(FrameRange(10, 20)).pieces) == 2


def test_a_picture_is_doubled_until_its_master_fits_in():
    assert levels((960, 540), master=(3840, 2160)) == 2
    assert levels((960, 540), master=(1920, 1080)) == 1
    assert levels((960, 540), master=(1998, 1080)) == 2
    assert levels((960, 540), master=(960, 540)) == 0
    assert on_grid((960, 540), 32) == (960, 544)

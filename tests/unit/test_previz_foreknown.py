"""What previz knows of a pixel before a ray is sent there, and where it must not guess."""

import numpy as np
import pytest

from functions.models.previz.optics.between import _jumps, fill_blocks, find_edges
from functions.models.previz.optics.canvas import (
    EVEN,
    GROWN,
    SHAPE,
    SMALL,
    SMALL_SHADE,
    SOFT,
    TONE,
    Canvas,
    tone_of,
)
from functions.models.previz.optics.foreknown import UNLEVEL, UNSURE, known_around, known_between
from functions.models.previz.optics.jit import kernel
from functions.models.previz.optics.layout import SLOTS
from functions.models.previz.optics.moments import BRIGHT, CODE, NOTES, calm
from functions.models.previz.optics.recall import few_around, shifted
from functions.models.previz.optics.survey import _grow
from functions.models.previz.optics.trace import GROUND
from functions.models.previz.optics.veil import UNVEILED, mean_veil
from functions.models.previz.optics.world import world_of
from functions.models.previz.render import Sheets, _blank
from tests.unit.previz_set import body, lens, snapshot

SIDE = 16
SUNLIT = (0.9, 0.1, 0.1, 0.1, 1.0, 1.0)
IN_SHADOW = (0.9, 0.1, 0.1, 0.1, 0.0, 1.0)


@kernel
def seen_between(c, y, x):
    return known_between(c, y, x, 1, 0.001)


@kernel
def seen_around(c, y, x):
    return known_around(c, y, x, 0.001)


@kernel
def place_of(c, y, x, right, down):
    return shifted(c, y, x, right, down)


@kernel
def is_jump(before, after):
    return _jumps(before, after, 0.2)


@kernel
def is_calm(notes):
    return calm(notes)


@pytest.fixture
def canvas() -> Canvas:
    """A canvas all of whose pixels see sunlit ground, ten metres away."""
    world = world_of(snapshot([body(0, (0, 1, 0)), body(1, (1, 1, 0))], lens_=lens()))
    c = _blank(world, Sheets(SIDE, SIDE), moved=False)
    c.base[...], c.tones[...] = 0.5, tone_of(0.5, 0.5, 0.5)
    c.first[...] = 4 * GROUND
    c.seen[...] = (0.0, 1.0, 0.0, 10.0)
    c.veils[...] = SUNLIT
    return c


def test_pixels_that_agree_lend_their_veil_to_those_between(canvas):
    sure, likely, _, veil = seen_between(canvas, 5, 5)
    assert sure == likely == GROUND
    assert veil == pytest.approx(SUNLIT)


@pytest.mark.parametrize("corner", [(4, 4), (4, 6), (6, 4), (6, 6)])
def test_a_shadow_over_one_corner_is_looked_for_between(canvas, corner):
    canvas.veils[corner[0] // 2, corner[1] // 2] = IN_SHADOW
    assert seen_between(canvas, 5, 5)[3] == UNVEILED


def test_a_shadow_beside_a_pixel_is_looked_for_in_all_of_it(canvas):
    assert mean_veil(canvas, 4, 4, 8, 8, 2) == pytest.approx(SUNLIT)
    canvas.veils[2, 2] = IN_SHADOW
    assert seen_around(canvas, 6, 6)[3] == UNVEILED


def test_a_surface_that_turns_does_not_lend_its_veil(canvas):
    canvas.seen[6, 6] = (1.0, 0.0, 0.0, 10.0)
    assert seen_between(canvas, 5, 5)[3] == UNVEILED


@pytest.mark.parametrize("corner", [(4, 4), (4, 6), (6, 4), (6, 6)])
def test_nothing_is_sure_between_pixels_that_see_different_things(canvas, corner):
    canvas.first[corner] = 0
    assert seen_between(canvas, 5, 5)[0] == UNSURE


def test_where_small_things_may_be_a_ray_must_find_out_and_light_is_known_if_none_is_there(canvas):
    canvas.small[5, 5] = SMALL
    sure, likely, _, veil = seen_between(canvas, 5, 5)
    assert (sure, likely) == (UNSURE, GROUND)
    assert veil == pytest.approx(SUNLIT)


def test_where_the_shadow_of_a_small_thing_may_fall_light_is_not_known(canvas):
    canvas.small[5, 5] = SMALL_SHADE
    assert seen_between(canvas, 5, 5)[3] == UNVEILED


def test_hills_on_a_plane_are_met_without_walking_and_a_ridge_is_not(canvas):
    hilly = canvas._replace(hilly=True)
    hilly.seen[..., 3] = 1.0 / (0.05 + 0.001 * np.arange(SIDE))[:, None]
    assert seen_between(hilly, 5, 5)[2][0] == pytest.approx(0.055)
    hilly.seen[6:, :, 3] *= 1.5
    assert seen_between(hilly, 5, 5)[2] == UNLEVEL
    assert seen_around(hilly, 5, 5)[2] == UNLEVEL


def test_the_few_things_around_a_pixel_are_asked_by_their_nearness(canvas):
    canvas.first[5, 5], canvas.first[6, 6], canvas.first[6, 5] = 4 * 1, 4 * 0, 4 * 1
    canvas.nears[:] = (2.0, 1.0)
    few = np.zeros(9, np.int32)
    assert few_around(canvas, 5, 5, few) == (2, True)
    assert list(few[:2]) == [1, 0]


def test_a_blur_within_one_thing_takes_nothing_of_another(canvas):
    assert place_of(canvas, 5, 5, 2.0, 1.0) == 6 * SIDE + 7
    canvas.first[6, 7] = 0
    assert place_of(canvas, 5, 5, 2.0, 1.0) == 5 * SIDE + 5


def test_a_block_of_one_surface_is_filled_evenly_from_its_corners(canvas):
    for k, corner in enumerate([(4, 4), (4, 8), (8, 4), (8, 8)]):
        canvas.base[corner] = 1.0 + 0.01 * k
        canvas.tones[corner] = tone_of(*canvas.base[corner])
    canvas.base[4:8, 5:8] = canvas.base[5:8, 4:8] = np.nan
    fill_blocks(canvas, 0, SIDE)
    down, across = np.mgrid[0:4, 0:4] / 4
    assert canvas.plain[1, 1] == 1
    assert canvas.base[4:8, 4:8, 0] == pytest.approx(1.0 + 0.02 * down + 0.01 * across)
    assert canvas.veils[2:4, 2:4] == pytest.approx(np.broadcast_to(SUNLIT, (2, 2, 6)))


def _in_another_thing(c):
    c.first[8, 8] = 0


def _with_something_small(c):
    c.small[6, 6] = SMALL


def _over_an_edge_of_light(c):
    c.tones[8, 8] += 1.0


def _round_a_corner(c):
    c.seen[8, 8, :3] = (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "change",
    [_in_another_thing, _with_something_small, _over_an_edge_of_light, _round_a_corner],
)
def test_a_block_is_left_to_be_looked_at(canvas, change):
    change(canvas)
    fill_blocks(canvas, 0, SIDE)
    assert canvas.plain[1, 1] == 0


def test_edges_are_looked_for_beside_blocks_that_are_not_plain(canvas):
    canvas.first[8, 8] = 0
    fill_blocks(canvas, 0, SIDE)
    find_edges(canvas, 0, SIDE)
    assert (canvas.marks[7:10, 7:10] == SHAPE).all()
    assert (canvas.marks == SHAPE).sum() == 9


def test_an_even_slope_of_brightness_is_no_edge_and_a_step_is():
    assert not is_jump(0.3, 0.3)
    assert is_jump(0.3, 0.0)
    assert is_jump(0.0, -0.3)


def test_a_blurred_edge_between_things_outdoes_one_of_brightness():
    marks = np.full((7, 7), EVEN, np.uint8)
    marks[3, 2], marks[3, 4] = TONE, SHAPE
    _grow(marks, 2, 3, 1)
    assert marks[3, 2] == SOFT
    _grow(marks, 4, 3, 1)
    assert (marks[3] == [EVEN, SOFT, SOFT, GROWN, GROWN, GROWN, EVEN]).all()


def test_three_moments_are_enough_only_where_they_show_the_same():
    notes = np.zeros((SLOTS, NOTES))
    assert is_calm(notes)
    notes[SLOTS - 1, BRIGHT] = 0.2
    assert not is_calm(notes)
    notes[SLOTS - 1, BRIGHT], notes[SLOTS // 2, CODE] = 0.0, 3
    assert not is_calm(notes)

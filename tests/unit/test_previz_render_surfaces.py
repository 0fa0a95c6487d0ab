"""Surfaces look like what they are made of."""

import numpy as np
import pytest

from functions.models.previz import snapshot as s
from functions.models.previz.optics.forms import torus_meet
from functions.models.previz.optics.ground import ground_meet, hill
from functions.models.previz.optics.layout import SEED
from functions.models.previz.optics.vec import INFINITY
from functions.models.previz.optics.world import world_of
from functions.models.previz.render import render
from tests.unit.previz_set import air, body, lens, luminance, material, snapshot, sun, turned

CHECKERED = material((0.8, 0.8, 0.8), second=(0.05, 0.05, 0.05), pattern=s.CHECKER)


def test_a_glass_ball_turns_what_is_behind_it_upside_down():
    glass = material((1.0, 1.0, 1.0), clear=1.0, rough=0.02)
    shot = snapshot([body()], materials=[material((0.02, 0.02, 0.02)), glass])
    tones = luminance(render(shot, width=96, height=54))
    assert tones[18, 48] < 0.5 * tones[34, 48]


def test_a_mirror_shows_what_stands_before_it():
    mirror = material((0.95, 0.95, 0.95), metal=1.0, rough=0.02)
    red = body(place=(0, 1, 8), size=(1.2,) * 3)
    wall = body(s.BOX, (0, 1, -1), (3, 3, 0.1), material=2)
    paint = [material(), material((0.6, 0.02, 0.02), emit=(0.5, 0.0, 0.0)), mirror]
    pixels = render(snapshot([wall, red], materials=paint), width=96, height=54)
    assert pixels[27, 48, 0] > 3 * pixels[27, 48, 2]
    assert pixels[27, 4, 0] < 2 * pixels[27, 4, 2]


def test_a_far_checkerboard_is_grey_without_moire():
    view = lens(place=(0, 2, 0), turn=turned((1, 0, 0), -3), focal=50)
    shot = snapshot([], materials=[CHECKERED], lens_=view)
    tones = luminance(render(shot, width=256, height=144))
    flat = luminance(
        render(snapshot([], materials=[material((0.425,) * 3)], lens_=view), width=256, height=144)
    )
    rows = slice(58, 68)
    assert tones[rows].mean() == pytest.approx(flat[rows].mean(), rel=0.1)
    assert (tones[rows].std(axis=1) / tones[rows].mean(axis=1)).max() < 0.12


@pytest.mark.parametrize(
    "pattern",
    [s.CHECKER, s.BRICKS, s.STRIPES, s.WOOD, s.NOISE, s.TILES, s.GRASS, s.WINDOWS],
)
def test_every_pattern_shows_both_of_its_colours(pattern):
    paint = material((0.9, 0.1, 0.1), second=(0.1, 0.1, 0.9), pattern=pattern, scale=0.4)
    view = lens(place=(0, 3, 0), turn=turned((1, 0, 0), -90))
    pixels = render(snapshot([], materials=[paint], lens_=view), width=96, height=54)
    share = pixels[..., 2] / pixels.sum(axis=-1)
    assert share.max() > share.min() + 0.1


@pytest.mark.parametrize("kind", [s.SPHERE, s.BOX, s.CYLINDER, s.CONE, s.TORUS])
def test_every_shape_is_where_it_should_be_and_lit_without_acne(kind):
    size = {s.TORUS: (0.5, 0.15, 0.5)}.get(kind, (0.5, 0.5, 0.5))
    stand = turned((1, 0, 0), 90) if kind == s.TORUS else turned((0, 1, 0), 20)
    paint = [material((0.02,) * 3), material((0.9,) * 3, rough=1.0)]
    shot = snapshot(
        [body(kind, size=size, turn=stand)],
        materials=paint,
        lens_=lens(focal=50),
        air_=air(sky=s.SPACE, ground=s.NO_GROUND, sun_direction=sun(35, 160)),
    )
    tones = luminance(render(shot, width=160, height=90))
    there = tones[30:60, 50:110] > 0.3
    assert 0.15 < there.mean() < 0.9
    inside = (
        there[1:-1, 1:-1] & there[:-2, 1:-1] & there[2:, 1:-1] & there[1:-1, :-2] & there[1:-1, 2:]
    )
    alone = (
        ~there[1:-1, 1:-1] & there[:-2, 1:-1] & there[2:, 1:-1] & there[1:-1, :-2] & there[1:-1, 2:]
    )
    assert inside.sum() > 100
    assert alone.sum() == 0


def test_a_hole_in_a_torus_can_be_looked_through():
    ring = body(s.TORUS, size=(0.6, 0.12, 0.6), turn=turned((1, 0, 0), 90))
    pixels = render(snapshot([ring]), width=96, height=54)
    empty = render(snapshot([]), width=96, height=54)
    np.testing.assert_allclose(pixels[27, 48], empty[27, 48], rtol=0.2)


@pytest.mark.parametrize("radius", [0.5, 1.0, 10.0])
def test_a_ray_that_leaves_a_ring_does_not_meet_it_again(radius):
    size, out = (radius, 0.12 * radius, radius), 1.12 * radius + 1e-4
    for slant in (0.02, 0.1, 0.5, 1.0):
        way = (slant, 0.0, np.sqrt(1.0 - slant * slant))
        assert torus_meet(size, (out, 0.0, 0.0), way, 1e-4) >= INFINITY
    assert torus_meet(size, (2.0 * radius, 0.0, 0.0), (-1.0, 0.0, 0.0), 1e-4) == pytest.approx(
        0.88 * radius, rel=1e-3
    )


def within_the_tube(size, rays, t):
    """Return how far inside a torus's tube each ray is, `t` along it."""
    x, y, z = np.moveaxis(rays[:, 0] + rays[:, 1] * t[:, None], -1, 0)
    return size[1] - np.hypot(np.hypot(x, z) - size[0], y)


@pytest.mark.parametrize("tube", [0.05, 0.2, 0.45, 0.9])
def test_a_ray_meets_a_ring_where_it_first_comes_within_its_tube(tube):
    rng, size = np.random.default_rng(3), (1.0, tube, 1.0)
    eyes = rng.normal(size=(600, 3)) * np.repeat([[3.0], [0.4]], 300, axis=0)
    ways = rng.uniform((-1.6, -tube, -1.6), (1.6, tube, 1.6), (600, 3)) - eyes
    rays = np.stack([eyes, ways / np.linalg.norm(ways, axis=1, keepdims=True)], axis=1)
    rays = rays[within_the_tube(size, rays, np.zeros(600)) < -1e-3]
    path = np.linspace(1e-4, 14.0, 30_000)
    inside = np.array([within_the_tube(size, rays, np.full(len(rays), t)) for t in path])
    met = np.array([torus_meet(size, tuple(o), tuple(d), 1e-4) for o, d in rays])
    hits = inside.max(axis=0) > 1e-4
    first = path[np.argmax(inside > 0.0, axis=0)]
    assert 100 < hits.sum() < len(rays)
    np.testing.assert_allclose(met[hits], first[hits], atol=2e-3)
    assert (met[inside.max(axis=0) < -1e-4] >= INFINITY).all()


def test_a_ray_meets_the_first_hill_that_it_goes_through():
    world = world_of(
        snapshot([], air_=air(ground=s.TERRAIN, terrain_height_m=45.0, terrain_scale_m=80.0))
    )
    rng, eye = np.random.default_rng(2), (0.0, 2.0, 0.0)
    path = 23.0 * 1.001 ** np.arange(4800)
    agree = []
    for turn, rise in zip(
        rng.uniform(0, 2 * np.pi, 120), rng.uniform(-0.01, 0.12, 120), strict=True
    ):
        way = np.array([np.cos(turn), rise, np.sin(turn)]) / np.hypot(1.0, rise)
        tops = [hill(t * way[0], t * way[2], 45.0, 80.0, int(world[SEED]), 6)[0] for t in path]
        under = np.array(tops) - eye[1] - path * way[1]
        deepest = (under / path).max()
        if abs(deepest) > 0.004:
            met = ground_meet(world, eye, tuple(way), 0.0, INFINITY, 3e-4)
            first = path[np.argmax(under > 0.0)] if deepest > 0.0 else INFINITY
            agree.append(abs(met - first) <= 0.02 * first)
    assert len(agree) > 80
    assert np.mean(agree) > 0.99


def test_wet_ground_mirrors_the_sky():
    view = lens(place=(0, 1, 0), turn=turned((1, 0, 0), -8))
    dark = [material((0.03, 0.03, 0.03))]
    dry, wet = (
        luminance(
            render(
                snapshot([], materials=dark, lens_=view, air_=air(sky=s.OVERCAST, wetness=wetness)),
                width=48,
                height=27,
            )
        )[14:18].mean()
        for wetness in (0.0, 1.0)
    )
    assert wet > 1.3 * dry


def test_terrain_leaves_the_clearing_level_and_rises_beyond():
    hills = air(ground=s.TERRAIN, terrain_height_m=60.0, terrain_scale_m=60.0)
    plain = render(snapshot([body()]), width=96, height=54)
    hilly = render(snapshot([body()], air_=hills), width=96, height=54)
    np.testing.assert_allclose(hilly[48:], plain[48:], rtol=0.3)
    assert np.abs(hilly[10:26] - plain[10:26]).mean() > 0.05


def test_windows_are_lit_at_night():
    house = material((0.3, 0.3, 0.3), second=(0.05, 0.05, 0.06), pattern=s.WINDOWS, scale=0.8)
    block = body(s.BOX, (0, 3, -6), (4, 3, 1))
    dark = air(sky=s.NIGHT, sun_direction=sun(-30))
    pixels = render(
        snapshot([block], materials=[material(), house], air_=dark), width=96, height=54
    )
    assert luminance(pixels).max() > 0.8

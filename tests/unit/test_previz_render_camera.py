"""The camera is a real one: field of view, focus and shutter follow the lens formulas."""

import numpy as np
import pytest

from functions.models.previz import snapshot as s
from functions.models.previz.optics.canvas import TILE
from functions.models.previz.render import render
from tests.unit.previz_set import air, body, lens, luminance, material, snapshot, turned

GLOW = material((0.0, 0.0, 0.0), emit=(4.0, 4.0, 4.0), ior=1.0)
VOID = air(sky=s.STUDIO, ground=s.NO_GROUND, tint=np.zeros(3))
WIDTH, HEIGHT = 320, 180


def in_the_void(*bodies, lens_, enlarged: int = 1) -> np.ndarray:
    """Return how much of each pixel glowing bodies fill, before black."""
    shot = snapshot(bodies, materials=[material(), GLOW], lens_=lens_, air_=VOID)
    return luminance(render(shot, width=enlarged * WIDTH, height=enlarged * HEIGHT)) / 4.0


def middle(tones: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[: tones.shape[0], : tones.shape[1]] + 0.5
    return float((x * tones).sum() / tones.sum()), float((y * tones).sum() / tones.sum())


@pytest.mark.parametrize("focal", [18.0, 35.0, 85.0])
@pytest.mark.parametrize("aside", [(0.0, 0.0), (0.3, -0.12)])
def test_a_point_lands_where_its_focal_length_puts_it(focal, aside):
    reach = 10.0 * 18.0 / focal
    ball = body(place=(aside[0] * reach, 1.0 + aside[1] * reach, -5.0), size=(0.02 * reach,) * 3)
    x, y = middle(in_the_void(ball, lens_=lens(focal=focal)))
    scale = 0.5 * WIDTH * focal / 18.0 / 10.0
    assert x == pytest.approx(WIDTH / 2 + aside[0] * reach * scale, abs=0.6)
    assert y == pytest.approx(HEIGHT / 2 - aside[1] * reach * scale, abs=0.6)


def test_a_ball_fills_the_pixels_of_its_silhouette():
    tones = in_the_void(body(place=(0, 1, 0), size=(0.5,) * 3), lens_=lens())
    radius = 0.5 / np.sqrt(25 - 0.25) * 0.5 * WIDTH * 35 / 18
    assert tones.sum() == pytest.approx(np.pi * radius**2, rel=0.01)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    away = np.hypot(x - WIDTH / 2, y - HEIGHT / 2)
    assert tones[away < radius - 1].min() > 0.99
    assert tones[away > radius + 1].max() == 0.0


@pytest.mark.parametrize(("enlarged", "steps"), [(1, 3), (4, 6)])
def test_an_edge_is_smooth_and_smoother_in_a_master_than_in_a_draft(enlarged, steps):
    tones = in_the_void(
        body(s.BOX, (0, 1, 0), (0.5, 0.5, 0.5), turn=turned((0, 0, 1), 10)),
        lens_=lens(),
        enlarged=enlarged,
    )
    part = (tones > 0.02) & (tones < 0.98)
    assert len(np.unique(np.round(tones[part], 3))) >= steps


@pytest.mark.parametrize("depth", [2.5, 12.0])
def test_a_point_out_of_focus_spreads_to_its_blur_circle(depth):
    view = lens(focal=50.0, stop=0.5, focus=5.0)
    scale = 0.5 * WIDTH * 50 / 18
    point = body(place=(0, 1, 5 - depth), size=(depth / scale,) * 3)
    tones = in_the_void(point, lens_=view)
    circle = 0.05 / 0.5 * abs(depth - 5) / (depth * 5) * scale
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    away2 = (x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2
    spread = np.sqrt(2 * (away2 * tones).sum() / tones.sum())
    assert np.sqrt(spread**2 - 1.0) == pytest.approx(circle / 2, rel=0.12)


def test_what_is_in_focus_stays_sharp():
    sharp = in_the_void(body(), lens_=lens(stop=1.4, focus=4.6))
    pinhole = in_the_void(body(), lens_=lens())
    assert np.abs(sharp - pinhole).sum() < 0.02 * pinhole.sum()


@pytest.mark.parametrize("way", [0.2, 0.4])
def test_the_shutter_blurs_a_moving_ball_as_far_as_it_goes(way):
    ball = body(place=(-way / 2, 1, 0), then=(way / 2, 1, 0), size=(0.06,) * 3)
    tones = in_the_void(ball, lens_=lens())
    columns = np.flatnonzero(tones[HEIGHT // 2] > 0.02)
    scale = 0.5 * WIDTH * 35 / 18 / 5
    assert columns[-1] - columns[0] == pytest.approx((way + 0.12) * scale, abs=2.5)
    assert tones.sum() == pytest.approx(np.pi * (0.06 * scale) ** 2, rel=0.06)


def test_what_moves_shows_the_mean_of_its_moments():
    def ball(opens: float, closes: float) -> s.Snapshot:
        place, then = (0.6 * opens - 0.3, 1, 0), (0.6 * closes - 0.3, 1, 0)
        return snapshot([body(place=place, then=then, size=(0.3,) * 3)])

    seen = render(ball(0.0, 1.0), width=WIDTH, height=HEIGHT)
    moments = [(k + 0.5) / 32 for k in range(32)]
    mean = np.mean([render(ball(t, t), width=WIDTH, height=HEIGHT) for t in moments], axis=0)
    off = np.abs(luminance(seen) - luminance(mean)) / luminance(mean)
    assert np.percentile(off, 99) < 0.06
    assert off.mean() < 0.004


@pytest.mark.parametrize("way", [0.2, 0.4])
def test_the_shutter_blurs_the_picture_as_far_as_the_camera_goes(way):
    view = lens(place=(-way / 2, 1, 5), then=(way / 2, 1, 5))
    tones = in_the_void(body(place=(0, 1, 0), size=(0.06,) * 3), lens_=view)
    columns = np.flatnonzero(tones[HEIGHT // 2] > 0.02)
    scale = 0.5 * WIDTH * 35 / 18 / 5
    assert columns[-1] - columns[0] == pytest.approx((way + 0.12) * scale, abs=4)
    assert tones.sum() == pytest.approx(np.pi * (0.06 * scale) ** 2, rel=0.25)


def test_what_is_near_a_moving_camera_fades_evenly_over_all_that_it_passes():
    way, broad, near, width = 0.5, 0.2, 2.45, 960
    post = body(s.BOX, (0, 1, 5 - near - 0.05), (broad / 2, 3.0, 0.05))
    view = lens(place=(-way / 2, 1, 5), then=(way / 2, 1, 5))
    shot = snapshot([post], materials=[material(), GLOW], lens_=view, air_=VOID)
    row = luminance(render(shot, width=width, height=540))[270] / 4.0
    scale = 0.5 * width * 35 / 18 / near
    blur, post_px = way * scale, broad * scale
    x = np.arange(width) + 0.5 - width / 2
    passing = np.minimum(x + post_px / 2, blur / 2) - np.maximum(x - post_px / 2, -blur / 2)
    off = np.abs(row - np.clip(passing / blur, 0.0, 1.0))
    assert blur > 20 * TILE
    assert row.sum() == pytest.approx(post_px, rel=0.01)
    assert off.max() < 0.04


def test_what_hardly_moves_before_a_moving_camera_is_blurred_as_all_else_is():
    paints = [material(), material((0.6, 0.3, 0.1)), material((0.1, 0.3, 0.6))]

    def seen(opens: float, closes: float) -> np.ndarray:
        row = [
            body(
                s.BOX,
                (-0.9 + 0.6 * k + 0.05 * opens, 1 + 0.02 * k, -0.3 * k),
                (0.31, 0.31, 0.31),
                then=(-0.9 + 0.6 * k + 0.05 * closes, 1 + 0.02 * k, -0.3 * k),
                turn=turned((0, 1, 0), 10 * k),
                material=1 + k % 2,
            )
            for k in range(4)
        ]
        truck = lens(place=(0.3 * opens - 0.15, 1.2, 3), then=(0.3 * closes - 0.15, 1.2, 3))
        shot = snapshot(row, materials=paints, lens_=truck)
        return luminance(render(shot, width=704, height=396))

    mean = np.mean([seen(t, t) for t in (np.arange(16) + 0.5) / 16], axis=0)
    off = np.abs(seen(0.0, 1.0) - mean) / mean
    assert np.percentile(off, 99) < 0.14
    assert off.mean() < 0.011


def test_a_camera_that_moves_with_its_subject_keeps_it_sharp():
    together = in_the_void(
        body(place=(-0.3, 1, 0), then=(0.3, 1, 0)),
        lens_=lens(place=(-0.3, 1, 5), then=(0.3, 1, 5)),
    )
    still = in_the_void(body(), lens_=lens())
    assert np.abs(together - still).sum() < 0.03 * still.sum()


def test_a_dolly_shows_parallax_and_a_zoom_does_not():
    near, far = body(place=(-0.5, 1, 2), size=(0.1,) * 3), body(place=(2, 1, -10), size=(0.3,) * 3)

    def apart(lens_):
        return [middle(in_the_void(ball, lens_=lens_))[0] - WIDTH / 2 for ball in (near, far)]

    before = apart(lens())
    dolly = np.divide(apart(lens(place=(0, 1, 4))), before)
    zoom = np.divide(apart(lens(focal=45.0)), before)
    assert dolly[0] > 1.2 * dolly[1]
    assert zoom[0] == pytest.approx(zoom[1], rel=0.02)


def test_what_goes_along_with_the_camera_leaves_no_ghost_beside_itself():
    lamp = body(place=(0, 1, 0), then=(0.8, 1, 0), size=(0.1, 0.1, 0.1), material=1)
    wall = body(s.BOX, place=(0, 1, -4), size=(9, 4, 0.1), material=0)
    pan = lens(place=(0, 1, 5), then=(0.8, 1, 5))
    bare = luminance(render(snapshot([wall], lens_=pan, air_=VOID), width=WIDTH, height=HEIGHT))
    shot = snapshot([lamp, wall], materials=[material(), GLOW], lens_=pan, air_=VOID)
    seen = luminance(render(shot, width=WIDTH, height=HEIGHT))
    beside = np.abs(seen - bare)[HEIGHT // 2]
    assert beside[WIDTH // 2] > 2.0
    assert beside[: WIDTH // 2 - 20].max() < 0.3
    assert beside[WIDTH // 2 + 20 :].max() < 0.3

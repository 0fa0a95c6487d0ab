"""The same snapshot makes the same bits, and every snapshot makes a picture."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.models.previz import render as previz_render
from functions.models.previz import snapshot as s
from functions.models.previz.optics.between import find_edges
from functions.models.previz.optics.expose import WIDE
from functions.models.previz.render import Sheets, _picture, film, render
from tests.unit.previz_set import air, body, lens, material, snapshot, sun, turned

PRINT_DIGEST = "import tests.unit.test_previz_render_bits as t; print(t.digest(t.busy_scene()))"


def busy_scene() -> s.Snapshot:
    rng = np.random.default_rng(4)
    bodies = [
        body(k % 5, rng.uniform((-2, 0.3, -4), (2, 2, 2)), (0.4, 0.3, 0.4), material=1 + k % 3)
        for k in range(10)
    ]
    bodies[0]["then"] = bodies[0]["place"] + (0.3, 0.0, 0.0)
    dust = np.zeros((40, 8))
    dust[:, :3] = rng.uniform((-2, 0.3, -2), (2, 2, 2), (40, 3))
    dust[:, 3:6], dust[:, 6], dust[:, 7] = dust[:, :3] + 0.05, 0.03, 1
    paint = [
        material(pattern=s.TILES, second=(0.2, 0.2, 0.2)),
        material((0.6, 0.1, 0.1), rough=0.3),
        material((0.9, 0.9, 0.9), metal=1.0, rough=0.1),
        material((1.0, 1.0, 1.0), clear=1.0, rough=0.02),
    ]
    view = lens(then=(0.05, 1.0, 5.0), stop=2.0)
    over = air(sky=s.CLOUDY, cloud_cover=0.4, ground=s.TERRAIN, terrain_height_m=30.0)
    return snapshot(bodies, materials=paint, lens_=view, air_=over, particles=dust)


def digest(shot: s.Snapshot, **more: int) -> str:
    return hashlib.sha256(render(shot, width=120, height=68, **more).tobytes()).hexdigest()


def test_any_number_of_threads_makes_the_same_bits():
    shot = busy_scene()
    assert digest(shot, threads=1) == digest(shot, threads=2) == digest(shot, threads=5)


def views() -> list[s.Lens]:
    """Cameras that move and stand still in turn, and look elsewhere each time."""
    places = [(0.4 * k, 1.0, 5.0 - 0.2 * k) for k in range(5)]
    return [
        lens(place=place, then=None if k % 2 else (place[0], 1.0, 5.1), stop=1.0 + k)
        for k, place in enumerate(places)
    ]


@pytest.mark.parametrize("size", [(120, 68), (720, 405)])
def test_footage_is_what_its_frames_are_one_by_one_in_their_order(size):
    width, height = size
    shots = [replace(busy_scene(), lens=view) for view in views()]
    made = film(iter(shots), width=width, height=height)
    alone = [render(shot, width=width, height=height) for shot in shots]
    assert [frame.tobytes() for frame in made] == [frame.tobytes() for frame in alone]
    assert len({frame.tobytes() for frame in alone}) == len(shots)


@pytest.mark.parametrize("width", [120, WIDE])
@pytest.mark.parametrize("view", views()[:2])
def test_nothing_that_a_sheet_held_before_gets_into_a_picture(view, width):
    shot, used = replace(busy_scene(), lens=view), Sheets(width * 9 // 16, width)
    clean = _picture(used, shot, 2)
    for array in used._kept.values():
        array[...] = np.nan if array.dtype.kind == "f" else 2**30
    assert _picture(used, shot, 2).tobytes() == clean.tobytes()


def test_blocks_that_are_filled_hide_no_edge_and_look_like_those_that_are_sampled(monkeypatch):
    size, looked = {"width": WIDE, "height": WIDE * 9 // 16}, []

    def look_everywhere(c, top, end):
        find_edges(c, top, end)
        marks = c.marks.copy()
        find_edges(c._replace(plain=np.zeros_like(c.plain)), top, end)
        looked.append((c.plain.mean(), (marks[top:end] == c.marks[top:end]).all()))

    monkeypatch.setattr(previz_render, "find_edges", look_everywhere)
    filled = render(busy_scene(), **size)
    monkeypatch.setattr(previz_render, "fill_blocks", lambda *_: None)
    sampled = render(busy_scene(), **size)
    assert looked[0][0] > 0.4
    assert all(same for _, same in looked)
    apart = np.abs(np.log2(filled + 0.01) - np.log2(sampled + 0.01)).max(axis=-1)
    assert 0.0 < np.percentile(apart, 99.9) < 0.05


def test_another_process_makes_the_same_bits():
    other = subprocess.run(
        [sys.executable, "-c", PRINT_DIGEST], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest(busy_scene())


def test_the_picture_is_float32_and_has_the_size_that_was_asked():
    pixels = render(busy_scene(), width=33, height=18)
    assert pixels.dtype == np.float32
    assert pixels.shape == (18, 33, 3)


@pytest.mark.parametrize(("width", "height"), [(16, 9), (9, 16), (1, 1), (7, 300), (300, 7)])
def test_tiny_and_odd_sizes_render(width, height):
    pixels = render(busy_scene(), width=width, height=height)
    assert pixels.shape == (height, width, 3)
    assert np.isfinite(pixels).all()


@pytest.mark.parametrize("sky", range(7))
@pytest.mark.parametrize("ground", range(4))
def test_an_empty_set_renders_under_every_sky(sky, ground):
    over = air(sky=sky, ground=ground, terrain_height_m=20.0, sun_direction=sun(20))
    pixels = render(snapshot([], air_=over), width=32, height=18)
    assert np.isfinite(pixels).all()
    assert (pixels >= 0).all()


def test_a_set_without_materials_renders():
    shot = snapshot([], materials=None, air_=air(ground=s.NO_GROUND))
    bare = s.Snapshot(
        **{name: getattr(shot, name) for name in shot.__slots__ if name != "materials"},
        materials=np.zeros((0, 16)),
    )
    assert np.isfinite(render(bare, width=16, height=9)).all()


def test_a_camera_inside_a_body_or_under_the_ground_renders():
    for place in ((0, 1, 0), (0, -3, 0), (0, 0, 0), (1e6, 1, 1e6)):
        pixels = render(snapshot([body()], lens_=lens(place=place)), width=32, height=18)
        assert np.isfinite(pixels).all()


NUMBERS = st.floats(-1e4, 1e4) | st.sampled_from([0.0, 1e-9, -1e-9, 1e9, -1e9])
SHARES = st.floats(-1.0, 5.0)
PLACES = st.tuples(NUMBERS, NUMBERS, NUMBERS)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    kind=st.integers(0, 4),
    place=PLACES,
    then=PLACES,
    size=PLACES,
    turn=st.tuples(*[st.floats(-2, 2)] * 4),
    paint=st.lists(SHARES, min_size=16, max_size=16),
    sky=st.integers(0, 6),
    ground=st.integers(0, 3),
    numbers=st.lists(NUMBERS, min_size=8, max_size=8),
    focal=st.floats(0.0, 2000.0),
    stop=st.floats(0.0, 64.0),
    focus=st.floats(-1.0, 1e5),
)
def test_no_value_makes_a_pixel_that_is_not_a_number(  # noqa: PLR0917  # drawn one by one
    kind, place, then, size, turn, paint, sky, ground, numbers, focal, stop, focus
):
    paint[6] = float(int(abs(paint[6])) % 9)
    over = air(
        sky=sky,
        ground=ground,
        sun_direction=np.array(numbers[:3]),
        turbidity=abs(numbers[3]),
        cloud_cover=numbers[4],
        fog_density=abs(numbers[5]) * 1e-3,
        terrain_height_m=numbers[6],
        terrain_scale_m=numbers[7],
        time_s=numbers[3],
        period_s=numbers[4],
        wetness=numbers[5],
    )
    shot = snapshot(
        [body(kind, place, size, then=then, turn=np.array(turn)), body()],
        materials=[paint, paint],
        lens_=lens(focal=focal, stop=stop, focus=focus, turn=turned((1, 0, 0), -20)),
        air_=over,
        particles=[[*place, *then, size[0], 0]],
    )
    pixels = render(shot, width=16, height=9)
    assert np.isfinite(pixels).all()
    assert (pixels >= 0).all()
    assert (pixels <= 65504).all()

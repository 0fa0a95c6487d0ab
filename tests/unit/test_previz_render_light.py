"""Light comes out in the units that the snapshot promises."""

import numpy as np
import pytest

from functions.models.previz import snapshot as s
from functions.models.previz.render import render
from tests.unit.previz_set import air, body, lens, luminance, material, snapshot, sun, turned

WHITE = (1.0, 1.0, 1.0)


def card_to_the_sun(high: float, **more) -> float:
    """Return what a white card square to the sun shows, seen from the sun's side."""
    to = sun(high, 180.0)
    tilt = turned((1, 0, 0), -high)
    card = body(s.BOX, (0, 30, 0), (3, 3, 0.05), turn=tilt)
    view = lens(place=tuple(np.array([0, 30, 0]) + 4 * to), turn=tilt)
    over = air(sun_direction=to, **more)
    shot = snapshot(
        [card], materials=[material((0.2,) * 3), material(WHITE)], lens_=view, air_=over
    )
    return float(luminance(render(shot, width=32, height=18))[9, 16])


def test_a_white_card_square_to_the_noon_sun_comes_out_near_three():
    assert 2.6 < card_to_the_sun(70) < 3.6


def test_an_hour_before_sunset_is_exposed_nearly_like_noon_and_dusk_under_it():
    noon, late, dusk = card_to_the_sun(60), card_to_the_sun(12), card_to_the_sun(-4)
    assert noon / 2.6 < late < noon
    assert noon / 30 < dusk < late


def test_exposure_stops_double_the_light():
    one, two = card_to_the_sun(60), card_to_the_sun(60, exposure_stops=1.0)
    assert two == pytest.approx(2 * one, rel=1e-5)


def test_the_suns_disc_is_far_above_a_thousand():
    view = lens(turn=turned((1, 0, 0), 20), focal=50)
    shot = snapshot(lens_=view, air_=air(sun_direction=sun(20, 0)))
    assert 1000 < render(shot, width=192, height=108).max() <= 60000


def test_a_low_sun_is_warm_and_the_sky_away_from_it_blue():
    high = snapshot(lens_=lens(turn=turned((1, 0, 0), 50)), air_=air(sun_direction=sun(60, 180)))
    r, _, b = render(high, width=16, height=9).reshape(-1, 3).mean(axis=0)
    assert b > 1.3 * r
    low = snapshot(lens_=lens(turn=turned((1, 0, 0), 3)), air_=air(sun_direction=sun(1, 2)))
    r, _, b = render(low, width=16, height=9)[:4].reshape(-1, 3).mean(axis=0)
    assert r > 1.1 * b  # the primaries of ACEScg are wide: neutral is 1.0


def test_the_night_is_dark_but_can_be_read():
    shot = snapshot([body()], air_=air(sky=s.NIGHT, sun_direction=sun(-30)))
    tones = luminance(render(shot, width=64, height=36))
    assert 0.003 < np.median(tones) < 0.1


def test_a_ball_on_the_ground_casts_a_shadow_away_from_the_sun():
    view = lens(place=(0, 6, 0), turn=turned((1, 0, 0), -90), focal=24)
    shot = snapshot([body(place=(0, 0.5, 0))], lens_=view, air_=air(sun_direction=sun(45, 90)))
    tones = luminance(render(shot, width=96, height=54))
    left, right = tones[27, 48 - 13], tones[27, 48 + 13]
    assert left < 0.45 * right


def test_the_ground_under_a_ball_is_closed_in():
    view = lens(place=(0, 0.4, 4), focal=60)
    shot = snapshot([body(place=(0, 0.5, 0))], lens_=view, air_=air(sky=s.OVERCAST))
    tones = luminance(render(shot, width=96, height=54))
    assert tones[53, 48] < 1.02 * tones[53, 4]
    under = snapshot([body(s.BOX, (0, 0.7, 0), (1, 0.3, 1))], lens_=view, air_=air(sky=s.OVERCAST))
    open_ = snapshot([], lens_=view, air_=air(sky=s.OVERCAST))
    shaded, free = (luminance(render(shot, width=96, height=54)) for shot in (under, open_))
    assert shaded[40, 48] < 0.8 * free[40, 48]


def test_a_lamp_lights_its_surroundings_at_night():
    dark = air(sky=s.NIGHT, sun_direction=sun(-30))
    glow = [material(), material(emit=(20.0, 12.0, 5.0))]
    off = render(snapshot([], materials=glow, air_=dark), width=32, height=18)
    lit = render(
        snapshot([body(place=(0, 0.6, 0), size=(0.2,) * 3)], materials=glow, air_=dark),
        width=32,
        height=18,
    )
    assert luminance(lit)[17, 10] > 1.4 * luminance(off)[17, 10]


def test_fog_takes_far_things_into_its_colour():
    far = body(place=(0, 4, -60), size=(6,) * 3)
    near = snapshot([far], air_=air(fog_density=0.0))
    lost = snapshot([far], air_=air(fog_density=0.2))
    clear, fogged = (render(shot, width=32, height=18)[6, 16] for shot in (near, lost))
    assert clear[0] > 2 * clear[2]
    assert fogged[0] < 1.3 * fogged[2]


def test_the_air_repeats_itself_after_its_period():
    moments = [
        render(
            snapshot(
                lens_=lens(turn=turned((1, 0, 0), 5)),
                air_=air(ground=s.WATER, sky=s.CLOUDY, cloud_cover=0.5, time_s=time, period_s=4.0),
            ),
            width=48,
            height=27,
        )
        for time in (0.0, 4.0, 2.0)
    ]
    np.testing.assert_allclose(moments[0], moments[1], rtol=1e-4, atol=1e-5)
    assert np.abs(moments[0] - moments[2]).max() > 0.01

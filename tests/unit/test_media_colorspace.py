"""Colour: the known matrices, the view, and that neither depends on how the work is cut."""

import numpy as np
import PyOpenColorIO as ocio  # noqa: N813  # its short name everywhere
import pytest

from farm.errors import TaskError
from farm.media import colorspace
from farm.media.colorspace import ACES2065_1, ACESCG, LINEAR_REC709, SRGB, convert, to_display

from .media_pictures import noise, ramp

AP1_TO_AP0 = np.array(
    [
        [0.6954522414, 0.1406786965, 0.1638690622],
        [0.0447945634, 0.8596711185, 0.0955343182],
        [-0.0055258826, 0.0040252103, 1.0015006723],
    ]
)
"""Academy S-2014-004, ACEScg: the matrix from AP1 to AP0."""


def test_acescg_becomes_aces2065_1_by_the_academys_matrix() -> None:
    pixels = ramp()
    assert np.allclose(convert(pixels, ACESCG, ACES2065_1), pixels @ AP1_TO_AP0.T, atol=1e-5)


def test_light_far_past_one_survives() -> None:
    white = np.full((1, 1, 3), 500.0, np.float32)
    assert convert(white, ACESCG, ACES2065_1) == pytest.approx(500, rel=1e-4)


def test_there_and_back_is_the_same_picture() -> None:
    pixels = noise()
    there = convert(pixels, SRGB, ACES2065_1)
    assert np.allclose(convert(there, ACES2065_1, SRGB), pixels, atol=1e-3)


def test_the_input_stays_as_it_is_even_when_nothing_is_to_be_done() -> None:
    pixels = noise()
    before = pixels.copy()
    same = convert(pixels, ACES2065_1, ACES2065_1)
    same[:] = 0
    convert(pixels, ACESCG, ACES2065_1)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("threads", [2, 3, 64])
def test_threads_do_not_change_a_bit(threads: int) -> None:
    pixels = noise(13, 7)
    alone = convert(pixels, ACESCG, ACES2065_1)
    assert np.array_equal(convert(pixels, ACESCG, ACES2065_1, threads=threads), alone)
    assert np.array_equal(to_display(pixels, threads=threads), to_display(pixels))


def test_half_and_slices_and_whole_clips_are_taken_as_they_come() -> None:
    clip = np.stack([noise(seed=1), noise(seed=2)]).astype(np.float16)
    assert convert(clip, ACESCG, ACES2065_1).shape == clip.shape
    assert to_display(clip[:, ::2, ::3]).shape == clip[:, ::2, ::3].shape


def test_an_unknown_space_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(TaskError) as fault:
        convert(noise(), "ACES2065", ACESCG)
    assert "ACES2065-1" in fault.value.hint


def test_the_view_is_the_aces_sdr_view_within_a_code_for_nearly_all_colours() -> None:
    config = ocio.Config.CreateFromBuiltinConfig(colorspace.CONFIG)
    view = ocio.DisplayViewTransform(ACES2065_1, colorspace.DISPLAY, colorspace.VIEW)
    pixels = convert(noise(60, 60) * 2, LINEAR_REC709, ACES2065_1)
    exact = pixels.copy()
    config.getProcessor(view).getDefaultCPUProcessor().apply(ocio.PackedImageDesc(exact, 60, 60, 3))
    wrong = np.abs(to_display(pixels).astype(int) - np.clip(exact, 0, 1) * 255)
    assert wrong.max() < 16
    assert wrong.mean() < 0.4
    assert np.percentile(wrong, 99) < 1.5


def test_the_view_shows_black_grey_and_light_in_order() -> None:
    steps = np.repeat(np.array([0, 0.18, 1, 16, 1000], np.float32), 3).reshape(1, 5, 3)
    shown = to_display(steps)[0].astype(int)
    assert shown[0].max() == 0
    assert np.ptp(shown, axis=1).max() <= 2, "grey stays grey"
    assert (np.diff(shown[:, 1]) > 0)[:3].all()
    assert shown[-1].min() >= 250

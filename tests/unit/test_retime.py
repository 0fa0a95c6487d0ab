"""Frames between frames: exact times, motion that is followed, and a judgement that can fail."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from farm.frames import FrameRange
from farm.media.exr import read_exr, write_exr
from farm.route.retime import span
from farm.store import open_store
from farm.store.base import Store
from functions.interpolators import INTERPOLATORS
from functions.interpolators.flow import between
from functions.retime import retime

from .delivered import sequence
from .test_packing_stages import frames_of, run

HEIGHT, WIDTH = 144, 256
NOISE = cv2.GaussianBlur(np.random.default_rng(3).random((400, 500, 3), np.float32), (0, 0), 3)
TEXTURE = (NOISE - NOISE.min()) / (NOISE.max() - NOISE.min())


def scene(time: float) -> NDArray[np.float32]:
    """A ground that slides left, and a bright ball that rolls right over it."""
    slid = cv2.warpAffine(
        TEXTURE, np.array([[1, 0, -60 - 2.0 * time], [0, 1, -60]]), (WIDTH, HEIGHT),
        flags=cv2.INTER_CUBIC,
    )  # fmt: skip
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    ball = np.clip(26.5 - np.hypot(x - 70 - 7 * time, y - 72), 0, 1)[..., None]
    spots = (4 + 2 * np.sin((x - 7 * time) / 4) * np.sin(y / 4))[..., None] * [1.0, 0.3, 0.1]
    return (slid * (1 - ball) + spots * ball).astype(np.float32)


def decibels(made: NDArray, truth: NDArray) -> float:
    apart = np.log2(1 + np.maximum(made, 0)) - np.log2(1 + np.maximum(truth, 0))
    return float(-10 * np.log10(np.mean(apart**2)))


@pytest.mark.parametrize("time", [0.25, 0.5, 0.8])
def test_what_moves_is_where_it_must_be_between_two_frames(time: float) -> None:
    first, second = scene(0), scene(2)
    (made,) = between(first, second, [time])
    truth = scene(2 * time)
    plain = first * (1 - time) + second * time
    assert decibels(made, truth) > decibels(plain, truth) + 6


def test_motion_goes_on_past_the_last_frame() -> None:
    (made,) = between(scene(0), scene(1), [1.5])
    assert decibels(made, scene(1.5)) > decibels(scene(1), scene(1.5)) + 2


def test_two_equal_frames_have_the_same_between_them() -> None:
    still = scene(0)
    (made,) = between(still, still, [0.5])
    assert np.abs(made - still).max() < 1e-3


def camera_at(time: float) -> dict:
    """A camera that moves a metre to the right in a frame."""
    to_camera = np.eye(4)
    to_camera[3, 0] = -time
    return {
        "worldToCamera": tuple(to_camera.ravel()),
        "worldToNDC": tuple((to_camera @ np.diag([1.0, 1.0, -1.0, 1.0])).ravel()),
        "nominalFocalLength": 35.0,
    }


def masters(store: Store, folder: Path, times: dict[int, float]) -> object:
    frames = {}
    for number, time in times.items():
        header = camera_at(time)
        write_exr(folder / f"{number}.exr", scene(time), compression="piz", header=header)
        frames[number] = store.put_file(folder / f"{number}.exr", kind="exr")
    return sequence(store, frames)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


def params(to: str, *, first: int, last: int, start: int = 0) -> dict:
    return {"start": start, "rate": "24", "to": to, "first": first, "last": last, "method": "flow"}


def test_twice_the_rate_keeps_every_frame_and_makes_as_many(store: Store, tmp_path: Path) -> None:
    inputs = {
        "frames": masters(store, tmp_path, {5 + n: n for n in range(4)}),
        "next": masters(store, tmp_path, {9: 4}),
    }
    made = run(retime, store, tmp_path, params("48", first=0, last=7, start=5), inputs).made
    frames = frames_of(store, made)
    assert list(frames) == list(range(8))
    for number in range(0, 8, 2):
        kept, _ = read_exr(frames[number])
        assert np.array_equal(kept, scene(number / 2).astype(np.float16))
    for number in (1, 7):
        pixels, header = read_exr(frames[number])
        assert header["worldToCamera"] == pytest.approx(camera_at(number / 2)["worldToCamera"])
        assert header["worldToNDC"] == pytest.approx(camera_at(number / 2)["worldToNDC"])
        assert decibels(pixels.astype(np.float32), scene(number / 2)) > 24
    assert made.facts["kept"] == 4
    assert made.facts["judged"] == "good"
    assert made.facts["held_out_db"] > made.facts["mixed_db"] + 6


def black(first: NDArray, second: NDArray, times: list[float]) -> list[NDArray]:
    """An interpolator that is no good."""
    return [np.zeros_like(first) for _ in times]


def test_an_interpolator_that_is_worse_than_a_plain_mix_is_judged_poor(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(INTERPOLATORS._table, "black", f"{__name__}:black")
    inputs = {"frames": masters(store, tmp_path, {0: 0, 1: 1, 2: 2})}
    asked = params("48", first=0, last=5) | {"method": "black"}
    facts = run(retime, store, tmp_path, asked, inputs).made.facts
    assert facts["judged"] == "poor"
    assert facts["held_out_db"] < facts["mixed_db"]


def test_sixty_from_twenty_four_falls_between_the_frames(store: Store, tmp_path: Path) -> None:
    inputs = {"frames": masters(store, tmp_path, {0: 0, 1: 1})}
    made = run(retime, store, tmp_path, params("60", first=0, last=4), inputs).made
    assert made.facts["kept"] == 1
    assert made.facts["judged"] == "too short to tell"


@given(
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    start=st.integers(0, 2000),
    ratio=st.sampled_from([Fraction(2), Fraction(5, 2), Fraction(1001, 1000), Fraction(1, 2)]),
)
def test_pieces_of_the_new_rate_meet_without_a_gap(
    cuts: list[int], start: int, ratio: Fraction
) -> None:
    pieces, at = [], start
    for length in cuts:
        if length * ratio >= 1:
            pieces.append(span(FrameRange(at, at + length - 1), start=start, ratio=ratio))
        at += length
    if all(length * ratio >= 1 for length in cuts):
        assert pieces[0].first == 0
        for before, after in pairwise(pieces):
            assert after.first == before.last + 1
        assert pieces[-1].last == -(-sum(cuts) * ratio // 1) - 1

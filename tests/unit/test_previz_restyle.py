"""A plate remade: what moves in it stays; its grade, sky and set become what the prompt asks."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1, ACESCG, convert, to_display
from farm.shots.request import Plate, Request
from functions.models.previz.model import Previz
from functions.models.previz.restyle.shot import manner_of

SIZE = (160, 90)
COUNT = 8


@pytest.fixture(scope="module")
def plate(tmp_path_factory) -> Path:
    """A red box that crosses a green meadow under a blue sky, before a camera that stands still."""
    path = tmp_path_factory.mktemp("plate") / "plate.mp4"
    rng = np.random.default_rng(3)
    meadow = rng.integers(-12, 12, (90, 160, 1))
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=Fraction(8), options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for k in range(COUNT):
            picture = np.zeros((90, 160, 3), np.int64)
            picture[:40] = np.linspace((90, 130, 210), (150, 180, 230), 40)[:, None]
            picture[40:] = meadow[40:] + np.array((60, 110, 50))
            picture[50:70, 10 + 15 * k : 34 + 15 * k] = (200, 30, 30)
            frame = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), "rgb24")
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode())
    return path


def remade(plate: Path, strength: str, *, frames: FrameRange, count: int = COUNT):
    request = Request(
        prompt="A desert with dunes at sunset", frames=count, rate=8, size=SIZE,
        plate=Plate(file="plate", strength=strength),
    )  # fmt: skip
    state = Previz({"plate": plate}).draft(request, seed=1)
    pictures = Previz().render(state, frames, size=SIZE)  # a worker that never saw the file
    return state, [to_display(convert(p, ACESCG, ACES2065_1)).astype(int) for p in pictures]


def redness(picture):
    return picture[..., 0] - picture[..., 1:].max(axis=2)


def test_strengths_go_ever_further():
    words = [f"{w}_{n}" for w in ("adhere", "flex", "reimagine") for n in (1, 2, 3)]
    sums = [m.grade + m.side + m.sky + m.set for m in map(manner_of, words)]
    assert sums == sorted(set(sums))


@pytest.mark.parametrize("strength", ["adhere_1", "flex_3", "reimagine_3"])
def test_what_moves_stays_where_it_was(plate, strength):
    _, pictures = remade(plate, strength, frames=FrameRange(0, COUNT - 1))
    for k in (1, 6):
        red = redness(pictures[k][50:70])
        box = slice(10 + 15 * k + 4, 34 + 15 * k - 4)
        assert red[:, box].mean() > 40
        assert red.mean(axis=0).argmax() in range(box.start - 6, box.stop + 6)


def test_adhere_keeps_the_meadow_green_and_reimagine_makes_it_a_desert(plate):
    _, (kept,) = remade(plate, "adhere_1", frames=FrameRange(0, 0))
    _, (made,) = remade(plate, "reimagine_3", frames=FrameRange(0, 0))
    ground = np.s_[75:, 60:]
    assert kept[ground][..., 1].mean() > kept[ground][..., 0].mean()
    assert made[ground][..., 0].mean() > made[ground][..., 1].mean()


def test_flex_takes_the_sky_of_the_scene_and_leaves_the_ground(plate):
    _, (made,) = remade(plate, "flex_3", frames=FrameRange(0, 0))
    sky, ground = made[20:34], made[75:, 60:]
    assert sky[..., 2].mean() - sky[..., 0].mean() < 20
    assert ground[..., 1].mean() > ground[..., 0].mean() - 12


def test_a_chunk_is_the_same_as_in_the_whole(plate):
    _, whole = remade(plate, "reimagine_2", frames=FrameRange(0, COUNT - 1))
    _, chunk = remade(plate, "reimagine_2", frames=FrameRange(5, 6))
    assert np.array_equal(whole[5:7], chunk)


def test_how_the_plate_was_read_is_said(plate):
    state, _ = remade(plate, "flex_1", frames=FrameRange(0, 0))
    assert state.facts["plate"] == (
        "rec709 display, assumed: the movie says nothing; its light reconstructed"
    )


def test_a_plate_that_is_too_short_is_refused_with_its_length(plate):
    with pytest.raises(TaskError, match="the plate has 8 frames, and the shot 12") as told:
        remade(plate, "flex_1", frames=FrameRange(0, 0), count=12)
    assert "ask for 8 frames" in told.value.hint

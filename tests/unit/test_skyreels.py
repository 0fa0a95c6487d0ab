"""SkyReels-V2, thumbnail-sized: takes longer than a window, and extensions of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from farm.frames import FrameRange  # noqa: E402  # after the skips
from functions.models.base import CallSheet  # noqa: E402
from functions.models.skyreels import SkyReels  # noqa: E402
from tests.tiny import skyreels as tiny_skyreels  # noqa: E402
from tests.tiny import wan as tiny_wan  # noqa: E402
from tests.unit.test_wan import Notes, request, through  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def stock(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("weights")
    tiny_skyreels.write_weights(folder)
    patch = pytest.MonkeyPatch()
    patch.setenv("FARM_WEIGHTS", str(folder))
    patch.setenv("FARM_WEIGHTS_CACHE", str(folder / "kept"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield folder
    torch.set_num_threads(threads)
    patch.undo()


def skyreels() -> SkyReels:
    card = tiny_wan.card(**tiny_skyreels.MORE)
    return SkyReels(CallSheet(card=card, files={}, checkpoints=Notes()))


def frames_of(model: SkyReels, state, first: int, last: int) -> np.ndarray:
    return np.stack(list(model.render(state, FrameRange(first, last), size=(64, 48))))


def test_a_take_longer_than_a_window_is_whole_and_the_same_every_time():
    state = through(skyreels().draft(request(frames=30, rate="24"), seed=3))
    again = through(skyreels().draft(request(frames=30, rate="24"), seed=3))
    assert state.data == again.data
    assert frames_of(skyreels(), state, 0, 29).shape == (30, 48, 64, 3)


def test_an_extension_leaves_every_frame_before_it_as_it_was():
    model = skyreels()
    state = through(model.draft(request(rate="24"), seed=3))
    longer = through(model.extend(state, frames=14, seed=4))
    assert longer.frames == 26
    assert np.array_equal(frames_of(model, state, 0, 11), frames_of(model, longer, 0, 11))
    assert np.isfinite(frames_of(model, longer, 12, 25)).all()


def test_a_master_is_enlarged_by_the_card_s_upscaler():
    model = skyreels()
    state = through(model.draft(request(rate="24"), seed=3))
    (frame,) = model.render(state, FrameRange(2, 2), size=(256, 192))
    assert frame.shape == (192, 256, 3)


def test_its_weights_are_where_the_card_says(stock: Path):
    index = json.loads((stock / tiny_skyreels.HUB / "model_index.json").read_text())
    assert index["_class_name"] == "SkyReelsV2DiffusionForcingPipeline"

"""AnimateDiff, thumbnail-sized: an IP-adapter shows it a cast, and a warm worker forgets it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from PIL import Image  # noqa: E402  # after the skips

from farm.cards import card_for  # noqa: E402
from farm.errors import TaskError  # noqa: E402
from farm.frames import FrameRange  # noqa: E402
from farm.shots.request import Reference, Request  # noqa: E402
from functions.models.animatediff import AnimateDiff  # noqa: E402
from functions.models.base import CallSheet, State  # noqa: E402
from tests.tiny import animatediff as tiny  # noqa: E402
from tests.unit.test_wan import Notes, through  # noqa: E402

RED, BLUE = (200, 30, 30), (20, 60, 220)


@pytest.fixture(scope="module", autouse=True)
def stock(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("weights")
    tiny.write_weights(folder)
    patch = pytest.MonkeyPatch()
    patch.setenv("FARM_WEIGHTS", str(folder))
    patch.setenv("FARM_WEIGHTS_CACHE", str(folder / "kept"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield folder
    torch.set_num_threads(threads)
    patch.undo()


def model(files: dict[str, Path] | None = None, **dials: float) -> AnimateDiff:
    real = card_for("animatediff")
    assert real.levers
    card = real.model_copy(
        update={
            "name": "tiny",
            "weights": {
                name: one.model_copy(update={"hub": tiny.HUBS[name], "revision": "", "files": ()})
                for name, one in real.weights.items()
            },
            "levers": real.levers.model_copy(update={"dtype": "float32"}),
            "dials": real.dials | {"steps": 2.0} | dials,
        }
    )
    return AnimateDiff(CallSheet(card=card, files=files or {}, checkpoints=Notes()))


def picture(folder: Path, colour: tuple[int, int, int]) -> dict[str, Path]:
    path = folder / f"{colour[0]}.png"
    Image.new("RGB", (40, 60), colour).save(path)
    return {"reference.ada.0": path}


def request(*, cast: bool = False, **more: object) -> Request:
    said = {"prompt": "a sailor", "frames": 6, "rate": "8", "size": (128, 72)}
    if cast:
        said["references"] = (Reference(character="ada", file="reference.ada.0"),)
    return Request.model_validate(said | more)


def draft(files: dict[str, Path] | None = None, **more: object) -> State:
    state: State = through(model(files).draft(request(cast=bool(files), **more), seed=7))
    return state


def test_the_same_take_every_time_and_another_with_another_seed():
    assert draft().data == draft().data
    assert through(model().draft(request(), seed=8)).data != draft().data


def test_the_pictures_of_the_cast_decide_the_take(tmp_path: Path):
    red, blue = draft(picture(tmp_path, RED)), draft(picture(tmp_path, BLUE))
    assert red.data != draft().data
    assert red.data != blue.data
    assert red.data == draft(picture(tmp_path, RED)).data
    assert red.facts["pictures_of_the_cast"] == 1


def test_a_warm_worker_wears_no_face_of_the_take_before(tmp_path: Path):
    before = draft()
    draft(picture(tmp_path, RED))
    draft(picture(tmp_path, BLUE), frames=20)
    assert draft().data == before.data


def test_how_strongly_it_looks_at_the_pictures_is_on_the_card(tmp_path: Path):
    files = picture(tmp_path, RED)
    asked = request(cast=True)
    weak = through(model(files, reference_scale=0.1).draft(asked, seed=7))
    blind = through(model(files, reference_scale=0.0).draft(asked, seed=7))
    assert weak.data != draft(files).data
    assert blind.data == draft().data


def test_an_adapter_that_reaches_no_layer_is_an_error(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("functions.models.animatediff.ADAPTERS", ())
    with pytest.raises(TaskError, match="reaches no layer"):
        draft(picture(tmp_path, RED))
    monkeypatch.undo()
    assert draft().data == draft().data


def test_a_take_longer_than_its_window_is_whole():
    state = draft(frames=21)
    frames = list(model().render(state, FrameRange(0, 20), size=(128, 72)))
    assert len(frames) == 21
    assert np.isfinite(np.stack(frames)).all()


def test_frames_are_the_same_however_they_are_asked_for():
    state = draft()
    together = list(model().render(state, FrameRange(0, 5), size=(256, 144)))
    (alone,) = model().render(state, FrameRange(3, 3), size=(256, 144))
    assert np.array_equal(together[3], alone)
    assert alone.shape == (144, 256, 3)


def test_it_says_which_words_it_could_not_read():
    long = draft(prompt="a sailor mends " + "the nets and " * 20)
    assert "nets" in long.facts["unread"]
    assert "unread" not in draft().facts


def test_it_neither_extends_nor_loops_and_its_card_says_so():
    can = card_for("animatediff").can
    assert (can.extend, can.loop, can.references) == (False, False, True)
    with pytest.raises(TaskError):
        model().extend(draft(), frames=8, seed=1)
    with pytest.raises(TaskError):
        model().loop(draft())

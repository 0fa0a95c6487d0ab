"""Re-composing: a window follows what is named, or what acts, smoothly, and keeps the light."""

import json
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from farm.cards import card_for
from farm.frames import FrameRange
from farm.media.exr import read_exr, read_layers, write_clip, write_exr, write_layers
from farm.shots.request import Request
from farm.store import open_store
from farm.store.base import Store
from farm.task import Artifact, Made, Progress, Task
from functions.bench import Bench
from functions.follow import follow
from functions.footage import aces_frames
from functions.models.previz.camera import view
from functions.models.previz.filming import snapshot_at
from functions.models.previz.model import Previz, scene_of
from functions.models.previz.scene import Scene
from functions.reframe import reframe
from functions.window import window

from .delivered import sequence
from .test_packing_stages import frames_of, run

WHOLE = [[0.0, 0.0], [1.0, 1.0]]
GROUND = np.random.default_rng(2).random((90, 160, 3), np.float32) * 0.3 + 0.2


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


def ball(x: float, y: float) -> NDArray[np.float32]:
    """A bright ball at shares of the frame, on a ground that stands still."""
    rows, columns = np.mgrid[:90, :160]
    disc = np.clip(9.5 - np.hypot(columns - 160 * x, rows - 90 * y), 0, 1)[..., None]
    return (GROUND * (1 - disc) + 3.0 * disc).astype(np.float32)


def path_of(store: Store, folder: Path, places: list[tuple[float, float]], **more: object) -> dict:
    write_clip(folder / "clip.exr", np.stack([ball(*place) for place in places]))
    clip = store.put_file(folder / "clip.exr", kind="clip")
    params = {
        "start": 3, "ratio": "9/16", "source": WHOLE, "focal_length": 35.0, "rate": "24", **more,
    }  # fmt: skip
    made = run(follow, store, folder, params, {"clip.0000": clip}).made
    return json.loads(store.get(made.outputs["path"]))


def test_a_window_goes_with_what_acts(store: Store, tmp_path: Path) -> None:
    places = [(0.25 + 0.5 * n / 23, 0.5) for n in range(24)]
    path = path_of(store, tmp_path, places)
    assert path["start"] == 3
    across = np.array(path["middles"])[:, 0]
    assert np.abs(across - [x for x, _ in places])[3:-3].max() < 0.1
    assert np.abs(np.diff(across)).max() < 0.04, "it does not jump"
    assert np.array(path["middles"])[:, 1] == pytest.approx(0.5)


PASSES = "A red ball rolls across a courtyard past a blue lamp"


def followed(store: Store, folder: Path, subject: str) -> tuple[str, NDArray[np.float64], Scene]:
    """Follow a subject of a scene of previz; return what was followed, its way, and the scene."""
    request = Request(prompt=PASSES, frames=8, rate="24", size=(160, 90))
    model = Previz()
    state = model.draft(request, seed=2)
    frames = FrameRange(0, 7)
    write_clip(
        folder / "clip.exr", np.stack(list(aces_frames(model, state, frames, size=(160, 90))))
    )
    task = Task(
        stage="follow",
        version=1,
        params={
            "start": 0, "ratio": "9/16", "source": WHOLE, "focal_length": 35.0, "rate": "24",
            "subject": subject, "pieces": [[0, 7]],
        },
        inputs={
            "clip.0000": store.put_file(folder / "clip.exr", kind="clip"),
            "state.0000": store.put(state.data, kind=state.kind),
        },
        engine=card_for("previz").engine,
    )  # fmt: skip
    made = ended(follow(Bench(task=task, store=store, scratch=folder)))
    path = json.loads(store.get(made.outputs["path"]))
    return str(made.facts["follows"]), np.array(path["middles"])[:, 0], scene_of(state)


def ended(steps: Generator[Progress, None, Made]) -> Made:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def stands_at(scene: Scene, noun: str, frame: int) -> float:
    """Project the true middle of a subject across the frame."""
    snapshot, seen = snapshot_at(scene, frame), view(scene, frame / 24)
    number = next(k for k, subject in enumerate(scene.subjects) if noun in subject.name)
    places = snapshot.positions[0, snapshot.ids == number]
    return float(np.mean([seen.project(tuple(place), scene.aspect)[0] for place in places]))


@pytest.mark.parametrize("word", ["ball", "lamp"])
def test_a_window_follows_the_word_and_not_whatever_acts(
    store: Store, tmp_path: Path, word: str
) -> None:
    follows, across, scene = followed(store, tmp_path, word)
    half = window((90, 160), Fraction(9, 16), (0, 0, 1, 1))[0] / 2
    truth = np.array([stands_at(scene, word, frame) for frame in range(8)])
    assert follows == word
    assert np.abs(across - np.clip(truth, half, 1 - half)).max() < 0.06


def test_a_word_that_names_nothing_follows_what_acts_and_says_so(
    store: Store, tmp_path: Path
) -> None:
    follows, across, scene = followed(store, tmp_path, "zebra")
    truth = np.array([stands_at(scene, "ball", frame) for frame in range(8)])
    assert follows == "what acts"
    assert np.abs(across - truth).mean() < 0.15


def test_a_window_stays_within_its_source(store: Store, tmp_path: Path) -> None:
    places = [(0.9, 0.3 + 0.4 * n / 11) for n in range(12)]
    path = path_of(store, tmp_path, places, source=[[0.0, 0.0], [0.6, 1.0]])
    half = window((90, 160), Fraction(9, 16), (0, 0, 0.6, 1))[0] / 2
    assert max(x for x, _ in path["middles"]) <= 0.6 - half + 1e-9


def masters(store: Store, folder: Path, count: int) -> object:
    frames = {}
    for number in range(count):
        write_exr(folder / "m.exr", ball(0.3 + 0.1 * number, 0.5), compression="piz")
        frames[number + 3] = store.put_file(folder / "m.exr", kind="exr")
    return sequence(store, frames)


def test_a_followed_subject_stands_in_the_middle_in_hdr(store: Store, tmp_path: Path) -> None:
    middles = [[0.3 + 0.1 * number, 0.5] for number in range(3)]
    path = store.put(json.dumps({"start": 3, "middles": middles}).encode(), kind="json")
    inputs = {"frames": masters(store, tmp_path, 3), "path": path}
    params = {"size": [90, 160], "source": WHOLE}
    made = run(reframe, store, tmp_path, params, inputs).made
    frames = frames_of(store, made)
    assert list(frames) == [3, 4, 5]
    for picture in frames.values():
        pixels, _ = read_exr(picture)
        assert pixels.shape == (160, 90, 3)
        assert pixels.max() == pytest.approx(3.0, rel=0.02)
        columns = np.flatnonzero((pixels[80, :, 0] > 2).astype(int))
        assert abs(columns.mean() - 44.5) < 1.5
    assert made.facts["scale"] == pytest.approx(90 / 50.625, rel=1e-3)


def test_without_a_subject_the_source_is_what_is_shown(store: Store, tmp_path: Path) -> None:
    params = {"size": [45, 45], "source": [[0.0, 0.0], [0.5, 1.0]]}
    made = run(reframe, store, tmp_path, params, {"frames": masters(store, tmp_path, 1)}).made
    pixels, _ = read_exr(frames_of(store, made)[3])
    y, x = np.argwhere(pixels[..., 0] > 2).mean(axis=0)
    assert (x, y) == pytest.approx((0.3 * 160 / 80 * 45, 22), abs=1.5)


def layered(store: Store, folder: Path, count: int) -> object:
    """Layers whose depth counts columns, and in which nothing moves."""
    frames, still = {}, np.zeros((90, 160), np.float32)
    depth = np.tile(np.arange(160, dtype=np.float32), (90, 1))
    channels = {"Z": depth, "forward.u": still, "forward.v": still}
    for number in range(count):
        write_layers(folder / "l.exr", channels, header={"farm_motion": "pixels"})
        frames[number + 3] = store.put_file(folder / "l.exr", kind="exr")
    return sequence(store, frames)


def test_layers_go_with_the_window_and_motion_is_seen_from_it(store: Store, tmp_path: Path) -> None:
    middles = [[0.3 + 0.1 * number, 0.5] for number in range(3)]
    path = store.put(json.dumps({"start": 3, "middles": middles}).encode(), kind="json")
    inputs = {
        "frames": masters(store, tmp_path, 3),
        "layers": layered(store, tmp_path, 3),
        "path": path,
    }
    made = run(reframe, store, tmp_path, {"size": [90, 160], "source": WHOLE}, inputs).made
    rows = json.loads(store.get(made.outputs["layers"]))["frames"]
    assert [row["frame"] for row in rows] == [3, 4, 5]
    scale = 90 / 50.625
    for row, x, gone in zip(rows, (0.3, 0.4, 0.5), (16, 16, 0), strict=True):
        kept = Artifact(digest=row["digest"], size=row["size"], kind="exr")
        layers, header = read_layers(store.path(kept))
        assert layers["Z"].shape == (160, 90)
        assert layers["Z"][80, 45] == pytest.approx(160 * x, abs=1)
        assert set(np.unique(layers["Z"])) <= set(range(160)), "no depth is a mean of two"
        assert layers["forward.u"] == pytest.approx(-gone * scale, rel=1e-4)
        assert (layers["forward.v"] == 0).all()
        assert header["farm_motion"] == "pixels"


@pytest.mark.parametrize("ratio", [Fraction(9, 16), Fraction(1), Fraction(239, 100)])
def test_the_largest_window_touches_two_edges_of_its_source(ratio: Fraction) -> None:
    wide, high = window((1080, 1920), ratio, (0.1, 0.2, 0.9, 1.0))
    assert wide * 1920 / (high * 1080) == pytest.approx(float(ratio))
    assert max(wide / 0.8, high / 0.8) == pytest.approx(1)

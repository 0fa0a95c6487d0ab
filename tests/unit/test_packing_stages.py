"""Collect, review and sheet: from masters and takes in a store to what is handed over."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from farm.digest import Plain, canonical
from farm.errors import TaskError
from farm.media.container import aces_container_faults
from farm.media.exr import read_exr, read_header, write_clip, write_exr
from farm.store import open_store
from farm.store.base import Store
from farm.task import Artifact, Made, Progress, Task
from functions.bench import Bench
from functions.collect import collect
from functions.review import review
from functions.sheet import sheet

from .delivered import sequence
from .media_pictures import noise, ramp

SLATE: dict[str, Plain] = {
    "show": "aurora",
    "shot": "sq010_sh0010",
    "take": "t02",
    "version": "v001",
    "seed": "123",
    "model": "previz",
    "revision": "1",
    "prompt_digest": "ab" * 32,
    "rate": "24000/1001",
    "light": "native",
    "lens": {"focal_length": 35, "aperture": 2.8, "shutter_angle": 180},
}
PARAMS: dict[str, Plain] = {
    "offset": 1001,
    "slate": SLATE,
    "exr": {"compression": "zip", "container": "plain"},
}
Stage = Callable[[Bench], Generator[Progress, None, Made]]


@dataclass
class Ran:
    """What a stage told on the way, and what it made."""

    told: list[Progress]
    made: Made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file:{tmp_path / 'store'}")


def run(stage: Stage, store: Store, folder: Path, params: dict, inputs: dict) -> Ran:
    task = Task(stage=stage.__name__, version=1, params=params, inputs=inputs, shot="sh0010")
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    steps = stage(Bench(task=task, store=store, scratch=scratch))
    told = []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as end:
            return Ran(told=told, made=end.value)


def masters(
    store: Store, folder: Path, numbers: range, size: tuple[int, int] = (54, 96)
) -> Artifact:
    frames = {}
    for number in numbers:
        path = folder / f"{number}.exr"
        write_exr(path, ramp(*size, peak=4.0 + number), compression="piz")
        frames[number] = store.put_file(path, kind="exr")
    return sequence(store, frames)


def frames_of(store: Store, made: Made) -> dict[int, Path]:
    rows = json.loads(store.get(made.outputs["frames"]))["frames"]
    kept = {}
    for row in rows:
        kept[row["frame"]] = store.path(
            Artifact(digest=row["digest"], size=row["size"], kind=row["kind"])
        )
    return kept


def test_collected_frames_are_numbered_and_headed_as_delivered(
    store: Store, tmp_path: Path
) -> None:
    given = {"frames": masters(store, tmp_path, range(5))}
    ran = run(collect, store, tmp_path, PARAMS, given)
    frames = frames_of(store, ran.made)
    assert list(frames) == [1001, 1002, 1003, 1004, 1005]
    for number, path in frames.items():
        pixels, header = read_exr(path)
        assert np.array_equal(pixels, ramp(54, 96, peak=4.0 + number - 1001).astype(np.float16))
        assert header["imageCounter"] == number
        assert header["farm_seed"] == "123"
        assert header["nominalFocalLength"] == 35.0
        assert header["compression"] == "zip"
    assert read_header(frames[1001])["timeCode"] == "00:00:41:17"
    assert [step.done for step in ran.told] == [1, 2, 3, 4, 5]


def test_the_light_of_a_delivery_is_measured(store: Store, tmp_path: Path) -> None:
    white = np.full((4, 4, 3), 2.0, np.float32)
    white[0, 0] = 1e9
    write_exr(tmp_path / "a.exr", white, compression="piz")
    bright = store.put_file(tmp_path / "a.exr", kind="exr")
    inputs = {"frames": sequence(store, {0: bright})}
    facts = run(collect, store, tmp_path, PARAMS, inputs).made.facts
    assert facts["count"] == 1
    assert facts["peak"] == 65504.0
    assert facts["minimum"] == 2.0
    assert facts["clamped"] == 3
    assert facts["luminance"] == pytest.approx((15 * 2 + 65504) / 16, rel=1e-4)


def test_collecting_twice_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    inputs = {"frames": masters(store, tmp_path, range(3))}
    params = PARAMS | {"exr": {"compression": "dwab", "container": "plain"}}
    one = run(collect, store, tmp_path, params, inputs).made
    other = run(collect, store, tmp_path, params, inputs).made
    assert one == other


def test_a_strict_container_is_written_where_it_is_asked(store: Store, tmp_path: Path) -> None:
    params = PARAMS | {"exr": {"compression": "dwab", "container": "st2065-4"}}
    inputs = {"frames": masters(store, tmp_path, range(2))}
    made = run(collect, store, tmp_path, params, inputs).made
    assert all(aces_container_faults(path) == [] for path in frames_of(store, made).values())


@pytest.mark.parametrize(
    "spoilt",
    [{}, SLATE | {"surprise": 1}, SLATE | {"rate": "fast"}, SLATE | {"lens": {"f": 1}}, None],
)
def test_a_slate_that_is_not_complete_is_refused(
    store: Store, tmp_path: Path, spoilt: dict | None
) -> None:
    inputs = {"frames": masters(store, tmp_path, range(1))}
    with pytest.raises(TaskError, match="slate"):
        run(collect, store, tmp_path, PARAMS | {"slate": spoilt}, inputs)


def test_frames_with_a_gap_are_refused(store: Store, tmp_path: Path) -> None:
    chunks = {
        "frames.0": masters(store, tmp_path, range(2)),
        "frames.1": masters(store, tmp_path, range(3, 5)),
    }
    params = {"offset": 1001, "rate": "24", "title": "a", "note": "b"}
    with pytest.raises(TaskError, match="not one whole run"):
        run(review, store, tmp_path, params, chunks)
    with pytest.raises(TaskError, match="no frames"):
        run(review, store, tmp_path, params, {})


def test_a_review_shows_every_chunk_in_order(store: Store, tmp_path: Path) -> None:
    chunks = {
        "frames.0001": masters(store, tmp_path, range(4, 7)),
        "frames.0000": masters(store, tmp_path, range(4)),
    }
    params = {"offset": 1001, "rate": "24000/1001", "title": "aurora", "note": "previs"}
    ran = run(review, store, tmp_path, params, chunks)
    assert ran.made.facts == {"count": 7, "size": [96, 54]}
    assert len(ran.told) == 7
    with av.open(str(store.path(ran.made.outputs["movie"]))) as movie:
        shown = [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]
    levels = [picture.mean() for picture in shown]
    assert len(shown) == 7
    assert levels == sorted(levels), "each master is brighter than the one before"


def test_a_large_master_is_reviewed_at_1080p(store: Store, tmp_path: Path) -> None:
    inputs = {"frames": masters(store, tmp_path, range(1), size=(1200, 2134))}
    params = {"offset": 1001, "rate": "24", "title": "aurora", "note": "previs"}
    made = run(review, store, tmp_path, params, inputs).made
    assert made.facts["size"] == [1920, 1080]


def clip(store: Store, folder: Path, seed: int) -> Artifact:
    write_clip(folder / "clip.exr", np.stack([noise(54, 96, seed=seed + n) for n in range(12)]))
    return store.put_file(folder / "clip.exr", kind="clip")


def verdict(store: Store, takes: dict[str, Plain]) -> Artifact:
    return store.put(canonical({"takes": takes}), kind="json")


def axis(score: float, *, gate: bool = False, broken: bool = False) -> dict[str, Plain]:
    return {"score": score, "gate": gate, "broken": broken, "said": "nothing moves"}


def sheet_params(**changed: Plain) -> dict[str, Plain]:
    words = {"title": "aurora sh0010", "prompt": "A red ball", "note": "previz 1"}
    return {"takes": ["t01", "t02"], "circled": "t02", **words, **changed}


def test_a_sheet_shows_the_takes_and_a_poster_of_each(store: Store, tmp_path: Path) -> None:
    inputs = {
        "clip.t01": clip(store, tmp_path, 1),
        "clip.t02": clip(store, tmp_path, 100),
        "verdict.r1": verdict(
            store,
            {
                "t01": {"total": 0, "axes": {"frozen": axis(0, gate=True, broken=True)}},
                "t02": {"total": 0.8, "axes": {"camera": axis(0.8), "black": axis(1, gate=True)}},
            },
        ),
    }
    ran = run(sheet, store, tmp_path, sheet_params(), inputs)
    assert ran.made.facts == {"takes": 2}
    assert {name: a.kind for name, a in ran.made.outputs.items()} == {
        "png": "png", "thumb.t01": "jpeg", "thumb.t02": "jpeg",
    }  # fmt: skip
    drawn = cv2.imread(str(store.path(ran.made.outputs["png"])))
    assert drawn.shape[1] > 1000
    poster = cv2.imdecode(np.frombuffer(store.get(ran.made.outputs["thumb.t02"]), np.uint8), 1)
    assert poster.shape == (54, 96, 3)


def test_a_sheet_is_drawn_before_and_without_a_verdict(store: Store, tmp_path: Path) -> None:
    inputs = {"clip.t01": clip(store, tmp_path, 1), "clip.t02": clip(store, tmp_path, 9)}
    params = sheet_params(circled=None, notes={"t01": "not understood: zorp"})
    assert run(sheet, store, tmp_path, params, inputs).made.outputs["png"]


def test_the_last_verdict_on_a_take_counts(store: Store, tmp_path: Path) -> None:
    inputs = {"clip.t01": clip(store, tmp_path, 1)}
    one = verdict(store, {"t01": {"total": 0.2, "axes": {}}})
    other = verdict(store, {"t01": {"total": 0.9, "axes": {}}})
    params = sheet_params(takes=["t01"])
    both = run(sheet, store, tmp_path, params, inputs | {"verdict.r1": one, "verdict.r2": other})
    last = run(sheet, store, tmp_path, params, inputs | {"verdict.r2": other})
    first = run(sheet, store, tmp_path, params, inputs | {"verdict.r1": one})
    assert both.made.outputs["png"] == last.made.outputs["png"] != first.made.outputs["png"]


def test_a_take_that_cannot_be_read_has_a_row_all_the_same(store: Store, tmp_path: Path) -> None:
    inputs = {"clip.t01": store.put(b"no clip", kind="clip"), "clip.t02": clip(store, tmp_path, 1)}
    assert len(run(sheet, store, tmp_path, sheet_params(), inputs).made.outputs) == 3

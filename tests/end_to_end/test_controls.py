"""A draft that follows edges, depth, poses and drawn tracks: from the list to light in EXRs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("peft")

from safetensors.torch import load_file, save_file

from farm.cards import load_cards
from farm.frames import Rate
from farm.media.exr import read_exr, write_exr
from farm.media.movie import encode_review
from farm.task import Outcome
from tests.end_to_end.conftest import Set
from tests.tiny.controls import set_up_tiny_ltx_hdr

FRAMES = 9
LIST = """
show: night
defaults: {model: ltx-hdr-tiny, takes: 1, rate: 24, frames: 1001-1009, judge: {rounds: 1, accept: 0}}
delivery: {resolution: 256x144}
shots:
  - {shot: edges, prompt: a fox runs, edit: {plate: plate.mp4, strength: adhere_1}}
  - {shot: depth, prompt: a fox runs, edit: {plate: plate.1001.exr, strength: flex_2}}
  - {shot: pose, prompt: a fox runs, edit: {plate: plate.mp4, strength: reimagine_3}}
  - shot: tracks
    prompt: a fox runs
    annotations: [{frame: 1001, path: [[0.1, 0.5], [0.9, 0.5]], guides: subject}]
  - {shot: plain, prompt: a fox runs}
"""  # noqa: E501  # a line of YAML
FOLLOWED = {"edges": "edges", "depth": "depth", "pose": "pose", "tracks": "tracks", "plain": None}


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_up_tiny_ltx_hdr(folder).items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        yield folder
    load_cards.cache_clear()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Set:
    return render(tmp_path_factory.mktemp("rendered"), "--workers", "2")


def render(folder: Path, *words: str) -> Set:
    place = Set(folder=folder)
    lay_plates(folder)
    place.write(LIST)
    place.circle(*FOLLOWED)
    ran = place.render(*words)
    assert ran.code == 0, ran.err
    return place


def lay_plates(folder: Path) -> None:
    """Write a movie of a square that crosses a dark frame, and EXRs of it with their depth."""
    codes = np.full((FRAMES, 72, 128, 3), 30, np.uint8)
    for number, frame in enumerate(codes):
        frame[20:50, 10 + 8 * number : 40 + 8 * number] = (220, 180, 90)
        depth = np.full((72, 128), 40.0, np.float32)
        cv2.circle(depth, (20 + 8 * number, 45), 12, 4.0, -1)
        light = frame.astype(np.float32) / 255
        path = folder / f"plate.{1001 + number}.exr"
        write_exr(path, light, compression="zip", header={}, layers={"Z": depth})
    for _ in encode_review(folder / "plate.mp4", iter(codes), rate=Rate.parse("24")):
        pass


def draft(place: Set, shot: str) -> Outcome:
    (event,) = place.told("draft", shot).values()
    return place.outcome(event)


def test_a_list_is_led_by_edges_depth_poses_and_tracks_to_exrs(rendered: Set):
    assert sum(path.endswith(".exr") for path in rendered.pixels()) == FRAMES * len(FOLLOWED)
    for shot, control in FOLLOWED.items():
        assert draft(rendered, shot).facts.get("follows") == control
    assert rendered.farm("verify", "renders").code == 0


def test_every_control_leads_to_another_take(rendered: Set):
    assert len({draft(rendered, shot).outputs["state"].digest for shot in FOLLOWED}) == 5


def test_new_footage_is_mastered_in_light_that_was_generated(rendered: Set):
    for shot, light in (("tracks", "native"), ("edges", "reconstructed")):
        (folder,) = (rendered.folder / "renders").rglob(f"{shot}/*/exr")
        _, header = read_exr(next(iter(sorted(folder.iterdir()))))
        assert header["farm_hdr"] == light


def test_the_same_list_gives_the_same_digests_again(rendered: Set, tmp_path: Path):
    assert render(tmp_path, "--workers", "1").pixels() == rendered.pixels()


@pytest.mark.slow
def test_an_adapter_that_adds_nothing_stops_its_shot_and_no_other(tiny, tmp_path, monkeypatch):
    shelf = tmp_path / "shelf"
    shutil.copytree(tiny / "shelf", shelf)
    (path,) = (shelf / "tiny/tracks").glob("*.safetensors")
    tensors = load_file(path)
    idle = {name: t * (0 if "lora_B" in name else 1) for name, t in tensors.items()}
    save_file({name: t.contiguous() for name, t in idle.items()}, path)
    monkeypatch.setenv("FARM_WEIGHTS", str(shelf))
    place = Set(folder=tmp_path)
    lay_plates(tmp_path)
    place.write(LIST)
    ran = place.render("--workers", "1", "--only", "tracks", "--only", "edges", "--until", "draft")
    assert ran.code == 1
    assert "changes nothing in this model" in ran.err
    assert draft(place, "edges").facts["follows"] == "edges"

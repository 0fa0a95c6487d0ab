"""Models of open weights through the whole farm, thumbnail-sized: the list in, EXRs out."""

import os
import re
from pathlib import Path

import pytest

pytest.importorskip("diffusers")
pytest.importorskip("peft")

from PIL import Image  # after the skips

from tests.end_to_end.conftest import Set
from tests.end_to_end.test_ltx import enlarging
from tests.tiny import wan as tiny_wan

SHOT = """show: night
defaults: {takes: 1, rate: 16, model: wan-tiny, aspect: "4:3", judge: {rounds: 1, accept: 0}}
delivery: {resolution: 128x96}
"""
ALL = """characters: {ada: {description: an old sailor, references: [ada.png]}}
shots:
  - shot: sh0010
    prompt: Ada mends a net
    duration: 1s
    characters: [ada]
    extend: {to: 1.5s}
    loop: true
"""
TWICE = """characters:
  ada: {description: an old sailor, references: [ada.png]}
  bob: {description: an old sailor, references: [ada.png]}
shots:
  - {shot: sh0010, prompt: Ada mends a net, duration: 0.5s, characters: [ada]}
  - {shot: sh0020, prompt: Ada sleeps, duration: 0.5s, characters: [ada]}
  - {shot: sh0030, prompt: Bob rows, duration: 0.5s, characters: [bob]}
"""


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    tiny_wan.write_weights(folder / "weights", "vace")
    can = tiny_wan.plain_card("vace")["can"] | {"likeness": True}
    tiny_wan.write_card(folder / "cards", "vace", can=can)
    return folder


@pytest.fixture
def stage(place: Set, stock: Path, monkeypatch) -> Set:
    monkeypatch.setenv("FARM_WEIGHTS", str(stock / "weights"))
    monkeypatch.setenv("FARM_WEIGHTS_CACHE", str(place.folder / "kept"))
    monkeypatch.setenv("FARM_CARDS", str(stock / "cards"))
    Image.new("RGB", (64, 48), (200, 90, 30)).save(place.folder / "ada.png")
    return place


def circled(stage: Set, text: str, *, executor: str) -> dict[str, str]:
    """Render a list whose takes a person circles, for random weights please no judge."""
    stage.write(SHOT + text)
    stage.circle(*re.findall(r"shot: (\w+)", text))
    ran = stage.render("--workers", "1", executor=executor)
    assert ran.code == 0, ran.err
    return stage.pixels()


def test_words_likeness_draft_extension_loop_tiles_and_exrs(stage: Set):
    pixels = circled(stage, ALL, executor="local")
    assert sum(path.endswith(".exr") for path in pixels) == 24
    stages = {stage_ for _, stage_, _, _ in stage.made()}
    assert {"words", "likeness", "draft", "extend", "loop", "enlarge", "tile", "merge", "master",
            "collect"} <= stages  # fmt: skip
    (closed,) = stage.told("loop", "sh0010").values()
    own = enlarging(stage.outcome(closed), 0, 23, model="wan-tiny")
    assert {event.key for event in stage.told("enlarge", "sh0010").values()} == {own.key}
    again = stage.render("--workers", "1")
    assert again.json["tasks_made"] == 0


@pytest.mark.slow
def test_a_character_is_learnt_once_for_every_shot_and_name(stage: Set):
    circled(stage, TWICE, executor="local")
    assert sum(kind == "likeness" for _, kind, _, _ in stage.made()) == 1


@pytest.mark.slow
def test_ray_and_local_processes_deliver_the_same_pixels(stage: Set, tmp_path_factory):
    here = circled(stage, ALL, executor="local")
    other = Set(folder=tmp_path_factory.mktemp("ray"))
    (other.folder / "ada.png").write_bytes((stage.folder / "ada.png").read_bytes())
    there = circled(other, ALL, executor="ray")
    assert here == there
    assert os.environ["FARM_CARDS"]

"""Every family of open weights, and the service, in one night: the list in, EXRs out, twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("diffusers")
pytest.importorskip("peft")
pytest.importorskip("luma_agents")

from PIL import Image  # after the skips

from farm.cards import card_for, load_cards
from farm.media.exr import read_exr
from farm.route.master import VERSION as MASTER_VERSION
from farm.task import Outcome, Task
from tests.end_to_end.conftest import Set
from tests.end_to_end.test_ltx import enlarging
from tests.tiny import animatediff as tiny_animatediff
from tests.tiny import skyreels as tiny_skyreels
from tests.tiny import wan as tiny_wan
from tests.tiny.cards import ONE_CORE, write_tiny_card
from tests.tiny.ltx import set_up_tiny_ltx
from tests.tiny.ltx_video import set_up_tiny_ltx_video
from tests.unit.luma_server import luma_server

LIST = """
show: night
defaults: {takes: 1, rate: 24, aspect: "4:3", judge: {rounds: 1, accept: 0}}
delivery: {resolution: 128x96}
characters:
  ada: {description: an old sailor, references: [ada.png]}
  bob: {description: an old sailor, references: [ada.png]}
shots:
  - {shot: ltx, model: ltx-tiny, prompt: a fox, frames: 1001-1009, extend: {to: 0.5s}, loop: true}
  - {shot: old, model: ltx-video-tiny, prompt: a fox, frames: 1001-1009, extend: {to: 0.5s}, loop: true}
  - {shot: wan, model: wan-tiny, prompt: ada rows, frames: 1001-1008, rate: 16, characters: [ada], extend: {to: 0.75s}, loop: true}
  - {shot: bob, model: wan-tiny, prompt: bob rows, frames: 1001-1008, rate: 16, characters: [bob]}
  - {shot: sky, model: skyreels-v2-tiny, prompt: a fox, frames: 1001-1012, extend: {to: 1s}}
  - {shot: ada, model: animatediff-tiny, prompt: ada rows, frames: 1001-1004, rate: 8, characters: [ada]}
  - {shot: ray, model: ray-3.2-tiny, prompt: a fox, frames: 1001-1012, extend: {to: 1s}}
"""  # noqa: E501  # lines of YAML
READ = 'licences_read = ["ltx-video-tiny", "skyreels-v2-tiny"]\n'
MODELS = {
    "ltx": "ltx-tiny", "old": "ltx-video-tiny", "wan": "wan-tiny", "bob": "wan-tiny",
    "sky": "skyreels-v2-tiny", "ada": "animatediff-tiny", "ray": "ray-3.2-tiny",
}  # fmt: skip
FRAMES = {"ltx": 12, "old": 12, "wan": 12, "bob": 8, "sky": 24, "ada": 4, "ray": 24}
SIZE = (128, 96)


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the tiny models where the farm looks for them, and a service of ours for the hosted."""
    folder = tmp_path_factory.mktemp("tiny")
    environ = set_up_tiny_ltx(folder) | set_up_tiny_ltx_video(folder)
    for family in (tiny_skyreels, tiny_animatediff):
        family.write_weights(folder / "shelf")
    write_tiny_wan(folder)
    small = {"draft_box": [64, 48], "levers": {"dtype": "float32"}}
    dials = tiny_skyreels.DIALS
    write_tiny_card(folder / "cards", "skyreels-v2", tiny_skyreels.HUB, dials=dials, **small)
    sets = {name: {"hub": hub, "gb": 0.001} for name, hub in tiny_animatediff.HUBS.items()}
    dials = {**card_for("animatediff").dials, "steps": 2}
    small["levers"]["attention"] = ""
    write_tiny_card(folder / "cards", "animatediff", "", weights=sets, dials=dials, **small)
    fees = card_for("ray-3.2").draft.model_dump()["fees"]
    write_tiny_card(folder / "cards", "ray-3.2", "", weights={}, draft={**ONE_CORE, "fees": fees})
    with pytest.MonkeyPatch.context() as patch, luma_server() as luma:
        environ |= {"LUMA_BASE_URL": luma.url, "LUMA_AGENTS_API_KEY": "a key"}
        for name, value in environ.items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        yield
    load_cards.cache_clear()


def write_tiny_wan(folder: Path) -> None:
    """Write a tiny Wan with VACE, which learns what a character looks like."""
    tiny_wan.write_weights(folder / "shelf", "vace")
    can = {**tiny_wan.plain_card("vace")["can"], "likeness": True}
    tiny_wan.write_card(folder / "cards", "vace", can=can)


def lay(folder: Path) -> Set:
    place = Set(folder=folder)
    place.write(LIST)
    (folder / "farm.toml").write_text(READ)
    place.circle(*FRAMES)
    Image.new("RGB", (64, 48), (200, 90, 30)).save(folder / "ada.png")
    return place


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Set:
    place = lay(tmp_path_factory.mktemp("rendered"))
    ran = place.render("--workers", "1", executor="ray")
    assert ran.code == 0, ran.err
    return place


def test_every_family_goes_from_its_draft_to_exrs_on_ray(rendered: Set):
    for shot, frames in FRAMES.items():
        assert len(list((rendered.folder / "renders").rglob(f"{shot}/*/exr/*.exr"))) == frames
        assert len(rendered.told("draft", shot)) == 1
        assert rendered.told("judge", shot)
    extended = {shot for shot in FRAMES if rendered.told("extend", shot)}
    assert extended == {"ltx", "old", "wan", "sky", "ray"}
    closed = {shot for shot in FRAMES if "loop" in rendered.told("seam", shot)}
    assert closed == {"ltx", "old", "wan"}
    assert rendered.farm("verify", "renders").code == 0


def test_words_are_encoded_once_a_shot_and_a_likeness_is_learnt_once_for_all(rendered: Set):
    told = [e.stage for e in rendered.events() if e.kind == "made" and e.shot in ("wan", "bob")]
    assert (told.count("words"), told.count("likeness")) == (2, 1)


@pytest.mark.parametrize("shot", ["ltx", "old", "wan"])
def test_a_master_is_made_of_the_latents_of_its_loop(rendered: Set, shot: str):
    (closed,) = rendered.told("loop", shot).values()
    own = enlarging(rendered.outcome(closed), 0, 11, model=MODELS[shot])
    assert {event.key for event in rendered.told("enlarge", shot).values()} == {own.key}


@pytest.mark.parametrize("shot", ["sky", "ada", "ray"])
def test_a_master_is_made_of_its_drafts_and_its_extensions_own_state(rendered: Set, shot: str):
    footage = [*rendered.told("draft", shot).values(), *rendered.told("extend", shot).values()]
    sources = {mastering(rendered.outcome(event), shot).key for event in footage}
    masters = {event.key for event in rendered.told("master", shot).values()}
    assert len(masters) == (1 if shot == "ada" else 2)
    assert masters <= sources


@pytest.mark.parametrize("shot", ["sky", "ada", "ray"])
def test_a_master_agrees_with_its_draft_in_structure(rendered: Set, shot: str):
    found = [e.body for e in rendered.events() if (e.kind, e.shot) == ("fidelity", shot)]
    assert found
    assert all(body["ok"] for body in found), found


def test_a_second_run_makes_nothing(rendered: Set):
    again = rendered.render()
    assert again.code == 0, again.err
    assert again.json["tasks_made"] == 0


def test_local_workers_deliver_the_same_digests(rendered: Set, tmp_path: Path):
    place = lay(tmp_path)
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    assert place.pixels() == rendered.pixels()


def test_without_having_read_its_licence_nobody_uses_a_family(tmp_path: Path):
    place = lay(tmp_path)
    (tmp_path / "farm.toml").unlink()
    ran = place.render()
    assert ran.code == 2
    for model in ("ltx-video-tiny", "skyreels-v2-tiny"):
        assert f'licences_read = ["{model}"] in farm.toml' in ran.err


def test_light_that_was_made_for_a_screen_is_called_reconstructed(rendered: Set):
    for frame in (rendered.folder / "renders").rglob("*.1001.exr"):
        assert read_exr(frame)[1]["farm_hdr"] == "reconstructed"


def mastering(source: Outcome, shot: str) -> Task:
    """Ask for the task that masters all of a draft's or an extension's own frames."""
    start, span = source.facts["start"], source.facts["span"]
    return Task(
        stage="master",
        version=MASTER_VERSION,
        params={"span": span, "first": start, "last": span - 1, "size": SIZE},
        inputs={name: one for name, one in source.outputs.items() if name != "clip"},
        engine=card_for(MODELS[shot]).engine,
    )

"""A generative model through the whole farm: drafts, judge, tiles, extension, loop, EXRs."""

import asyncio
import itertools
import json
import platform
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from farm.cards import card_for, load_cards
from farm.crew.base import NOTHING
from farm.ledger import Event
from farm.route.refine import ENLARGE_VERSION
from farm.route.show import Terms, shoot_show
from farm.shots.load import load_shot_list
from farm.store import open_store
from farm.store.base import Store
from farm.task import Outcome, Task
from functions.worker import perform
from tests.end_to_end.conftest import Set
from tests.tiny.cards import ONE_CORE
from tests.tiny.ltx import set_up_tiny_ltx
from tests.tiny.mishap import lay_mishap, steps_taken

LIST = """
show: night
defaults: {model: ltx-tiny, takes: 2, rate: 24, judge: {rounds: 1, accept: 0.0}}
delivery: {resolution: 512x288}
shots:
  - shot: sq010_sh0010
    prompt: "A red ball bounces"
    frames: 1001-1012
    extend: {to: 0.75s}
    loop: true
"""
ONE = LIST.replace("takes: 2", "takes: 1").partition("    extend:")[0]
LONGER = LIST.partition("    loop:")[0]


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put the tiny model where the farm looks for it, by the settings that everybody has."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in set_up_tiny_ltx(tmp_path_factory.mktemp("tiny")).items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        yield
    load_cards.cache_clear()


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Set, dict]:
    place = Set(folder=tmp_path_factory.mktemp("rendered"))
    place.write(LIST)
    ran = place.render("--workers", "1", executor="ray")
    assert ran.code == 0, ran.err
    return place, ran.json


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Set:
    """Render one plain shot, undisturbed, on one worker."""
    place = Set(folder=tmp_path_factory.mktemp("alone"))
    place.write(ONE)
    ran = place.render("--workers", "1")
    assert ran.code == 0, ran.err
    return place


def made(place: Set, stage: str) -> dict[str, Event]:
    return place.told(stage, "sq010_sh0010")


def test_a_shot_is_drafted_judged_extended_closed_mastered_and_delivered_on_ray(rendered):
    place, summary = rendered
    assert summary["delivered"] == 1
    assert len(list((place.folder / "renders").rglob("*.exr"))) == 18
    stages = Counter(event.stage for event in place.events() if event.kind == "made")
    assert {"words", "draft", "judge", "extend", "loop", "enlarge", "tile", "merge"} <= set(stages)
    assert set(place.told("seam", "sq010_sh0010")) >= {"e01.1", "loop"}
    assert place.farm("verify", "renders").code == 0


def test_the_words_are_encoded_once_for_all_takes(rendered):
    place, _ = rendered
    assert len(made(place, "words")) == 1
    assert len(made(place, "draft")) == 2


def test_every_tile_is_a_task_of_its_own(rendered):
    place, _ = rendered
    tiles = made(place, "tile")
    assert len(tiles) == 8
    assert all("x" in part for part in tiles)


def test_the_master_is_made_of_the_loops_own_latents(rendered):
    place, _ = rendered
    (closed,) = made(place, "loop").values()
    assert made(place, "enlarge")["0-17 x2"].key == enlarging(place.outcome(closed), 0, 17).key


def test_the_models_sound_is_heard_in_the_review_movie(rendered):
    place, _ = rendered
    (movie,) = (place.folder / "renders").rglob("*.mp4")
    with av.open(str(movie)) as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]
        assert float(file.streams.audio[0].duration * file.streams.audio[0].time_base) == (
            pytest.approx(18 / 24, abs=0.1)
        )


def test_the_manifest_names_the_machines_the_libraries_and_the_levers(rendered):
    place, _ = rendered
    (manifest,) = (place.folder / "renders").rglob("manifest.json")
    lineage = json.loads(manifest.read_text())["lineage"]
    assert lineage["made_on"] == [f"CPU {platform.machine()}"]
    assert "torch" in lineage["model"]["libraries"]
    assert "float32, attention native" in lineage["model"]["libraries"]


def test_a_second_run_makes_nothing(rendered):
    place, _ = rendered
    again = place.render()
    assert again.code == 0, again.err
    assert again.json["tasks_made"] == 0


@pytest.mark.slow
def test_local_and_ray_deliver_the_same_bytes(rendered, tmp_path):
    place, _ = rendered
    other = Set(folder=tmp_path)
    other.write(LIST)
    ran = other.render("--workers", "2")
    assert ran.code == 0, ran.err
    assert other.pixels() == place.pixels()


@pytest.mark.slow
def test_the_masters_of_an_extended_shot_are_made_of_its_own_latents(tmp_path):
    place = Set(folder=tmp_path)
    place.write(LONGER)
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    verdict = next(event for event in place.events() if event.kind == "verdict")
    draft = place.outcome(made(place, "draft")[str(verdict.body["circled"])])
    enlarged = made(place, "enlarge")
    assert enlarged["0-11 x2"].key == enlarging(draft, 0, 11).key
    segments = [place.outcome(event) for event in made(place, "extend").values()]
    keys = {enlarging(segment, 12, 17).key for segment in segments}
    assert enlarged["12-17 x2"].key in keys
    assert len(list((place.folder / "renders").rglob("*.exr"))) == 18


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_makes_the_same_master(alone, tmp_path, workers):
    place = Set(folder=tmp_path)
    place.write(ONE)
    ran = place.render("--workers", str(workers))
    assert ran.code == 0, ran.err
    assert place.pixels() == alone.pixels()


@pytest.mark.slow
def test_tiles_in_any_order_make_the_same_master(alone, tmp_path):
    masters = {digest_of_master(tmp_path / str(seed), seed) for seed in range(3)}
    kept = alone.outcome(made(alone, "master")["0-11"])
    assert masters == {kept.outputs["frames"].digest}


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_a_draft_is_continued_by_another(
    alone, tmp_path, monkeypatch
):
    for name, value in lay_mishap(tmp_path / "mishap", kind="kill", step=5).items():
        monkeypatch.setenv(name, value)
    place = Set(folder=tmp_path)
    place.write(ONE)
    ran = place.render("--workers", "1")
    assert ran.code == 0, ran.err
    assert place.pixels() == alone.pixels()
    first, second = itertools.islice(steps_taken(tmp_path / "mishap").values(), 2)
    assert first[:5] == [(step, 8) for step in range(1, 6)]
    assert second[:4] == [(step, 8) for step in range(5, 9)]
    retried = [e for e in place.events() if e.kind == "retried"]
    assert [(e.stage, e.body["because"]) for e in retried] == [("draft", "lost")]


@pytest.mark.slow
def test_want_of_memory_gets_a_bigger_machine_and_a_fresh_worker(alone, tmp_path, monkeypatch):
    for name, value in lay_mishap(tmp_path / "mishap", kind="memory", step=3).items():
        monkeypatch.setenv(name, value)
    place = Set(folder=tmp_path)
    place.write(ONE)
    ran = place.render("--workers", "1")
    assert ran.code == 0, ran.err
    assert place.pixels() == alone.pixels()
    retried = [e for e in place.events() if e.kind == "retried"]
    assert [(e.stage, e.body["because"]) for e in retried] == [("draft", "memory")]
    assert retried[0].body["memory_gb"] == 2 * ONE_CORE["memory_gb"]
    first, second = itertools.islice(steps_taken(tmp_path / "mishap").values(), 2)
    assert first == [(1, 8), (2, 8), (3, 8)]
    assert second[0] == (3, 8)


class Shuffled:
    """Does tasks here and now, in an order drawn from a seed."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self._chance = random.Random(seed)  # an order, no secret
        self._one = asyncio.Lock()
        self.last: Outcome | None = None

    async def do(self, task: Task) -> Outcome:
        for _ in range(self._chance.randrange(50)):
            await asyncio.sleep(0)
        async with self._one:
            *_, made = await asyncio.to_thread(lambda: list(perform(task, self.store.uri)))
        assert isinstance(made, Outcome)
        self.last = made if task.stage == "master" else self.last
        return made

    async def again(self, task: Task) -> Outcome:
        return await self.do(task)

    def hold(self, shot: str, usd: float) -> None:
        pass

    def tell(self, kind: str, body: object = NOTHING, /, **more: object) -> None:
        pass


def digest_of_master(folder: Path, seed: int) -> str:
    folder.mkdir()
    (folder / "list.yaml").write_text(ONE)
    doer = Shuffled(open_store(f"file:{folder / 'store'}"), seed)
    terms = Terms(out=folder / "out", publish=False, until="master")

    async def show() -> None:
        await shoot_show(load_shot_list(folder / "list.yaml"), doer, terms)
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*pending)

    asyncio.run(show())
    assert doer.last
    return doer.last.outputs["frames"].digest


def enlarging(source: Outcome, first: int, last: int, *, model: str = "ltx-tiny") -> Task:
    """Ask for the task that enlarges frames of a draft, an extension or a loop."""
    return Task(
        stage="enlarge",
        version=ENLARGE_VERSION,
        params={"span": source.facts["span"], "first": first, "last": last},
        inputs={name: one for name, one in source.outputs.items() if name != "clip"},
        engine=card_for(model).engine,
    )

"""A generative model through the whole farm: drafts, judge, tiles, extension, loop, EXRs."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from farm.cards import load_cards
from farm.crew.base import NOTHING
from farm.ledger import Event
from farm.route.show import Terms, shoot_show
from farm.shots.load import load_shot_list
from farm.store import open_store
from farm.store.base import Store
from farm.task import Outcome, Task
from functions.worker import perform
from tests.end_to_end.conftest import Set
from tests.tiny.ltx import set_up_tiny_ltx
from tests.tiny.mishap import lay_mishap, steps_taken

LIST = """
show: night
defaults: {model: ltx-tiny, takes: 2, rate: 24, judge: {rounds: 1, accept: 0.0}}
delivery: {resolution: 512x288}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces", frames: 1001-1012, extend: {to: 0.75s}}
  - {shot: sq010_sh0020, prompt: "A green cube spins", frames: 1001-1012, loop: true}
"""
ONE = LIST.replace("takes: 2", "takes: 1").partition("  - {shot: sq010_sh0020")[0].replace(
    ", extend: {to: 0.75s}", ""
)


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
    ran = place.render("--workers", "2")
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


def made(place: Set, stage: str, shot: str = "sq010_sh0010") -> dict[str, Event]:
    events = [e for e in place.events() if e.kind == "made" and e.stage == stage]
    return {event.part: event for event in events if event.shot == shot}


def outcome(place: Set, event: Event) -> Outcome:
    kept = open_store(f"file:{place.folder / '.farm'}").recall(event.key)
    assert kept
    return kept


def test_every_shot_is_delivered_extended_or_closed(rendered):
    place, summary = rendered
    assert summary["delivered"] == 2
    names = Counter(path.parents[2].name for path in (place.folder / "renders").rglob("*.exr"))
    assert names == {"sq010_sh0010": 18, "sq010_sh0020": 12}
    assert place.farm("verify", "renders").code == 0


def test_the_words_are_encoded_once_for_all_takes(rendered):
    place, _ = rendered
    assert len(made(place, "words")) == 1
    assert len(made(place, "draft")) == 2


def test_every_tile_is_a_task_of_its_own(rendered):
    place, _ = rendered
    tiles = made(place, "tile")
    assert len(tiles) == 2 * 8  # of the take and of its extension
    assert all("x" in part for part in tiles)


def test_the_master_is_made_of_the_circled_drafts_own_latents(rendered):
    place, _ = rendered
    verdict = next(e for e in place.events() if e.kind == "verdict" and e.shot == "sq010_sh0010")
    draft = outcome(place, made(place, "draft")[str(verdict.body["circled"])])
    enlarged = made(place, "enlarge")["0-11 x2"]
    requests = {(e.stage, e.part): e for e in place.events() if e.kind == "started"}
    asked = requests["enlarge", "0-11 x2"].body.get("request")
    assert draft.outputs["state"].kind == "latents"
    if asked:
        assert asked["inputs"]["state"] == draft.outputs["state"].digest
    assert enlarged.key == key_of_enlarging(place, draft)


def test_local_and_ray_deliver_the_same_bytes(rendered, tmp_path_factory):
    place, _ = rendered
    other = Set(folder=tmp_path_factory.mktemp("ray"))
    other.write(LIST)
    ran = other.render(executor="ray")
    assert ran.code == 0, ran.err
    assert other.pixels() == place.pixels()


@pytest.mark.parametrize("workers", [2, 4])
def test_any_number_of_workers_makes_the_same_master(alone, tmp_path, workers):
    place = Set(folder=tmp_path)
    place.write(ONE)
    ran = place.render("--workers", str(workers))
    assert ran.code == 0, ran.err
    assert place.pixels() == alone.pixels()


def test_tiles_in_any_order_make_the_same_master(alone, tmp_path):
    masters = {digest_of_master(tmp_path / str(seed), seed) for seed in range(3)}
    kept = outcome(alone, made(alone, "master")["0-11"])
    assert masters == {kept.outputs["frames"].digest}


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
    first, second = itertools.islice(steps_taken(tmp_path / "mishap").values(), 2)
    assert first == [(1, 8), (2, 8), (3, 8)]
    assert second[0] == (3, 8)


class Shuffled:
    """Does tasks here and now, in an order drawn from a seed."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self._chance = random.Random(seed)  # noqa: S311  # an order, no secret
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


def key_of_enlarging(place: Set, draft: Outcome) -> str:
    """Ask for the task that enlarges a draft, and return its key."""
    from farm.cards import card_for

    task = Task(
        stage="enlarge",
        version=1,
        params={"span": 12, "first": 0, "last": 11},
        inputs={
            name: artifact for name, artifact in draft.outputs.items() if name != "clip"
        },
        engine=card_for("ltx-tiny").engine,
    )
    return task.key

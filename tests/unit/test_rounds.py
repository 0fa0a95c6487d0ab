"""Rounds of judgement: the champion defends, and others are shot as the verdict before asks."""

import asyncio
from pathlib import Path

import pytest

from farm.crew.clock import RealClock
from farm.crew.sim import MemoryStore
from farm.route.choose import Chosen, choose
from farm.route.show import set_up
from farm.shots.load import load_shot_list
from farm.shots.revise import add_words, change_exposure, new_seeds, slow_camera
from farm.task import Outcome, Task
from tests.unit.test_worth import Judged

LIST = (
    "show: q\nshots:\n  - {shot: a, prompt: a ball, duration: 1s, takes: 2,"
    " judge: {accept: 0.9, rounds: 3}}\n"
)
EDITS = [
    [add_words("warm light", because="contrast"), change_exposure(-1.5, because="exposure")],
    [slow_camera(0.5, because="motion"), new_seeds(because="motion")],
    [],
]


class Told(Judged):
    """Scores takes as the test tells, and asks in every round for what the test says."""

    def __init__(self, told: tuple[float, ...], *, asks: bool) -> None:
        super().__init__(store=MemoryStore(RealClock()))
        self.told, self.asks = told, asks
        self.drafts: dict[str, Task] = {}
        self.rounds: list[list[str]] = []

    async def do(self, task: Task) -> Outcome:
        if task.stage == "draft":
            self.drafts[task.part] = task
        outcome = await super().do(task)
        if task.stage != "judge":
            return outcome
        self.rounds.append(list(task.params["takes"]))
        edits = EDITS[len(self.rounds) - 1] if self.asks else []
        facts = {**outcome.facts, "edits": [] if outcome.facts["accepted"] else edits}
        return Outcome(key=outcome.key, outputs=outcome.outputs, facts=facts)


def held(
    folder: Path, told: tuple[float, ...], *, asks: bool = True, pick: str = ""
) -> tuple[Chosen, Told]:
    path = folder / "list.yaml"
    path.write_text(LIST)
    shot_list, doer = load_shot_list(path), Told(told, asks=asks)
    if pick:
        doer.store.write_note("picks/q/a", {"take": pick})

    async def run() -> Chosen:
        try:
            return await choose(set_up(shot_list.shots[0], shot_list, doer), after=None)
        finally:
            await doer.close()

    return asyncio.run(run()), doer


def request_of(doer: Told, take: str) -> dict:
    request = doer.drafts[take].params["request"]
    assert isinstance(request, dict)
    return request


def test_the_champion_defends_its_place_against_takes_of_the_next_round(tmp_path: Path) -> None:
    chosen, doer = held(tmp_path, (0.3, 0.8, 0.4, 0.5, 0.6, 0.7))
    assert doer.rounds == [["t01", "t02"], ["t02", "t03", "t04"], ["t02", "t05", "t06"]]
    assert chosen.circled
    assert chosen.circled.name == "t02"
    assert chosen.score == 0.8
    assert len(chosen.rounds) == 3


def test_a_better_take_dethrones_the_champion_and_ends_the_rounds_when_it_is_enough(
    tmp_path: Path,
) -> None:
    chosen, doer = held(tmp_path, (0.3, 0.8, 0.4, 0.95, 0, 0))
    assert doer.rounds == [["t01", "t02"], ["t02", "t03", "t04"]]
    assert chosen.circled
    assert chosen.circled.name == "t04"
    assert sorted(doer.drafts) == ["t01", "t02", "t03", "t04"]


def test_every_round_is_shot_as_all_verdicts_before_it_ask(tmp_path: Path) -> None:
    _, doer = held(tmp_path, (0.3, 0.8, 0.4, 0.5, 0.6, 0.7))
    prompts = [request_of(doer, take)["prompt"] for take in ("t01", "t03", "t05")]
    assert prompts == ["a ball", "a ball, warm light", "a ball, warm light"]
    stops = [request_of(doer, take)["exposure_stops"] for take in ("t01", "t03", "t05")]
    assert stops == [0, -1.5, -1.5]
    assert [request_of(doer, take)["pace"] for take in ("t01", "t03", "t05")] == [1, 1, 0.5]
    seeds = [doer.drafts[f"t0{n}"].params["seed"] for n in range(1, 7)]
    assert len(set(seeds)) == 6


def test_where_the_verdict_asks_for_nothing_there_is_no_other_round(tmp_path: Path) -> None:
    chosen, doer = held(tmp_path, (0.3, 0.8, 0, 0, 0, 0), asks=False)
    assert doer.rounds == [["t01", "t02"]]
    assert chosen.circled
    assert chosen.circled.name == "t02"


@pytest.mark.parametrize("pick", ["t01", "t05"])
def test_a_person_may_pick_any_take_of_any_round(tmp_path: Path, pick: str) -> None:
    chosen, _ = held(tmp_path, (0.3, 0.8, 0.4, 0.5, 0.6, 0.7), pick=pick)
    assert chosen.circled
    assert (chosen.circled.name, chosen.by) == (pick, "human")

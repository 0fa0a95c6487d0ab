"""Takes are shot one by one while another is worth its price; pairs meet until one stands."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.crew.clock import RealClock
from farm.crew.rehearsal import Rehearsal
from farm.crew.sim import MemoryStore
from farm.errors import TaskError
from farm.route.choose import choose
from farm.route.show import set_up
from farm.route.worth import another, expected_gain
from farm.shots.load import load_shot_list
from farm.task import Outcome, Task
from functions.critics.base import Finding
from functions.critics.knockout import Match, Score, by_measures, knock_out, level

scores = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(scores)
def test_a_gain_is_never_more_than_what_is_left(known: list[float]) -> None:
    assert 0 <= expected_gain(known) <= 1 - max(known) + 1e-12


@given(scores)
def test_a_better_best_leaves_less_to_gain(known: list[float]) -> None:
    assert expected_gain([*known, 1.0]) == 0


def test_takes_that_lie_apart_promise_more_than_takes_that_are_alike() -> None:
    assert expected_gain([0.2, 0.6]) > expected_gain([0.59, 0.6])
    assert expected_gain([0.6, 0.6, 0.6, 0.6]) < expected_gain([0.6, 0.6])


def test_a_dear_take_is_not_worth_it_where_a_cheap_one_is() -> None:
    known = [0.6, 0.7]
    assert another(known, take_price=1, finish_price=100)
    assert not another(known, take_price=50, finish_price=100)
    assert another([], take_price=1, finish_price=2)


class Judged(Rehearsal):
    """Supposes everything, and gives takes the scores that the test tells."""

    told: tuple[float, ...] = ()
    fails: str = ""

    async def do(self, task: Task) -> Outcome:
        if task.stage == "draft" and task.part == self.fails:
            raise TaskError("told to fail")
        outcome = await super().do(task)
        if task.stage != "judge":
            return outcome
        takes = task.params["takes"]
        known = {name: self.told[int(name[1:]) - 1] for name in takes}
        best = max(known, key=lambda name: known[name])
        facts = {"scores": known, "circled": best, "accepted": known[best] >= 0.9, "edits": []}
        return Outcome(key=outcome.key, outputs=outcome.outputs, facts=facts)


def chosen(folder: Path, told: tuple[float, ...], *, resolution: str = "4k", fails: str = ""):
    path = folder / "list.yaml"
    path.write_text(
        "show: q\nshots:\n  - {shot: a, prompt: a ball, duration: 1s, takes: {min: 2, max: 5},"
        f" judge: {{accept: 0.9}}}}\ndelivery: {{resolution: {resolution}}}\n"
    )
    shot_list = load_shot_list(path)
    doer = Judged(store=MemoryStore(RealClock()))
    doer.told, doer.fails = told, fails

    async def run():
        try:
            setup = set_up(shot_list.shots[0], shot_list, doer)
            return await choose(setup, after=None)
        finally:
            await doer.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("told", "shot"),
    [
        ((0.95, 0.2, 0, 0, 0), 2),  # good enough at once
        ((0.3, 0.6, 0.92, 0, 0), 3),  # the third is good enough
        ((0.3, 0.6, 0.5, 0.2, 0.7), 5),  # never good enough: the most
    ],
)
def test_takes_stop_when_one_is_good_enough(tmp_path: Path, told, shot: int) -> None:
    found = chosen(tmp_path, told)
    assert len(found.takes) == shot
    assert found.circled.name == f"t{1 + max(range(shot), key=lambda n: told[n]):02}"


def test_takes_stop_when_another_is_not_worth_its_price(tmp_path: Path) -> None:
    """A delivery no larger than the drafts is cheap to finish, and then drafts are dear."""
    assert len(chosen(tmp_path, (0.85, 0.85, 0, 0, 0), resolution="256x144").takes) == 2


def test_a_take_beyond_the_least_that_fails_stops_nothing(tmp_path: Path) -> None:
    found = chosen(tmp_path, (0.3, 0.6, 0.0, 0.95, 0), fails="t03")
    assert sorted(found.takes) == ["t01", "t02", "t04"]
    assert found.circled.name == "t04"


def score(take: str, total: float, **axes: float) -> Score:
    findings = tuple(
        Finding(axis=axis, score=value, measured={}, said="") for axis, value in axes.items()
    )
    return Score(take=take, total=total, findings=findings)


def first_wins(first: Score, second: Score) -> Match:
    return Match(winner=first, loser=second, by="measures", said="")


@given(st.integers(1, 20))
def test_a_knockout_has_a_match_less_than_takes_and_ranks_all(count: int) -> None:
    seeded = [score(f"t{n:02}", 1 - n / 100) for n in range(count)]
    ranked, matches = knock_out(seeded, first_wins)
    assert len(matches) == count - 1
    assert sorted(s.take for s in ranked) == [s.take for s in seeded]
    assert ranked[0].take == "t00"


def test_a_critic_that_prefers_the_last_can_carry_it_to_the_top() -> None:
    seeded = [score(f"t{n}", 0.9) for n in range(5)]

    def last(first: Score, second: Score) -> Match:
        winner, loser = max((first, second), (second, first), key=lambda pair: pair[0].take)
        return Match(winner=winner, loser=loser, by="critic", said="")

    assert knock_out(seeded, last)[0][0].take == "t4"


def test_a_subject_that_could_not_be_followed_wins_no_match_by_that() -> None:
    weights = {"camera": 3.0, "subject": 2.0}
    seen = score("t01", 0.72, camera=0.8, subject=0.6)
    unseen = score("t02", 0.78, camera=0.78)
    first, second = level([unseen, seen], weights)
    match = by_measures(first, second, weights)
    assert match.winner.take == "t01"
    assert "t01 (0.72) is ahead of t02 (0.67), most by subject (0.60 against 0.50)" in match.said

"""Deadlines: what they take, and that a run that will miss one says so early."""

import math

import pytest

from farm.crew.deadline import Watch, forecast, wanted_for
from farm.ledger import Event
from farm.task import Needs, Task
from tests.unit.crew_night import task


def drafts(count: int, *, minutes: float = 10.0, rank: float = 30.0) -> list[Task]:
    return [
        task(n, minutes=minutes, rank=rank, gpu="L4", shot=f"s{n % 6}", stage="draft", part=f"t{n}")
        for n in range(count)
    ]


def test_a_deadline_says_how_many_machines_it_takes():
    found = forecast(drafts(60), minutes_left=90, machines={"L4": 4})
    assert found.possible
    assert found.needed == {"L4": 10}  # 600 minutes of work in the 60 that the path leaves
    assert not found.met
    assert found.finish_minutes == 600 / 4 + 30
    assert forecast(drafts(60), minutes_left=90, machines={"L4": 10}).met


def test_no_number_of_machines_makes_what_is_shorter_than_one_shot():
    found = forecast(drafts(60), minutes_left=29, machines={"L4": 1000})
    assert not found.possible
    assert not found.met


def test_machines_that_are_not_there_never_finish():
    assert math.isinf(forecast(drafts(1), minutes_left=90, machines={"": 8}).finish_minutes)


def test_no_more_machines_are_asked_for_than_the_deadline_takes():
    l4, cpu = Needs(gpu="L4"), Needs()
    asked = wanted_for({l4: 200, cpu: 8}, {"L4": 10, "": 1}, possible=True)
    assert asked == {l4: 10, cpu: 1}
    assert wanted_for({l4: 200}, {}, possible=False) == {l4: 200}


class Show:
    """A watched show of 60 drafts on 10 machines, ten at a time."""

    def __init__(self, by_minutes: float) -> None:
        self.tasks = drafts(60, rank=10.0)
        self.told: list[str] = []
        self.watch = Watch(
            by=by_minutes * 60, tasks=self.tasks, machines={"L4": 10},
            tell=lambda kind, **_: self.told.append(f"{kind} at {self.now / 60:.0f}"),
        )  # fmt: skip
        self.now = 0.0

    def pass_by(self, *, wave_minutes: list[float]) -> list[str]:
        for wave, minutes in enumerate(wave_minutes):
            self.now += minutes * 60
            for one in self.tasks[10 * wave : 10 * wave + 10]:
                body = {"seconds": minutes * 60}
                self.watch.hear(
                    Event(at=self.now, kind="made", shot=one.shot, stage="draft", part=one.part,
                          body=body)
                )  # fmt: skip
        return self.told


def test_a_run_in_time_says_nothing():
    assert Show(70).pass_by(wave_minutes=[10] * 6) == []


def test_a_slow_run_is_called_late_long_before_the_deadline():
    told = Show(70).pass_by(wave_minutes=[20] * 6)
    assert told == ["late at 20"]


def test_a_run_that_recovers_says_so_too():
    told = Show(70).pass_by(wave_minutes=[20, 20, 2, 2, 2, 2])
    assert [line.split()[0] for line in told] == ["late", "in_time"]


@pytest.mark.parametrize("kind", ["verdict", "progress"])
def test_events_that_change_nothing_are_passed_over(kind):
    show = Show(1)
    show.watch.hear(Event(at=0.0, kind=kind))
    assert show.told == []

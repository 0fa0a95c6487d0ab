"""The truth of a bench is told from the scene, and every error that a crew makes shows in it."""

from collections.abc import Callable
from functools import cache, partial

import pytest

from bench.crew import beside, lit, other_way, paced, still
from bench.truth import truth
from farm.shots.request import Request
from functions.models.previz.compose import compose
from functions.models.previz.scene import Scene

ERRORS: dict[str, tuple[Callable[[Scene], Scene], str, str]] = {
    "it looks past the subject": (beside, "shown", "static"),
    "it moves against what was asked": (other_way, "camera", "tilt_up"),
    "it hardly moves": (partial(paced, pace=0.02), "camera", "tilt_up"),
    "it rushes": (partial(paced, pace=8.0), "camera", "tilt_up"),
    "nothing happens": (still, "happens", "static"),
    "it films too light": (partial(lit, stops=4.0), "light", "static"),
    "it films too dark": (partial(lit, stops=-4.0), "light", "static"),
}


@cache
def asked(move: str) -> Request:
    return Request.model_validate(
        {"prompt": "A robot walks through a factory hall at noon", "frames": 8, "rate": 12}
        | {"size": (160, 90), "camera": {"moves": [move]}}
    )


@cache
def filmed(move: str) -> Scene:
    return compose(asked(move), 0)


def test_what_was_asked_is_what_a_crew_without_errors_films() -> None:
    assert truth(filmed("static"), asked("static"))["all"] > 0.95
    assert truth(filmed("tilt_up"), asked("tilt_up"))["all"] > 0.95


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_of_the_crew_costs_its_own_axis(name: str) -> None:
    spoil, axis, move = ERRORS[name]
    before, after = (truth(s, asked(move)) for s in (filmed(move), spoil(filmed(move))))
    assert after[axis] < before[axis] - 0.25
    assert after["all"] < before["all"]


def test_other_words_for_the_place_or_the_light_are_noticed() -> None:
    other = asked("static").model_copy(update={"prompt": "A robot walks through a forest at night"})
    assert truth(compose(other, 0), asked("static"))["light"] < 0.5

"""Typed edits turn one request into the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.errors import PlanError
from farm.shots import revise as edits
from farm.shots.request import Request
from farm.shots.revise import KINDS, PACE, STOPS, describe, revise


def request(**fields: object) -> Request:
    return Request.model_validate(
        {"prompt": "A red ball rolls.", "frames": 24, "rate": 24, "size": (480, 270)} | fields
    )


def test_words_are_added_once() -> None:
    edit = edits.add_words("slow dolly in", because="camera")
    once = revise(request(), [edit])
    assert once.prompt == "A red ball rolls, slow dolly in"
    assert revise(once, [edit]) == once


def test_whole_words_are_replaced_and_only_those() -> None:
    edit = edits.replace_words("red", "blue", because="subject")
    assert (
        revise(request(prompt="A Red ball, reddish light"), [edit]).prompt
        == "A blue ball, reddish light"
    )
    gone = edits.replace_words("red", "", because="subject")
    assert revise(request(), [gone]).prompt == "A ball rolls."


def test_the_camera_is_slowed_and_quickened() -> None:
    changed = revise(
        request(),
        [edits.slow_camera(0.5, because="motion"), edits.quicken_camera(1.6, because="frozen")],
    )
    assert changed.pace == pytest.approx(0.8)


def test_a_hand_held_camera_is_steadied() -> None:
    shaky = request(camera={"moves": ["handheld", "pan_left"]})
    steady = revise(shaky, [edits.steady_camera(because="camera")])
    assert steady.camera.moves == ("steadicam", "pan_left")


def test_the_exposure_changes_by_stops() -> None:
    edit = edits.change_exposure(-0.7, because="exposure")
    assert revise(request(), [edit, edit]).exposure_stops == pytest.approx(-1.4)


def test_new_seeds_leave_the_request_as_it_is() -> None:
    assert revise(request(), [edits.new_seeds(because="total")]) == request()


@given(st.lists(st.floats(0.01, 100)), st.lists(st.floats(-20, 20)))
def test_pace_and_exposure_stay_within_bounds(factors: list[float], stops: list[float]) -> None:
    asked = [edits.slow_camera(f, because="x") for f in factors]
    asked += [edits.change_exposure(s, because="x") for s in stops]
    changed = revise(request(), asked)
    assert PACE[0] <= changed.pace <= PACE[1]
    assert STOPS[0] <= changed.exposure_stops <= STOPS[1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_says_itself_in_words(kind: str) -> None:
    said = describe({"kind": kind, "words": "w", "old": "o", "new": "n", "factor": 0.5, "stops": 1})
    assert "{" not in said


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"kind": "paint"},
        {"kind": 3},
        {"kind": "slow_camera"},
        {"kind": "add_words", "words": 1},
    ],
)
def test_an_edit_that_is_none_is_refused_with_a_hint(edit: dict[str, object]) -> None:
    with pytest.raises(PlanError):
        revise(request(), [edit])  # type: ignore[list-item]

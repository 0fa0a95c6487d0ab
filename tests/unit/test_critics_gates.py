"""Gates throw out what is broken, at every strength, and nothing that is clean."""

from functools import cache

import numpy as np
import pytest

from farm.shots.request import Request
from functions.critics import CRITICS, GATES
from functions.critics.base import Finding, Take
from functions.critics.faults import FAULTS, burn, grain
from functions.critics.plates import Clip, film

SIZE = (160, 90)
FRAMES = 16
PLANTED = [
    (name, strength)
    for name, fault in FAULTS.items()
    if fault.axis in GATES
    for strength in fault.strengths
]


def request_for(
    move: str = "pan_right", prompt: str = "a courtyard", frames: int = FRAMES
) -> Request:
    return Request.model_validate(
        {"prompt": prompt, "frames": frames, "rate": 24, "size": SIZE, "camera": {"moves": [move]}}
    )


@cache
def filmed(move: str, **options: bool) -> Clip:
    return film(move, frames=FRAMES, size=SIZE, **options)


def clip_of(move: str = "pan_right", **options: bool) -> Clip:
    return filmed(move, **options).copy()


def ask(axis: str, clip: Clip, request: Request) -> Finding | None:
    return CRITICS.get(axis)(Take(name="t01", clip=clip), request)


@pytest.mark.parametrize(("name", "strength"), PLANTED)
def test_a_planted_fault_is_thrown_out_or_marked_down_by_its_own_gate(
    name: str, strength: float
) -> None:
    fault = FAULTS[name]
    finding = ask(fault.axis, fault.plant(clip_of(), strength), request_for())
    assert finding
    assert finding.broken or strength == fault.strengths[0]
    assert finding.score < 0.75
    assert finding.said


@pytest.mark.parametrize("axis", GATES)
@pytest.mark.parametrize("move", ["static", "pan_right", "dolly_in", "handheld"])
def test_a_clean_take_passes_every_gate(axis: str, move: str) -> None:
    finding = ask(axis, clip_of(move), request_for(move))
    assert finding is None or (not finding.broken and finding.score == 1)


@pytest.mark.parametrize("axis", GATES)
@pytest.mark.parametrize("stops", [-2.0, 2.0])
def test_grain_and_exposure_break_nothing(axis: str, stops: float) -> None:
    finding = ask(axis, burn(grain(clip_of(), 0.04), stops), request_for())
    assert finding is None or not finding.broken


def test_a_still_is_no_fault_where_nothing_was_to_move() -> None:
    assert ask("frozen", clip_of("static"), request_for("static")) is None


def test_a_still_is_a_fault_where_the_prompt_has_a_verb() -> None:
    finding = ask("frozen", clip_of("static"), request_for("static", "a red ball rolls"))
    assert finding
    assert finding.broken
    assert [edit["kind"] for edit in finding.edits] == ["new_seeds"]


def test_a_ball_that_rolls_before_a_still_camera_is_not_frozen() -> None:
    finding = ask("frozen", clip_of("static", ball=True), request_for("static", "a ball rolls"))
    assert finding
    assert not finding.broken


def test_missing_frames_are_counted() -> None:
    finding = ask("whole", clip_of()[:-1], request_for())
    assert finding
    assert finding.broken
    assert finding.said == "15 frames of 160x90, not 16 frames of 160x90"


def test_evidence_names_the_frames() -> None:
    clip = clip_of()
    clip[5] = 0
    finding = ask("black", clip, request_for())
    assert finding
    assert finding.frames == (5,)
    clip = clip_of()
    clip[8] = clip[7]
    finding = ask("duplicates", clip, request_for())
    assert finding
    assert finding.frames == (8,)


def test_words_excuse_what_they_ask_for() -> None:
    stormy = request_for(prompt="lightning over a courtyard")
    finding = ask("flicker", FAULTS["flash"].plant(clip_of(), 2), stormy)
    assert finding
    assert not finding.broken


def test_a_bounce_is_not_a_repeated_frame() -> None:
    """Heights of a ball under gravity, sampled so that one pair straddles the top exactly."""
    clip = np.repeat(clip_of("static")[:1], FRAMES, axis=0)
    for frame in range(FRAMES):
        t = (frame - 7.5) / 24
        top = round(10 + 0.5 * 9.8 * t * t * 120)
        clip[frame, top : top + 14, 70:84] = 0.9
    finding = ask("duplicates", clip, request_for("static", "a ball bounces"))
    assert finding is None or not finding.frames


@pytest.mark.parametrize("axis", GATES)
def test_an_infinite_or_empty_picture_never_crashes_a_gate(axis: str) -> None:
    for value in (np.inf, np.nan, 0.0, -5.0):
        ask(axis, np.full((FRAMES, 90, 160, 3), value, np.float16), request_for())

"""A prompt's steps in time: read once, for the scene that is built and for the judge that looks."""

import numpy as np
import pytest

from farm.shots.request import Request
from functions.critics import CRITICS
from functions.critics.base import Finding, Take
from functions.critics.plates import Clip, Way, film
from functions.intent import steps_of
from functions.models.previz.compose import compose
from functions.models.previz.scene import Scene

SIZE, FRAMES = (160, 90), 16
ACROSS: Way = ((0.3, 0.66), (0.7, 0.66))
FALLS: Way = ((0.5, 0.2), (0.5, 0.7))


def request_for(prompt: str, move: str = "static") -> Request:
    return Request.model_validate(
        {"prompt": prompt, "frames": FRAMES, "rate": 24, "size": SIZE, "camera": {"moves": [move]}}
    )


def told(prompt: str) -> list[tuple[str, str, float, float]]:
    steps = steps_of(request_for(prompt))
    return [(s.said, s.kind, round(s.begins, 2), round(s.ends, 2)) for s in steps]


def test_what_one_does_happens_in_the_order_in_which_it_is_told() -> None:
    assert told("A woman enters a room, sees a spider, and drops her cup") == [
        ("woman enters", "enter", 0.0, 0.5),
        ("woman drops cup", "down", 0.5, 1.0),
    ]


def test_what_is_done_to_a_thing_comes_before_what_it_does() -> None:
    assert told("A red ball rolls into a courtyard, hits a stack of crates, and they topple") == [
        ("ball rolls", "travel", 0.0, 0.33),
        ("ball hits crates", "burst", 0.33, 0.67),
        ("crates topple", "burst", 0.67, 1.0),
    ]


def test_those_who_have_nothing_to_do_with_each_other_act_at_the_same_time() -> None:
    assert told("a man walks and a dog runs") == [
        ("man walks", "travel", 0.0, 1.0),
        ("dog runs", "travel", 0.0, 1.0),
    ]
    assert [row[2] for row in told("A robot walks in while a bird flies over")] == [0.0, 0.0]


def test_the_robot_is_the_robot_that_was_named_before() -> None:
    assert told("A robot walks through a hall, then the robot dances")[1] == (
        "robot dances",
        "stir",
        0.5,
        1.0,
    )


def test_states_are_no_steps() -> None:
    assert told("An old lighthouse stands on a cliff and a lamp glows") == []


def start_of(scene: Scene, verb: str) -> float:
    return next(act.start for body in scene.bodies for act in body.acts if act.verb == verb)


@pytest.mark.parametrize(
    ("prompt", "verb"),
    [
        ("A robot walks through a hall, then the robot dances", "dance"),
        ("A robot walks through a hall, then spins", "spin"),
        ("A dog runs across a meadow, then jumps", "hop"),
    ],
)
def test_the_scene_keeps_to_the_same_steps(prompt: str, verb: str) -> None:
    request = request_for(prompt)
    begins = steps_of(request)[1].begins * FRAMES / 24
    assert start_of(compose(request, 3), verb) == pytest.approx(begins)


def ball(way: Way, *, frames: int = FRAMES) -> Clip:
    return film("static", frames=frames, size=SIZE, ball=way)


def steps(clip: Clip, prompt: str, move: str = "static") -> Finding:
    finding = CRITICS.get("steps")(Take(name="t", clip=clip), request_for(prompt, move))
    assert finding
    return finding


def seen(finding: Finding) -> list[tuple[str, int | None]]:
    return [(row["happened"], row["frame"]) for row in finding.measured["steps"]]


def test_a_step_that_happens_is_seen_with_its_frame() -> None:
    finding = steps(ball(ACROSS), "a ball rolls")
    assert finding.score == 1
    assert seen(finding)[0][0] == "yes"
    assert steps(ball(FALLS), "a ball falls").score == 1
    assert steps(ball((FALLS[1], FALLS[0])), "a ball rises").score == 1


def test_a_step_that_does_not_happen_is_missed_and_said() -> None:
    finding = steps(film("static", frames=FRAMES, size=SIZE), "a ball rolls")
    assert finding.score == 0
    assert finding.said == "“ball rolls” is not seen: nothing moves"
    assert [edit["kind"] for edit in finding.edits] == ["new_seeds"]


def test_each_step_is_looked_for_in_its_own_time() -> None:
    """A ball that rolls and then stands: the second step, in the second half, does not happen."""
    rolls = ball(ACROSS, frames=8)
    clip = np.concatenate([rolls, np.repeat(rolls[-1:], 12, axis=0)])
    finding = steps(clip, "a ball rolls, then jumps")
    assert [happened for happened, _ in seen(finding)] == ["yes", "no"]
    assert finding.score == 0.5


def test_an_entrance_begins_at_the_edge_and_an_exit_ends_there() -> None:
    assert seen(steps(ball(((-0.1, 0.6), (0.5, 0.6))), "a ball enters"))[0][0] == "yes"
    assert seen(steps(ball(((0.5, 0.6), (1.2, 0.6))), "a ball exits"))[0][0] == "yes"
    assert seen(steps(ball(ACROSS), "a ball enters"))[0][0] == "unclear"


@pytest.mark.parametrize("move", ["dolly_in", "truck_right", "crane_up", "zoom_in", "pan_right"])
def test_a_step_is_seen_or_missed_before_a_camera_that_moves_too(move: str) -> None:
    rolls = film(move, frames=FRAMES, size=SIZE, ball=True)
    assert seen(steps(rolls, "a ball rolls", move))[0][0] == "yes"
    finding = steps(film(move, frames=FRAMES, size=SIZE), "a paper plane flies", move)
    assert finding.score == 0
    assert "“paper plane flies” is not seen: nothing moves" in finding.said


def test_what_may_be_parallax_or_motion_is_unclear_and_does_not_count() -> None:
    """A quick orbit covers and uncovers much at its edges, and no flow follows that."""
    round_it = film("orbit_left", frames=FRAMES, size=SIZE, amount=2)
    finding = steps(round_it, "a plane flies", "orbit_left")
    assert seen(finding) == [("unclear", None)]
    assert not finding.weighs


def test_what_moves_in_its_place_may_be_lost_before_a_camera_that_travels() -> None:
    clip = film("dolly_in", frames=FRAMES, size=SIZE)
    finding = steps(clip, "an astronaut floats above a planet", "dolly_in")
    assert seen(finding) == [("unclear", None)]
    assert not finding.weighs
    assert steps(clip, "a paper plane flies", "dolly_in").score == 0


def test_a_plain_round_thing_that_turns_is_not_called_frozen() -> None:
    clip = film("static", frames=FRAMES, size=SIZE)
    take, request = Take(name="t", clip=clip), request_for("a blue sphere spins")
    frozen = CRITICS.get("frozen")(take, request)
    assert not frozen.broken
    assert "its turning does not show" in frozen.said
    assert CRITICS.get("motion")(take, request).score == 1
    assert CRITICS.get("frozen")(take, request_for("a blue sphere rolls")).broken

"""Metrics mark down what is wrong, leave alone what is right, and propose what would mend it."""

from functools import cache, lru_cache

import numpy as np
import pytest

from farm.shots.request import Request
from functions.critics import CRITICS, METRICS
from functions.critics.base import Finding, Take
from functions.critics.faults import FAULTS, blur, burn, grain
from functions.critics.plates import Clip, film

SIZE = (240, 136)
FRAMES = 16
GOOD = 0.75


def request_for(*moves: str, prompt: str = "a courtyard", **fields: object) -> Request:
    return Request.model_validate(
        {"prompt": prompt, "frames": FRAMES, "rate": 24, "size": SIZE}
        | {"camera": {"moves": list(moves)}}
        | fields
    )


@cache
def filmed(*moves: str, **options: float) -> Clip:
    return film(*moves, frames=FRAMES, size=SIZE, **options)


def clip_of(*moves: str, **options: float) -> Clip:
    return filmed(*moves, **options).copy()


@lru_cache(maxsize=4)
def seen(*moves: str, **options: float) -> Take:
    """Show the film as it is: what critics measure of it is measured once for all tests."""
    return Take(name="t01", clip=filmed(*moves, **options))


def ask(axis: str, shown: Take | Clip, request: Request) -> Finding:
    take = shown if isinstance(shown, Take) else Take(name="t01", clip=shown)
    finding = CRITICS.get(axis)(take, request)
    assert finding
    return finding


def score(axis: str, shown: Take | Clip, request: Request) -> float:
    return ask(axis, shown, request).score


@pytest.mark.parametrize("name", [name for name, f in FAULTS.items() if f.axis in METRICS])
def test_a_plain_fault_is_marked_down_by_its_own_metric(name: str) -> None:
    fault, request = FAULTS[name], request_for("pan_right")
    assert score(fault.axis, seen("pan_right"), request) > GOOD
    clean = clip_of("pan_right")
    assert score(fault.axis, fault.plant(clean, fault.strengths[-1]), request) < 0.5


@pytest.mark.parametrize("name", [name for name, f in FAULTS.items() if f.axis in METRICS])
def test_a_stronger_fault_never_scores_better(name: str) -> None:
    fault, request = FAULTS[name], request_for("pan_right")
    clean = clip_of("pan_right")
    scores = [score(fault.axis, fault.plant(clean, s), request) for s in fault.strengths]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ("pan_left", "pan_right"), ("dolly_in", "zoom_in"), ("zoom_in", "dolly_in"),
        ("truck_right", "pan_right"), ("pan_right", "truck_right"), ("static", "handheld"),
        ("orbit_left", "orbit_right"), ("crane_up", "crane_down"), ("dolly_zoom", "zoom_in"),
    ],
)  # fmt: skip
def test_another_move_than_the_one_asked_for_is_marked_down(asked: str, made: str) -> None:
    assert score("camera", seen(asked), request_for(asked)) > GOOD
    assert score("camera", seen(made), request_for(asked)) < GOOD


def test_two_moves_at_once_are_both_looked_for() -> None:
    request = request_for("pan_left", "tilt_up")
    both = score("camera", seen("pan_left", "tilt_up"), request)
    one = score("camera", seen("pan_left"), request)
    assert both > 0.9
    assert one < 0.6


def test_a_camera_too_fast_to_follow_is_slowed() -> None:
    finding = ask("motion", clip_of("pan_right", amount=4), request_for("pan_right"))
    assert finding.score < GOOD
    (edit,) = finding.edits
    assert edit["kind"] == "slow_camera"
    assert 0.2 < float(str(edit["factor"])) < 0.6


def test_fast_is_allowed_where_it_was_asked_for() -> None:
    fast = request_for(camera={"moves": ["pan_right"], "speed": "fast"})
    assert score("motion", clip_of("pan_right", amount=3), fast) == 1


@pytest.mark.parametrize(("stops", "sign"), [(4, -1), (-4, 1)])
def test_light_that_does_not_suit_the_words_is_corrected(stops: float, sign: int) -> None:
    finding = ask("exposure", burn(clip_of("static"), stops), request_for("static"))
    (edit,) = finding.edits
    assert edit["kind"] == "change_exposure"
    assert np.sign(float(str(edit["stops"]))) == sign


def test_night_may_be_dark_and_day_may_not() -> None:
    dark = burn(clip_of("static"), -3)
    assert score("exposure", dark, request_for("static", prompt="a courtyard at night")) > 0.9
    assert score("exposure", dark, request_for("static", prompt="a sunny courtyard")) < 0.5


def _silhouette() -> Clip:
    """A dark sea below a bright sky, as at dusk: the middle is light, and the shadows are not."""
    clip = clip_of("pan_right")
    clip[:, :80] = clip[:, :80] * np.float16(0.05) + np.float16(1.1)
    clip[:, 80:] *= np.float16(0.3)
    return clip


def test_a_bright_sky_behind_something_dark_is_no_picture_that_is_too_light() -> None:
    dusk = request_for("pan_right", prompt="a boat at dusk")
    assert score("exposure", _silhouette(), dusk) == 1
    lifted = _silhouette()
    lifted[:, 80:] += np.float16(0.9)
    finding = ask("exposure", lifted, dusk)
    assert finding.score < GOOD
    assert [edit["kind"] for edit in finding.edits] == ["change_exposure"]
    assert finding.edits[0]["stops"] < 0


def test_snow_may_be_lighter_than_a_plain_day() -> None:
    light = burn(clip_of("pan_right"), 3)
    assert score("exposure", light, request_for("pan_right", prompt="a field of snow")) == 1
    assert score("exposure", light, request_for("pan_right")) < GOOD


def test_parallax_counts_for_less_where_something_acts() -> None:
    travels = seen("truck_right")
    still = score("camera", travels, request_for("pan_right"))
    acts = score("camera", travels, request_for("pan_right", prompt="a boat sails by"))
    assert still < acts < 1


def test_what_speaks_against_a_move_is_said() -> None:
    zoom = ask("camera", seen("zoom_in"), request_for("dolly_in"))
    assert zoom.said.endswith("but near and far move alike, as if the camera stood")
    other = ask("camera", seen("pan_right", "tilt_up"), request_for("pan_right"))
    assert "besides it there is a tilt of" in other.said


def test_noise_cannot_buy_sharpness() -> None:
    request, clean = request_for("pan_right"), clip_of("pan_right")
    soft = blur(clean, 2)
    measured = [
        ask("sharpness", clip, request).measured["fine_over_coarse"]
        for clip in (clean, soft, grain(soft, 0.3))
    ]
    sharp, blurred, noisy = (float(str(value)) for value in measured)
    assert blurred < 0.5 * sharp
    assert noisy < 0.6 * sharp


def test_a_shallow_focus_is_no_fault() -> None:
    clip = clip_of("static")
    soft = blur(clip, 3)
    soft[:, 40:110, 80:180] = clip[:, 40:110, 80:180]
    assert score("sharpness", soft, request_for("static")) > GOOD


def test_a_subject_that_leaves_the_picture_is_noticed() -> None:
    rolls = request_for("static", prompt="a ball rolls")
    stays = seen("static", ball=True)
    assert score("subject", stays, rolls) == 1
    leaves = clip_of("static")
    for frame in range(FRAMES):
        leaves[frame, 80:104, 120 + 10 * frame : 144 + 10 * frame] = (0.9, 0.2, 0.1)
    assert score("subject", leaves, rolls) < GOOD


@pytest.mark.parametrize("move", ["dolly_out", "truck_right", "crane_up", "zoom_in"])
def test_a_subject_that_leaves_is_noticed_before_a_camera_that_moves(move: str) -> None:
    rolls = request_for(move, prompt="a ball rolls")
    stays = film(move, frames=FRAMES, size=SIZE, ball=((0.35, 0.6), (0.65, 0.5)))
    leaves = film(move, frames=FRAMES, size=SIZE, ball=((0.35, 0.6), (1.6, 0.6)))
    assert score("subject", stays, rolls) > 0.9
    assert score("subject", leaves, rolls) < GOOD


def test_who_is_last_seen_short_of_the_edge_and_went_evenly_towards_it_has_left() -> None:
    leaves = film("crane_up", frames=18, size=(192, 108), ball=((0.35, 0.6), (1.66, 0.6)))
    finding = ask("subject", leaves, request_for("crane_up", prompt="a ball rolls", frames=18))
    assert finding.score < 0.6
    assert finding.measured["share_cut_or_gone"] == 0.5


def test_a_subject_at_the_edge_from_the_first_frame_is_no_scenery() -> None:
    edge = film("static", frames=FRAMES, size=SIZE, ball=((0.0, 0.5), (0.03, 0.6)))
    finding = ask("subject", edge, request_for("static", prompt="a ball rolls"))
    assert finding.score < 0.5
    assert finding.said.startswith("the subject is cut off in")


def test_who_is_to_enter_may_begin_outside_and_who_is_to_leave_may_end_there() -> None:
    comes = film("static", frames=FRAMES, size=SIZE, ball=((-0.2, 0.6), (0.5, 0.6)))
    assert score("subject", comes, request_for("static", prompt="a ball enters and rolls")) == 1
    goes = film("static", frames=FRAMES, size=SIZE, ball=((0.5, 0.6), (1.2, 0.6)))
    assert score("subject", goes, request_for("static", prompt="a ball rolls, then exits")) == 1


@pytest.mark.parametrize("ball", [False, True])
def test_a_crane_that_keeps_its_subject_is_known_by_what_is_near_and_not_by_its_tilt(
    ball: bool,
) -> None:
    up = seen("crane_up", "tilt_down", ball=ball)
    down = seen("crane_down", "tilt_up", ball=ball)
    for right, wrong, move in ((up, down, "crane_up"), (down, up, "crane_down")):
        asked = request_for(move, prompt="dancers spin")
        assert score("camera", right, asked) > GOOD
        against = ask("camera", wrong, asked)
        assert against.score == 0
        assert against.said.endswith("the camera goes the other way")


def test_an_orbit_is_not_told_by_what_acts_before_it() -> None:
    """A ball that rolls across makes shear of its own; the camera still turns against its way."""
    against = film("orbit_right", frames=FRAMES, size=SIZE, ball=((0.9, 0.8), (0.1, 0.8)))
    finding = ask("camera", against, request_for("orbit_left", prompt="a ball rolls"))
    assert finding.score == 0
    assert finding.said == "an orbit left was asked for, and the camera goes the other way"


def test_a_path_is_followed_or_not() -> None:
    clip = seen("static", ball=True)
    there = [[0.3, 0.66], [0.5, 0.66], [0.7, 0.66]]
    marks = {"along": there, "against": there[::-1], "elsewhere": [[0.3, 0.2], [0.7, 0.1]]}
    scores = {
        name: score("annotations", clip, _marked({"path": path, "guides": "subject"}))
        for name, path in marks.items()
    }
    assert scores["along"] > 0.8
    assert scores["against"] < 0.3
    assert scores["elsewhere"] < 0.3


def test_an_arrow_for_the_camera_is_followed_or_not() -> None:
    clip = seen("pan_right")
    right, left = [[0.2, 0.5], [0.8, 0.5]], [[0.8, 0.5], [0.2, 0.5]]
    assert score("annotations", clip, _marked({"arrow": right, "guides": "camera"})) > 0.9
    assert score("annotations", clip, _marked({"arrow": left, "guides": "camera"})) == 0


def test_a_region_moves_or_not() -> None:
    clip = seen("static", ball=True)
    assert score("annotations", clip, _marked({"region": [[0.3, 0.5], [0.7, 0.9]]})) > 0.9
    assert score("annotations", clip, _marked({"region": [[0.0, 0.0], [0.4, 0.3]]})) < 0.1


@pytest.mark.parametrize("move", ["dolly_in", "truck_right", "crane_up"])
def test_the_parallax_of_a_camera_that_travels_is_no_motion_in_a_region(move: str) -> None:
    clip = seen(move, ball=True)
    where, elsewhere = (
        request_for(move, prompt="a ball rolls", annotations=[{"frame": 0, "region": region}])
        for region in ([[0.3, 0.5], [0.7, 0.9]], [[0.1, 0.1], [0.9, 0.45]])
    )
    assert score("annotations", clip, where) > 0.9
    assert score("annotations", clip, elsewhere) < 0.3


def _marked(mark: dict[str, object]) -> Request:
    return request_for("static", prompt="a ball rolls", annotations=[{"frame": 0} | mark])


@pytest.mark.parametrize("axis", METRICS)
@pytest.mark.parametrize("frames", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [(16, 9), (9, 160), (3, 3)])
def test_any_short_or_small_take_is_judged_without_a_crash(
    axis: str, frames: int, size: tuple[int, int]
) -> None:
    dice = np.random.default_rng(0)
    clip = dice.random((frames, size[1], size[0], 3)).astype(np.float16)
    request = _marked({"path": [[0.1, 0.1], [0.9, 0.9]]})
    finding = CRITICS.get(axis)(Take(name="t01", clip=clip), request)
    assert finding is None or 0 <= finding.score <= 1

"""All faults of a list are told at once; defaults, names, lengths and continuity hold together."""

import pickle

import pytest

from farm.errors import FarmError, SpecError
from farm.frames import Rate
from farm.shots.faults import MOST_FAULTS, Fault, ListFaults
from farm.shots.load import load_shot_list

HEAD = "show: aurora\nshots:\n  - shot: a\n    prompt: a ball\n"


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "list.yaml"
        path.write_text(text)
        return load_shot_list(path)

    return load


@pytest.fixture
def faults_of(load):
    def faults_of(text):
        with pytest.raises(ListFaults) as caught:
            load(text)
        return caught.value.faults

    return faults_of


def test_every_fault_is_told_at_once_in_the_order_of_the_file(faults_of):
    faults = faults_of(
        "show: aur ora\n"
        "defaults: {takes: many}\n"
        "shots:\n"
        "  - {shot: a, prompt: 7, duration: 5}\n"
        "  - {shot: b, prompt: ok, duration: 1s, continues: c, loop: yes}\n"
        "  - {shot: c, prompt: ok, duration: 1s, continues: b, annotations: [{frame: 1}]}\n"
        "delivery: {resolution: huge}\n"
        "buget: {}\n"
    )
    assert [(f.line, f.path) for f in faults] == [
        (1, "show"),
        (2, "defaults.takes"),
        (4, "a.prompt"),
        (4, "a.duration"),
        (5, "b.continues"),
        (5, "b.loop"),
        (6, "c.annotations[0]"),
        (6, "c.annotations[0].frame"),
        (7, "delivery.resolution"),
        (8, "buget"),
    ]


def test_a_fault_prints_as_a_place_a_path_a_problem_and_a_hint(faults_of, tmp_path):
    fault = faults_of(f"{HEAD}    duration: 5\n")[0]
    where = f"{tmp_path}/list.yaml:5:15"
    assert str(fault) == f"{where}  a.duration: 5 has no unit\n  hint: write it as 5s"


def test_a_refusal_is_a_farm_error_that_travels(faults_of, load):
    with pytest.raises(SpecError) as caught:
        load(f"{HEAD}    duration: 5\n")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # made one line above
    assert isinstance(copy, FarmError)
    assert copy.faults == caught.value.faults
    assert str(copy) == str(caught.value)


def test_a_list_of_nothing_but_faults_ends_after_the_first_few_hundred(faults_of):
    rows = "".join(f"  - {{shot: s{i}, prompt: 7}}\n" for i in range(500))
    assert len(faults_of("show: a\nshots:\n" + rows)) == MOST_FAULTS


def test_what_is_missing_at_the_top_is_named(faults_of):
    assert [(f.path, f.problem) for f in faults_of("delivery: {}\n")] == [
        ("shots", "is missing"),
        ("show", "is missing"),
    ]


@pytest.mark.parametrize("shots", ["[]", "{}", "three"])
def test_a_list_without_shots_is_refused(faults_of, shots):
    assert faults_of(f"show: a\nshots: {shots}\n")[0].problem == "is not a list of shots"


def test_a_shot_that_is_no_mapping_is_refused(faults_of):
    fault = faults_of(f"{HEAD}    duration: 1s\n  - 12\n")[0]
    assert (fault.line, fault.column, fault.path) == (6, 5, "shots[1]")


def test_two_shots_of_one_name_are_refused_even_in_other_capitals(faults_of):
    text = f"{HEAD}    duration: 1s\n  - {{shot: A, prompt: b, duration: 1s}}\n"
    fault = faults_of(text)[0]
    assert (fault.line, fault.column) == (6, 12)
    assert fault.problem == "there is another shot 'a'"
    assert "line 3" in fault.hint


@pytest.mark.parametrize("name", ["1st", "a-b", "a/b", "..", "é", "x" * 65])
def test_a_name_that_no_file_should_carry_is_refused(faults_of, name):
    fault = faults_of(f"show: a\nshots:\n  - {{shot: {name}, prompt: b, duration: 1s}}\n")[0]
    assert fault.path == f"{name}.shot"
    assert fault.problem.endswith("is not a name")


def test_a_shot_says_its_length_once(faults_of):
    neither = faults_of(HEAD)[0]
    assert (neither.line, neither.column, neither.path) == (3, 5, "a")
    assert neither.hint == "add duration: 5s, or frames: 1001-1120"
    both = faults_of(f"{HEAD}    duration: 1s\n    frames: 1001-1024\n")[0]
    assert (both.line, both.column, both.path) == (6, 13, "a.frames")


def test_an_edit_takes_its_length_from_the_plate(load, tmp_path):
    (tmp_path / "plate.mov").write_bytes(b"")
    assert load(f"{HEAD}    edit: {{plate: plate.mov}}\n").shots[0].duration is None


def test_a_shot_of_more_than_an_hour_is_refused(faults_of):
    fault = faults_of(f"{HEAD}    frames: 1001-999999\n")[0]
    assert fault.problem == "998,999 frames are more than an hour"


def test_keyframes_lie_in_the_shot_one_a_frame(faults_of, tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    faults = faults_of(
        f"{HEAD}    frames: 1001-1010\n    keyframes:\n"
        "      - {frame: 1011, image: a.png}\n"
        "      - {frame: 1010, image: a.png}\n"
        "      - {frame: last, image: a.png}\n"
    )
    assert [(f.line, f.column, f.problem) for f in faults] == [
        (7, 17, "1011 lies outside the shot, 1001-1010"),
        (9, 17, "frame 1010 has a keyframe already"),
    ]


def test_continuity_that_goes_in_a_circle_is_refused_once(faults_of):
    rows = "".join(
        f"  - {{shot: {a}, prompt: p, duration: 1s, continues: {b}}}\n"
        for a, b in (("a", "c"), ("b", "a"), ("c", "b"), ("d", "a"))
    )
    faults = faults_of("show: x\nshots:\n" + rows)
    assert [(f.line, f.column, f.problem) for f in faults] == [
        (3, 51, "goes round in a circle: a > c > b > a")
    ]


def test_a_shot_continues_only_what_has_its_rate_and_aspect(faults_of):
    faults = faults_of(
        f"{HEAD}    duration: 1s\n"
        "  - {shot: b, prompt: p, duration: 1s, rate: 25, aspect: 1:1, continues: a}\n"
    )
    assert [f.problem for f in faults] == [
        "a has aspect 16:9, this shot has 1:1",
        "a has rate 24, this shot has 25",
    ]


@pytest.mark.parametrize(
    ("text", "column", "path"),
    [
        ("delivery: {resolution: 1080}", 24, "delivery.resolution"),
        ("delivery: {resolution: 9000x9000}", 24, "delivery.resolution"),
        ("delivery: {handles: -1}", 21, "delivery.handles"),
        ("delivery: {exr: {compression: dwa}}", 31, "delivery.exr.compression"),
        ("delivery: {exr: {container: st2065-4}}", 29, "delivery.exr.container"),
        ("delivery: {movies: review}", 20, "delivery.movies"),
        ("delivery: {movies: [review, review]}", 29, "delivery.movies[1]"),
        ("delivery: 4k", 11, "delivery"),
        ("budget: 250", 9, "budget"),
        ("budget: {usd: -1}", 15, "budget.usd"),
        ("budget: {usd: 5, on_cap: stop}", 26, "budget.on_cap"),
        ("characters: [hero]", 13, "characters"),
        ("characters: {hero: {}}", 20, "characters.hero.description"),
        ("characters: {9: {description: a}}", 14, "characters.9"),
        ("defaults: {shot: a}", 12, "defaults.shot"),
        ("defaults: {cmera: {}}", 12, "defaults.cmera"),
        ("defaults: 3", 11, "defaults"),
    ],
)
def test_a_faulty_part_of_the_list_is_named_at_its_place(faults_of, text, column, path):
    fault = faults_of(f"{HEAD}    duration: 1s\n{text}\n")[0]
    assert (fault.line, fault.column, fault.path) == (6, column, path)


def test_a_faulty_default_is_told_once_and_not_in_every_shot(faults_of):
    rows = "".join(f"  - {{shot: s{i}, prompt: p, duration: 1s}}\n" for i in range(9))
    faults = faults_of(f"show: a\ndefaults: {{takes: 99}}\nshots:\n{rows}")
    assert [f.path for f in faults] == ["defaults.takes"]


def test_defaults_merge_field_by_field_and_the_shots_own_value_wins(load):
    listed = load(
        "show: a\n"
        "defaults:\n"
        "  rate: 24000/1001\n"
        "  duration: 2s\n"
        "  camera: {focal_length: 50mm, moves: [pan_left]}\n"
        "shots:\n"
        "  - {shot: a, prompt: p, camera: {moves: [tilt_up]}}\n"
        "  - {shot: b, prompt: p, frames: 1-10, rate: 25}\n"
        "  - {shot: c, prompt: p, camera: ~}\n"
    )
    a, b, c = listed.shots
    assert (a.camera.moves, a.camera.focal_length) == (("tilt_up",), 50.0)
    assert (a.rate, b.rate) == (Rate.parse("24000/1001"), Rate.parse(25))
    assert (a.duration, b.duration) == (2.0, None)
    assert c.camera.focal_length == 35.0


def test_braces_in_a_text_name_something_or_are_doubled(faults_of, load):
    fault = faults_of("show: x\nshots:\n  - {shot: a, prompt: 'a {bal}', duration: 1s}\n")[0]
    assert (fault.line, fault.column, fault.path) == (3, 23, "a.prompt")
    assert fault.problem == "nothing is known of {bal}"
    alone = faults_of("show: x\nshots:\n  - {shot: a, prompt: 'a { b', duration: 1s}\n")[0]
    assert (alone.problem, alone.hint) == ("a { stands alone", "write {{ for the brace itself")
    text = "show: x\nshots:\n  - {shot: a, prompt: '{show} {{{shot}}}', duration: 1s}\n"
    assert load(text).shots[0].prompt == "x {a}"


def test_a_later_complaint_finds_its_place(load):
    listed = load(f"{HEAD}    duration: 1s\n    camera: {{moves: [pan_left, tilt_up]}}\n")
    shot = listed.shots[0]
    path = str(listed.source)
    assert listed.fault(shot, "camera.moves[1]", "no", "yes") == Fault(
        path, 6, 32, "a.camera.moves[1]", "no", "yes"
    )
    assert listed.fault(shot, "loop", "no").line == 3
    assert listed.fault(shot, "", "no").path == "a"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("takes: 4", "under defaults: takes: ..."),
        ("camera: {moves: [static]}", "under defaults: camera: ..."),
        ("resolution: 4k", "write delivery: {resolution: ...}"),
        ("usd: 5", "write budget: {usd: ...}"),
        ("budget: 5", "write it as {usd: 5}"),
        ("delivery: 4k", "write it as {resolution: 4k}"),
        ("cut: [a]", "write it as {shots: ...}"),
        ('characters: {hero: "a clown, tired"}', "write it as {description: 'a clown, tired'}"),
    ],
)
def test_what_stands_in_the_wrong_place_is_told_where_it_belongs(faults_of, text, hint):
    faults = faults_of(f"{HEAD}    duration: 1s\n{text}\n")
    assert [hint in fault.hint for fault in faults] == [True]


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("extend: 4s", "write it as {to: 4s}"),
        ("aspect: 16x9", "the nearest is 16:9"),
        ("judge: true", "write it as {accept: ...}"),
    ],
)
def test_a_field_written_another_way_is_told_how_it_is_written_here(faults_of, field, hint):
    assert [f.hint for f in faults_of(f"{HEAD}    duration: 1s\n    {field}\n")] == [hint]


def test_a_count_of_frames_is_told_the_range_that_it_means(faults_of):
    assert [f.hint for f in faults_of(f"{HEAD}    frames: 48\n")] == ["write it as 1001-1048"]


def test_shots_by_name_are_told_to_be_a_list(faults_of):
    fault = faults_of("show: a\nshots:\n  intro: {prompt: a ball, duration: 1s}\n")[0]
    assert fault.hint == "write at least one: - shot: intro"


def test_a_wrong_move_is_one_fault_and_not_also_a_list_without_moves(faults_of):
    faults = faults_of(f"{HEAD}    duration: 1s\n    camera: {{moves: [doly_in]}}\n")
    assert [(f.path, f.hint) for f in faults] == [("a.camera.moves[0]", "did you mean dolly_in?")]
    empty = faults_of(f"{HEAD}    duration: 1s\n    camera: {{moves: []}}\n")
    assert [f.problem for f in empty] == ["has 0 items"]

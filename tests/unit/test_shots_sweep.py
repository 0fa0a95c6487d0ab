"""A sweep makes every combination, named for files, and refuses what makes no sense."""

import pytest

from farm.shots.faults import ListFaults
from farm.shots.load import load_shot_list
from farm.shots.request import request_for
from farm.shots.sweep import slug

SHOTS = """\
show: aurora
shots:
  - shot: a
    prompt: "a can of {product}"
    duration: 1s
    camera: {focal_length: 50mm}
"""


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


def test_a_sweep_makes_every_combination_but_the_excluded_and_adds_the_included(load):
    listed = load(
        SHOTS + "sweep:\n"
        "  matrix: {product: [tonic, cola], aspect: [16:9, 9:16]}\n"
        "  exclude: [{product: cola, aspect: 9:16}]\n"
        "  include: [{product: water, aspect: 1:1}]\n"
    )
    assert [(s.variant, s.prompt, s.aspect) for s in listed.shots] == [
        ("tonic_16x9", "a can of tonic", "16:9"),
        ("tonic_9x16", "a can of tonic", "9:16"),
        ("cola_16x9", "a can of cola", "16:9"),
        ("water_1x1", "a can of water", "1:1"),
    ]


def test_a_sweep_of_included_cells_alone_works(load):
    listed = load(SHOTS + "sweep: {include: [{product: tonic}, {product: cola}]}\n")
    assert [s.prompt for s in listed.shots] == ["a can of tonic", "a can of cola"]


def test_an_axis_may_be_a_whole_field_and_lies_over_the_shots_own(load):
    listed = load(
        SHOTS.replace("{product}", "tonic")
        + "sweep: {matrix: {camera: [{moves: [pan_left]}, {moves: [tilt_up]}], takes: [2, 8]}}\n"
    )
    assert [
        (s.variant, s.camera.moves, s.camera.focal_length, s.takes.max) for s in listed.shots
    ] == [
        ("moves_pan_left_2", ("pan_left",), 50.0, 2),
        ("moves_pan_left_8", ("pan_left",), 50.0, 8),
        ("moves_tilt_up_2", ("tilt_up",), 50.0, 2),
        ("moves_tilt_up_8", ("tilt_up",), 50.0, 8),
    ]


def test_an_axis_value_may_itself_name_another_axis(load):
    listed = load(
        SHOTS + "sweep: {matrix: {prompt: ['one {product}', 'two'], product: [tonic, cola]}}\n"
    )
    assert [s.prompt for s in listed.shots] == ["one tonic", "one cola", "two", "two"]


def test_numbers_are_filled_as_they_were_written(load):
    listed = load(SHOTS + "sweep: {matrix: {product: [0.50, 007, true]}}\n")
    assert [s.prompt[9:] for s in listed.shots] == ["0.50", "007", "true"]


def test_units_and_characters_are_filled_too(load):
    listed = load(
        "show: x\n"
        "characters: {can: {description: 'a {product} can'}}\n"
        "shots: [{shot: a, prompt: p, duration: '{long}s', characters: [can]}]\n"
        "sweep: {matrix: {product: [tonic, cola], long: [1, 2]}}\n"
    )
    assert [s.duration for s in listed.shots] == [1.0, 2.0, 1.0, 2.0]
    requests = [request_for(s, listed, draft_box=(480, 270)) for s in listed.shots]
    assert requests[0].cast == (("can", "a tonic can"),)
    assert requests[3].cast == (("can", "a cola can"),)
    assert [r.frames for r in requests] == [24, 48, 24, 48]


def test_what_a_sweep_does_not_touch_is_shared(load):
    one, other = load(SHOTS + "sweep: {matrix: {product: [tonic, cola]}}\n").shots
    assert one.camera is other.camera


@pytest.mark.parametrize(
    ("sweep", "column", "path", "problem"),
    [
        ("{matrix: {product: [a, a]}}", 31, "sweep.matrix.product[1]", "'a' is there twice"),
        (
            "{matrix: {product: [a], colour: [red]}}",
            32,
            "sweep.matrix.colour",
            "is no field of a shot, and no text uses it",
        ),
        (
            "{matrix: {product: [a], aspekt: [16:9]}}",
            32,
            "sweep.matrix.aspekt",
            "is no field of a shot, and no text uses it",
        ),
        ("{matrix: {product: [a], shot: [b]}}", 32, "sweep.matrix.shot", "is not an axis"),
        ("{matrix: {product: []}}", 27, "sweep.matrix.product", "has 0 items"),
        ("{matrix: {product: a}}", 27, "sweep.matrix.product", "'a' stands where a list is meant"),
        ("{matrix: {product: [{a: 1}]}}", 28, "sweep.matrix.product[0]", "a mapping is not a word"),
        ("{matrix: {product: [~]}}", 28, "sweep.matrix.product[0]", "nothing is not a word"),
        ("{matrix: {product: [a], aspect: [16:9, 5:4]}}", 47, "a.aspect", "there is no '5:4' here"),
        ("{matrix: {product: [a], takes: [1, x]}}", 43, "a.takes", "'x' is not a whole number"),
        (
            "{matrix: {product: [a]}, exclude: [{produkt: a}]}",
            44,
            "sweep.exclude[0].produkt",
            "is not an axis of the matrix",
        ),
        (
            "{matrix: {product: [a]}, exclude: [{product: b}]}",
            53,
            "sweep.exclude[0].product",
            "'b' is not a value of product",
        ),
        ("{matrix: {product: [a]}, exclude: [{}]}", 43, "sweep.exclude[0]", "excludes everything"),
        ("{matrix: {product: [a]}, exclude: [{product: a}]}", 8, "sweep", "leaves no cell"),
        (
            "{include: [{product: a}], exclude: [{product: a}]}",
            43,
            "sweep.exclude",
            "there is no matrix to exclude from",
        ),
        (
            "{matrix: {product: [a], takes: [1]}, include: [{product: b}]}",
            55,
            "sweep.include[0]",
            "says nothing of takes",
        ),
        (
            "{matrix: {product: [a]}, include: [{product: b, size: 3}]}",
            56,
            "sweep.include[0].size",
            "is not an axis of the sweep",
        ),
        (
            "{matrix: {product: [a]}, include: [{product: a}]}",
            8,
            "sweep",
            "the cell 'a' is there twice",
        ),
        ("{axes: {product: [a]}}", 9, "sweep.axes", "there is no such field"),
        ("{}", 8, "sweep", "leaves no cell"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused_at_its_place(
    faults_of, sweep, column, path, problem
):
    found = {(f.line, f.column, f.path): f.problem for f in faults_of(f"{SHOTS}sweep: {sweep}\n")}
    assert found[7, column, path] == problem


def test_a_sweep_that_explodes_is_refused_without_expanding_it(faults_of):
    axes = ", ".join(f"a{i}: [1, 2, 3]" for i in range(16))
    text = SHOTS.replace("{product}", "".join(f"{{a{i}}}" for i in range(16)))
    fault = faults_of(f"{text}sweep: {{matrix: {{{axes}}}}}\n")[0]
    assert fault.problem == "has 43,046,721 cells; the most is 50,000"


def test_shots_times_cells_are_bounded_too(faults_of):
    rows = "".join(f"  - {{shot: s{i}, prompt: '{{n}}', duration: 1s}}\n" for i in range(300))
    numbers = ", ".join(str(n) for n in range(200))
    fault = faults_of(f"show: x\nshots:\n{rows}sweep: {{matrix: {{n: [{numbers}]}}}}\n")[0]
    assert fault.problem == "300 shots in 200 cells are too many"


def test_continuity_holds_within_a_variant(load):
    text = SHOTS + "  - {shot: b, prompt: p, duration: 1s, continues: a}\n"
    listed = load(text + "sweep: {matrix: {product: [tonic, cola], aspect: [16:9, 1:1]}}\n")
    assert len(listed.shots) == 8


def test_a_later_complaint_about_a_swept_field_finds_the_axis(load):
    listed = load(SHOTS + "sweep: {matrix: {product: [a], aspect: [16:9, 9:16]}}\n")
    fault = listed.fault(listed.shots[1], "aspect", "too tall")
    assert (fault.line, fault.column, fault.path) == (7, 47, "a.aspect")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("9:16", "9x16"),
        ("2.39:1", "2_39x1"),
        ("Café Noir!", "Cafe_Noir"),
        ("日本", ""),
        ("../x", "x"),
    ],
)
def test_a_value_becomes_a_name_that_a_file_can_carry(value, name):
    assert slug(value) == name


def test_values_that_make_no_name_are_numbered(load):
    listed = load(SHOTS + "sweep: {matrix: {product: [日本, 한국, 'a b', 'a_b']}}\n")
    assert [s.variant for s in listed.shots] == ["product1", "product2", "a_b", "product4"]

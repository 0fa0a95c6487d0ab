"""What YAML does to the unwary: each trap is refused at its place, or just works."""

import os
import time

import pytest

from farm.shots.faults import ListFaults
from farm.shots.load import load_shot_list
from farm.shots.source import MOST_BYTES

HEAD = "show: aurora\nshots:\n"
SHOT = "  - {shot: a, prompt: a ball, duration: 1s}\n"


@pytest.fixture
def load(tmp_path):
    def load(raw):
        path = tmp_path / "list.yaml"
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
        return load_shot_list(path)

    return load


@pytest.fixture
def first_fault(load):
    def first_fault(raw):
        with pytest.raises(ListFaults) as caught:
            load(raw)
        return caught.value.faults[0]

    return first_fault


def place(fault):
    return (fault.line, fault.column)


def shot_with(field):
    return f"{HEAD}  - shot: a\n    prompt: a ball\n    duration: 1s\n    {field}\n"


def test_anchors_and_aliases_work(load):
    text = f"{HEAD}  - {{shot: a, prompt: &p a ball, duration: &d 1s}}\n"
    listed = load(text + "  - {shot: b, prompt: *p, duration: *d}\n")
    assert [shot.prompt for shot in listed.shots] == ["a ball", "a ball"]


def test_merge_keys_work_and_own_fields_win(load):
    listed = load(
        f"{HEAD}  - &base {{shot: a, prompt: a ball, duration: 1s, takes: 2}}\n"
        "  - {<<: *base, shot: b, takes: 3}\n"
        "  - {<<: [{takes: 5}, *base], shot: c}\n"
    )
    assert [(s.shot, s.prompt, s.takes.max) for s in listed.shots] == [
        ("a", "a ball", 2),
        ("b", "a ball", 3),
        ("c", "a ball", 5),
    ]


def test_a_merge_of_no_mapping_is_refused(first_fault):
    fault = first_fault(f"{HEAD}  - <<: 3\n    shot: a\n    prompt: b\n    duration: 1s\n")
    assert place(fault) == (3, 9)
    assert fault.problem == "<< takes a mapping, or a list of mappings"


def test_a_field_written_twice_is_refused_at_the_second_place(first_fault):
    fault = first_fault(shot_with("duration: 2s"))
    assert place(fault) == (6, 5)
    assert fault.problem == "the field 'duration' is written twice"
    assert "line 5" in fault.hint


def test_aliases_that_explode_are_refused_at_once(first_fault):
    nine = ", ".join(["*x"] * 9)
    pair = "".join(f"b{i}: &y [{nine}]\nc{i}: &x [*y]\n" for i in range(30))
    bomb = f"a: &x [1]\n{pair}"
    start = time.perf_counter()
    fault = first_fault(bomb)
    assert time.perf_counter() - start < 2
    assert fault.problem == "holds more than 250,000 values"


def test_an_anchor_inside_itself_is_refused(first_fault):
    fault = first_fault("show: &a [*a]\n")
    assert (place(fault), fault.problem) == ((1, 11), "*a stands inside itself")


def test_an_unknown_anchor_is_refused(first_fault):
    fault = first_fault("show: *a\n")
    assert (place(fault), fault.problem) == ((1, 7), "there is no anchor &a before this")


def test_a_tab_is_refused_where_it_stands(first_fault):
    fault = first_fault("show: aurora\nshots:\n\t- shot: a\n")
    assert (place(fault), fault.problem) == ((3, 1), "a tab indents this line")


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_deep_nesting_is_refused_without_recursion(first_fault, text):
    fault = first_fault(text)
    assert fault.problem == "nests more than 32 levels deep"


def test_nesting_through_aliases_counts_too(first_fault):
    deep = "[" * 20 + "1" + "]" * 20
    fault = first_fault(f"a: &a {deep}\nb: {'[' * 20}*a{']' * 20}\n")
    assert (place(fault), fault.problem) == ((2, 24), "nests more than 32 levels deep")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(ListFaults, match=r"is 100.0 MiB; a shot list holds at most 8 MiB"):
        load_shot_list(path)
    assert MOST_BYTES == 8 << 20


@pytest.mark.parametrize(
    ("raw", "at", "problem"),
    [
        (b"show: \xe9\n", (1, 7), "byte 0xe9 is not UTF-8 text"),
        (b"show: a\nshots: \xff\n", (2, 8), "byte 0xff is not UTF-8 text"),
        (b"show: a\0b\n", (1, 8), "holds the unreadable character U+0000"),
        (b"show: a\r\nshots: \x1b[0m\r\n", (2, 8), "holds the unreadable character U+001B"),
    ],
)
def test_bytes_that_are_no_text_are_refused_at_their_place(first_fault, raw, at, problem):
    fault = first_fault(raw)
    assert (place(fault), fault.problem) == (at, problem)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_list_with_a_byte_order_mark_just_works(load, encoding):
    assert load((HEAD + SHOT).encode(encoding)).shots[0].prompt == "a ball"


def test_windows_and_old_mac_line_ends_just_work(load):
    assert load((HEAD + SHOT).replace("\n", "\r\n")).shots[0].shot == "a"
    assert load((HEAD + SHOT).replace("\n", "\r")).shots[0].shot == "a"


def test_lines_count_the_same_with_windows_line_ends(first_fault):
    text = shot_with("takes: none").replace("\n", "\r\n")
    assert place(first_fault(text)) == (6, 12)


@pytest.mark.parametrize("raw", [b"", b"\n\n# nothing\n", b"~\n", b"---\n...\n", b"\xef\xbb\xbf"])
def test_an_empty_list_is_refused(first_fault, raw):
    assert first_fault(raw).problem == "the list is empty"


@pytest.mark.parametrize("raw", ["just words", "- a\n- b", "12"])
def test_a_list_that_is_no_mapping_is_refused(first_fault, raw):
    fault = first_fault(raw)
    assert place(fault) == (1, 1)
    assert fault.problem.endswith("stands where a shot list is meant")


def test_a_second_document_is_refused(first_fault):
    fault = first_fault(HEAD + SHOT + "---\nshow: b\n")
    assert (place(fault), fault.problem) == ((4, 1), "a second document starts here")


def test_tags_are_refused_and_run_nothing(first_fault, tmp_path):
    fault = first_fault(f"show: !!python/object/apply:os.mkdir [{tmp_path}/made]\n{SHOT}")
    assert place(fault) == (1, 7)
    assert "means nothing here" in fault.problem
    assert not (tmp_path / "made").exists()


def test_a_mapping_or_list_as_a_fields_name_is_refused(first_fault):
    fault = first_fault("show: a\n? [a, b]\n: c\n")
    assert (place(fault), fault.problem) == ((2, 3), "a list stands where a field's name is meant")


def test_a_colon_in_an_unquoted_text_is_refused_with_the_remedy(first_fault):
    fault = first_fault(shot_with("model: a: b"))
    assert (place(fault), fault.hint) == ((6, 13), "a text that holds ': ' needs quotes")


def test_an_unclosed_quote_is_refused(first_fault):
    assert first_fault('show: "a\nshots: []\n').hint == "a quote is not closed"


def test_an_aspect_without_quotes_is_an_aspect_and_no_number_to_base_sixty(load):
    assert load(shot_with("aspect: 9:16")).shots[0].aspect == "9:16"


@pytest.mark.parametrize(
    "word", ["2024-01-02", "2024-01-02T10:00:00Z", "1:30:00", "on", "no", "=", ".inf"]
)
def test_words_that_yaml_likes_to_turn_into_values_stay_text(load, word):
    text = f"{HEAD}  - {{shot: a, prompt: {word}, duration: 1s}}\n"
    assert load(text).shots[0].prompt == word


@pytest.mark.parametrize("word", [".nan", ".inf", "-.Inf", "1e999", "9" * 400])
def test_what_is_not_a_finite_number_is_refused_as_one(first_fault, word):
    fault = first_fault(shot_with(f"judge: {{accept: {word}}}"))
    assert place(fault) == (6, 21)
    assert fault.path == "a.judge.accept"
    assert fault.problem.endswith("is not a number")


@pytest.mark.parametrize("word", ["yes", "on", "y", '"true"', "1"])
def test_only_true_and_false_are_true_and_false(first_fault, word):
    fault = first_fault(shot_with(f"loop: {word}"))
    assert (place(fault), fault.path) == ((6, 11), "a.loop")
    assert fault.problem.endswith("is neither true nor false")


def test_a_leading_zero_makes_no_octal(load):
    assert load(shot_with("seed: 010")).shots[0].seed == 10


@pytest.mark.parametrize(
    ("make", "problem"),
    [("missing", "no such file"), ("folder", "is a folder"), ("pipe", "is not a file")],
)
def test_what_is_no_file_is_refused(tmp_path, make, problem):
    path = tmp_path / "list.yaml"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    with pytest.raises(ListFaults, match=problem) as caught:
        load_shot_list(path)
    assert str(caught.value).startswith(f"{path}  ")


def test_a_list_of_a_thousand_shots_loads(load):
    rows = "".join(f"  - {{shot: s{i}, prompt: a ball, duration: 1s}}\n" for i in range(1000))
    assert len(load(HEAD + rows).shots) == 1000

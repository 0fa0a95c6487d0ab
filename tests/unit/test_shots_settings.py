"""Settings on the command line lie over the list, and are checked like it."""

import pytest

from farm.shots.faults import ListFaults
from farm.shots.load import load_shot_list

LIST = """\
show: aurora
defaults: {takes: 4, camera: {moves: [pan_left], focal_length: 50mm}}
shots:
  - {shot: a, prompt: "a {what}", duration: 1s}
  - {shot: b, prompt: "b", duration: 1s, takes: 2}
sweep: {matrix: {what: [ball, cube]}}
delivery: {resolution: 4k, handles: 8}
"""


@pytest.fixture
def set_to(tmp_path):
    def set_to(**settings):
        path = tmp_path / "list.yaml"
        path.write_text(LIST)
        dotted = {field.replace("__", "."): value for field, value in settings.items()}
        return load_shot_list(path, settings=dotted)

    return set_to


@pytest.fixture
def fault_of(set_to):
    def fault_of(**settings):
        with pytest.raises(ListFaults) as caught:
            set_to(**settings)
        return caught.value.faults[0]

    return fault_of


def test_a_setting_replaces_one_field_and_leaves_its_neighbours(set_to):
    listed = set_to(delivery__resolution="1080p", defaults__camera__focal_length="85mm")
    assert (listed.delivery.resolution, listed.delivery.handles) == ("1080p", 8)
    assert listed.shots[0].camera.focal_length == 85.0
    assert listed.shots[0].camera.moves == ("pan_left",)


def test_a_default_is_set_and_a_shots_own_value_still_wins(set_to):
    assert [s.takes.max for s in set_to(defaults__takes="1").shots] == [1, 1, 2, 2]


def test_one_shot_is_set_by_its_name(set_to):
    listed = set_to(shots__b__prompt="a boat: blue, {what} # fast", shots__b__loop="true")
    assert listed.shots[2].prompt == "a boat: blue, ball # fast"
    assert [s.loop for s in listed.shots] == [False, False, True, True]


def test_a_part_that_was_not_written_is_made(set_to):
    assert set_to(budget__usd="2.5").budget.usd == 2.5
    assert set_to(shots__a__judge__choose="human").shots[0].judge.choose == "human"


def test_brackets_and_quotes_are_read_as_yaml(set_to):
    listed = set_to(
        sweep__matrix__what="[rock]", shots__a__prompt='"{what}: one"', budget="{usd: 5}"
    )
    assert [s.prompt for s in listed.shots] == ["rock: one", "b"]
    assert listed.budget.usd == 5


def test_nothing_clears_a_field(set_to):
    assert [s.variant for s in set_to(sweep="~", shots__a__prompt="x").shots] == ["", ""]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (
            "delivery__resolution",
            "1080q",
            "--set delivery.resolution  delivery.resolution: '1080q' is not a resolution",
        ),
        (
            "defaults__takes",
            "many",
            "--set defaults.takes  defaults.takes: 'many' is not a whole number",
        ),
        ("shots__b__takes", "99", "--set shots.b.takes  b.takes: 99 is too large"),
        (
            "delivry__handles",
            "2",
            "--set delivry.handles  there is no field 'delivry.handles' to set",
        ),
        ("delivery__", "2", "--set delivery.  there is no field 'delivery.' to set"),
        ("shots__c__takes", "2", "--set shots.c.takes  there is no shot 'c' to set"),
        ("shots__a", "2", "--set shots.a  a setting changes one field of a shot"),
        ("budget", "{usd: 5", "--set budget  not YAML: did not find expected ',' or '}'"),
    ],
)
def test_a_setting_that_leads_nowhere_says_which(fault_of, field, value, said):
    assert str(fault_of(**{field: value})).startswith(said)


def test_a_field_of_shots_is_told_to_be_set_for_one_shot_or_for_all(fault_of):
    hint = fault_of(takes="2").hint
    assert "--set defaults.takes=..." in hint
    assert "--set shots.NAME.takes=..." in hint

"""The published schema is in step, agrees with the loader, and every list in specs/ holds to it."""

import json
from pathlib import Path

import jsonschema
import pytest

from farm.shots.faults import Faults
from farm.shots.load import load_shot_list
from farm.shots.nodes import plain
from farm.shots.parse import parse
from farm.shots.schema import schema

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))


def faults_of(text):
    whole = plain(parse(text, file="list", faults=Faults()))
    return [error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(whole)]


def test_the_published_schema_is_in_step():
    published = json.loads((ROOT / "docs" / "schema.json").read_text())
    assert published == schema(), "run `farm schema > docs/schema.json`"


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_list_in_specs_loads_and_holds_to_the_schema(path):
    assert load_shot_list(path).shots
    assert faults_of(path.read_text()) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_list_in_specs_says_what_it_shows(path):
    assert path.read_text().startswith("# ")
    assert path.stem == load_shot_list(path).show


def test_the_example_in_the_schema_holds_to_it_and_loads(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text(json.dumps(schema()["examples"][0]))
    assert load_shot_list(path).show == "aurora"
    assert faults_of(path.read_text()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "duration: 5",
        "takes: many",
        "camera: {moves: [dolly_inn]}",
        "promptt: x",
        "loop: yes",
        "rate: 9.5",
    ],
)
def test_editors_mark_what_the_loader_refuses(wrong):
    assert faults_of(f"show: a\nshots: [{{shot: a, prompt: b, {wrong}}}]\n")


def test_defaults_may_leave_out_what_a_shot_needs():
    assert faults_of("show: a\ndefaults: {prompt: p, duration: 1s}\nshots: [{shot: a}]\n") == []


def test_every_field_is_described():
    definitions = schema()["$defs"]
    bare = [
        f"{name}.{field}"
        for name, model in definitions.items()
        for field, rule in model["properties"].items()
        if "description" not in rule and "$ref" not in json.dumps(rule)
    ]
    assert bare == []

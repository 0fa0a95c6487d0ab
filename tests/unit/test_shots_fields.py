"""Every field that is wrong is named, at its line and column, in words that help."""

import pytest

from farm.shots.faults import ListFaults
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


@pytest.mark.parametrize(
    ("field", "column", "path", "problem", "hint"),
    [
        ("duration: 5", 15, "a.duration", "5 has no unit", "write it as 5s"),
        (
            "duration: 5 min",
            15,
            "a.duration",
            "'5 min' is not a value with its unit",
            "write it as 5s",
        ),
        ("duration: 0s", 15, "a.duration", "'0s' is outside 0.01s to 3600s", "an example is 5s"),
        ("duration: true", 15, "a.duration", "true is not a value with its unit", "write it as 5s"),
        ("frames: 96", 13, "a.frames", "96 is not a frame range", "write it as 1001-1096"),
        (
            "frames: 1096-1001",
            13,
            "a.frames",
            "frame range 1096-1001 ends before it starts",
            "the first frame comes first, as in 1001-1096",
        ),
        ("takes: many", 12, "a.takes", "'many' is not a whole number", "write it as 4"),
        ("takes: '2'", 12, "a.takes", "'2' is not a whole number", "write 2 without quotes"),
        ("takes: 0", 12, "a.takes", "0 is too small", "the least is 1"),
        ("takes: 65", 12, "a.takes", "65 is too large", "the most is 64"),
        (
            "takes: {min: 5, max: 2}",
            12,
            "a.takes",
            "5 takes at least are more than 2",
            "takes: {min: 2, max: 6}",
        ),
        ("takes: {min: 2}", 12, "a.takes.max", "is missing", "add it"),
        (
            "rate: 23.976",
            11,
            "a.rate",
            "23.976 is not an exact frame rate",
            "write it as 24 or 24000/1001",
        ),
        (
            "rate: 24/0",
            11,
            "a.rate",
            "'24/0' is not a frame rate such as 24 or 24000/1001",
            "write it as 24 or 24000/1001",
        ),
        (
            "rate: 1000",
            11,
            "a.rate",
            "1000 is outside 1 to 240 frames a second",
            "write it as 24 or 24000/1001",
        ),
        ("aspect: 16:10", 13, "a.aspect", "there is no '16:10' here", "the nearest is 3:2"),
        (
            "camera: {moves: [dolly_inn]}",
            22,
            "a.camera.moves[0]",
            "there is no 'dolly_inn' here",
            "did you mean dolly_in?",
        ),
        (
            "camera: {moves: dolly_in}",
            21,
            "a.camera.moves",
            "'dolly_in' stands where a list is meant",
            "write it as [dolly_in]",
        ),
        ("camera: {moves: []}", 21, "a.camera.moves", "has 0 items", "the least is 1"),
        (
            "camera: {focal_length: 35}",
            28,
            "a.camera.focal_length",
            "35 has no unit",
            "write it as 35mm",
        ),
        (
            "camera: {focal_length: 300mm}",
            28,
            "a.camera.focal_length",
            "'300mm' is outside 14mm to 200mm",
            "an example is 35mm",
        ),
        (
            "camera: {aperture: 2.8}",
            24,
            "a.camera.aperture",
            "2.8 has no unit",
            "write it as f/2.8",
        ),
        (
            "camera: {shutter_angle: 180}",
            29,
            "a.camera.shutter_angle",
            "180 has no unit",
            "write it as 180deg",
        ),
        (
            "camera: static",
            13,
            "a.camera",
            "'static' stands where fields are meant",
            "write it as {moves: [static]}",
        ),
        (
            "camera: {moves: [static, pan_left]}",
            22,
            "a.camera.moves[0]",
            "a static camera makes no other move",
            "drop static",
        ),
        (
            "camera: {moves: [pan_left, pan_right]}",
            32,
            "a.camera.moves[1]",
            "pan_left and pan_right undo each other",
            "keep one",
        ),
        (
            "moves: [pan_left]",
            5,
            "a.moves",
            "there is no such field",
            "it belongs to camera: write camera: {moves: ...}",
        ),
        ("promptt: a cube", 5, "a.promptt", "there is no such field", "did you mean prompt?"),
        ("variant: x", 5, "a.variant", "there is no such field", "a sweep names the variants"),
        ("seed: -1", 11, "a.seed", "-1 is too small", "the least is 0"),
        (
            "loop: maybe",
            11,
            "a.loop",
            "'maybe' is neither true nor false",
            "write true or false, without quotes",
        ),
        (
            "characters: [hro]",
            18,
            "a.characters[0]",
            "there is no character 'hro'",
            "describe it under characters",
        ),
        ("continues: b", 16, "a.continues", "there is no shot 'b'", ""),
        ("continues: a", 16, "a.continues", "continues itself", "name the shot before it"),
        (
            "extend: {to: 0.5s}",
            18,
            "a.extend.to",
            "0.5s is not longer than the shot, which is 1s",
            "extend to the total length, past the shot's own",
        ),
        ("extend: {}", 13, "a.extend.to", "is missing", "add it: The total length."),
        ("judge: {accept: 1.5}", 21, "a.judge.accept", "1.5 is too large", "the most is 1"),
        (
            "judge: {choose: me}",
            21,
            "a.judge.choose",
            "there is no 'me' here",
            "choose from auto, human",
        ),
        (
            "keyframes: [{frame: lst, image: a.png}]",
            25,
            "a.keyframes[0].frame",
            "'lst' is not a frame",
            "write its number, or first or last",
        ),
        (
            "annotations: [{arrow: [[0, 0], [1, 1]]}]",
            19,
            "a.annotations[0]",
            "gives no frame",
            "write frame: 1001, or frames: 1049-1060",
        ),
        (
            "annotations: [{frame: 1001, frames: 1001-1002, arrow: [[0, 0], [1, 1]]}]",
            19,
            "a.annotations[0]",
            "gives frame and frames",
            "write frame: 1001, or frames: 1049-1060",
        ),
        (
            "annotations: [{frame: 1001}]",
            19,
            "a.annotations[0]",
            "draws nothing",
            "an annotation is one of arrow, path, region or gaze",
        ),
        (
            "annotations: [{frame: 1001, gaze: [[0, 0], [1, 1]], arrow: [[0, 0], [1, 1]]}]",
            19,
            "a.annotations[0]",
            "draws arrow and gaze",
            "an annotation is one of arrow, path, region or gaze",
        ),
        (
            "annotations: [{frame: 1025, arrow: [[0, 0], [1, 1]]}]",
            27,
            "a.annotations[0].frame",
            "1025 lies outside the shot, 1001-1024",
            "frames count from 1001",
        ),
        (
            "annotations: [{frames: 1020-1030, arrow: [[0, 0], [1, 1]]}]",
            28,
            "a.annotations[0].frames",
            "1020-1030 lies outside the shot, 1001-1024",
            "frames count from 1001",
        ),
        (
            "annotations: [{frame: 1001, region: [[0.9, 0.1], [0.1, 0.9]]}]",
            41,
            "a.annotations[0].region",
            "its corners are not in order",
            "the first corner is top left, the second bottom right",
        ),
        (
            "annotations: [{frame: 1001, arrow: [[0.2, 0.2], [0.2, 0.2]]}]",
            40,
            "a.annotations[0].arrow",
            "ends where it starts",
            "give two points",
        ),
        (
            "annotations: [{frame: 1001, path: [[0.2, 0.2]]}]",
            39,
            "a.annotations[0].path",
            "has 1 items",
            "the least is 2",
        ),
        (
            "annotations: [{frame: 1001, arrow: [[0.2, 7], [0.2]]}]",
            47,
            "a.annotations[0].arrow[0][1]",
            "7 is too large",
            "the most is 1",
        ),
        (
            "reframe: {aspect: 16:9}",
            23,
            "a.reframe.aspect",
            "the shot is 16:9 already",
            "name another",
        ),
        (
            "edit: {plate: https://example.org/a.mov}",
            19,
            "a.edit.plate",
            "'https://example.org/a.mov' is an address",
            "download it beside the list first",
        ),
        (
            "model: {name: previz}",
            12,
            "a.model",
            "a mapping stands where text is meant",
            "write a text",
        ),
        ("model: 7", 12, "a.model", "7 stands where text is meant", 'put it in quotes: "7"'),
        ('model: ""', 12, "a.model", "is empty", "write at least one letter"),
        ("note: '{'", 5, "a.note", "there is no such field", ""),
    ],
)
def test_a_faulty_field_is_named_at_its_place(  # noqa: PLR0917  # a table's columns
    faults_of, field, column, path, problem, hint
):
    length = "" if field.startswith(("duration", "frames")) else "    duration: 1s\n"
    faults = faults_of(f"{HEAD}    {field}\n{length}")
    found = {(f.line, f.column, f.path): f for f in faults}[5, column, path]
    assert found.problem == problem
    assert hint in found.hint

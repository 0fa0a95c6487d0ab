"""The JSON schema of the shot list, for editors: what the models say, and what a list adds.

An editor is more forgiving than the loader: what a default may give is not required of a shot.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from farm.shots.spec import LIST_FIELDS, NAME, Budget, Character, Cut, Delivery, Shot, Sweep

Schema = dict[str, Any]  # JSON has no static types
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_GIVEN_BY_DEFAULTS = ("Shot", "Extend", "Edit", "Reframe")
_EXAMPLE = {
    "show": "aurora",
    "defaults": {"rate": 24, "takes": 4},
    "shots": [
        {
            "shot": "sq010_sh0010",
            "prompt": "A red ball rolls into a sunlit courtyard",
            "duration": "5s",
            "camera": {"moves": ["dolly_in"], "focal_length": "35mm", "aperture": "f/2.8"},
        }
    ],
    "delivery": {"resolution": "4k"},
}


def schema() -> Schema:
    """Return the schema of a whole shot list."""
    return {
        "$schema": _DIALECT,
        "title": "A shot list of the farm",
        "type": "object",
        "additionalProperties": False,
        "required": ["show", "shots"],
        "properties": {name: _field(name) for name in LIST_FIELDS},
        "$defs": _definitions(),
        "examples": [_EXAMPLE],
    }


def _field(name: str) -> Schema:
    shapes: dict[str, Schema] = {
        "show": {"type": "string", "pattern": NAME},
        "defaults": _ref("Defaults"),
        "characters": {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": _ref("Character"),
        },
        "shots": {"type": "array", "minItems": 1, "items": _ref("Shot")},
        "sweep": _ref("Sweep"),
        "delivery": _ref("Delivery"),
        "cut": _ref("Cut"),
        "budget": _ref("Budget"),
    }
    return {**shapes[name], "description": LIST_FIELDS[name]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _definitions() -> Schema:
    models = (Shot, Character, Cut, Delivery, Budget, Sweep)
    wanted = [(model, "validation", model.__pydantic_core_schema__) for model in models]
    _, made = GenerateJsonSchema().generate_definitions(wanted)  # type: ignore[arg-type]  # the mode's literal type is lost in the list
    found: Schema = {str(name): definition for name, definition in made.items()}
    for name in _GIVEN_BY_DEFAULTS:
        found[name].pop("required", None)
    shot = found["Shot"]
    del shot["properties"]["variant"]
    fields = {name: field for name, field in shot["properties"].items() if name != "shot"}
    found["Defaults"] = {**shot, "title": "Defaults", "properties": fields}
    found["Defaults"]["description"] = LIST_FIELDS["defaults"]
    shot["required"] = ["shot"]
    return {name: _untitled(found[name]) for name in sorted(found)}


def _untitled(node: Schema) -> Schema:
    """Drop the titles that only repeat a field's name."""
    fields = node.get("properties", {})
    for field in fields.values():
        field.pop("title", None)
    return node

"""From pydantic's errors to the author's words; pydantic never speaks to a person itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from farm.shots.faults import Fault, Faults, Refused, nearest, shown
from farm.shots.nodes import Node, Steps, walk, written
from farm.shots.units import ratio_of

M = TypeVar("M", bound=BaseModel)
Said = tuple[str, str]
Error = Mapping[str, Any]  # pydantic's own error rows, whose context has no static types


def checked(model: type[M], value: object, node: Node, *, path: str, faults: Faults) -> M | None:
    """Return the model that a value makes, or None; note the faults at their places."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        note(error, node, path=path, model=model, faults=faults)
        return None


@dataclass(frozen=True, slots=True)
class FieldKind:
    """The type of one field, and what reads it."""

    kind: object
    reader: TypeAdapter[Any]  # whatever the field's type is


@cache
def kind_of(model: type[BaseModel], field: str) -> FieldKind:
    """Return the kind of a model's field."""
    found = model.model_fields[field]
    kind: Any = found.annotation  # assembled at run time from the model
    for rule in found.metadata:
        kind = Annotated[kind, rule]
    return FieldKind(kind, TypeAdapter(kind))


def checked_field(
    kind: FieldKind, value: object, node: Node, *, path: str, faults: Faults
) -> object | None:
    """Return what a field makes of a value; note the faults, at their places, otherwise."""
    try:
        found: object = kind.reader.validate_python(value)
    except ValidationError as error:
        note(error, node, path=path, model=kind.kind, faults=faults)
        return None
    return found


def note(error: ValidationError, node: Node, *, path: str, model: object, faults: Faults) -> None:
    """Note every fault of a validation."""
    for row in _rows(error):
        faults.add(_fault(row, node, path, model))


def note_default(kind: FieldKind, value: object, node: Node, *, path: str, faults: Faults) -> None:
    """Note what is wrong with a default; what it leaves out a shot may add."""
    try:
        kind.reader.validate_python(value)
    except ValidationError as error:
        for row in _rows(error):
            if row["type"] != "missing":
                faults.add(_fault(row, node, path, kind.kind))


def _rows(error: ValidationError) -> list[Error]:
    """List pydantic's rows; where items of a list are wrong, that too few are left is no news."""
    rows: list[Error] = list(error.errors(include_url=False))
    inside = {row["loc"][:depth] for row in rows for depth in range(len(row["loc"]))}
    return [row for row in rows if row["type"] != "too_short" or row["loc"] not in inside]


def _fault(row: Error, root: Node, path: str, model: object) -> Fault:
    steps: Steps = tuple(step for step in row["loc"] if step != "[key]")
    node, taken = walk(root, steps)
    name = str(steps[-1]) if steps else ""
    if row["type"] == "extra_forbidden":
        parent, _ = walk(root, steps[:-1])
        hint = _belongs(name, model, steps[:-1]) or nearest(name, _fields_at(model, steps[:-1]))
        return parent.fault_at_key(name, written(path, steps), "there is no such field", hint)
    if row["type"] == "missing":
        problem, hint = _missing(row, name, _fields_at(model, steps[:-1]))
        whole = steps if isinstance(steps[-1], str) else taken
        return node.fault(written(path, whole), problem, hint)
    if row["loc"][-1:] == ("[key]",):
        parent, _ = walk(root, steps[:-1])
        return parent.fault_at_key(name, written(path, steps), *_words(row, name))
    problem, hint = _words(row, node.value)
    if row["type"] == "model_type" and (here := _at(model, steps)):
        hint = _as_fields(here, node.value)
    return node.fault(written(path, taken), problem, hint)


def _as_fields(model: type[BaseModel], value: object) -> str:
    """Write what stands for a whole mapping as that mapping: `5s` as `{to: 5s}`."""
    name, field = next(iter(model.model_fields.items()))
    if isinstance(value, bool | list) or value is None:
        return f"write it as {{{name}: ...}}"
    plain = isinstance(value, str) and re.fullmatch(r"[\w./%-]{1,40}", value)
    said = value if plain else shown(value)
    several = get_origin(field.annotation) is tuple
    return f"write it as {{{name}: [{said}]}}" if several else f"write it as {{{name}: {said}}}"


def _missing(row: Error, name: str, fields: Mapping[str, str]) -> Said:
    if isinstance(row["loc"][-1], int):
        return "has too few values", "a point is [across, down], a mark is two points"
    return "is missing", f"add it: {fields[name]}" if fields.get(name) else "add it"


def _words(row: Error, value: object) -> Said:
    kind = row["type"]
    cause = row.get("ctx", {}).get("error")
    if isinstance(cause, Refused):
        return cause.problem, cause.hint
    say = _SAID.get(kind)
    if say is None:
        return f"{shown(value)} is not right here", "see `farm schema` for what is"
    return say(value, row.get("ctx", {}))


def _text(value: object, _: Error) -> Said:
    if isinstance(value, str):
        return f"{shown(value)} is not text", ""
    hint = "" if isinstance(value, Node | dict | list) else f'put it in quotes: "{shown(value)}"'
    return f"{shown(value)} stands where text is meant", hint or "write a text"


def _whole(value: object, _: Error) -> Said:
    bare = isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value)
    hint = f"write {value} without quotes" if bare else "write it as 4"
    return f"{shown(value)} is not a whole number", hint


def _number(value: object, _: Error) -> Said:
    return f"{shown(value)} is not a number", "write it as 0.5"


def _flag(value: object, _: Error) -> Said:
    return f"{shown(value)} is neither true nor false", "write true or false, without quotes"


def _one_of(value: object, context: Error) -> Said:
    known = re.findall(r"'([^']*)'", context["expected"])
    if isinstance(value, str):
        near = _nearest_ratio(value, known) if "16:9" in known else nearest(value, known)
        return f"there is no {shown(value)} here", near
    return f"{shown(value)} stands where a word is meant", nearest("", known)


def _nearest_ratio(value: str, known: list[str]) -> str:
    asked = re.fullmatch(r"([1-9][0-9]{0,4})\s*[:x/]\s*([1-9][0-9]{0,4})", value)
    if not asked:
        return f"choose from {', '.join(known)}"
    wanted = Fraction(int(asked[1]), int(asked[2]))
    return f"the nearest is {min(known, key=lambda one: abs(ratio_of(one) - wanted))}"


def _list(value: object, _: Error) -> Said:
    if isinstance(value, dict):
        return "a mapping stands where a list is meant", "start each item with - or use [ ]"
    return f"{shown(value)} stands where a list is meant", f"write it as [{_bare(value)}]"


def _mapping(value: object, _: Error) -> Said:
    return f"{shown(value)} stands where fields are meant", "write it as {field: value}"


def _bare(value: object) -> str:
    return value if isinstance(value, str) and len(value) < 40 else shown(value)


def _least(value: object, context: Error) -> Said:
    return f"{shown(value)} is too small", f"the least is {context['ge']:g}"


def _more_than(value: object, context: Error) -> Said:
    return f"{shown(value)} is too small", f"it must be more than {context['gt']:g}"


def _most(value: object, context: Error) -> Said:
    return f"{shown(value)} is too large", f"the most is {context['le']:g}"


def _less_than(value: object, context: Error) -> Said:
    return f"{shown(value)} is too large", f"it must be less than {context['lt']:g}"


def _few(value: object, context: Error) -> Said:
    count = len(value) if isinstance(value, list | dict) else 0
    return f"has {count} items", f"the least is {context['min_length']}"


def _many(_: object, context: Error) -> Said:
    return "has too many items", f"the most is {context['max_length']}"


def _short(_: object, __: Error) -> Said:
    return "is empty", "write at least one letter"


def _long(_: object, context: Error) -> Said:
    return "is too long", f"the most is {context['max_length']} letters"


def _name(value: object, _: Error) -> Said:
    near = re.sub(r"[^A-Za-z0-9]+", "_", str(value)).strip("_")[:64]
    hint = "a name is letters, digits and _, starting with a letter, 64 at most"
    if re.match(r"[A-Za-z]", near):
        hint = f"{hint}; {near} would do"
    return f"{shown(value)} is not a name", hint


_SAID: dict[str, Callable[[object, Error], Said]] = {
    "string_type": _text, "string_too_short": _short, "string_too_long": _long,
    "string_pattern_mismatch": _name, "string_unicode": _text,
    "int_type": _whole, "int_from_float": _whole, "int_parsing": _whole,
    "int_parsing_size": _whole, "float_type": _number, "float_parsing": _number,
    "finite_number": _number, "bool_type": _flag, "bool_parsing": _flag,
    "literal_error": _one_of,
    "tuple_type": _list, "list_type": _list, "dict_type": _mapping, "model_type": _mapping,
    "greater_than_equal": _least, "greater_than": _more_than, "less_than_equal": _most,
    "less_than": _less_than, "too_short": _few, "too_long": _many,
}  # fmt: skip


def _belongs(name: str, model: object, steps: Steps) -> str:
    """Say which neighbour an unknown field belongs to, such as `moves` to `camera`."""
    here = _at(model, steps)
    fields = here.model_fields if here else {}
    return belongs(name, {field: found.annotation for field, found in fields.items()})


def belongs(name: str, kinds: Mapping[str, object]) -> str:
    """Say which of some fields an unknown one belongs into, or nothing."""
    for field, kind in kinds.items():
        inner = _model_in(kind)
        if inner and name in inner.model_fields:
            return f"it belongs to {field}: write {field}: {{{name}: ...}}"
    return ""


def _fields_at(model: object, steps: Steps) -> dict[str, str]:
    """Return the fields that may stand at a place, with what they mean."""
    here = _at(model, steps)
    fields = here.model_fields if here else {}
    return {name: fields[name].description or "" for name in fields if name != "variant"}


def _at(model: object, steps: Steps) -> type[BaseModel] | None:
    """Return the model that stands at a place."""
    for step in steps:
        found = _model_in(model)
        if found and isinstance(step, str) and step in found.model_fields:
            model = found.model_fields[step].annotation
    return _model_in(model)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for part in get_args(annotation) if (m := _model_in(part))), None)

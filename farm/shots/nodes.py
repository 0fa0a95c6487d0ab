"""Values that remember where they were written."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from farm.shots.faults import Fault

Scalar: TypeAlias = str | int | float | bool | None
Steps: TypeAlias = tuple[str | int, ...]
_STEP = re.compile(r"[^.\[\]]+|\[\d+\]")


class Node(NamedTuple):
    """A scalar, a list or a mapping, and its place; `text` is a scalar as it was written.

    `keys` are the places of a mapping's keys. Line and column count from 1.
    """

    value: "Scalar | list[Node] | dict[str, Node]"
    line: int
    column: int
    file: str
    text: str = ""
    keys: Mapping[str, tuple[int, int]] = {}

    def fault(self, path: str, problem: str, hint: str = "") -> Fault:
        """Complain about this value."""
        return Fault(self.file, self.line, self.column, path, problem, hint)

    def fault_at_key(self, key: str, path: str, problem: str, hint: str = "") -> Fault:
        """Complain about a field's name rather than its value."""
        line, column = self.keys.get(key, (self.line, self.column))
        return Fault(self.file, line, column, path, problem, hint)

    def fields(self) -> "dict[str, Node]":
        """Return a mapping's fields; none where this is not a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> "list[Node]":
        """Return a list's items; none where this is not a list."""
        return self.value if isinstance(self.value, list) else []

    def get(self, key: str) -> "Node | None":
        """Return a field of a mapping, where it is written and not null."""
        found = self.fields().get(key)
        return found if found is not None and found.value is not None else None

    def with_fields(self, fields: "dict[str, Node]") -> "Node":
        """Return a mapping at the same place with other fields."""
        return self._replace(value=fields)


def plain(node: Node, fill: Callable[[str], str] | None = None) -> object:
    """Return the bare value; `fill` writes out texts that hold braces."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, fill) for item in value]
    if fill and isinstance(value, str) and ("{" in value or "}" in value):
        return fill(value)
    return value


def texts(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Yield every text that holds braces, with its path."""
    value = node.value
    if isinstance(value, str):
        if "{" in value or "}" in value:
            yield path, node
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")


def over(own: Node, default: Node) -> Node:
    """Lay a value over a default, mappings field by field; a null of its own clears the default."""
    if not isinstance(own.value, dict) or not isinstance(default.value, dict):
        return own
    fields = dict(default.value)
    for key, item in own.value.items():
        fields[key] = over(item, fields[key]) if key in fields else item
    keys = {**default.keys, **own.keys} if own.file == default.file else own.keys
    return own._replace(value=fields, keys=keys)


def without_nulls(node: Node) -> Node:
    """Drop what is null: it means the field's own default."""
    if not isinstance(node.value, dict):
        return node
    kept = {k: without_nulls(item) for k, item in node.value.items() if item.value is not None}
    return node.with_fields(kept)


def walk(node: Node, steps: Steps) -> tuple[Node, Steps]:
    """Follow steps as far as they are written; return where that ended, and the steps taken."""
    for count, step in enumerate(steps):
        found = _step(node, step)
        if found is None:
            return node, steps[:count]
        node = found
    return node, steps


def _step(node: Node, step: str | int) -> Node | None:
    if isinstance(step, str):
        return node.fields().get(step)
    items = node.items()
    return items[step] if step < len(items) else None


def written(path: str, steps: Steps) -> str:
    """Write a path: `sq010_sh0020.camera.moves[1]`."""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path


def steps_of(field: str) -> Steps:
    """Read `camera.moves[1]` as steps."""
    found = _STEP.findall(field)
    return tuple(int(step[1:-1]) if step.startswith("[") else step for step in found)

"""One list, many variants: the cells of a sweep, named so that a file can carry the name."""

import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from farm.shots.faults import Faults, nearest, shown
from farm.shots.nodes import Node, plain
from farm.shots.spec import WRITTEN, Sweep
from farm.shots.words import checked

MOST_CELLS = 50_000
LONGEST_NAME = 100
_LONGEST_SLUG = 24
_OWN = ("shot", "show", "variant")
Axes = Mapping[str, Sequence[Node]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination: its name, what `{axis}` says in it, and the shot fields that it sets."""

    variant: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Node] = field(default_factory=dict)


def cells_of(node: Node | None, faults: Faults) -> list[Cell]:
    """Expand a sweep; without one there is one cell without a name."""
    if node is None:
        return [Cell()]
    written = axes_of(node)
    if checked(Sweep, plain(node), node, path="sweep", faults=faults) is None:
        return [_placeholder(written)]
    axes = _clean(written, node, faults)
    few = _few_enough(axes, node, faults)
    combined = _combined(axes, node, faults) if few else []
    rows = [*combined, *_included(axes, node, faults)]
    if few and not rows:
        faults.add(node.fault("sweep", "leaves no cell", "exclude fewer, or include some"))
    return _named(axes, rows, node, faults) or [_placeholder(written)]


def axes_of(node: Node | None) -> dict[str, list[Node]]:
    """Return the axes: those of the matrix, or else the words of the included cells."""
    if node is None:
        return {}
    matrix = node.get("matrix")
    if matrix and matrix.fields():
        return {axis: list(values.items()) for axis, values in matrix.fields().items()}
    include = node.get("include")
    axes: dict[str, list[Node]] = {}
    for row in include.items() if include else []:
        for axis, value in row.fields().items():
            if identity(value) not in map(identity, axes.setdefault(axis, [])):
                axes[axis].append(value)
    return axes


def identity(node: Node) -> str:
    """Tell values apart as their author wrote them."""
    return node.text if not isinstance(node.value, list | dict) else repr(plain(node))


def slug(text: str) -> str:
    """Make a value safe for a file's name: `9:16` becomes `9x16`; empty where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    crossed = re.sub(r"(?<=\d):(?=\d)", "x", ascii_text)
    return re.sub(r"[^A-Za-z0-9]+", "_", crossed).strip("_")


def _placeholder(axes: Axes) -> Cell:
    """Stand in for cells that cannot be made, so that the shots can still be checked."""
    sets = {axis: values[0] for axis, values in axes.items() if values}
    fields = {axis: value for axis, value in sets.items() if axis in WRITTEN and axis not in _OWN}
    words = {axis: sets[axis].text if axis in sets else axis for axis in axes}
    return Cell(words=words, fields=fields)


def _clean(axes: Axes, node: Node, faults: Faults) -> dict[str, list[Node]]:
    """Return the axes without what cannot be one, which is noted."""
    matrix = node.get("matrix") or node
    clean: dict[str, list[Node]] = {}
    for axis, values in axes.items():
        path = f"sweep.matrix.{axis}"
        if axis in _OWN:
            problem, hint = "is not an axis", "a sweep leaves the names of show and shots alone"
            faults.add(matrix.fault_at_key(axis, path, problem, hint))
        else:
            clean[axis] = _distinct(axis, values, path, faults)
    return {axis: values for axis, values in clean.items() if values}


def _few_enough(axes: Axes, node: Node, faults: Faults) -> bool:
    count = math.prod(len(values) for values in axes.values())
    if count > MOST_CELLS:
        problem = f"has {count:,} cells; the most is {MOST_CELLS:,}"
        place = node.get("matrix") or node
        hint = "sweep fewer axes, or cut the list in two"
        faults.add(place.fault("sweep.matrix", problem, hint))
    return count <= MOST_CELLS


def _distinct(axis: str, values: Sequence[Node], path: str, faults: Faults) -> list[Node]:
    """Return the values that an axis can take, each once; the others are noted."""
    seen: dict[str, Node] = {}
    for index, value in enumerate(values):
        here = f"{path}[{index}]"
        if value.value is None or (axis not in WRITTEN and isinstance(value.value, list | dict)):
            hint = f"{axis} is a word for texts: its values are words and numbers"
            faults.add(value.fault(here, f"{shown(plain(value))} is not a word", hint))
        elif seen.setdefault(identity(value), value) is not value:
            faults.add(value.fault(here, f"{shown(plain(value))} is there twice", "keep one"))
    return list(seen.values())


def _combined(axes: Axes, node: Node, faults: Faults) -> list[tuple[Node, ...]]:
    matrix = node.get("matrix")
    if matrix is None or not matrix.fields():
        if exclude := node.get("exclude"):
            problem = "there is no matrix to exclude from"
            faults.add(exclude.fault("sweep.exclude", problem, "include only the cells you want"))
        return []
    names = tuple(axes)
    out = list(_excluded(axes, node, faults))
    groups: dict[tuple[int, ...], set[tuple[str, ...]]] = {}
    for row in out:
        places = tuple(i for i, axis in enumerate(names) if axis in row)
        groups.setdefault(places, set()).add(tuple(row[names[i]] for i in places))
    return [
        cell
        for cell in itertools.product(*axes.values())
        if not any(
            tuple(identity(cell[i]) for i in places) in rows for places, rows in groups.items()
        )
    ]


def _excluded(axes: Axes, node: Node, faults: Faults) -> Iterator[dict[str, str]]:
    rows = node.get("exclude")
    for index, row in enumerate(rows.items() if rows else []):
        path = f"sweep.exclude[{index}]"
        if not row.fields():
            faults.add(row.fault(path, "excludes everything", "name at least one axis"))
        elif _known(row, axes, path, faults):
            yield {axis: identity(value) for axis, value in row.fields().items()}


def _known(row: Node, axes: Axes, path: str, faults: Faults) -> bool:
    sound = True
    for axis, value in row.fields().items():
        here = f"{path}.{axis}"
        if axis not in axes:
            problem, hint = "is not an axis of the matrix", nearest(axis, axes)
            faults.add(row.fault_at_key(axis, here, problem, hint))
            sound = False
        elif identity(value) not in map(identity, axes[axis]):
            problem = f"{shown(plain(value))} is not a value of {axis}"
            faults.add(value.fault(here, problem, nearest(value.text, map(identity, axes[axis]))))
            sound = False
    return sound


def _included(axes: Axes, node: Node, faults: Faults) -> list[tuple[Node, ...]]:
    rows = node.get("include")
    return [
        tuple(row.fields()[axis] for axis in axes)
        for index, row in enumerate(rows.items() if rows else [])
        if _whole(row, axes, f"sweep.include[{index}]", faults)
    ]


def _whole(row: Node, axes: Axes, path: str, faults: Faults) -> bool:
    fields = row.fields()
    odd = [axis for axis in fields if axis not in axes]
    for axis in odd:
        hint = nearest(axis, axes)
        faults.add(row.fault_at_key(axis, f"{path}.{axis}", "is not an axis of the sweep", hint))
    lacking = [axis for axis in axes if axis not in fields]
    if lacking:
        problem = f"says nothing of {', '.join(lacking)}"
        faults.add(row.fault(path, problem, "an included cell names every axis"))
    right = [_distinct(axis, [fields[axis]], path, faults) for axis in axes if axis in fields]
    return all(right) and not odd and not lacking


def _named(axes: Axes, rows: list[tuple[Node, ...]], node: Node, faults: Faults) -> list[Cell]:
    names = _names(axes, rows)
    set_by_cell = [place for place, axis in enumerate(axes) if axis in WRITTEN]
    order = tuple(axes)
    cells: dict[str, Cell] = {}
    for row in rows:
        named = [names[id(value)] for value in row]
        variant = "_".join([name for name, _ in named])
        if variant in cells or len(variant) > LONGEST_NAME:
            how = "twice" if variant in cells else "longer than a file's name takes"
            problem = f"the cell {shown(variant)} is there {how}"
            faults.add(node.fault("sweep", problem, "change or shorten the values"))
            continue
        words = dict(zip(order, [word for _, word in named], strict=True))
        fields = {order[place]: row[place] for place in set_by_cell}
        cells[variant] = Cell(variant=variant, words=words, fields=fields)
    return list(cells.values())


def _names(axes: Axes, rows: list[tuple[Node, ...]]) -> dict[int, tuple[str, str]]:
    """Return for every value, by its node's id, what names it and what texts say for it.

    Its own letters name it, or the axis and a number where those do not do.
    """
    made: dict[int, tuple[str, str]] = {}
    for place, axis in enumerate(axes):
        nodes = {id(row[place]): row[place] for row in rows}
        names: dict[str, str] = {}
        taken: set[str] = set()
        for node in nodes.values():
            text = identity(node)
            if text not in names:
                names[text] = _free_name(slug(text), axis, taken)
                taken.add(names[text])
            word = names[text] if isinstance(node.value, list | dict) else node.text
            made[id(node)] = (names[text], word)
    return made


def _free_name(name: str, axis: str, taken: set[str]) -> str:
    if name and len(name) <= _LONGEST_SLUG and name not in taken:
        return name
    numbers = (f"{axis}{number}" for number in itertools.count(len(taken) + 1))
    return next(number for number in numbers if number not in taken)

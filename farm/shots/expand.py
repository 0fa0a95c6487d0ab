"""Every shot in every cell: what a cell does not touch is read once and shared."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from farm.shots.faults import Faults
from farm.shots.fill import fill, names_in, unfillable
from farm.shots.nodes import Node, over, plain, texts, without_nulls
from farm.shots.spec import WRITTEN, Shot
from farm.shots.sweep import Cell
from farm.shots.words import checked_field, kind_of, note


def merged(own: Node, defaults: Node | None) -> Node:
    """Lay a shot over the defaults, field by field; its own way to say its length wins."""
    if defaults is None or not isinstance(own.value, dict):
        return without_nulls(own)
    whole = over(own, defaults)
    for said, other in (("frames", "duration"), ("duration", "frames")):
        if own.get(said) and not own.get(other):
            whole = whole.with_fields({k: v for k, v in whole.fields().items() if k != other})
    return without_nulls(whole)


class Expansion:
    """Put shots into the cells of a sweep; faults are noted, and what has them is left out."""

    def __init__(self, cells: Sequence[Cell], *, show: str, faults: Faults) -> None:
        self._cells = cells
        self._show = show
        self._faults = faults
        self._axes = frozenset(cells[0].words)
        self._set = _asked_by_values(cells)
        self.asked: set[str] = set()

    def check_texts(self, node: Node, path: str, *, known: frozenset[str] = frozenset()) -> None:
        """Note texts that cannot be filled from the axes, the show and what else is known."""
        for here, text in texts(node, path):
            self.asked |= names_in(text.text)
            if wrong := unfillable(text.text, self._axes | known | {"show"}):
                self._faults.add(text.fault(here, *wrong))

    def shots(self, node: Node, path: str) -> Iterator[Shot]:
        """Yield a shot in every cell."""
        if not isinstance(node.value, dict):
            hint = "write its fields, as in - shot: sq010_sh0010"
            self._faults.add(node.fault(path, "is not a shot", hint))
            return
        node = self._named(node, path)
        self.check_texts(node, path, known=frozenset({"shot"}))
        name = node.fields().get("shot")
        fixed = {"show": self._show, "shot": name.text if name else ""}
        yield from _InCells(node, path, fixed, self._faults).shots(self._cells, self._varying(node))

    def _named(self, node: Node, path: str) -> Node:
        """Return a shot without what only a sweep may say of its name."""
        fields = node.fields()
        name = fields.get("shot")
        if name is not None and "{" in name.text:
            hint = "the same name stands in every variant; the sweep names the variants"
            self._faults.add(name.fault(f"{path}.shot", "a name is not filled", hint))
        if "variant" not in fields:
            return node
        where = f"{path}.variant"
        hint = "a sweep names the variants"
        self._faults.add(node.fault_at_key("variant", where, "there is no such field", hint))
        return node.with_fields({k: v for k, v in fields.items() if k != "variant"})

    def _varying(self, node: Node) -> dict[str, frozenset[str]]:
        """Return the fields that differ between cells, each with the axes that it depends on."""
        if not self._axes:
            return {}
        found = dict(self._set)
        for field, value in node.fields().items():
            axes = found.get(field, frozenset()) | (_asked(value) & self._axes)
            if axes and field in WRITTEN and field != "shot":
                found[field] = axes
        return found


class _InCells:
    """One shot through all cells: each varying field is read once for every value it takes."""

    def __init__(self, node: Node, path: str, fixed: Mapping[str, str], faults: Faults) -> None:
        self._node = node
        self._path = path
        self._fixed = fixed
        self._faults = faults
        self._read: dict[tuple[str, ...], object | None] = {}

    def shots(self, cells: Sequence[Cell], varying: Mapping[str, frozenset[str]]) -> Iterator[Shot]:
        base = self._base(cells[0])
        if base is not None:
            yield base
        ordered = {field: sorted(axes) for field, axes in varying.items()}
        for cell in cells[1:]:
            update = {field: self._field(field, axes, cell) for field, axes in ordered.items()}
            if base is not None and None not in update.values():
                yield base.model_copy(update={**update, "variant": cell.variant})

    def _base(self, cell: Cell) -> Shot | None:
        node = _in_cell(self._node, cell)
        value = self._plain(node, cell)
        try:
            shot: Shot | None = Shot.model_validate(value)
        except ValidationError as error:
            note(error, node, path=self._path, model=Shot, faults=self._faults)
            shot = _salvaged(value, error)
        return shot and shot.model_copy(update={"shot": self._path, "variant": cell.variant})

    def _field(self, field: str, axes: Sequence[str], cell: Cell) -> object | None:
        key = (field, *(cell.words[axis] for axis in axes))
        if key not in self._read:
            node = _in_cell(self._node, cell).fields()[field]
            path = f"{self._path}.{field}"
            value = self._plain(node, cell)
            found = checked_field(kind_of(Shot, field), value, node, path=path, faults=self._faults)
            self._read[key] = found
        return self._read[key]

    def _plain(self, node: Node, cell: Cell) -> object:
        words = {**cell.words, **self._fixed}
        return plain(node, lambda text: fill(text, words))


def _salvaged(value: object, error: ValidationError) -> Shot | None:
    """Read a shot without its faulty fields, so that the others can be checked all the same."""
    bad = {row["loc"][0] for row in error.errors(include_url=False) if row["loc"]}
    if not isinstance(value, dict):
        return None
    kept = {field: item for field, item in value.items() if field not in bad}
    try:
        return Shot.model_validate({"shot": "nameless", "prompt": "nothing", **kept})
    except ValidationError:
        return None


def _asked(node: Node) -> frozenset[str]:
    return frozenset(name for _, text in texts(node, "") for name in names_in(text.text))


def _asked_by_values(cells: Sequence[Cell]) -> dict[str, frozenset[str]]:
    """Return the shot fields that cells set, each with the axes that its values depend on."""
    found: dict[str, set[str]] = {field: {field} for field in cells[0].fields}
    values = {id(node): (field, node) for cell in cells for field, node in cell.fields.items()}
    for field, node in values.values():
        found[field] |= _asked(node) & cells[0].words.keys()
    return {field: frozenset(axes) for field, axes in found.items()}


def _in_cell(node: Node, cell: Cell) -> Node:
    """Lay the fields that a cell sets over a shot's own."""
    if not cell.fields or not isinstance(node.value, dict):
        return node
    fields = dict(node.value)
    for field, value in cell.fields.items():
        fields[field] = over(value, fields[field]) if field in fields else value
    return node.with_fields(fields)

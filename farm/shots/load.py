"""Read a shot list: every fault at once, each with its line, or a list that is ready to be shot."""

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter

from farm.shots import checks, cutting
from farm.shots.expand import Expansion, merged
from farm.shots.faults import Fault, Faults, ListFaults, nearest, shown
from farm.shots.fill import fill
from farm.shots.nodes import Node, plain, steps_of, walk
from farm.shots.parse import parse
from farm.shots.paths import Paths
from farm.shots.settings import with_settings
from farm.shots.shot_list import ShotList
from farm.shots.source import read_text
from farm.shots.spec import LIST_FIELDS, WRITTEN, Budget, Character, Cut, Delivery, Name, Shot
from farm.shots.sweep import Cell, axes_of, cells_of
from farm.shots.words import FieldKind, belongs, checked, checked_field, kind_of, note_default

MOST_SHOTS = 50_000
M = TypeVar("M", bound=BaseModel)
_NAME = FieldKind(Name, TypeAdapter(Name))
_NOTHING: Mapping[str, str] = MappingProxyType({})
_UNCHECKED = frozenset({"prompt", "model", "takes", "seed", "judge", "variant"})
_checked_values = itemgetter(*(name for name in Shot.model_fields if name not in _UNCHECKED))


def load_shot_list(
    path: Path, *, settings: Mapping[str, str] = _NOTHING, roots: Sequence[Path] = ()
) -> ShotList:
    """Read a shot list; raises ListFaults with all that is wrong in it.

    `settings` are fields to set over what is written, such as `defaults.takes`: `2`; `roots` are
    the folders, besides the list's own, that its paths may lead into.
    """
    faults = Faults()
    root = _top(parse(read_text(path), file=str(path), faults=faults), path)
    root = with_settings(root, settings, faults)
    made = _Reading(root, path, faults).shot_list()
    _check(made, root, Paths(path.parent, roots), faults)
    faults.stop()
    return made


def _top(root: Node | None, path: Path) -> Node:
    hint = "begin with show: NAME, then shots:"
    if root is None or root.value is None:
        raise ListFaults([Fault(str(path), 1, 1, "", "the list is empty", hint)])
    if not isinstance(root.value, dict):
        problem = f"{shown(plain(root))} stands where a shot list is meant"
        raise ListFaults([root.fault("", problem, hint)])
    return root


class _Reading:
    """One list on its way from nodes to values; what has faults is left out, and noted."""

    def __init__(self, root: Node, path: Path, faults: Faults) -> None:
        self._root = root
        self._path = path
        self._faults = faults

    def shot_list(self) -> ShotList:
        """Read every part."""
        self._known_fields()
        show = self._show()
        cells = cells_of(self._root.get("sweep"), self._faults)
        expansion = Expansion(cells, show=show, faults=self._faults)
        characters = dict(self._characters(expansion))
        self._defaults(cells[0])
        nodes = dict(self._nodes())
        shots = tuple(self._shots(nodes, cells, expansion))
        self._axes_used(expansion)
        return ShotList(
            show=show,
            source=self._path,
            shots=shots,
            characters=characters,
            delivery=self._part("delivery", Delivery) or Delivery(),
            budget=self._part("budget", Budget),
            cut=self._part("cut", Cut),
            root=self._root,
            nodes=nodes,
            cells={cell.variant: cell for cell in cells},
        )

    def _known_fields(self) -> None:
        for field in self._root.fields():
            if field not in LIST_FIELDS:
                fault = self._root.fault_at_key(
                    field, field, "there is no such field", _home(field)
                )
                self._faults.add(fault)
        for field in ("show", "shots"):
            if self._root.get(field) is None:
                hint = f"add it: {LIST_FIELDS[field]}"
                self._faults.add(self._at(field).fault(field, "is missing", hint))

    def _at(self, field: str) -> Node:
        return self._root.fields().get(field, self._root)

    def _show(self) -> str:
        node = self._root.get("show")
        if node is None:
            return ""
        name = checked_field(_NAME, plain(node), node, path="show", faults=self._faults)
        return name if isinstance(name, str) else ""

    def _part(self, field: str, model: type[M]) -> M | None:
        node = self._root.get(field)
        return node and checked(model, plain(node), node, path=field, faults=self._faults)

    def _mapping(self, field: str) -> dict[str, Node]:
        node = self._root.get(field)
        if node is not None and not isinstance(node.value, dict):
            problem = f"{shown(plain(node))} stands where fields are meant"
            self._faults.add(node.fault(field, problem, "write it as {name: ...}"))
        return node.fields() if node else {}

    def _characters(self, expansion: Expansion) -> Iterator[tuple[str, Character]]:
        for name, node in self._mapping("characters").items():
            path = f"characters.{name}"
            key = Node(name, *self._at("characters").keys.get(name, (0, 0)), node.file, name)
            checked_field(_NAME, name, key, path=path, faults=self._faults)
            found = checked(Character, plain(node), node, path=path, faults=self._faults)
            expansion.check_texts(node, path)
            yield name, found or Character(description="unread")

    def _defaults(self, cell: Cell) -> None:
        """Note what is wrong with the defaults here, rather than in every shot."""
        words = {"show": "", "shot": "", **cell.words}
        for field, node in self._mapping("defaults").items():
            path = f"defaults.{field}"
            if field not in WRITTEN or field == "shot":
                hint = nearest(field, (name for name in WRITTEN if name != "shot"))
                place = self._at("defaults")
                self._faults.add(place.fault_at_key(field, path, "there is no such field", hint))
            elif node.value is not None:
                value = plain(node, lambda text: fill(text, words))
                kind = kind_of(Shot, field)
                note_default(kind, value, node, path=path, faults=self._faults)

    def _nodes(self) -> Iterator[tuple[str, Node]]:
        """Yield every shot with the defaults merged in, by its name or its place in the list."""
        shots = self._root.get("shots")
        if shots is None:
            return
        if not shots.items():
            begun = next(iter(shots.fields()), "sq010_sh0010")
            hint = f"write at least one: - shot: {begun}"
            self._faults.add(shots.fault("shots", "is not a list of shots", hint))
        defaults = self._root.get("defaults")
        seen: dict[str, Node] = {}
        for index, own in enumerate(shots.items()):
            node = merged(own, defaults if defaults and defaults.fields() else None)
            name = node.fields().get("shot")
            if name is None or not isinstance(name.value, str):
                yield f"shots[{index}]", node
            elif (first := seen.setdefault(name.value.lower(), name)) is not name:
                problem = f"there is another shot {shown(first.value)}"
                where = f"on line {first.line}" if first.line else "before it"
                hint = f"it is {where}; names differ in more than capitals"
                self._faults.add(name.fault(f"shots[{index}].shot", problem, hint))
                yield f"shots[{index}]", node
            else:
                yield name.value, node

    def _shots(
        self, nodes: Mapping[str, Node], cells: Sequence[Cell], expansion: Expansion
    ) -> Iterator[Shot]:
        if len(nodes) * len(cells) > MOST_SHOTS:
            problem = f"{len(nodes):,} shots in {len(cells):,} cells are too many"
            hint = f"a list makes at most {MOST_SHOTS:,} shots; cut it in two"
            self._faults.add(self._at("sweep").fault("sweep", problem, hint))
            return
        for name, node in nodes.items():
            yield from expansion.shots(node, name)

    def _axes_used(self, expansion: Expansion) -> None:
        sweep = self._root.get("sweep")
        matrix = sweep and (sweep.get("matrix") or sweep)
        for axis in axes_of(sweep):
            if matrix and axis not in WRITTEN and axis not in expansion.asked:
                near = nearest(axis, WRITTEN)
                hint = near if near.startswith("did") else f"write {{{axis}}} in a text"
                path = f"sweep.matrix.{axis}"
                problem = "is no field of a shot, and no text uses it"
                self._faults.add(matrix.fault_at_key(axis, path, problem, hint))


def _home(field: str) -> str:
    """Say where a field belongs that does not stand at the top of a list."""
    if field in WRITTEN:
        return f"it is a field of a shot: write it there, or for all under defaults: {field}: ..."
    inside = {"delivery": Delivery, "budget": Budget, "cut": Cut}
    return belongs(field, inside) or nearest(field, LIST_FIELDS)


def _check(made: ShotList, root: Node, paths: Paths, faults: Faults) -> None:
    """Check what must be true together: in each shot, between shots, and of the whole."""
    characters = root.get("characters")
    known = characters.fields() if characters else {}
    seen: set[tuple[object, ...]] = set()
    for shot in made.shots:
        same = tuple(map(id, _checked_values(shot.__dict__)))
        if same not in seen:
            seen.add(same)
            node = made.nodes[shot.shot]
            unread = shot.duration is None and shot.frames is None and _says_length(node)
            for complaint in _complaints(shot, known, paths):
                if complaint.field or not unread:
                    faults.add(made.fault(shot, *complaint))
    for shot, complaint in _broken_continuity(made):
        faults.add(made.fault(shot, *complaint))
    for complaint in checks.delivery(made.delivery):
        faults.add(made.fault(None, *complaint))
    if made.cut:
        named = {shot.shot: shot for shot in made.shots}
        for complaint in cutting.complaints(made.cut, named, known=made.nodes):
            faults.add(made.fault(None, *complaint))
    for name, (field, problem, hint) in _references(made, paths):
        node, _ = walk(known[name], steps_of(field))
        faults.add(node.fault(f"characters.{name}.{field}", problem, hint))


def _says_length(node: Node) -> bool:
    return bool(node.get("frames") or node.get("duration"))


def _complaints(
    shot: Shot, characters: Mapping[str, Node], paths: Paths
) -> Iterator[checks.Complaint]:
    yield from checks.length(shot)
    yield from checks.camera(shot)
    yield from checks.keyframes(shot)
    yield from checks.annotations(shot)
    yield from checks.reframing(shot)
    yield from checks.cast(shot, characters)
    yield from checks.files(shot, paths)


def _broken_continuity(made: ShotList) -> Iterator[tuple[Shot, checks.Complaint]]:
    if all(shot.continues is None for shot in made.shots):
        return
    variants: dict[str, dict[str, Shot]] = {}
    for shot in made.shots:
        variants.setdefault(shot.variant, {})[shot.shot] = shot
    named = [name for name in made.nodes if not name.startswith("shots[")]
    for shots in variants.values():
        yield from checks.continuity(shots, named)


def _references(made: ShotList, paths: Paths) -> Iterator[tuple[str, checks.Complaint]]:
    """Yield what is wrong with the characters' pictures, in any cell."""
    for name, character in made.characters.items():
        for index, text in enumerate(character.references):
            cells = made.cells.values() if "{" in text else list(made.cells.values())[:1]
            for filled in dict.fromkeys(fill(text, {"show": made.show, **c.words}) for c in cells):
                if wrong := paths.wrong(filled):
                    yield name, checks.Complaint(f"references[{index}]", *wrong)

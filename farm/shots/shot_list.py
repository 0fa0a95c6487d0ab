"""A shot list that was read: the shots, and the way back to where each was written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from farm.shots.faults import Fault
from farm.shots.fill import fill
from farm.shots.nodes import Node, Steps, steps_of, walk, written
from farm.shots.spec import Budget, Character, Cut, Delivery, Shot
from farm.shots.sweep import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotList:
    """What is to be shot: defaults merged, sweep expanded, texts filled.

    `root` is the list as written, `nodes` are its shots, by name; `cells` the sweep's, by variant.
    """

    show: str
    source: Path
    shots: tuple[Shot, ...]
    characters: Mapping[str, Character] = field(default_factory=dict)
    delivery: Delivery = field(default_factory=Delivery)
    budget: Budget | None = None
    cut: Cut | None = None
    root: Node | None = field(default=None, repr=False, compare=False)
    nodes: Mapping[str, Node] = field(default_factory=dict, repr=False, compare=False)
    cells: Mapping[str, Cell] = field(default_factory=dict, repr=False, compare=False)

    def fault(self, shot: Shot | None, field: str, problem: str, hint: str = "") -> Fault:
        """Place a later complaint about a shot's field such as `camera.moves[1]`, "" for all of it.

        Without a shot the field is one of the list: `delivery.resolution`.
        """
        steps = steps_of(field)
        node = self._written(shot, steps)
        path = written(shot.shot if shot else "", steps)
        if node is None:
            return Fault(str(self.source), 0, 0, path, problem, hint)
        return node.fault(path, problem, hint)

    def cast(self, shot: Shot) -> tuple[tuple[str, str], ...]:
        """Return the shot's characters: names and descriptions, texts filled."""
        cell = self.cells.get(shot.variant)
        words = {"show": self.show, **(cell.words if cell else {})}
        return tuple(
            (name, fill(self.characters[name].description, words)) for name in shot.characters
        )

    def pictured(self, shot: Shot) -> bool:
        """Tell whether one of the shot's characters has reference pictures."""
        return any(self.characters[name].references for name in shot.characters)

    def _written(self, shot: Shot | None, steps: Steps) -> Node | None:
        """Return the nearest thing that was written to where the steps lead."""
        if shot is None:
            return self.root and walk(self.root, steps)[0]
        cell = self.cells.get(shot.variant)
        if steps and cell and steps[0] in cell.fields:
            return walk(cell.fields[str(steps[0])], steps[1:])[0]
        own = self.nodes.get(shot.shot)
        return own and walk(own, steps)[0]

"""What is wrong in a shot list, where, and what would be right: the author's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from farm.errors import SpecError

MOST_FAULTS = 200
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong at one place. Line and column count from 1; line 0 is no place in a file."""

    file: str
    line: int
    column: int
    path: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = f"{self.path}: {self.problem}" if self.path else self.problem
        return f"{place}  {said}" + (f"\n  hint: {self.hint}" if self.hint else "")


class ListFaults(SpecError):  # noqa: N818  # it is all of them, not one error
    """The shot list has faults: all of them, in the order of the file, or the first so many."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        lines = [str(fault) for fault in self.faults]
        if len(lines) >= MOST_FAULTS:
            lines.append(f"these are the first {len(lines)} faults; there may be more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[object, ...]:
        return (ListFaults, (self.faults,))


class Refused(ValueError):  # noqa: N818  # a value's fate, read aloud by the words
    """A value that a field cannot take, in words that can be shown as they are."""

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


class Faults:
    """Gather faults, each said once at its place, until someone stops."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Fault] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, fault: Fault) -> None:
        """Note a fault; raise them all as ListFaults where there are more than anyone reads."""
        field = fault.path.rpartition(".")[2]
        key = (fault.file, fault.line, fault.column, field, fault.problem)
        self._found.setdefault(key, fault)
        if len(self._found) >= MOST_FAULTS:
            raise ListFaults(self._found.values())

    def stop(self) -> None:
        """Raise what was found, if anything was."""
        if self._found:
            raise ListFaults(self._found.values())


def nearest(word: str, known: Iterable[str]) -> str:
    """Write a hint: the nearest right word, or the words there are."""
    words = sorted(known)
    near = get_close_matches(word[:_LONGEST_SHOWN], words, n=1, cutoff=0.55)
    if near:
        return f"did you mean {near[0]}?"
    listed = ", ".join(words[:30]) + (" ..." if len(words) > 30 else "")
    return f"choose from {listed}" if words else ""


def shown(value: object) -> str:
    """Write a value as its author would, short enough for a line."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 4] + " ..."

"""A guest list: the names that a person may write, and what stands behind each one.

Entries are written as "module:attribute" and imported on first use, so that naming a model
loads nothing.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Generic, TypeVar, cast

from farm.errors import PlanError

T = TypeVar("T")


def nearest(name: str, names: Iterable[str]) -> str:
    """Hint at the name that was meant, or else at all there are."""
    known = sorted(names)
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}"


class Registry(Generic[T]):
    """Look up one kind of thing by the name that a person writes."""

    def __init__(self, kind: str, table: Mapping[str, str]) -> None:
        self._kind = kind
        self._table = dict(table)

    def names(self) -> list[str]:
        """List every name, in order."""
        return sorted(self._table)

    def get(self, name: str) -> T:
        """Import and return what the name stands for; raises PlanError for an unknown name."""
        if name not in self._table:
            hint = nearest(name, self._table)
            raise PlanError(f"there is no {self._kind} named {name!r}", hint=hint)
        module, _, attribute = self._table[name].partition(":")
        return cast("T", getattr(import_module(module), attribute))

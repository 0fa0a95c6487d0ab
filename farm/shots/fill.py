"""Fill `{product}` and friends in texts; `{{` and `}}` are braces."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from farm.shots.faults import nearest

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fill(text: str, words: Mapping[str, str]) -> str:
    """Fill every `{name}` of a text that `unfillable` has let pass."""
    return _BRACES.sub(lambda found: _filled(found, words), text)


def _filled(found: re.Match[str], words: Mapping[str, str]) -> str:
    if found[1] is None:
        return found[0][0]
    return words.get(found[1], found[0])


def names_in(text: str) -> frozenset[str]:
    """Return the names that a text asks for."""
    return frozenset(m[1] for m in _BRACES.finditer(text) if m[1] is not None)


def unfillable(text: str, known: AbstractSet[str]) -> tuple[str, str] | None:
    """Say what of a text cannot be filled, and a hint; None where all can."""
    for found in _BRACES.finditer(text):
        if found[0] in "{}":
            return f"a {found[0]} stands alone", f"write {found[0] * 2} for the brace itself"
        if found[1] is not None and found[1] not in known:
            return f"nothing is known of {{{found[1]}}}", nearest(found[1], known)
    return None

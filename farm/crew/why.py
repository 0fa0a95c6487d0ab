"""Why a task must be done: which fields of its request differ from the last time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TypeGuard

from farm.digest import Plain, canonical

MOST_NAMED = 3
MOST_LETTERS = 40
LETTERS_BEFORE = 12
ENGINE = ("model", "revision", "fingerprint")


def why(request: Mapping[str, Plain], last: Mapping[str, Plain] | None) -> str:
    """Say in a line what is new about a request; `last` is the one before under its label.

    What the list asks for is named as in the list.
    """
    if last is None:
        return "new"
    found = [
        difference.removeprefix("params.").removeprefix("request.")
        for difference in differences(_readable(last), _readable(request))
    ]
    if not found:
        return "asked before, but not finished, or no longer whole in the store"
    more = len(found) - MOST_NAMED
    return "; ".join(found[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def differences(old: Plain, new: Plain, path: str = "") -> Iterator[str]:
    """Yield every difference as `params.seed: 1 -> 2`, in the order of the fields."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*new, *old]):
            inner = f"{path}.{name}" if path else name
            yield from _inside(old, new, name, inner)
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, f"{path}[{place}]")
    elif canonical(old) != canonical(new):
        yield f"{path}: {' -> '.join(_shown_apart(old, new))}"


def _inside(
    old: Mapping[str, Plain], new: Mapping[str, Plain], name: str, path: str
) -> Iterator[str]:
    if name not in old:
        yield f"{path}: added {_shown(new[name])}"
    elif name not in new:
        yield f"{path}: removed"
    else:
        yield from differences(old[name], new[name], path)


def _is_list(value: Plain) -> TypeGuard[Sequence[Plain]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _readable(request: Mapping[str, Plain]) -> dict[str, Plain]:
    """Name the parts of the engine, which the key only lists."""
    engine = request.get("engine")
    named = dict(zip(ENGINE, engine, strict=False)) if isinstance(engine, list | tuple) else engine
    return {**request, "engine": named}


def _shown_apart(old: Plain, new: Plain) -> tuple[str, str]:
    """Show two values shortly, from shortly before the place where they part."""
    if not (isinstance(old, str) and isinstance(new, str)):
        return _shown(old), _shown(new)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    start = same - LETTERS_BEFORE
    if start <= 0 or max(len(old), len(new)) <= MOST_LETTERS:
        return _shown(old), _shown(new)
    return _shown(f"...{old[start:]}"), _shown(f"...{new[start:]}")


def _shown(value: Plain) -> str:
    text = canonical(value).decode("utf-8", "replace")
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 3]}..."

"""The words that previz knows, read from the tables beside this file."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

import yaml

_FOLDER = Path(__file__).parent
LONGEST_PHRASE = 4
_FAMILIES = {
    "looks": {"colours": "colour", "finishes": "finish", "sizes": "size", "counts": "count"},
    "light": {"times": "time", "indoor": "indoor", "weather": "weather"},
    "words": {
        "camera": "camera", "framing": "framing", "height": "height", "pace": "pace",
        "towards": "towards", "groups": "group", "relations": "relation", "pronouns": "pronoun",
    },
}  # fmt: skip

Senses = Mapping[str, str]


@lru_cache
def table(name: str) -> dict[str, Any]:
    """Read one table: looks, nouns, verbs, places, light, words or effects."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    value: dict[str, Any] = yaml.load(  # a safe loader, the fast one where there is one
        (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"),
        Loader=loader,  # noqa: S506  # a safe loader, the fast one where there is one
    )
    return value


@lru_cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Map every phrase to its senses: role -> the key of its row, such as colour -> red."""
    senses: dict[str, dict[str, str]] = {}
    for role, rows in _rows():
        for key, words in rows.items():
            for phrase in _phrases(words):
                senses.setdefault(phrase, {}).setdefault(role, str(key))
    return senses


def plain(text: str) -> str:
    """Write text as the vocabulary is written: compatibility forms folded, hyphens as spaces."""
    return normalize("NFKC", text).casefold().replace("-", " ").replace("\u2019", "'")


def _rows() -> list[tuple[str, dict[str, str]]]:
    rows = [
        (role, _words_of(table(name)))
        for role, name in (("noun", "nouns"), ("place", "places"), ("verb", "verbs"))
    ]
    for name, families in _FAMILIES.items():
        rows += [(role, _words_of(table(name)[family])) for family, role in families.items()]
    rows += [
        (role, {role: table("words")[role]})
        for role in ("garment", "lists", "without", "style", "stop")
    ]
    return rows


def _words_of(rows: Mapping[str, Any]) -> dict[str, str]:
    return {key: row if isinstance(row, str) else row["words"] for key, row in rows.items()}


def _phrases(words: str) -> list[str]:
    return [phrase for phrase in (plain(word).strip() for word in words.split(",")) if phrase]

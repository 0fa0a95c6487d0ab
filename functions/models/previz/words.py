"""From a prompt's characters to words with senses: any language, any script, any length."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from unicodedata import category, name

from functions.models.previz.lexicon import LONGEST_PHRASE, Senses, plain, vocabulary

MOST_WORDS = 1500
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[.;:!?…。、\uff0c\uff01\uff1f؛،,\n]|\S")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff々〆]+")
_ELISION = re.compile(r"^(?:l|d|s|n|qu|un|dell|nell|all|sull|dall)'(?=\w)")
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse",
    "leaves": "leaf", "wolves": "wolf", "knives": "knife", "shelves": "shelf", "feet": "foot",
    "geese": "goose", "dice": "cube", "cacti": "cactus", "fungi": "mushroom", "fishes": "fish",
    "кубики": "куб", "мячи": "мяч", "деревья": "дерево", "cajas": "caja", "bäume": "baum",
}  # fmt: skip
LOOKS = ("colour", "finish", "size", "count")
"""Roles of words that say what a thing looks like."""

ARTICLES = frozenset([
    "the", "this", "that", "his", "her", "its", "their", "my", "your", "our", "el", "la", "los",
    "las", "le", "les", "der", "die", "das", "dem", "den", "il", "lo", "gli", "i", "o", "os", "as",
])  # fmt: skip
OF = frozenset({"of", "de", "von", "di", "aus"})
WHILE = frozenset({"while", "as", "mientras", "während", "mentre", "enquanto"})
_MARKS = set(".;:!?…。、\uff0c\uff01\uff1f؟؛،,\n")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or phrase of a prompt, what it can mean, and whether it names several."""

    text: str
    senses: Senses = field(default_factory=dict)
    plural: bool = False
    named: bool = False

    def can(self, role: str) -> bool:
        """Tell whether the word has a sense of this role."""
        return role in self.senses

    @property
    def mark(self) -> bool:
        """Tell whether this is a mark that ends a clause."""
        return self.text in _MARKS


def split(prompt: str) -> list[Word]:
    """Split a prompt into words and phrases, the longest that the vocabulary knows first."""
    tokens = list(_tokens(prompt))[: MOST_WORDS * 2]
    words: list[Word] = []
    at = 0
    while at < len(tokens) and len(words) < MOST_WORDS:
        word, used = _longest(tokens, at)
        words.append(word)
        at += used
    return words


def _tokens(prompt: str) -> Iterator[tuple[str, bool]]:
    """Yield each token in its plain form, and whether it was written as a name."""
    clean = prompt.encode("utf-8", "replace").decode("utf-8")
    for match in _TOKEN.finditer(clean.replace("-", " ").replace("\u2019", "'")):
        text = _ELISION.sub("", plain(match[0]))
        if _WIDE.fullmatch(text):
            yield from ((piece, False) for piece in _wide(text))
        elif category(match[0][0]) in {"So", "Sk", "Cf", "Mn"}:
            yield from ((word, False) for word in _pictured(match[0]))
        elif text.strip() and (text[0].isalnum() or text[0] in _MARKS):
            yield from ((piece, match[0][:1].isupper()) for piece in text.split())


def _longest(tokens: list[tuple[str, bool]], at: int) -> tuple[Word, int]:
    for size in range(min(LONGEST_PHRASE, len(tokens) - at), 0, -1):
        phrase = [text for text, _ in tokens[at : at + size]]
        found = _look_up(tuple(phrase))
        if found:
            return Word(" ".join(phrase), found[0], plural=found[1]), size
    text, named = tokens[at]
    return Word(text, plural=_looks_plural(text), named=named), 1


@lru_cache(maxsize=4096)
def _look_up(phrase: tuple[str, ...]) -> tuple[Senses, bool] | None:
    known = vocabulary()
    for last, plural in _stems(phrase[-1]):
        for first, _ in _stems(phrase[0]) if len(phrase) > 1 else [("", False)]:
            parts = [first, *phrase[1:-1], last] if len(phrase) > 1 else [last]
            if senses := known.get(" ".join(parts)):
                return senses, plural or _is_plural(phrase, senses)
    if phrase[0].isdecimal() and len(phrase) == 1:
        return {"count": phrase[0]}, False
    return None


def _stems(word: str) -> Iterator[tuple[str, bool]]:
    """Yield what a word may be a form of, the likeliest first, and whether that is a plural."""
    if word in _IRREGULAR:
        yield _IRREGULAR[word], True
    yield word, False
    if len(word) < 4 or not word.isalpha():
        return
    for ending, instead, plural in (
        ("ies", "y", True), ("ves", "f", True), ("es", "", True), ("s", "", True),
        ("ying", "ie", False), ("ing", "e", False), ("ing", "", False), ("ied", "y", False),
        ("ed", "e", False), ("ed", "", False), ("d", "", False), ("ly", "", False),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 2:
            stem = word.removesuffix(ending) + instead
            yield stem, plural
            if len(stem) > 3 and ending in {"ing", "ed"} and stem[-1] == stem[-2]:
                yield stem[:-1], False


def _is_plural(phrase: tuple[str, ...], senses: Senses) -> bool:
    """Tell whether a word that the vocabulary lists is the plural of another that it lists."""
    known, noun = vocabulary(), senses.get("noun")
    stems = [stem for stem, plural in _stems(phrase[-1]) if plural]
    return noun is not None and any(
        known.get(" ".join([*phrase[:-1], stem]), {}).get("noun") == noun for stem in stems
    )


def _looks_plural(word: str) -> bool:
    return len(word) > 3 and word.isascii() and word.endswith("s") and not word.endswith("ss")


def _wide(text: str) -> Iterator[str]:
    """Cut a run of Chinese or Japanese writing into known words and the rest between them."""
    known, rest, at = vocabulary(), "", 0
    while at < len(text):
        size = next((n for n in range(8, 0, -1) if text[at : at + n] in known), 0)
        if size and rest:
            yield rest
            rest = ""
        if size:
            yield text[at : at + size]
        else:
            rest += text[at]
        at += size or 1
    if rest:
        yield rest


def _pictured(sign: str) -> Iterator[str]:
    """Read an emoji by its Unicode name: DOG FACE is a dog."""
    known = vocabulary()
    for word in name(sign[0], "").lower().split():
        if {"noun", "place", "time", "weather"} & known.get(word, {}).keys():
            yield word
            return


def links(word: Word) -> bool:
    """Tell whether a word ties a group to its members: a stack OF, crates, wooden."""
    return word.text in {*OF, "\u0441", "из"} or goes_on(word)


def goes_on(word: Word) -> bool:
    """Tell whether a noun phrase goes on with this word."""
    return names(word) or (not word.senses and word.text.isalpha() and not word.mark)


def names(word: Word) -> bool:
    """Tell whether a word belongs into a noun phrase."""
    return any(word.can(role) for role in ("noun", "place", "group", *LOOKS))

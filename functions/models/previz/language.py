"""From a prompt to a reading: who is there, what they do, where, and in what light.

A small grammar of noun phrases, verbs and prepositions; it never fails, and says what it did not
understand.
"""

from collections.abc import Iterable
from dataclasses import replace

from functions.models.previz.lexicon import table
from functions.models.previz.reading import Deed, Looks, Reading, Thing
from functions.models.previz.words import (
    ARTICLES,
    LOOKS,
    OF,
    WHILE,
    Word,
    goes_on,
    links,
    names,
    split,
)

MOST_THINGS = 14
MOST_DEEDS = 24
MOST_UNKNOWN = 200
_GROUP_COUNTS = {"stack": 10, "row": 5, "ring": 7, "crowd": 7, "pair": 2}
_TELLING = ("time", "weather", "indoor", "camera", "framing", "height", "pace", "towards")
_ORDER = ("garment", "pronoun", "without", "noun", "verb", "place", *_TELLING, "relation", "lists")


def read(prompt: str, *, cast: Iterable[tuple[str, str]] = ()) -> Reading:
    """Read a prompt; names of the cast stand for their descriptions."""
    parser = _Parser({name.casefold(): text for name, text in cast})
    words = split(prompt)
    for word, following in zip(words, [*words[1:], Word(".")], strict=False):
        parser.take(word, following)
    return parser.reading()


class _Parser:
    """Walk through the words once, from left to right."""

    def __init__(self, cast: dict[str, str]) -> None:
        self._cast = cast
        self._things: list[Thing] = []
        self._deeds: list[Deed] = []
        self._relations: list[tuple[int, str, int]] = []
        self._said: dict[str, list[str]] = {}
        self._missed: dict[str, None] = {}
        self._places: list[tuple[str, Looks]] = []
        self._looks = Looks()
        self._open = False  # inside a noun phrase that waits for its noun
        self._actors: tuple[int, ...] = ()
        self._deed = -1  # the deed that may still take a target
        self._acted = False  # the actors have a verb of their own already
        self._way = ""
        self._joined = False
        self._denied = False
        self._beside = False  # "while" has been said, and its verb is to come
        self._broke = False  # the last word was a comma, or "and"
        self._definite = False  # the phrase began with "the"
        self._flavour = ""
        self._of = False  # the last word was "of"
        self._strewn = False  # "a field of" waits for what grows in it
        self._nature = False  # the subject of the clause is the weather, the light or the place
        self._filming = False  # the last word told how the camera moves

    def take(self, word: Word, following: Word) -> None:
        """Take the next word in."""
        if word.mark:
            self._end_clause(full=word.text in ".;!?…。\n")
            self._broke = True
            return
        role = self._role(word, following)
        if role in LOOKS:
            self._adjective(role, word.senses[role])
        elif role in _TELLING:
            self._said.setdefault(role, []).append(word.senses[role])
            self._nature = self._nature or (role in {"time", "weather"} and not self._way)
        else:
            _TAKERS[role](self, word, following)
        self._of = word.text in OF or (self._of and role in LOOKS)
        self._broke = role == "lists"
        self._filming = role == "camera" or (self._filming and role == "pace")

    def reading(self) -> Reading:
        """Settle what was left open and return it all."""
        for name in list(self._cast):
            self._character(Word(name), Word("."))
        first = {role: said[0] for role, said in self._said.items()}
        every = {role: tuple(dict.fromkeys(said)) for role, said in self._said.items()}
        place, looks = self._setting()
        return Reading(
            things=tuple(self._things),
            deeds=tuple(deed for deed in map(self._settled, self._deeds) if deed.actors),
            relations=tuple(self._relations),
            place=place,
            place_colour=looks.colours[0] if looks.colours else "",
            place_finish=looks.finish,
            places=tuple(dict.fromkeys(name for name, _ in self._places)),
            flavour=self._flavour,
            time=first.get("time", ""),
            weather=every.get("weather", ()),
            indoor=every.get("indoor", ()),
            moves=every.get("camera", ()),
            framing=first.get("framing", ""),
            height=first.get("height", ""),
            towards=first.get("towards", ""),
            pace=first.get("pace", ""),
            not_understood=tuple(self._missed)[:MOST_UNKNOWN],
        )

    def _role(self, word: Word, following: Word) -> str:  # noqa: PLR0911  # one rule a line, the first that fits
        """Choose the sense of a word from what stands around it."""
        if word.text in self._cast:
            return "character"
        if not word.senses:
            return "unknown"
        thing = word.can("noun") or word.can("place")
        if word.can("group") and (not thing or links(following)):
            return "group"
        look = next((role for role in LOOKS if word.can(role)), "")
        if look and (not thing or goes_on(following)) and not self._verb_like(word):
            return look
        if word.can("verb") and (self._open or not thing) and names(following) and self._open:
            return "noun" if word.can("noun") and not following.can("noun") else "participle"
        if word.can("verb") and word.can("noun"):
            return "verb" if self._verb_like(word) else "noun"
        if word.can("place") and word.can("verb"):
            return "place" if self._way or self._open else "verb"
        if word.can("place") and word.can("noun"):
            return "noun" if self._way in {"", "by", "behind", "to"} else "place"
        if word.can("stop") or word.can("style"):
            return "stop" if not word.can("noun") and not word.can("place") else "noun"
        return next(role for role in (*_ORDER, "stop") if word.can(role))

    def _verb_like(self, word: Word) -> bool:
        """Tell whether a verb is due: someone has been named and has done nothing yet."""
        return word.can("verb") and not self._open and bool(self._actors) and not self._acted

    def _adjective(self, role: str, key: str) -> None:
        self._open = True
        if role == "colour":
            self._looks.colours.append(key)
        elif role == "finish" and self._looks.finish in {"", "dark", "light"}:
            self._looks.finish = key
        elif role == "size":
            self._looks.size = key
        elif role == "count":
            self._looks.count = max(self._looks.count, min(int(key[:4]), 24), 1)

    def _group(self, word: Word, _: Word) -> None:
        self._looks.group = word.senses["group"]
        self._open = True

    def _participle(self, word: Word, _: Word) -> None:
        self._looks.verbs.append(word)

    def _noun(self, word: Word, following: Word) -> None:
        key = word.senses.get("noun")
        if key is None or (following.senses.get("noun") == key and not following.can("verb")):
            return
        if key == "camera" and self._films(following):
            self._close_phrase()
            self._actors, self._nature = (), True
            return
        if self._of and self._things and self._things[-1].noun == key:
            return  # a cup of coffee is one cup
        if self._of and self._things and row_kind(self._things[-1].noun) == "vessel":
            return  # nor is a bowl of fruit two things
        if self._strewn and self._of:
            self._flavour, self._strewn = key, False
            self._close_phrase()
            return
        plant = row_kind(key) == "plant"
        if plant and following.can("place") and not following.can("noun"):
            self._flavour = self._flavour or key  # a pine forest, a palm beach
            return
        self._meet(self._thing(key, word))

    def _films(self, following: Word) -> bool:
        """Tell whether a camera is the one that films: it moves, or is "the" one and nobody's."""
        told = self._filming or following.can("camera") or following.can("pace")
        seen = any(thing.noun == "camera" for thing in self._things)
        aimed = self._deed >= 0 and not self._way
        ours = (self._definite and not aimed) or (not self._open and following.can("verb"))
        return told or (ours and not seen)

    def _unknown(self, word: Word, following: Word) -> None:
        """Take an unknown word for the head of a noun phrase where it must be one."""
        self._missed.setdefault(word.text[:40])
        heads = self._open and not goes_on(following)
        if word.named and following.can("verb") and not self._open and word.text.isalpha():
            self._meet(self._thing("person", word, stand_in=True))
        elif heads and word.text.isalpha():
            self._meet(self._thing(word.text[:40], word, stand_in=True))

    def _character(self, word: Word, _: Word) -> None:
        described = read(self._cast.pop(word.text))
        for thing in described.things[:1]:
            self._join_cast(replace(thing, word=word.text[:40], count=1))
        for missed in described.not_understood:
            self._missed.setdefault(missed)

    def _join_cast(self, thing: Thing) -> None:
        for at, known in enumerate(self._things):
            if known.noun == thing.noun and word_is_unnamed(known):
                self._things[at] = replace(thing, count=known.count, group=known.group)
                return
        self._meet(thing)

    def _place(self, word: Word, following: Word) -> None:
        key = word.senses["place"]
        self._nature = not self._way and not self._things
        poured = key == "water" and following.senses.get("verb") == "pour"
        if not (self._denied or poured or (key == "sky" and self._way in {"under", ""})):
            self._places.append((key, self._looks))
        self._strewn = following.text in OF
        self._close_phrase()
        self._deed = -1

    def _verb(self, word: Word, _: Word) -> None:
        natural = self._nature and not self._actors and word.senses["verb"] != "pour"
        denied = self._denied
        self._close_phrase()
        if self._broke and self._deeds and self._deeds[-1].actors:
            self._actors = self._deeds[-1].actors  # "..., and drops it": whoever acted last
        if natural and word.senses["verb"] == "fall" and self._places:
            self._said.setdefault("weather", []).append("snow")
        elif len(self._deeds) < MOST_DEEDS and not denied and not natural:
            self._add_deed(word, self._actors)
            self._deed = len(self._deeds) - 1
        self._acted = True
        self._joined = False

    def _add_deed(self, word: Word, actors: tuple[int, ...]) -> None:
        pace = (self._said.get("pace") or [""])[-1]
        self._deeds.append(
            Deed(
                verb=word.senses["verb"],
                word=word.text,
                actors=actors,
                pace=pace,
                beside=self._beside,
            )
        )
        self._beside = False

    def _pronoun(self, word: Word, _: Word) -> None:
        several = word.senses["pronoun"] == "many"
        if self._deed >= 0 and self._things:
            self._aim(self._meant(several, besides=self._deeds[self._deed].actors))
        elif several:
            self._actors, self._acted = (self._meant(several, besides=()),), False
        elif self._deeds and self._deeds[-1].actors:
            self._actors, self._acted = self._deeds[-1].actors[:1], False
        if self._actors == (-1,):
            self._actors = ()

    def _meant(self, several: bool, besides: tuple[int, ...]) -> int:
        fitting = [
            at
            for at, thing in enumerate(self._things)
            if at not in besides and (thing.count > 1) == several
        ]
        others = [at for at in range(len(self._things)) if at not in besides]
        return (fitting or others or [-1])[-1]

    def _garment(self, _word: Word, _following: Word) -> None:
        """Dress whoever was named last in the colour of what they wear."""
        if self._things and self._looks.colours:
            owner = self._owner() if self._actors else len(self._things) - 1
            worn = tuple(self._looks.colours[:1])
            self._things[owner] = replace(self._things[owner], colours=worn)
        self._close_phrase()

    def _relation(self, word: Word, _: Word) -> None:
        self._close_phrase()
        self._way = word.senses["relation"]

    def _lists(self, word: Word, _following: Word) -> None:
        self._beside = self._beside or word.text in WHILE
        self._joined = not self._acted
        if not self._open:
            self._end_clause(full=False)

    def _without(self, _word: Word, _following: Word) -> None:
        self._denied = True

    def _stop(self, word: Word, _: Word) -> None:
        self._open = self._open or word.text in ARTICLES
        self._definite = self._definite or word.text == "the"

    def _thing(self, noun: str, word: Word, *, stand_in: bool = False) -> Thing:
        looks = self._looks
        several = _GROUP_COUNTS.get(looks.group, 3 if word.plural else 1)
        if noun == "domino" and word.plural:
            several = 9
        return Thing(
            noun=noun,
            word=word.text[:40],
            colours=tuple(looks.colours[:3]),
            finish=looks.finish,
            size=looks.size,
            count=looks.count if looks.count > 1 else several,
            group=looks.group,
            stand_in=stand_in,
        )

    def _meet(self, thing: Thing) -> None:
        """Give a thing that was just named its part in the sentence."""
        verbs, joined = self._looks.verbs, self._joined
        way, denied, definite = self._way, self._denied, self._definite
        self._close_phrase()
        me = self._known(thing) if definite else len(self._things)
        if denied or me >= MOST_THINGS:
            return
        if me == len(self._things):
            self._things.append(thing)
        for word in verbs:
            self._add_deed(word, (me,))
        if self._deed >= 0:
            self._aim(me, way)
        elif way and me:
            guests = self._actors or (self._owner(),)
            self._relations += [(guest, way, me) for guest in guests]
        else:
            self._actors = (*self._actors, me) if joined and self._actors else (me,)
            self._acted = False

    def _known(self, thing: Thing) -> int:
        """Find what "the robot" refers back to; a new number where nothing was named so."""
        plain = not (thing.colours or thing.finish or thing.size or thing.group)
        same = [at for at, known in enumerate(self._things) if known.noun == thing.noun]
        return same[-1] if same and plain and thing.count == 1 else len(self._things)

    def _owner(self) -> int:
        return self._actors[-1] if self._actors else len(self._things) - 2

    def _aim(self, target: int, way: str = "") -> None:
        """Make a thing the target of the open deed, or a neighbour where the deed has one."""
        deed = self._deeds[self._deed]
        if deed.target < 0 and target not in deed.actors:
            self._deeds[self._deed] = replace(deed, target=target, way=way or self._way)
        elif way and deed.actors and target >= 0:
            self._relations.append(
                (deed.target if deed.target >= 0 else deed.actors[0], way, target)
            )
        self._way = ""

    def _close_phrase(self) -> None:
        self._looks = Looks()
        self._open = self._denied = self._definite = False
        self._way = ""

    def _end_clause(self, *, full: bool) -> None:
        self._close_phrase()
        self._deed = -1
        self._nature = False
        self._joined = self._joined and not full

    def _settled(self, deed: Deed) -> Deed:
        """Give a verb that came before every noun the first thing as its actor."""
        if deed.actors or not self._things:
            return deed
        first = 1 if deed.target == 0 and len(self._things) > 1 else 0
        return replace(deed, actors=(first,), target=-1 if deed.target == first else deed.target)

    def _setting(self) -> tuple[str, Looks]:
        weak = {"water", "sky"}
        strong = [place for place in self._places if place[0] not in weak]
        return (strong or self._places or [("", Looks())])[0]


_TAKERS = {
    "unknown": _Parser._unknown,  # noqa: SLF001  # the parser's own table, filled once it exists
    "character": _Parser._character,  # noqa: SLF001
    "group": _Parser._group,  # noqa: SLF001
    "participle": _Parser._participle,  # noqa: SLF001
    "noun": _Parser._noun,  # noqa: SLF001
    "verb": _Parser._verb,  # noqa: SLF001
    "place": _Parser._place,  # noqa: SLF001
    "pronoun": _Parser._pronoun,  # noqa: SLF001
    "garment": _Parser._garment,  # noqa: SLF001
    "relation": _Parser._relation,  # noqa: SLF001
    "lists": _Parser._lists,  # noqa: SLF001
    "without": _Parser._without,  # noqa: SLF001
    "stop": _Parser._stop,  # noqa: SLF001
}


def row_kind(noun: str) -> str:
    """Return what kind of thing a noun of the table names; nothing for a stand-in."""
    return str(table("nouns").get(noun, {}).get("kind", ""))


def word_is_unnamed(thing: Thing) -> bool:
    """Tell whether nothing but its noun is known of a thing."""
    return not (thing.colours or thing.finish)

"""What a prompt was understood to say: things, deeds, place, light and camera."""

from dataclasses import dataclass, field

from functions.models.previz.words import Word


@dataclass(slots=True, kw_only=True)
class Looks:
    """The adjectives before a noun, as they gather."""

    colours: list[str] = field(default_factory=list)
    finish: str = ""
    size: str = ""
    count: int = 0
    group: str = ""
    verbs: list[Word] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A noun phrase: `noun` is a row of the nouns table, or the word itself for a stand-in."""

    noun: str
    word: str
    colours: tuple[str, ...] = ()
    finish: str = ""
    size: str = ""
    count: int = 1
    group: str = ""
    stand_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A verb with who does it, to what, and how: things are numbers in `Reading.things`.

    `beside` says that it happens while the one before it does.
    """

    verb: str
    word: str
    actors: tuple[int, ...]
    target: int = -1
    way: str = ""
    pace: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that was understood of a prompt, and all that was not."""

    things: tuple[Thing, ...] = ()
    deeds: tuple[Deed, ...] = ()
    relations: tuple[tuple[int, str, int], ...] = ()
    place: str = ""
    place_colour: str = ""
    place_finish: str = ""
    places: tuple[str, ...] = ()
    flavour: str = ""
    time: str = ""
    weather: tuple[str, ...] = ()
    indoor: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    framing: str = ""
    height: str = ""
    towards: str = ""
    pace: str = ""
    not_understood: tuple[str, ...] = ()

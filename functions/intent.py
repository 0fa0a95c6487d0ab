"""What a shot is to show, step by step: the reading that the scene was built from, told in time."""

from dataclasses import dataclass
from typing import Literal

from farm.shots.request import Request
from functions.models.previz.language import read
from functions.models.previz.reading import Deed, Reading
from functions.models.previz.steps import STATES, windows

Kind = Literal["enter", "leave", "travel", "up", "down", "burst", "stir"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("roll", "walk", "run", "drive", "fly", "swim", "sail", "slide", "chase"), "travel"
    ),
    **dict.fromkeys(("rise", "jump", "bounce"), "up"),
    **dict.fromkeys(("fall", "sink"), "down"),
    **dict.fromkeys(("explode", "hit", "topple", "throw"), "burst"),
}  # fmt: skip
_STEMS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("enter", ("enter", "arriv")),
    ("leave", ("leave", "left", "exit", "depart")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is to happen.

    `said` is the step in words, `kind` what of it can be seen in pixels, and `begins` and `ends`
    its window, as parts of the take.
    """

    number: int
    said: str
    who: str
    verb: str
    kind: Kind
    begins: float
    ends: float

    @property
    def turns(self) -> bool:
        """Tell whether it is a turning on the spot, which a plain round thing does not show."""
        return self.verb == "spin"


def steps_of(request: Request) -> tuple[Step, ...]:
    """Split what a request asks into its steps in time, in the order in which they are told."""
    reading = read(request.prompt, cast=request.cast)
    told = zip(reading.deeds, windows(reading), strict=True)
    lasting = [(deed, window) for deed, window in told if deed.verb not in STATES]
    return tuple(
        Step(
            number=number,
            said=_said(reading, deed),
            who=reading.things[deed.actors[0]].word,
            verb=deed.verb,
            kind=_kind(deed),
            begins=begins,
            ends=ends,
        )
        for number, (deed, (begins, ends)) in enumerate(lasting, 1)
    )


def _kind(deed: Deed) -> Kind:
    by_word = (kind for kind, stems in _STEMS if deed.word.startswith(stems))
    return next(by_word, _KINDS.get(deed.verb, "stir"))


def _said(reading: Reading, deed: Deed) -> str:
    who = " and ".join(reading.things[actor].word for actor in deed.actors)
    whom = (
        f" {deed.way}".rstrip() + f" {reading.things[deed.target].word}" if deed.target >= 0 else ""
    )
    return f"{who} {deed.word}{whom}"

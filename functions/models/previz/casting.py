"""Who plays what: from the things of a reading to built props of sizes that fit one picture."""

import math
from dataclasses import dataclass, field
from typing import Any

from functions.models.previz.kit import NEON, Kit, Paints, Prop, finished, material_of
from functions.models.previz.lexicon import table
from functions.models.previz.props import PROPS
from functions.models.previz.reading import Reading, Thing
from functions.models.previz.scene import Act, Collider
from functions.models.previz.space import ORIGIN, Vec

STAND_IN: dict[str, Any] = {
    "prop": "stand_in",
    "size": 1.4,
    "colour": "teal",
    "finish": "plastic",
    "kind": "still",
}
BACKGROUND = frozenset({"backdrop", "celestial", "building"})
ROOMY = {"underwater": 2.2, "room": 4.0, "corridor": 3.0, "tabletop": 0.8}
"""The largest extent in metres of anything in some places."""

VARIED = frozenset({"car", "sportscar", "truck", "person", "woman", "balloon", "airballoon"})
MOTLEY = ("blue", "yellow", "white", "green", "orange", "teal", "purple", "grey")
"""The colours of the second and later of a kind, where the prompt names none."""

LARGEST_RATIO = 3.2
SMALLEST_RATIO = 0.3


@dataclass(slots=True, kw_only=True)
class Member:
    """One body of a player: where it stands, which way it faces, what it does."""

    prop: Prop
    place: Vec = ORIGIN
    yaw: float = 0.0
    acts: list[Act] = field(default_factory=list)
    collider: Collider | None = None
    body: int = -1


@dataclass(slots=True, kw_only=True)
class Player:
    """One subject of the picture: a thing of the prompt with all its bodies."""

    number: int
    thing: Thing
    kind: str
    home: str
    members: list[Member]
    deeds: set[str] = field(default_factory=set)
    lifted: float = 0.0
    tied: bool = False
    perched: bool = False

    @property
    def prop(self) -> Prop:
        """Return the prop that its first body shows."""
        return self.members[0].prop

    @property
    def reach(self) -> float:
        """Tell how far its bodies spread from its middle."""
        return max(math.hypot(m.place[0], m.place[2]) + m.prop.reach for m in self.members)

    @property
    def background(self) -> bool:
        """Tell whether it belongs behind the others."""
        return self.kind in BACKGROUND


def cast(reading: Reading, paints: Paints, seed: int) -> list[Player]:
    """Build every thing of the reading, at sizes that one picture can hold."""
    things = reading.things or _nobody(reading)
    sizes = _circling(reading, _sizes(things))
    if reading.place in ROOMY:
        sizes = [size * min(1.0, ROOMY[reading.place] / max(sizes)) for size in sizes]
    return [
        _player(number, thing, size, paints, seed)
        for number, (thing, size) in enumerate(zip(things, sizes, strict=True))
    ]


def _nobody(reading: Reading) -> tuple[Thing, ...]:
    """Put a stand-in on an empty stage; a place or a light is a subject of its own."""
    if reading.places or reading.time or reading.weather:
        return ()
    return (Thing(noun="something", word="something", stand_in=True),)


def row_of(thing: Thing) -> dict[str, Any]:
    """Return what the nouns table says of a thing."""
    row: dict[str, Any] = table("nouns").get(thing.noun, STAND_IN)
    return row


def _sizes(things: tuple[Thing, ...]) -> list[float]:
    """Give natural sizes, then draw those of neighbours together: a picture has one scale."""
    sizes = [
        row_of(t)["size"] * table("looks")["sizes"].get(t.size, {"by": 1.0})["by"] for t in things
    ]
    if not sizes:
        return []
    lead = next((k for k, t in enumerate(things) if row_of(t)["kind"] not in BACKGROUND), 0)
    fitted = []
    for k, (thing, size) in enumerate(zip(things, sizes, strict=True)):
        background = row_of(thing)["kind"] in BACKGROUND
        if k == lead or background:
            fitted.append(size)
            continue
        ratio = size / sizes[lead]
        named = bool(thing.size or things[lead].size)
        high, low = LARGEST_RATIO * (2 if named else 1), SMALLEST_RATIO / (2 if named else 1)
        fitted.append(sizes[lead] * _soft(ratio, low, high))
    return fitted


def _circling(reading: Reading, sizes: list[float]) -> list[float]:
    """Make what circles round something small beside it."""
    fitted = list(sizes)
    for deed in reading.deeds:
        if deed.verb == "orbit" and 0 <= deed.target < len(sizes):
            for actor in deed.actors:
                fitted[actor] = min(fitted[actor], 0.24 * sizes[deed.target])
    return fitted


def _soft(ratio: float, low: float, high: float) -> float:
    if ratio > high:
        return float(high * (ratio / high) ** 0.3)
    return float(low * (ratio / low) ** 0.3) if ratio < low else ratio


def _player(number: int, thing: Thing, size: float, paints: Paints, seed: int) -> Player:
    row = row_of(thing)
    members = [
        Member(prop=build(row, thing, size, paints, seed * 64 + number * 1009 + k, k))
        for k in range(thing.count)
    ]
    return Player(
        number=number, thing=thing, kind=row["kind"], home=row.get("home", ""), members=members
    )


def build(
    row: dict[str, Any], thing: Thing, size: float, paints: Paints, seed: int, k: int
) -> Prop:
    """Build one prop in the colours and finish that the prompt asks for."""
    colours = thing.colours
    colour = colours[k % len(colours)] if colours else ""
    if not colour and thing.finish in {
        "",
        "dark",
        "light",
        "matte",
        "glossy",
        "plastic",
        "rubber",
        "paint",
        "fabric",
    }:
        colour = row.get("colour", "")
        if k and row["prop"] in VARIED:
            colour = MOTLEY[(seed + k) % len(MOTLEY)]
    if not colour and thing.finish == "neon":
        colour = NEON[k % len(NEON)]
    natural = row.get("finish", "plain")
    if thing.finish == "neon":
        main = paints.row(material_of(colour=colour, finish="neon"))
    elif thing.colours and thing.finish == "" and natural in {"wood", "stone", "brick", "panes"}:
        main = paints.row(material_of(colour=colour, natural="paint", finish=""))
    else:
        main = paints.row(material_of(colour=colour, finish=thing.finish, natural=natural))
    kit = Kit(
        paints=paints,
        main=main,
        colours=colours,
        finish=thing.finish or natural,
        seed=seed,
    )
    PROPS.get(row["prop"])(kit)
    return finished(kit, size=size)

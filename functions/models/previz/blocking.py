"""The stage plan: who stands where before anything happens, and the values that deeds work with."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.models.previz.casting import Player, row_of
from functions.models.previz.formations import beside, form
from functions.models.previz.reading import Deed, Reading
from functions.models.previz.scene import Act, Collider
from functions.models.previz.space import Vec, add, chance, norm, sub, turn, turned

BALLS = frozenset({"ball", "beachball", "football", "apple", "pumpkin", "egg"})
STEADY = frozenset({"building", "plant", "backdrop", "celestial"})
DENSITY = 110.0
PACES = {"slow": 0.55, "": 1.0, "fast": 1.7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Puff:
    """A wish for particles: what kind, at which body or place, how large, and when."""

    kind: str
    size: float
    place: Vec = (0.0, 0.0, 0.0)
    body: int = -1
    start: float = -1e9


@dataclass(slots=True, kw_only=True)
class Plot:
    """What happens: the players, the time there is, and which way things go."""

    players: list[Player]
    reading: Reading
    span: float
    seed: int
    way: float
    aspect: float
    trucking: bool = False
    depth: float = 0.0
    clocks: dict[int, float] = field(default_factory=dict)
    puffs: list[Puff] = field(default_factory=list)
    hits: dict[int, int] = field(default_factory=dict)
    stacked: dict[int, float] = field(default_factory=dict)
    guests: Counter[int] = field(default_factory=Counter)

    def luck(self, number: int) -> float:
        """Return this take's own number between 0 and 1."""
        return chance(self.seed, 1000 + number)

    def pace(self, deed: Deed | None) -> float:
        """Tell how much faster than usual things go."""
        word = deed.pace if deed is not None and deed.pace else self.reading.pace
        return PACES[word]

    def forward(self, tilt: float = 0.0) -> Vec:
        """Return the direction in which the action goes, `tilt` radians towards the camera."""
        return (self.way * math.cos(tilt), 0.0, math.sin(tilt))

    def lead(self) -> Player | None:
        """Return the player that the picture is about."""
        front = [p for p in self.players if not p.background]
        return next(iter(front or self.players), None)


def place_all(plot: Plot) -> None:
    """Stand every player in its place: the lead at the origin, the others by their relations."""
    for player in plot.players:
        form(player, plot.seed)
        if player.thing.group == "stack":
            _turn_stack(player, plot)
    lead = plot.lead()
    done = {lead.number} if lead else set()
    ties = list(_ties(plot.reading))
    for tie in ties:
        _relate(plot, *tie, done)
    side = 1.0 if plot.luck(1) < 0.5 else -1.0
    for player in plot.players:
        if player.number not in done and lead is not None:
            _stand_aside(player, lead, side, len(done), plot)
            done.add(player.number)
            side = -side
            for tie in ties:  # what is related to it, and not to the lead
                _relate(plot, *tie, done)


def _ties(reading: Reading) -> Iterator[tuple[int, str, int]]:
    """Yield who stands how to whom, as said of things and of deeds."""
    yield from reading.relations
    for deed in reading.deeds:
        if deed.target >= 0 and deed.way in {"on", "over", "under", "behind", "before", "by"}:
            yield from ((actor, deed.way, deed.target) for actor in deed.actors)


def shift(player: Player, by: Vec) -> None:
    """Move all of a player's bodies."""
    for member in player.members:
        member.place = add(member.place, by)


def _turn_stack(player: Player, plot: Plot) -> None:
    """Turn a pile so that the camera sees its breadth."""
    angle = 0.6 + 0.5 * plot.luck(3)
    plot.stacked[player.number] = angle
    for member in player.members:
        x, y, z = turned(turn((0.0, 1.0, 0.0), angle), member.place)
        member.place = (x, y, z)
        member.yaw += angle


def _relate(plot: Plot, guest: int, way: str, host: int, done: set[int]) -> None:
    """Place the one of two whose place is not settled yet by the one whose place is."""
    if guest == host or max(guest, host) >= len(plot.players):
        return
    if host in done and guest not in done:
        mover = guest
    elif guest in done and host not in done:
        mover = host
    else:
        return
    if plot.players[mover].background and way not in {"on", "over"}:
        return
    plot.players[guest].tied = True
    plot.players[guest].perched = way == "on"
    order = plot.guests[host]
    goal = beside(plot.players[guest], way, plot.players[host], plot.seed, order=order)
    plot.guests[host] += 1
    if mover == guest:
        shift(plot.players[guest], goal)
    else:
        gap = sub(plot.players[guest].members[0].place, goal)
        shift(plot.players[host], (gap[0], 0.0, gap[2]))
        lifted = goal[1] - plot.players[guest].members[0].place[1]
        shift(plot.players[guest], (0.0, lifted, 0.0))
    done |= {guest, host}


def _stand_aside(player: Player, lead: Player, side: float, order: int, plot: Plot) -> None:
    """Stand a player that nothing ties down beside the lead, or far behind where it is huge."""
    far = lead.reach + player.reach
    if player.kind == "celestial":
        high = (0.35 + 0.4 * plot.luck(5)) * far
        if "space" in {plot.reading.place or lead.home, player.home}:
            high = (0.7 * plot.luck(5) - 1.2) * far
        shift(player, (side * 1.7 * far, high, -4.2 * far))
    elif player.background:
        near = 1.6 if player.prop.height < 6 * lead.prop.height else 2.4
        shift(player, (side * (0.62 * far + 0.25 * player.reach), 0.0, -near * far))
    else:
        shift(player, (side * (1.1 + 0.25 * order) * far, 0.0, -(0.35 + 0.4 * plot.luck(6)) * far))


def collider(player: Player, number: int, hold: str, **more: float) -> Collider:
    """Give a body its part in physics."""
    member = player.members[number]
    half = member.prop.half
    ball = member_is_ball(player)
    radius = half[1]
    shape = (radius, radius, radius) if ball else (half[0] * 0.97, half[1], half[2] * 0.97)
    volume = 4.2 * radius**3 if ball else 8.0 * half[0] * half[1] * half[2]
    return Collider(
        shape="ball" if ball else "box",
        centre=(0.0, half[1], 0.0),
        half=shape,
        mass=max(volume * DENSITY * more.get("heavy", 1.0), 0.01),
        hold=hold,
        bounce=more.get("bounce", 0.12),
        friction=more.get("friction", 0.5),
        release=more.get("release", -1.0),
    )


def member_is_ball(player: Player) -> bool:
    """Tell whether a player's bodies roll like balls."""
    return row_of(player.thing)["prop"] in BALLS


def face(player: Player, yaw: float) -> None:
    """Turn all of a player's bodies to a heading."""
    for member in player.members:
        member.yaw = yaw


def spread(player: Player) -> tuple[Vec, float]:
    """Return the middle of a player's bodies over the ground, and their reach from it."""
    places = [member.place for member in player.members]
    n = len(places)
    middle = (
        sum(p[0] for p in places) / n,
        min(p[1] for p in places),
        sum(p[2] for p in places) / n,
    )
    reach = max(norm(sub((p[0], 0.0, p[2]), (middle[0], 0.0, middle[2]))) for p in places)
    return middle, reach + max(member.prop.reach for member in player.members)


def act(verb: str, **more: float | Vec | tuple[Vec, ...] | tuple[float, ...] | bool) -> Act:
    """Make an act."""
    return Act(verb=verb, **more)  # type: ignore[arg-type]  # the fields of Act, by name

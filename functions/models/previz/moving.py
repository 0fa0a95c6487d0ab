"""Deeds that go somewhere: travelling, riding, chasing, hitting, circling, rising, hopping."""

import math
from dataclasses import replace

from functions.models.previz.blocking import (
    STEADY,
    Plot,
    Puff,
    face,
    shift,
)
from functions.models.previz.casting import Player
from functions.models.previz.collisions import collide
from functions.models.previz.journeys import journey, reach_target
from functions.models.previz.reading import Deed
from functions.models.previz.scene import Act
from functions.models.previz.space import TAU, Vec, chance, sub, unit

MOVES = {
    "roll": 2.6, "walk": 1.35, "run": 4.2, "drive": 9.0, "fly": 6.0, "swim": 1.1, "sail": 2.2,
    "slide": 2.0,
}  # fmt: skip
"""Metres a second of a body one or two metres long."""


CLASHES = frozenset({"in", "to"})


MOUNTS = frozenset({"driver", "runner", "sailor", "flyer"})


def target_of(plot: Plot, deed: Deed) -> Player | None:
    """Return whom a deed is done to."""
    return plot.players[deed.target] if 0 <= deed.target < len(plot.players) else None


def do_move(plot: Plot, player: Player, deed: Deed) -> None:  # noqa: PLR0911  # a sentence pattern a line, the first that fits
    """Travel, or run into something where the sentence says so."""
    if player.number in plot.hits or has_deed(plot, player, "hit"):
        return
    target = target_of(plot, deed)
    if target is not None and deed.way in CLASHES and _gives_way(target) and deed.verb != "walk":
        do_hit(plot, player, deed)
        return
    if target is not None and deed.verb == "drive" and target.kind in MOUNTS and not deed.way:
        do_ride(plot, player, target, deed)
        return
    if target is not None and deed.verb == "fly" and player.kind == "walker":
        _hold_aloft(plot, player, target)
        return
    speed = speed_of(plot, player, deed)
    if target is not None and target.thing.noun == "bridge":
        _cross_over(plot, player, target, speed)
        return
    if player.kind == "hopper":
        do_hop(plot, player, deed)
    if target is not None and deed.way in {"to", "by"} and target.kind not in STEADY:
        reach_target(plot, player, target, speed)
        return
    high = height_of(player, deed.verb)
    bound = plot.reading.towards
    if target is not None and deed.way == "around":
        do_orbit(plot, player, deed)
        return
    if any(deed.verb in other.deeds and other.tied for other in plot.players):
        high = max(high, 0.0)
    journey(plot, player, speed, high, bound)


def do_ride(plot: Plot, player: Player, mount: Player, deed: Deed) -> None:
    """Sit a rider on an animal or in a car, and let that travel."""
    shift(mount, sub(player.members[0].place, mount.members[0].place))
    speed = speed_of(plot, mount, None) * plot.pace(deed)
    journey(plot, mount, speed, height_of(mount, ""), plot.reading.towards)
    mount.deeds.add("drive")
    inside = mount.kind in {"driver", "flyer"}
    for member in player.members:
        member.acts += [a for a in mount.members[0].acts if a.verb == "travel"]
        member.acts = [replace(a, phase=0.12) if a.verb == "travel" else a for a in member.acts]
        if inside:
            member.acts.append(Act(verb="vanish", start=-1.0))
    seat = 0.8 if mount.kind == "sailor" else 0.62
    player.lifted = mount.lifted + seat * mount.prop.height - 0.5 * player.prop.height
    player.tied = mount.tied = True


def _hold_aloft(plot: Plot, player: Player, target: Player) -> None:
    """Let a kite or the like hover above whoever flies it."""
    at = player.members[0].place
    for member in target.members:
        member.place = (at[0] + 0.9 * plot.way * player.prop.height, 0.0, at[2] - 0.3)
    target.lifted = 1.7 * player.prop.height
    target.tied = True
    hover(plot, target, None)
    target.deeds.add("float")


def _cross_over(plot: Plot, player: Player, bridge: Player, speed: float) -> None:
    """Send a traveller along the deck of a bridge."""
    shift(bridge, sub(player.members[0].place, bridge.members[0].place))
    player.lifted = 0.835 * bridge.prop.height
    plot.trucking, before = True, plot.trucking
    journey(plot, player, min(speed, 1.3 * bridge.prop.half[0] / plot.span), player.lifted, "")
    plot.trucking = before
    face(bridge, 0.0)
    bridge.tied = True
    bridge.deeds.add("still")


def has_deed(plot: Plot, player: Player, verb: str) -> bool:
    """Tell whether a player does a verb somewhere in the sentence."""
    return any(d.verb == verb and player.number in d.actors for d in plot.reading.deeds)


def _gives_way(target: Player) -> bool:
    return target.kind not in STEADY


def speed_of(plot: Plot, player: Player, deed: Deed | None) -> float:
    """Return the metres a second that are natural to a body of this size."""
    verb = deed.verb if deed is not None and deed.verb in MOVES else _gait(player)
    long = max(player.prop.half[0], 0.5 * player.prop.half[1]) * 2
    scale = max(long, 0.05) / (4.3 if verb == "drive" else 1.7)
    return MOVES[verb] * min(math.sqrt(max(scale, 0.03)), 2.6) * plot.pace(deed)


def _gait(player: Player) -> str:
    kinds = {
        "driver": "drive",
        "flyer": "fly",
        "swimmer": "swim",
        "sailor": "sail",
        "roller": "roll",
        "runner": "run",
        "rocket": "fly",
    }
    return kinds.get(player.kind, "walk")


def height_of(player: Player, verb: str) -> float:
    """Return how high above the ground a body travels."""
    high = player.prop.height
    if verb == "fly" or player.kind == "flyer":
        return 1.7 * high + 0.7 * max(player.prop.half[0], player.prop.half[2]) + 0.4
    if verb == "swim" or player.kind == "swimmer":
        return 0.9 * high + 0.3
    return 0.0


def do_hit(plot: Plot, player: Player, deed: Deed) -> None:
    """Run into the target, or into whatever gives way."""
    target = target_of(plot, deed)
    if target is None:
        target = next((p for p in plot.players if p is not player and _gives_way(p)), None)
    if target is None or player.number in plot.hits:
        if target is None:
            journey(plot, player, speed_of(plot, player, deed), 0.0, plot.reading.towards)
        return
    plot.hits[player.number] = target.number
    collide(plot, player, target, plot.pace(deed))


def do_chase(plot: Plot, player: Player, deed: Deed) -> None:
    """Send the hunted ahead and the hunter after it, on the same way."""
    target = target_of(plot, deed)
    speed = (
        speed_of(plot, player, None) * plot.pace(deed) * (2.4 if player.kind == "walker" else 1.0)
    )
    if target is None:
        journey(plot, player, speed, height_of(player, ""), plot.reading.towards)
        return
    gap = 1.25 * (player.reach + target.reach)
    for who, lead in ((target, 0.5 * gap), (player, -0.5 * gap)):
        journey(plot, who, speed, height_of(who, ""), plot.reading.towards, ahead=lead)
        who.deeds.add("run")


def do_orbit(plot: Plot, player: Player, deed: Deed) -> None:
    """Circle round the target, evenly spread, each on its own tilted ring."""
    target = target_of(plot, deed) or next((p for p in plot.players if p is not player), None)
    own = max(player.members[0].prop.half)
    if target is None:
        centre, radius, body = (0.0, own, 0.0), 4.0 * own, -1
    else:
        radius = max(target.prop.half) * 1.35 + 1.9 * own
        body = target.members[0].body
        if player.prop.half[1] > 0.33 * target.prop.half[1]:
            radius = max(radius, 2.6 * own)
        centre = (0.0, target.prop.half[1] - own, 0.0)
        target.lifted = max(target.lifted, 0.1 * target.prop.height)
    rate = 0.13 * plot.pace(deed) * (1.0 if plot.way > 0 else -1.0)
    count = len(player.members)
    for k, member in enumerate(player.members):
        lean = 0.26 * math.cos(TAU * k / count + 1.0)
        axis = unit((math.sin(lean), math.cos(lean), 0.12))
        member.acts.append(
            Act(
                verb="orbit",
                amount=radius,
                rate=rate,
                phase=k / count + 0.1,
                axis=axis,
                target=body,
                points=(centre,),
                stops=player.kind not in {"roller", "floater", "spinner"},
            )
        )
    player.tied = True


def hover(plot: Plot, player: Player, deed: Deed | None) -> None:
    """Hang in the air, rising and sinking a little."""
    high = player.prop.height
    if not player.lifted:
        player.lifted = 0.45 * high + 0.15 * max(player.prop.half)
    for k, member in enumerate(player.members):
        far = 0.09 * high * min(plot.pace(deed), 1.3)
        member.acts.append(
            Act(
                verb="bob",
                amount=far,
                rate=0.22 + 0.05 * chance(plot.seed, 30 + k),
                phase=0.37 * k,
                length=1.0,
            )
        )
        if player.kind in {"roller", "crate", "walker", "rock"}:
            member.acts.append(Act(verb="spin", rate=0.06, phase=0.1 * k))


def do_rise(plot: Plot, player: Player, deed: Deed) -> None:
    """Climb, slowly at first; a rocket on fire and smoke."""
    high = player.prop.height
    start = max(plot.clocks.get(player.number, 0.0), 0.12 * plot.span)
    speed = (2.6 if player.kind == "rocket" else 4.0) * high / plot.span * plot.pace(deed)
    for member in player.members:
        member.acts.append(
            Act(
                verb="rise",
                start=start,
                length=0.7 * plot.span,
                amount=speed,
                axis=_up_way(player, plot),
            )
        )
        if player.kind == "rocket":
            plot.puffs += [Puff(kind="exhaust", size=high, body=member.body, start=start - 0.3)]
            plot.puffs += [Puff(kind="launch", size=high, place=member.place, start=start - 0.4)]


def _up_way(player: Player, plot: Plot) -> Vec:
    if player.kind == "flyer":
        return unit((plot.way * 1.5, 0.7, 0.0))
    return (0.0, 1.0, 0.0)


def do_sink(plot: Plot, player: Player, deed: Deed) -> None:
    """Come down."""
    high = player.prop.height
    lift = 1.6 * high if player.kind in {"flyer", "floater", "rocket"} else 0.0
    player.lifted = max(player.lifted, lift)
    speed = 1.3 * max(lift, 0.6 * high) / plot.span * plot.pace(deed)
    for member in player.members:
        member.acts.append(
            Act(verb="rise", length=0.3 * plot.span, amount=speed * 0.75, axis=(0.0, -1.0, 0.0))
        )


def do_hop(plot: Plot, player: Player, deed: Deed) -> None:
    """Hop on the spot."""
    high = player.prop.height * (0.55 if player.kind != "hopper" else 0.8)
    rate = 1.1 / math.sqrt(max(high, 0.1) / 0.6)
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(
                verb="hop",
                amount=high,
                rate=min(rate, 2.4) * plot.pace(deed) ** 0.5,
                phase=0.31 * k,
            )
        )


def do_jump(plot: Plot, player: Player, deed: Deed) -> None:
    """Leap along."""
    if target_of(plot, deed) is not None or player.kind in {"hopper", "runner", "walker"}:
        journey(plot, player, speed_of(plot, player, None) * 0.8, 0.0, plot.reading.towards)
    do_hop(plot, player, deed)

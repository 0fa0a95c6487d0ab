"""What the verbs do: each gives its actors acts, colliders or particles."""

import math
from collections.abc import Callable
from dataclasses import replace

from functions.models.previz.blocking import (
    STEADY,
    Plot,
    Puff,
    collider,
    face,
    member_is_ball,
    shift,
    spread,
)
from functions.models.previz.casting import Member, Player
from functions.models.previz.collisions import break_up, collide, fall, throw, topple
from functions.models.previz.journeys import journey, reach_target
from functions.models.previz.language import Deed
from functions.models.previz.scene import Act
from functions.models.previz.space import TAU, Vec, chance, sub, unit

MOVES = {
    "roll": 2.6, "walk": 1.35, "run": 4.2, "drive": 9.0, "fly": 6.0, "swim": 1.1, "sail": 2.2,
    "slide": 2.0,
}  # fmt: skip
"""Metres a second of a body one or two metres long."""

HEIGHTS = {"fly": 1.3, "flyer": 1.3}
CLASHES = frozenset({"in", "to"})
MOUNTS = frozenset({"driver", "runner", "sailor", "flyer"})


def perform(plot: Plot) -> None:
    """Play every deed, then give whoever has none what it does of itself."""
    for deed in plot.reading.deeds:
        for actor in deed.actors:
            if actor < len(plot.players):
                _DEEDS.get(deed.verb, _still)(plot, plot.players[actor], deed)
                plot.players[actor].deeds.add(deed.verb)
    for player in plot.players:
        if not player.deeds and not any(m.collider or m.acts for m in player.members):
            _live(plot, player)


def _target(plot: Plot, deed: Deed) -> Player | None:
    return plot.players[deed.target] if 0 <= deed.target < len(plot.players) else None


def _move(plot: Plot, player: Player, deed: Deed) -> None:
    """Travel, or run into something where the sentence says so."""
    if player.number in plot.hits or _has(plot, player, "hit"):
        return
    target = _target(plot, deed)
    if target is not None and deed.way in CLASHES and _gives_way(target) and deed.verb != "walk":
        _hit(plot, player, deed)
        return
    if target is not None and deed.verb == "drive" and target.kind in MOUNTS and not deed.way:
        _ride(plot, player, target, deed)
        return
    if target is not None and deed.verb == "fly" and player.kind == "walker":
        _hold_aloft(plot, player, target)
        return
    speed = _speed(plot, player, deed)
    if target is not None and target.thing.noun == "bridge":
        _cross_over(plot, player, target, speed)
        return
    if player.kind == "hopper":
        _hop(plot, player, deed)
    if target is not None and deed.way in {"to", "by"} and target.kind not in STEADY:
        reach_target(plot, player, target, speed)
        return
    high = _height(player, deed.verb)
    bound = plot.reading.towards
    if target is not None and deed.way in {"around"}:
        _orbit(plot, player, deed)
        return
    if any(deed.verb in other.deeds and other.tied for other in plot.players):
        high = max(high, 0.0)
    journey(plot, player, speed, high, bound)


def _ride(plot: Plot, player: Player, mount: Player, deed: Deed) -> None:
    """Sit a rider on an animal or in a car, and let that travel."""
    shift(mount, sub(player.members[0].place, mount.members[0].place))
    speed = _speed(plot, mount, None) * plot.pace(deed)
    journey(plot, mount, speed, _height(mount, ""), plot.reading.towards)
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
    _float(plot, target, None)
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


def _has(plot: Plot, player: Player, verb: str) -> bool:
    return any(d.verb == verb and player.number in d.actors for d in plot.reading.deeds)


def _gives_way(target: Player) -> bool:
    return target.kind not in STEADY


def _speed(plot: Plot, player: Player, deed: Deed | None) -> float:
    verb = deed.verb if deed is not None and deed.verb in MOVES else _gait(player)
    long = max(player.prop.half[0], 0.5 * player.prop.half[1]) * 2
    scale = max(long, 0.05) / (4.3 if verb == "drive" else 1.7)
    return MOVES[verb] * min(max(scale, 0.03) ** 0.5, 2.6) * plot.pace(deed)


def _gait(player: Player) -> str:
    kinds = {
        "driver": "drive",
        "flyer": "fly",
        "swimmer": "swim",
        "sailor": "sail",
        "roller": "roll",
        "runner": "run",
        "rocket": "fly",
    }  # noqa: E501
    return kinds.get(player.kind, "walk")


def _height(player: Player, verb: str) -> float:
    high = player.prop.height
    if verb == "fly" or player.kind == "flyer":
        return 1.7 * high + 0.7 * max(player.prop.half[0], player.prop.half[2]) + 0.4
    if verb == "swim" or player.kind == "swimmer":
        return 0.9 * high + 0.3
    return 0.0


def _hit(plot: Plot, player: Player, deed: Deed) -> None:
    target = _target(plot, deed)
    if target is None:
        target = next((p for p in plot.players if p is not player and _gives_way(p)), None)
    if target is None or player.number in plot.hits:
        if target is None:
            journey(plot, player, _speed(plot, player, deed), 0.0, plot.reading.towards)
        return
    plot.hits[player.number] = target.number
    collide(plot, player, target, plot.pace(deed))


def _chase(plot: Plot, player: Player, deed: Deed) -> None:
    """Send the hunted ahead and the hunter after it, on the same way."""
    target = _target(plot, deed)
    speed = _speed(plot, player, None) * plot.pace(deed) * (2.4 if player.kind == "walker" else 1.0)
    if target is None:
        journey(plot, player, speed, _height(player, ""), plot.reading.towards)
        return
    gap = 1.25 * (player.reach + target.reach)
    for who, lead in ((target, 0.5 * gap), (player, -0.5 * gap)):
        journey(plot, who, speed, _height(who, ""), plot.reading.towards, ahead=lead)
        who.deeds.add("run")


def _spin(plot: Plot, player: Player, deed: Deed | None) -> None:
    rate = 0.22 * plot.pace(deed) * (1.0 if plot.way > 0 else -1.0)
    if player.kind in {"roller", "spinner"} and player.thing.noun != "ring":
        rate *= 1.5
    for k, member in enumerate(player.members):
        member.acts.append(Act(verb="spin", rate=rate, phase=0.07 + 0.13 * k))


def _orbit(plot: Plot, player: Player, deed: Deed) -> None:
    """Circle round the target, evenly spread, each on its own tilted ring."""
    target = _target(plot, deed) or next((p for p in plot.players if p is not player), None)
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
            )  # fmt: skip
        )
    player.tied = True


def _float(plot: Plot, player: Player, deed: Deed | None) -> None:
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
            )  # noqa: E501
        )
        if player.kind in {"roller", "crate", "walker", "rock"}:
            member.acts.append(Act(verb="spin", rate=0.06, phase=0.1 * k))


def _rise(plot: Plot, player: Player, deed: Deed) -> None:
    high = player.prop.height
    start = max(plot.clocks.get(player.number, 0.0), 0.12 * plot.span)
    speed = 2.4 * high / plot.span * plot.pace(deed)
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


def _sink(plot: Plot, player: Player, deed: Deed) -> None:
    high = player.prop.height
    lift = 1.6 * high if player.kind in {"flyer", "floater", "rocket"} else 0.0
    player.lifted = max(player.lifted, lift)
    speed = 1.3 * max(lift, 0.6 * high) / plot.span * plot.pace(deed)
    for member in player.members:
        member.acts.append(
            Act(verb="rise", length=0.3 * plot.span, amount=speed * 0.75, axis=(0.0, -1.0, 0.0))
        )


def _hop(plot: Plot, player: Player, deed: Deed) -> None:
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
        )  # noqa: E501


def _jump(plot: Plot, player: Player, deed: Deed) -> None:
    if _target(plot, deed) is not None or player.kind in {"hopper", "runner", "walker"}:
        journey(plot, player, _speed(plot, player, None) * 0.8, 0.0, plot.reading.towards)
    _hop(plot, player, deed)


def _grow(plot: Plot, player: Player, deed: Deed) -> None:
    first, last = (0.12, 1.0) if deed.verb == "grow" else (1.0, 0.22)
    start = plot.clocks.get(player.number, 0.04 * plot.span)
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(
                verb="grow",
                start=start + 0.05 * k,
                length=0.8 * plot.span / plot.pace(deed),
                amount=first,
                rate=last,
            )  # noqa: E501
        )


def _shake(plot: Plot, player: Player, deed: Deed) -> None:
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(
                verb="shake",
                amount=0.02 * member.prop.height * plot.pace(deed),
                rate=4.0,
                phase=float(plot.seed % 997 + 3 * k),
            )  # noqa: E501
        )


def _swing(plot: Plot, player: Player, deed: Deed) -> None:
    for k, member in enumerate(player.members):
        if member.prop.joints:
            continue  # its own hinges sway and swing
        hung = player.kind in {"floater", "light", "swinger"}
        pivot = (0.0, 2.2 * member.prop.height if hung else 0.0, 0.0)
        player.lifted = max(player.lifted, 0.5 * member.prop.height if hung else 0.0)
        member.acts.append(
            Act(
                verb="swing",
                amount=0.3 if hung else 0.12,
                rate=0.35 * plot.pace(deed),
                phase=0.1 * k,
                axis=(0.0, 0.0, 1.0),
                points=(pivot,),
            )  # fmt: skip
        )


def _dance(plot: Plot, player: Player, deed: Deed) -> None:
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(verb="dance", amount=member.prop.height, rate=0.9 * plot.pace(deed), phase=0.17 * k)
        )  # noqa: E501


BRITTLE = ("shatter", "br", "crack", "splinter", "fragment", "disintegr", "pop")


def _explode(plot: Plot, player: Player, deed: Deed) -> None:
    moment = plot.clocks.get(player.number, (0.3 + 0.12 * plot.luck(9)) * plot.span)
    break_up(plot, player, moment, fiery=not deed.word.startswith(BRITTLE))


def _pour(plot: Plot, player: Player, deed: Deed) -> None:
    """Pour into a target from above, or out of the actor itself."""
    target = _target(plot, deed)
    high = player.prop.height
    if target is not None and target is not player and deed.way != "from":
        top = target.members[0].place
        shift(
            player,
            (
                top[0] - player.members[0].place[0] - 0.6 * high * plot.way,
                top[1] + target.prop.height + 0.5 * high,
                top[2] - player.members[0].place[2],
            ),
        )  # noqa: E501
        player.tied = True
        for member in player.members:
            member.acts.append(
                Act(
                    verb="swing",
                    amount=1.15 * -plot.way,
                    rate=0.0,
                    phase=0.25,
                    axis=(0.0, 0.0, 1.0),
                    points=((0.0, 0.5 * high, 0.0),),
                )
            )  # noqa: E501
        plot.puffs.append(
            Puff(
                kind="stream",
                size=target.prop.height,
                place=(top[0], top[1] + 2.0 * target.prop.height, top[2]),
            )
        )  # noqa: E501
        return
    if player.kind not in {"vessel", "still"} or player.thing.noun in {"lava", "waterfall", "wave"}:
        return  # it flows by itself
    kind = "fountain" if player.thing.noun == "fountain" else "stream"
    member = player.members[0]
    lift = 0.68 * high if kind == "fountain" else 2.1 * high
    plot.puffs.append(
        Puff(kind=kind, size=high, place=(member.place[0], member.place[1] + lift, member.place[2]))
    )  # noqa: E501


def _burn(plot: Plot, player: Player, deed: Deed) -> None:
    if player.kind == "light":
        return  # it burns already
    smoky = deed.word.startswith(("smok", "steam"))
    for member in player.members[:4]:
        top = (member.place[0], member.place[1] + 0.55 * member.prop.height, member.place[2])
        if not smoky:
            plot.puffs.append(Puff(kind="fire", size=1.1 * member.prop.height, place=top))
        plot.puffs.append(Puff(kind="smoke", size=1.2 * member.prop.height, place=top))


def _open(plot: Plot, player: Player, deed: Deed) -> None:
    """Open what has a hinge: the actor, or what it acts on."""
    target = _target(plot, deed) or player
    start = max(plot.clocks.get(player.number, 0.0), 0.12 * plot.span)
    for member in target.members:
        member.acts.append(Act(verb="open", start=start, length=0.55 * plot.span / plot.pace(deed)))


def _fall(plot: Plot, player: Player, deed: Deed) -> None:
    rows = player.thing.group in {"stack", "row"} or player.kind in {
        "domino",
        "pillar",
        "building",
        "wall",
        "plant",
    }  # noqa: E501
    if _is_hit(plot, player):
        return
    if rows or (player.kind in {"walker", "still"} and not player.tied and deed.target < 0):
        topple(plot, player)
    else:
        fall(plot, player, _target(plot, deed), bounce=0.78 if deed.verb == "bounce" else 0.2)


def _topple(plot: Plot, player: Player, deed: Deed) -> None:  # noqa: ARG001  # one shape for all deeds
    if not _is_hit(plot, player):
        topple(plot, player)


def _is_hit(plot: Plot, player: Player) -> bool:
    return player.number in plot.hits.values() or any(m.collider for m in player.members)


def _throw(plot: Plot, player: Player, deed: Deed) -> None:
    target = _target(plot, deed)
    if target is not None:
        throw(plot, player, target)
        target.deeds.add("fly")


def _still(plot: Plot, player: Player, deed: Deed | None) -> None:  # noqa: ARG001  # one shape for all deeds
    """Leave a body as it stands; its own hinges keep it alive."""


def _live(plot: Plot, player: Player) -> None:
    """Let a body do what its kind does of itself."""
    kind = player.kind
    if kind in {"flyer", "swimmer"} or (kind == "driver" and not player.tied):
        journey(
            plot,
            player,
            0.6 * _speed(plot, player, None),
            _height(player, ""),
            plot.reading.towards,
        )
    elif kind == "sailor":
        journey(plot, player, 0.5 * _speed(plot, player, None), 0.0, plot.reading.towards)
    elif kind == "floater":
        _float(plot, player, None)
    elif kind in {"spinner", "celestial"}:
        _spin(plot, player, None)
        if kind == "celestial":
            slow(player.members, 0.12)
    elif player.thing.stand_in:
        _spin(plot, player, None)
        slow(player.members, 0.35)


def slow(members: list[Member], by: float) -> None:
    """Slow the turning of bodies down."""
    for member in members:
        member.acts[:] = [
            replace(a, rate=a.rate * by) if a.verb == "spin" else a for a in member.acts
        ]


def rock_on_water(plot: Plot) -> None:
    """Let boats rock on the waves."""
    for player in plot.players:
        if player.kind == "sailor":
            for k, member in enumerate(player.members):
                rise = 0.025 * member.prop.height + 0.02
                member.acts.append(
                    Act(verb="bob", amount=rise, rate=0.27, phase=0.3 * k, length=1.0)
                )


def turn_to_camera(plot: Plot, yaw: float) -> None:
    """Show everyone's front in three quarters, as long as nothing else turns them."""
    for player in plot.players:
        if player.thing.group == "stack" or player.kind in {"domino", "crate", "wall"}:
            continue
        if member_is_ball(player) or player.thing.noun == "ring":
            continue
        side = 1.0 if plot.luck(40 + player.number) < 0.5 else -1.0
        face(player, yaw - math.pi / 2 + side * (0.35 + 0.45 * plot.luck(60 + player.number)))


def middle_of(player: Player) -> Vec:
    """Return the middle of a player's bodies."""
    return spread(player)[0]


_DEEDS: dict[str, Callable[[Plot, Player, Deed], None]] = {
    "roll": _move, "walk": _move, "run": _move, "drive": _move, "fly": _move, "swim": _move,
    "sail": _move, "slide": _move, "hit": _hit, "chase": _chase, "spin": _spin, "orbit": _orbit,
    "float": _float, "rise": _rise, "sink": _sink, "jump": _jump, "grow": _grow, "shrink": _grow,
    "shake": _shake, "swing": _swing, "dance": _dance, "explode": _explode, "pour": _pour,
    "burn": _burn, "open": _open, "fall": _fall, "bounce": _fall, "topple": _topple,
    "throw": _throw, "glow": _still, "eat": _still, "still": _still,
}  # fmt: skip

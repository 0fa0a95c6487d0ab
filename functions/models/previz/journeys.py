"""Ways across the picture: where a traveller comes from, where it goes and how fast."""

import math

from functions.models.previz.blocking import Plot, member_is_ball
from functions.models.previz.casting import Player
from functions.models.previz.scene import Act
from functions.models.previz.space import (
    UP,
    Vec,
    add,
    cross,
    heading,
    norm,
    sub,
    times,
    turn,
    turned,
    unit,
)

SIDE_BODIES = 1.9
"""How far a traveller crosses at most, in its own sizes, before it comes nearer instead."""


def journey(
    plot: Plot, player: Player, speed: float, high: float, bound: str, *, ahead: float = 0.0
) -> None:
    """Send a player across the picture; it passes its own place in the middle of the shot."""
    if not plot.trucking:
        speed = min(speed, _most(plot, player) / plot.span)
    distance = speed * plot.span
    forward = _direction(plot, player, distance, bound)
    middle = _middle(player)
    side = cross(UP, forward)
    bulge = 0.05 * distance * (plot.luck(50) - 0.5)
    player.lifted = max(player.lifted, high)
    for k, member in enumerate(player.members):
        offset = sub(member.place, middle)
        offset = turned(heading(forward), offset) if player.thing.count > 1 else offset
        centre = add(add(middle, offset), forward, ahead)
        points = tuple(
            add(add(centre, forward, distance * share), side, bulge * bend)
            for share, bend in ((-0.5, 0.0), (0.0, 1.0), (0.5, 0.0))
        )
        member.acts.append(Act(verb="travel", amount=speed, points=points, phase=1.0))
        _lift_and_roll(plot, player, k, high)
    player.tied = True


def reach_target(plot: Plot, player: Player, target: Player, speed: float) -> None:
    """Send a player up to a target, to stop in front of it."""
    goal = _middle(target)
    forward = plot.forward(0.25)
    stop = add(goal, forward, -(target.reach + player.reach + 0.1 * player.prop.height))
    distance = min(speed * 0.55 * plot.span, 9.0 * player.prop.height)
    for k, member in enumerate(player.members):
        side = times(cross(UP, forward), 1.1 * player.prop.reach * k * (-1) ** k)
        points = (add(add(stop, forward, -distance), side), add(stop, side))
        member.acts.append(Act(verb="travel", amount=speed, points=points, phase=1.0, stops=True))
        _lift_and_roll(plot, player, k, 0.0)
    plot.clocks[player.number] = 0.6 * plot.span
    player.tied = True


def _most(plot: Plot, player: Player) -> float:
    """Return how far a traveller may go while a camera that stays behind still sees it well."""
    bodies = {"walker": 3.3, "driver": 3.7, "flyer": 3.8, "sailor": 2.6, "swimmer": 2.6}.get(
        player.kind, 3.6
    )
    size = max(player.prop.height, 2 * player.prop.half[0])
    bodies *= math.pow(min(max(plot.aspect / 1.78, 0.4), 1.15), 0.7)
    long = math.pow(max(plot.span / 5.0, 0.4), 0.4)
    return bodies * size * math.sqrt(plot.pace(None)) * long


def _lift_and_roll(plot: Plot, player: Player, k: int, high: float) -> None:
    member = player.members[k]
    if player.kind == "roller":
        member.acts.append(Act(verb="roll", amount=member.prop.half[1]))
    elif high and player.kind in {"flyer", "swimmer"}:
        far = 0.07 * member.prop.height + 0.02 * high
        member.acts.append(Act(verb="bob", amount=far, rate=0.33, phase=0.21 * k, length=0.6))
    if member_is_ball(player):
        plot.clocks.setdefault(player.number, 0.0)


def _direction(plot: Plot, player: Player, distance: float, bound: str) -> Vec:
    """Choose how much of the way goes sideways and how much comes towards the camera."""
    if bound == "near":
        return unit((0.25 * plot.way, 0.0, 1.0))
    if bound == "far":
        return unit((0.25 * plot.way, 0.0, -1.0))
    if plot.trucking:
        return (plot.way, 0.0, 0.0)
    size = max(player.prop.height, 1.2 * player.prop.half[0])
    across = SIDE_BODIES * size * max(plot.aspect, 0.6)
    share = min(max(across / max(distance, 1e-6), 0.12), 0.97)
    return (plot.way * share, 0.0, math.sqrt(1.0 - share * share))


def _middle(player: Player) -> Vec:
    n = len(player.members)
    total = (0.0, 0.0, 0.0)
    for member in player.members:
        total = add(total, member.place, 1.0 / n)
    return total


def turned_about(place: Vec, angle: float) -> Vec:
    """Turn a place about the origin."""
    return turned(turn(UP, angle), place)


def apart(a: Vec, b: Vec) -> float:
    """Return how far two places lie apart over the ground."""
    return norm(sub((a[0], 0.0, a[2]), (b[0], 0.0, b[2])))

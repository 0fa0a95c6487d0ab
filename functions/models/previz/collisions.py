"""Deeds that physics decides: hitting, toppling, falling, throwing, breaking."""

import math
from dataclasses import replace

from functions.models.previz.blocking import (
    STEADY,
    Plot,
    Puff,
    collider,
    member_is_ball,
    shift,
    spread,
)
from functions.models.previz.casting import Member, Player
from functions.models.previz.kit import Prop, finished
from functions.models.previz.scene import Act, Part
from functions.models.previz.snapshot import BOX
from functions.models.previz.space import (
    UNTURNED,
    UP,
    Vec,
    add,
    chance,
    cross,
    heading,
    sub,
    times,
    turn,
    turned,
    unit,
)

GRAVITY = 9.81


def collide(plot: Plot, player: Player, target: Player, pace: float) -> None:
    """Send a player into a target so that it hits in the first half of the shot."""
    steady = target.kind in STEADY
    middle, reach = spread(target)
    forward = plot.forward(-0.45 - 0.25 * plot.luck(20))
    if target.thing.group == "stack":
        _square_up(plot, target, forward)
    tall = max(m.place[1] + m.prop.height for m in target.members)
    strikes = (0.26 + 0.08 * plot.luck(21)) * plot.span
    speed = 3.1 * math.sqrt(max(tall, 0.05)) * min(pace, 1.4) ** 0.5
    own = player.prop.half[1] if member_is_ball(player) else player.prop.half[0]
    contact = _contact(target, middle, reach, forward, own)
    aside = times(cross(UP, forward), 0.3 * own * (plot.luck(22) - 0.5))
    start = add(add(contact, forward, -speed * strikes), aside)
    _stand_ready(plot, target, steady)
    for k, member in enumerate(player.members):
        place = add(start, forward, -2.2 * own * k)
        if member_is_ball(player):
            _bowl(player, k, place, forward, speed)
        else:
            _drive_into(
                player, k, place, forward, speed, speed * strikes + 1.2 * own + 2.2 * own * k
            )
        member.yaw = 0.0
    player.tied = target.tied = True
    plot.puffs.append(Puff(kind="puff", size=0.5 * tall, place=contact, start=strikes))


def _square_up(plot: Plot, target: Player, forward: Vec) -> None:
    """Turn a pile across the way of what comes, so that it is struck in its middle."""
    middle, _ = spread(target)
    angle = math.atan2(-forward[2], forward[0]) + 0.3 * (plot.luck(25) - 0.5)
    now = plot.stacked.get(target.number, 0.0)
    for member in target.members:
        offset = turned(turn(UP, angle - now), sub(member.place, middle))
        member.place = add(middle, offset)
        member.yaw += angle - now


def _contact(target: Player, middle: Vec, reach: float, forward: Vec, own: float) -> Vec:
    """Return where the middle of the one who comes is when they touch."""
    back = min(
        (sub(m.place, middle)[0] * forward[0] + sub(m.place, middle)[2] * forward[2])
        - max(m.prop.half[0], m.prop.half[2])
        for m in target.members
    )
    return add((middle[0], 0.0, middle[2]), forward, max(back, -reach) - own)


def _stand_ready(plot: Plot, target: Player, steady: bool) -> None:  # told by the caller
    for k, member in enumerate(target.members):
        member.collider = collider(target, k, "fixed" if steady else "free", friction=0.4)
        if target.thing.group != "stack":
            member.yaw += 0.2 * (plot.luck(60 + k) - 0.5)


def _bowl(player: Player, k: int, place: Vec, forward: Vec, speed: float) -> None:
    member = player.members[k]
    radius = member.prop.half[1]
    member.place = (place[0], 0.0, place[2])
    member.collider = replace(
        collider(player, k, "free", heavy=26.0, bounce=0.15, release=0.0),
        velocity=times(forward, speed),
        spin=times(cross(UP, forward), speed / radius),
    )


def _drive_into(
    player: Player, k: int, place: Vec, forward: Vec, speed: float, distance: float
) -> None:
    member = player.members[k]
    member.place = place
    end = add(place, forward, distance)
    member.acts.append(Act(verb="travel", amount=speed, points=(place, end), phase=1.0, stops=True))
    member.collider = collider(player, k, "led", heavy=8.0)


def topple(plot: Plot, player: Player) -> None:
    """Knock over what stands: the first of a row, the top of a pile, or the thing itself."""
    release = (0.16 + 0.1 * plot.luck(23)) * plot.span
    forward = plot.forward(0.2)
    stack = player.thing.group == "stack"
    if player.kind == "domino" or player.thing.group == "row":
        forward = (1.0, 0.0, 0.0)
    highest = max(m.place[1] for m in player.members)
    for k, member in enumerate(player.members):
        first = k == 0 or not (player.kind == "domino" or player.thing.group in {"row", "stack"})
        pushed = (stack and member.place[1] > 0.3 * highest) or (not stack and first)
        member.collider = collider(player, k, "free", release=release if pushed else -1.0)
        if not stack and pushed:
            velocity, spin = _tipped(member, forward)
            member.collider = replace(member.collider, velocity=velocity, spin=spin)
        elif pushed:
            gentle = 1.1 + 0.8 * chance(plot.seed, 70 + k)
            member.collider = replace(member.collider, velocity=times(forward, gentle))


def _tipped(member: Member, forward: Vec) -> tuple[Vec, Vec]:
    """Return the speed and spin that just tip a standing box over its edge."""
    x, y, _ = member.prop.half
    radius = math.hypot(x, y)
    rate = 1.4 * math.sqrt(1.5 * GRAVITY * max(radius - y, 0.02 * y)) / radius
    return times(forward, rate * y), times(cross(UP, forward), rate)


def fall(plot: Plot, player: Player, host: Player | None, *, bounce: float) -> None:
    """Drop a player from a height, or push it off what it stands on."""
    release = (0.12 + 0.08 * plot.luck(24)) * plot.span
    forward = plot.forward(0.3)
    on_host = host is not None and host is not player
    if on_host and host is not None:
        _set_on_edge(player, host, forward)
        for k, member in enumerate(host.members):
            member.collider = collider(host, k, "fixed")
    else:
        shift(player, (0.0, 1.9 * player.prop.height + 0.2 * len(player.members) * 0.0, 0.0))
    for k, member in enumerate(player.members):
        speed = 1.15 * math.sqrt(player.prop.height / 0.5) if on_host else 0.35 * player.prop.height
        spin = (0.3, 0.0, -1.2 * plot.way) if not member_is_ball(player) else (0.0, 0.0, 0.0)
        member.collider = replace(
            collider(player, k, "free", bounce=bounce, release=release + 0.12 * k),
            velocity=times(forward, speed),
            spin=spin,
        )
    high = player.members[0].place[1]
    plot.clocks[player.number] = (
        release + math.sqrt(2 * max(high, 0.05) / GRAVITY) + (0.45 if on_host else 0.0)
    )
    player.tied = True


def _set_on_edge(player: Player, host: Player, forward: Vec) -> None:
    """Stand a player on its host, near the edge that it will fall over."""
    x, _, z = host.members[0].place
    half = host.prop.half
    edge = min(half[0], half[2]) * 0.85
    middle, _ = spread(player)
    goal = add((x, host.prop.height, z), forward, edge)
    shift(player, sub(goal, middle))


def throw(plot: Plot, player: Player, target: Player) -> None:
    """Throw a target from the player's hand, in an arc across the picture."""
    release = 0.22 * plot.span
    forward = plot.forward(0.15)
    hand = add(player.members[0].place, forward, 0.5 * player.prop.height)
    for k, member in enumerate(target.members):
        member.place = (hand[0], 0.75 * player.prop.height + 1.1 * k * member.prop.height, hand[2])
        speed = 2.6 * math.sqrt(player.prop.height)
        member.collider = replace(
            collider(target, k, "free", bounce=0.5, release=release + 0.1 * k),
            velocity=add(times(forward, speed), UP, 0.9 * speed),
            spin=(0.0, 0.0, -3.0 * plot.way),
        )
    for member in player.members:
        member.yaw = math.atan2(-forward[2], forward[0])
        member.acts.append(Act(verb="dance", amount=0.0, rate=0.4, phase=0.3))
    target.tied = True


def break_up(plot: Plot, player: Player, moment: float, *, fiery: bool) -> None:
    """Burst a player: its bodies vanish, their pieces fly, fire and smoke or only dust goes up."""
    pieces: list[Member] = []
    for member in player.members[:3]:
        member.acts.append(Act(verb="vanish", start=moment))
        pieces += _pieces(plot, member, moment, 16 if fiery else 30)
        centre = add(member.place, UP, 0.5 * member.prop.height)
        if player.members[0].collider is not None:
            centre = (
                centre[0] + plot.way * 0.6 * member.prop.height,
                0.3 * member.prop.height,
                centre[2],
            )
        for kind in ("blast", "smoke_burst") if fiery else ("puff",):
            plot.puffs.append(Puff(kind=kind, size=member.prop.height, place=centre, start=moment))
    player.members += pieces


def _pieces(plot: Plot, member: Member, moment: float, count: int) -> list[Member]:
    """Cut a prop into rough lumps in its own paints."""
    prop, lumps = member.prop, []
    fell = member.collider is not None
    for k in range(count):
        luck = [chance(plot.seed, 300 + 7 * k + j) for j in range(7)]
        part = prop.parts[int(luck[6] * len(prop.parts))]
        size = 0.42 / math.sqrt(count) * max(prop.half) * (0.6 + luck[0])
        lump = Part(
            shape=BOX, position=(0.0, 0.0, 0.0), rotation=UNTURNED,
            size=(size, size * (0.5 + luck[1]), size * 0.8), material=part.material,
        )  # fmt: skip
        out = unit((luck[2] - 0.5, 0.2 + luck[3], luck[4] - 0.5))
        high = 0.25 if fell else 0.2 + 0.6 * luck[5]
        place = add(member.place, (out[0] * 0.3, high, out[2] * 0.3), prop.height)
        if fell:
            place = (place[0] + plot.way * 0.6 * prop.height, high * prop.height, place[2])
        speed = times(out, (1.6 + 2.0 * luck[0]) * math.sqrt(max(prop.height, 0.05) * 2.0))
        acts = [
            Act(verb="appear", start=moment),
            Act(
                verb="burst",
                start=moment,
                amount=0.5 * size,
                points=(speed,),
                axis=out,
                rate=1.5 * luck[1],
            ),
        ]
        lumps.append(Member(prop=_lump(lump), place=place, acts=acts))
    return lumps


def _lump(part: Part) -> Prop:
    return Prop(parts=(part,), joints=(), half=part.size, stride=1.0)


def course_of_bricks(player: Player) -> None:
    """Rebuild a wall as loose blocks, so that it can be broken through."""
    whole = player.prop
    part = whole.parts[0]
    rows, columns = 4, 5
    half = (max(whole.half[0], 0.12), whole.half[1] / rows, whole.half[2] / columns)
    snug = (half[0], half[1] * 0.985, half[2] * 0.985)
    block = Prop(
        parts=(replace(part, position=(0.0, half[1], 0.0), rotation=UNTURNED, size=snug),),
        joints=(),
        half=half,
        stride=1.0,
    )
    player.members = [
        Member(
            prop=block,
            place=(
                0.0,
                2 * half[1] * r,
                (c - (columns - 1) / 2 + 0.25 * (r % 2) - 0.125) * 2 * half[2],
            ),
        )
        for r in range(rows)
        for c in range(columns)
    ]


def facing(forward: Vec) -> float:
    """Return the yaw that faces a direction."""
    w, _, y, _ = heading(forward)
    return 2.0 * math.atan2(y, w)


__all__ = [
    "break_up",
    "collide",
    "course_of_bricks",
    "facing",
    "fall",
    "finished",
    "throw",
    "topple",
]

"""Deeds that stay in place: turning, growing, falling, burning, breaking, pouring."""

from dataclasses import replace

from functions.models.previz.blocking import (
    Plot,
    Puff,
    shift,
)
from functions.models.previz.casting import Member, Player
from functions.models.previz.collisions import break_up, fall, throw, topple
from functions.models.previz.moving import target_of
from functions.models.previz.reading import Deed
from functions.models.previz.scene import Act


def do_spin(plot: Plot, player: Player, deed: Deed | None) -> None:
    """Turn about the upright axis."""
    rate = 0.22 * plot.pace(deed) * (1.0 if plot.way > 0 else -1.0)
    if player.kind in {"roller", "spinner"} and player.thing.noun != "ring":
        rate *= 1.5
    for k, member in enumerate(player.members):
        member.acts.append(Act(verb="spin", rate=rate, phase=0.07 + 0.13 * k))


def do_grow(plot: Plot, player: Player, deed: Deed) -> None:
    """Grow out of the ground, or shrink into it."""
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
            )
        )


def do_shake(plot: Plot, player: Player, deed: Deed) -> None:
    """Tremble."""
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(
                verb="shake",
                amount=0.02 * member.prop.height * plot.pace(deed),
                rate=4.0,
                phase=float(plot.seed % 997 + 3 * k),
            )
        )


def do_swing(plot: Plot, player: Player, deed: Deed) -> None:
    """Swing from above, or sway on the ground."""
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
            )
        )


def do_dance(plot: Plot, player: Player, deed: Deed) -> None:
    """Dance, arms up."""
    for k, member in enumerate(player.members):
        member.acts.append(
            Act(verb="dance", amount=member.prop.height, rate=0.9 * plot.pace(deed), phase=0.17 * k)
        )


BRITTLE = ("shatter", "br", "crack", "splinter", "fragment", "disintegr", "pop")


def do_explode(plot: Plot, player: Player, deed: Deed) -> None:
    """Burst, with fire unless it is brittle."""
    moment = plot.clocks.get(player.number, (0.3 + 0.12 * plot.luck(9)) * plot.span)
    break_up(plot, player, moment, fiery=not deed.word.startswith(BRITTLE))


def do_pour(plot: Plot, player: Player, deed: Deed) -> None:
    """Pour into a target from above, or out of the actor itself."""
    target = target_of(plot, deed)
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
        )
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
            )
        plot.puffs.append(
            Puff(
                kind="stream",
                size=target.prop.height,
                place=(top[0], top[1] + 2.0 * target.prop.height, top[2]),
            )
        )
        return
    if player.kind not in {"vessel", "still"} or player.thing.noun in {"lava", "waterfall", "wave"}:
        return  # it flows by itself
    kind = "fountain" if player.thing.noun == "fountain" else "stream"
    member = player.members[0]
    lift = 0.68 * high if kind == "fountain" else 2.1 * high
    plot.puffs.append(
        Puff(kind=kind, size=high, place=(member.place[0], member.place[1] + lift, member.place[2]))
    )


def do_burn(plot: Plot, player: Player, deed: Deed) -> None:
    """Set it on fire, or let it smoke."""
    if player.kind == "light":
        return  # it burns already
    smoky = deed.word.startswith(("smok", "steam"))
    for member in player.members[:4]:
        top = (member.place[0], member.place[1] + 0.55 * member.prop.height, member.place[2])
        if not smoky:
            plot.puffs.append(Puff(kind="fire", size=1.1 * member.prop.height, place=top))
        plot.puffs.append(Puff(kind="smoke", size=1.2 * member.prop.height, place=top))


def do_open(plot: Plot, player: Player, deed: Deed) -> None:
    """Open what has a hinge: the actor, or what it acts on."""
    target = target_of(plot, deed) or player
    start = max(plot.clocks.get(player.number, 0.0), 0.12 * plot.span)
    for member in target.members:
        member.acts.append(Act(verb="open", start=start, length=0.55 * plot.span / plot.pace(deed)))


def do_fall(plot: Plot, player: Player, deed: Deed) -> None:
    """Tip over what stands; drop what does not."""
    rows = player.thing.group in {"stack", "row"} or player.kind in {
        "domino",
        "pillar",
        "building",
        "wall",
        "plant",
    }
    if _is_hit(plot, player):
        return
    if rows or (player.kind in {"walker", "still"} and not player.tied and deed.target < 0):
        topple(plot, player)
    else:
        fall(plot, player, target_of(plot, deed), bounce=0.78 if deed.verb == "bounce" else 0.2)


def do_topple(plot: Plot, player: Player, deed: Deed) -> None:  # noqa: ARG001  # one shape for all deeds
    """Knock it over, unless something else does."""
    if not _is_hit(plot, player):
        topple(plot, player)


def _is_hit(plot: Plot, player: Player) -> bool:
    return player.number in plot.hits.values() or any(m.collider for m in player.members)


def do_throw(plot: Plot, player: Player, deed: Deed) -> None:
    """Throw the target."""
    target = target_of(plot, deed)
    if target is not None:
        throw(plot, player, target)
        target.deeds.add("fly")


def slow(members: list[Member], by: float) -> None:
    """Slow the turning of bodies down."""
    for member in members:
        member.acts[:] = [
            replace(a, rate=a.rate * by) if a.verb == "spin" else a for a in member.acts
        ]

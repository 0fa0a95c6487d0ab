"""What the verbs do: each gives its actors acts, colliders or particles."""

import math
from collections.abc import Callable
from dataclasses import replace

from functions.models.previz.blocking import (
    Plot,
    face,
    member_is_ball,
)
from functions.models.previz.casting import Player
from functions.models.previz.changing import (
    do_burn,
    do_dance,
    do_explode,
    do_fall,
    do_grow,
    do_open,
    do_pour,
    do_shake,
    do_spin,
    do_swing,
    do_throw,
    do_topple,
    slow,
)
from functions.models.previz.journeys import journey
from functions.models.previz.moving import (
    do_chase,
    do_hit,
    do_jump,
    do_move,
    do_orbit,
    do_rise,
    do_sink,
    height_of,
    hover,
    speed_of,
)
from functions.models.previz.reading import Deed
from functions.models.previz.scene import Act
from functions.models.previz.steps import windows

WAITING = frozenset({"spin", "hop", "shake", "dance", "rise"})
"""Acts in place, which begin when their step does. Travels and blows have clocks of their own."""


def perform(plot: Plot) -> None:
    """Play every deed, then give whoever has none what it does of itself."""
    for deed, (begins, _) in zip(plot.reading.deeds, windows(plot.reading), strict=True):
        for actor in deed.actors:
            if actor < len(plot.players):
                player = plot.players[actor]
                _in_time(plot, player, deed, begins * plot.span)
                player.deeds.add(deed.verb)
    for player in plot.players:
        if not player.deeds and not any(m.collider or m.acts for m in player.members):
            _live(plot, player)


def _in_time(plot: Plot, player: Player, deed: Deed, begins: float) -> None:
    """Play a deed; what it does in place waits until its step comes."""
    if begins > 0:
        plot.clocks.setdefault(player.number, begins)
    before = [len(member.acts) for member in player.members]
    _DEEDS.get(deed.verb, do_still)(plot, player, deed)
    for member, known in zip(player.members, before, strict=False):
        member.acts[known:] = [
            replace(act, start=begins) if act.verb in WAITING and act.start < begins else act
            for act in member.acts[known:]
        ]


def do_still(plot: Plot, player: Player, deed: Deed | None) -> None:  # one shape for all deeds
    """Leave a body as it stands; its own hinges keep it alive."""


def _live(plot: Plot, player: Player) -> None:
    """Let a body do what its kind does of itself."""
    kind = player.kind
    held = player.tied if kind == "driver" else player.perched
    if kind in {"flyer", "swimmer", "driver"} and not held:
        journey(
            plot,
            player,
            0.6 * speed_of(plot, player, None),
            height_of(player, ""),
            plot.reading.towards,
        )
    elif kind == "sailor":
        journey(plot, player, 0.5 * speed_of(plot, player, None), 0.0, plot.reading.towards)
    elif kind == "floater":
        hover(plot, player, None)
    elif kind in {"spinner", "celestial"}:
        do_spin(plot, player, None)
        if kind == "celestial":
            slow(player.members, 0.12)
    elif player.thing.stand_in:
        do_spin(plot, player, None)
        slow(player.members, 0.35)


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


_DEEDS: dict[str, Callable[[Plot, Player, Deed], None]] = {
    "roll": do_move,
    "walk": do_move,
    "run": do_move,
    "drive": do_move,
    "fly": do_move,
    "swim": do_move,
    "sail": do_move,
    "slide": do_move,
    "hit": do_hit,
    "chase": do_chase,
    "spin": do_spin,
    "orbit": do_orbit,
    "float": hover,
    "rise": do_rise,
    "sink": do_sink,
    "jump": do_jump,
    "grow": do_grow,
    "shrink": do_grow,
    "shake": do_shake,
    "swing": do_swing,
    "dance": do_dance,
    "explode": do_explode,
    "pour": do_pour,
    "burn": do_burn,
    "open": do_open,
    "fall": do_fall,
    "bounce": do_fall,
    "topple": do_topple,
    "throw": do_throw,
    "glow": do_still,
    "eat": do_still,
    "still": do_still,
}

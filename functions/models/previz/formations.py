"""How several stand together: stacked, in a row, a ring or a crowd, on and beside each other."""

import math

from functions.models.previz.casting import Member, Player
from functions.models.previz.space import TAU, Vec, chance

FLAT_TOPPED = frozenset({"furniture", "crate", "wall", "building", "driver", "pillar"})
HOLLOW = frozenset({"bowl", "cup", "drinking_glass", "boat", "pool", "chest", "vase"})
GAP = 1.06
ON_TOP = (0.2, 0.5, 0.75)
"""How far from the middle guests stand on a host, one after the other, in halves of its breadth."""


def form(player: Player, seed: int) -> None:
    """Set a player's bodies in formation about its own middle."""
    group, count = player.thing.group, len(player.members)
    if count == 1:
        return
    if group == "stack":
        _stack(player.members, seed)
    elif group == "row" or player.kind == "domino":
        _row(player)
    elif group == "ring":
        _ring(player.members)
    else:
        _crowd(player.members, seed)


def _stack(members: list[Member], seed: int) -> None:
    """Pile bodies up: a pyramid, a tower two wide, or a single column where there are few."""
    half = members[0].prop.half
    wide, tall = 2 * max(half[0], half[2]) * 1.03, 2 * half[1]
    for k, (row, high) in enumerate(_slots(len(members), seed)):
        jitter = 0.05 * wide * (chance(seed, 40 + k) - 0.5)
        members[k].place = (jitter, high * tall, row * wide)
        members[k].yaw = 0.16 * (chance(seed, 60 + k) - 0.5)


def _slots(count: int, seed: int) -> list[tuple[float, int]]:
    """Return for every body its place across and its storey, from the ground up."""
    if count <= 3:
        return [(0.0, k) for k in range(count)]
    if count in {3, 6, 10, 15} or chance(seed, 5) < 0.5:
        base = next(n for n in range(2, 12) if n * (n + 1) // 2 >= count)
        slots = [
            (i - (base - high - 1) / 2, high) for high in range(base) for i in range(base - high)
        ]
        return slots[:count]
    return [(k % 2 - 0.5, k // 2) for k in range(count)]


def _row(player: Player) -> None:
    members = player.members
    if player.kind == "domino":
        step = 0.62 * members[0].prop.height
    else:
        step = 2 * GAP * max(members[0].prop.half[0], members[0].prop.half[2])
    for k, member in enumerate(members):
        member.place = ((k - (len(members) - 1) / 2) * step, 0.0, 0.0)


def _ring(members: list[Member]) -> None:
    radius = max(1.2, len(members) / TAU * 1.3) * 2 * members[0].prop.reach
    for k, member in enumerate(members):
        angle = TAU * k / len(members)
        member.place = (radius * math.cos(angle), 0.0, radius * math.sin(angle))
        member.yaw = -angle + math.pi


def _crowd(members: list[Member], seed: int) -> None:
    """Scatter bodies loosely, none through another, the first in front."""
    step = 2.15 * members[0].prop.reach
    for k, member in enumerate(members):
        far = 0.62 * step * math.sqrt(k)
        angle = 2.39996 * k + TAU * chance(seed, 7)
        jitter = 0.12 * step * (chance(seed, 20 + k) - 0.5)
        member.place = (
            1.25 * far * math.cos(angle) + jitter,
            0.0,
            -0.9 * abs(far * math.sin(angle)) * (1 if k % 2 else -1) - jitter,
        )
        member.yaw = 0.5 * (chance(seed, 80 + k) - 0.5)


def beside(guest: Player, way: str, host: Player, seed: int, *, order: int = 0) -> Vec:  # noqa: PLR0911  # a preposition a line
    """Return where a guest stands by a relation such as `on` or `behind` a host.

    `order` counts the guests that the host has already: they take turns on its two sides.
    """
    x, y, z = host.members[0].place
    away = host.reach + guest.reach + 0.25 * min(host.prop.height, guest.prop.height)
    away *= 1 + order // 2
    side = 1.0 if (chance(seed, 3) < 0.5) == (order % 2 == 0) else -1.0
    holds = host.kind in FLAT_TOPPED or guest.kind == "flyer"
    if way == "on" and (holds or host.prop.height < 2.5 * guest.prop.height):
        off = ON_TOP[order % len(ON_TOP)] * host.prop.half[0]
        return (x + side * off, y + _top(host), z)
    if way == "over":
        return (x, y + host.prop.height + 0.35 * guest.prop.height, z)
    if way == "in" and host.thing.noun in HOLLOW:
        return (x, y + 0.35 * host.prop.height, z)
    if way == "under" and host.kind in {"furniture", "plant"}:
        return (x + 0.4 * side * host.prop.half[0], 0.0, z + 0.5 * host.prop.half[2])
    if way == "behind":
        return (x + 0.35 * side * away, 0.0, z - away)
    if way == "before":
        return (x + 0.3 * side * away, 0.0, z + away)
    small = guest.prop.height < 0.6 * host.prop.height
    near = 0.75 if way in {"by", "under", "in", "on"} else 1.2
    return (x + side * away * near, 0.0, z + (0.45 if small else -0.3) * away)


def _top(host: Player) -> float:
    """Return how high a host's surface lies: a chair's seat, else its top."""
    shares = {"chair": 0.49, "bench": 0.5, "sofa": 0.55, "bed": 0.8, "boat": 0.55, "piano": 0.5}
    return host.prop.height * shares.get(host.thing.noun, 1.0)

"""Houses, towers and what is built beside them. Doors and fronts face +x."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, UP, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def _gable(kit: Kit, at: Vec, half: Vec, paint: int, wall: int) -> None:
    """Add a pitched roof over a box: half is its half length, height and half depth."""
    long, high, deep = half
    slope = math.hypot(high, deep) / 2
    angle = math.atan2(high, deep)
    for side in (-1, 1):
        middle = (at[0], at[1] + high / 2, at[2] + side * deep / 2)
        kit.box(middle, (long * 1.12, 0.12, slope * 1.18), paint, turn(X, angle * side))
    for k in range(6):
        share = (k + 0.5) / 6
        kit.box((at[0], at[1] + share * high, at[2]), (long, high / 12, deep * (1 - share)), wall)


def _window(kit: Kit, at: Vec, half: Vec) -> None:
    kit.box(at, half, kit.paint("window"))
    thick = 0.07
    for side in (-1, 1):
        kit.box(
            (at[0], at[1] + side * half[1], at[2]),
            (half[0] + 0.03, thick, half[2] + thick),
            kit.tone("white"),
        )


def house(kit: Kit) -> None:
    """Make a house with a pitched roof, a door and windows."""
    kit.box((0, 1.6, 0), (3.0, 1.6, 2.5), kit.main)
    _gable(kit, (0, 3.2, 0), (3.0, 1.9, 2.6), kit.paint("roof"), kit.main)
    kit.box((1.4, 4.7, 0.9), (0.34, 0.9, 0.34), kit.paint("brick"))
    kit.box((3.0, 1.05, 0), (0.06, 1.05, 0.5), kit.paint("wood"))
    kit.ball((3.08, 1.0, 0.34), 0.06, kit.paint("gold"))
    kit.box((3.4, 0.1, 0), (0.45, 0.1, 0.8), kit.paint("stone"))
    for z in (-1.55, 1.55):
        _window(kit, (3.0, 1.8, z), (0.04, 0.55, 0.5))
    for side in (-1, 1):
        for x in (-1.6, 0.0, 1.6):
            _window(kit, (x, 1.8, 2.5 * side), (0.5, 0.55, 0.04))


def cabin(kit: Kit) -> None:
    """Make a log cabin with a smoking chimney and light in its windows."""
    glow = kit.glow((1.0, 0.62, 0.25), 3.0)
    for k in range(8):
        y = 0.2 + 0.34 * k
        for side in (-1, 1):
            kit.tube((0, y, 2.0 * side), 0.19, 2.75, kit.main, turn(Z, TAU / 4))
            kit.tube((2.5 * side, y, 0), 0.19, 2.3, kit.main, turn(X, TAU / 4))
    kit.box((0, 1.35, 0), (2.45, 1.35, 1.95), kit.shade(0.6))
    _gable(kit, (0, 2.8, 0), (2.8, 1.7, 2.3), kit.shade(0.45), kit.shade(0.8))
    kit.box((-1.2, 4.4, 0.8), (0.36, 1.0, 0.36), kit.paint("stone"))
    kit.box((2.68, 0.95, 0.6), (0.06, 0.95, 0.42), kit.shade(0.4))
    kit.box((2.68, 1.5, -0.9), (0.05, 0.42, 0.45), glow)
    for side in (-1, 1):
        for x in (-1.2, 1.1):
            kit.box((x, 1.5, 2.17 * side), (0.45, 0.42, 0.05), glow)


def tower(kit: Kit) -> None:
    """Make a round tower with battlements."""
    kit.tube((0, 4.5, 0), 1.7, 4.5, kit.main)
    kit.tube((0, 0.4, 0), 1.95, 0.4, kit.shade(0.8))
    kit.tube((0, 9.3, 0), 2.1, 0.5, kit.main)
    for k in range(10):
        angle = k * TAU / 10
        kit.box(
            (1.85 * math.cos(angle), 10.15, -1.85 * math.sin(angle)),
            (0.26, 0.4, 0.36),
            kit.main,
            turn(UP, angle),
        )
    for k in range(4):
        angle = k * TAU / 4 + 0.3
        for y in (3.5, 6.8):
            kit.box(
                (1.68 * math.cos(angle), y, -1.68 * math.sin(angle)),
                (0.12, 0.55, 0.2),
                kit.paint("window"),
                turn(UP, angle),
            )
    kit.box((1.68, 0.9, 0), (0.1, 0.9, 0.55), kit.paint("wood"))
    kit.limb((0, 9.8, 0), (0, 12.4, 0), 0.06, kit.paint("wood"))
    kit.hinge = kit.joint("sway", (0, 11, 0), UP, 0.25)
    kit.box((-0.8, 11.9, 0), (0.75, 0.42, 0.03), kit.tone("red", "fabric"))
    kit.hinge = -1


def castle(kit: Kit) -> None:
    """Make a castle: four towers, walls, a keep and a gate."""
    blue = kit.tone("blue", "matte")
    for a in (-1, 1):
        for b in (-1, 1):
            kit.tube((5.0 * a, 3.4, 5.0 * b), 1.25, 3.4, kit.main)
            kit.tube((5.0 * a, 6.9, 5.0 * b), 1.5, 0.35, kit.main)
            kit.cone((5.0 * a, 8.6, 5.0 * b), 1.6, 1.5, blue)
        kit.box((5.0 * a, 2.0, 0), (0.5, 2.0, 4.4), kit.main)
        kit.box((0, 2.0, 5.0 * a), (4.4, 2.0, 0.5), kit.main)
        for k in range(7):
            kit.box((5.0 * a, 4.3, -3.6 + 1.2 * k), (0.5, 0.3, 0.32), kit.main)
            kit.box((-3.6 + 1.2 * k, 4.3, 5.0 * a), (0.32, 0.3, 0.5), kit.main)
    kit.box((-1.0, 4.2, 0), (2.3, 4.2, 2.3), kit.shade(0.9))
    kit.cone((-1.0, 10.0, 0), 2.7, 2.0, blue)
    kit.box((5.45, 1.4, 0), (0.12, 1.4, 1.1), kit.paint("wood"))
    kit.tube((5.45, 2.8, 0), 1.1, 0.12, kit.paint("wood"), turn(Z, TAU / 4))
    for y in (4.0, 6.4):
        for z in (-1.0, 1.0):
            kit.box((1.32, y, z), (0.05, 0.6, 0.3), kit.paint("window"))


def church(kit: Kit) -> None:
    """Make a church with a steeple."""
    kit.box((-1.5, 2.2, 0), (4.2, 2.2, 2.2), kit.main)
    _gable(kit, (-1.5, 4.4, 0), (4.2, 2.4, 2.3), kit.paint("roof"), kit.main)
    kit.box((3.4, 4.0, 0), (1.2, 4.0, 1.2), kit.main)
    kit.cone((3.4, 10.3, 0), 1.75, 2.4, kit.paint("roof"))
    kit.box((3.4, 13.2, 0), (0.07, 0.6, 0.07), kit.paint("gold"))
    kit.box((3.4, 13.4, 0), (0.07, 0.07, 0.34), kit.paint("gold"))
    kit.box((4.62, 1.2, 0), (0.05, 1.2, 0.6), kit.paint("wood"))
    kit.tube((4.6, 5.6, 0), 0.65, 0.06, kit.tone("white"), turn(Z, TAU / 4))
    for side in (-1, 1):
        for k in range(4):
            kit.box((-4.4 + 1.9 * k, 2.4, 2.2 * side), (0.36, 1.0, 0.05), kit.paint("window"))


def skyscraper(kit: Kit) -> None:
    """Make a tower of offices in three steps."""
    for half, low, high in ((9.0, 0, 26), (7.0, 26, 46), (4.6, 46, 58)):
        kit.box((0, (low + high) / 2, 0), (half, (high - low) / 2, half), kit.main)
    kit.limb((0, 58, 0), (0, 70, 0), 0.5, kit.paint("steel"))
    kit.ball((0, 70, 0), 0.9, kit.glow((1.0, 0.1, 0.05), 10.0))


def lighthouse(kit: Kit) -> None:
    """Make a banded lighthouse on its rock, its lamp turning."""
    red = kit.tone("red", "matte")
    for k in range(7):
        r = 1.75 - 0.125 * k
        kit.tube((0, 0.9 + 1.5 * k, 0), r, 0.75, kit.main if k % 2 == 0 else red)
    kit.tube((0, 11.35, 0), 1.35, 0.12, kit.tone("black"))
    kit.ring((0, 11.9, 0), 1.25, 0.04, kit.tone("black"))
    kit.tube((0, 12.2, 0), 0.68, 0.75, kit.paint("glass"))
    kit.ball((0, 12.2, 0), 0.5, kit.glow((1.0, 0.86, 0.5), 26.0))
    kit.cone((0, 13.5, 0), 1.0, 0.55, red)
    kit.ball((0, 14.1, 0), 0.14, kit.tone("black"))
    kit.box((1.7, 0.9, 0), (0.1, 0.8, 0.4), kit.paint("wood"))
    for k in range(7):
        angle = k * TAU / 7
        kit.ball(
            (2.5 * math.cos(angle), 0.0, 2.5 * math.sin(angle)),
            (1.4, 0.6 + 0.4 * kit.luck(k), 1.2),
            kit.paint("stone"),
        )


def _blades(kit: Kit, at: Vec, length: float, count: int, rate: float, paint: int) -> None:
    kit.hinge = kit.joint("rotor", at, X, rate)
    for k in range(count):
        angle = k * TAU / count
        middle = (at[0], at[1] + math.cos(angle) * length / 2, at[2] + math.sin(angle) * length / 2)
        kit.box(middle, (0.05, length / 2, 0.035 * length), paint, turn(X, angle))
    kit.ball(at, length * 0.06, paint)
    kit.hinge = -1


def windmill(kit: Kit) -> None:
    """Make a mill whose sails turn."""
    for k in range(6):
        kit.tube((0, 0.75 + 1.1 * k, 0), 1.75 - 0.15 * k, 0.6, kit.main)
    kit.ball((0, 7.0, 0), (1.15, 0.9, 1.1), kit.paint("roof"))
    kit.box((1.6, 0.9, 0), (0.25, 0.9, 0.45), kit.paint("wood"))
    for y in (3.0, 4.8):
        kit.box((1.35, y, 0), (0.12, 0.32, 0.24), kit.paint("window"))
    hub = (1.5, 6.6, 0.0)
    kit.limb((0, 6.7, 0), hub, 0.16, kit.paint("wood"))
    kit.hinge = kit.joint("rotor", hub, X, 0.12)
    for k in range(4):
        angle = k * TAU / 4 + 0.4
        c, s = math.cos(angle), math.sin(angle)
        kit.box(
            (hub[0], hub[1] + 2.1 * c, hub[2] + 2.1 * s),
            (0.05, 2.1, 0.07),
            kit.paint("wood"),
            turn(X, angle),
        )
        at = (hub[0], hub[1] + 2.5 * c - 0.42 * s, hub[2] + 2.5 * s + 0.42 * c)
        kit.box(at, (0.025, 1.6, 0.38), kit.tone("beige", "fabric"), turn(X, angle))
    kit.hinge = -1


def turbine(kit: Kit) -> None:
    """Make a wind turbine."""
    for k in range(4):
        kit.tube((0, 2.2 + 4.4 * k, 0), 0.62 - 0.09 * k, 2.2, kit.main)
    kit.ball((0.2, 17.8, 0), (1.3, 0.5, 0.5), kit.main)
    _blades(kit, (1.4, 17.8, 0), 8.0, 3, 0.2, kit.main)


def ferriswheel(kit: Kit) -> None:
    """Make a great wheel with coloured cabins."""
    hub = (0.0, 6.0, 0.0)
    kit.hinge = kit.joint("rotor", hub, Z, 0.04)
    for side in (-0.5, 0.5):
        kit.ring((0, 6.0, side), 5.2, 0.09, kit.main, turn(X, TAU / 4))
    for k in range(12):
        angle = k * TAU / 12
        tip = (5.2 * math.cos(angle), 6 + 5.2 * math.sin(angle), 0.0)
        kit.limb(hub, tip, 0.05, kit.main, ends=False)
        colour = ("red", "yellow", "blue", "green", "purple", "orange")[k % 6]
        kit.ball(tip, (0.5, 0.55, 0.5), kit.tone(colour))
        kit.ball(
            (tip[0] * 0.93, 6 + (tip[1] - 6) * 0.93, 0.55), 0.12, kit.glow((1.0, 0.7, 0.3), 7.0)
        )
    kit.hinge = -1
    for side in (-1, 1):
        for x in (-2.4, 2.4):
            kit.limb((x, 0, 1.0 * side), (0, 6.0, 0.7 * side), 0.14, kit.paint("steel"))


def bridge(kit: Kit) -> None:
    """Make a bridge on three arches, along x."""
    kit.box((0, 3.3, 0), (12.0, 0.3, 1.7), kit.main)
    for side in (-1, 1):
        kit.box((0, 3.95, 1.6 * side), (12.0, 0.35, 0.12), kit.shade(0.85))
    for x in (-12.0, -4.0, 4.0, 12.0):
        kit.box((x, 1.5, 0), (0.8, 1.6, 1.7), kit.main)
    for x in (-8.0, 0.0, 8.0):
        for k in range(13):
            angle = math.pi * k / 12
            at = (x + 3.5 * math.cos(angle), 0.6 + 2.5 * math.sin(angle), 0.0)
            kit.box(at, (0.34, 0.32, 1.68), kit.shade(0.75), turn(Z, angle))


def arch(kit: Kit) -> None:
    """Make an archway."""
    for side in (-1, 1):
        kit.box((0, 1.5, 1.5 * side), (0.45, 1.5, 0.42), kit.main)
        kit.box((0, 0.15, 1.5 * side), (0.6, 0.16, 0.58), kit.shade(0.8))
        kit.box((0, 3.0, 1.5 * side), (0.55, 0.12, 0.52), kit.shade(0.8))
    for k in range(11):
        angle = math.pi * k / 10
        at = (0.0, 3.1 + 1.5 * math.sin(angle), 1.5 * math.cos(angle))
        kit.box(at, (0.45, 0.42, 0.26), kit.main if k % 2 else kit.shade(0.88), turn(X, -angle))


def column(kit: Kit) -> None:
    """Make a column with base and capital."""
    kit.box((0, 0.12, 0), (0.55, 0.12, 0.55), kit.main)
    kit.tube((0, 0.32, 0), 0.46, 0.1, kit.shade(0.9))
    kit.tube((0, 2.2, 0), 0.36, 1.85, kit.main)
    kit.ring((0, 4.0, 0), 0.36, 0.07, kit.shade(0.9))
    kit.tube((0, 4.14, 0), 0.46, 0.1, kit.main)
    kit.box((0, 4.34, 0), (0.56, 0.12, 0.56), kit.main)


def wall(kit: Kit) -> None:
    """Make a wall across the way, of courses that physics may take apart."""
    kit.box((0, 1.2, 0), (0.22, 1.2, 2.5), kit.main)
    kit.box((0, 2.46, 0), (0.3, 0.07, 2.56), kit.paint("stone"))


def fence(kit: Kit) -> None:
    """Make a picket fence."""
    for k in range(13):
        kit.box((-2.4 + 0.4 * k, 0.5, 0), (0.08, 0.5, 0.025), kit.main)
        kit.box((-2.4 + 0.4 * k, 1.0, 0), (0.057, 0.057, 0.025), kit.main, turn(Z, TAU / 8))
    for y in (0.3, 0.75):
        kit.box((0, y, -0.05), (2.5, 0.06, 0.03), kit.shade(0.85))


def door(kit: Kit) -> None:
    """Make a door in its frame; it opens on its hinges."""
    frame = kit.tone("white")
    for side in (-1, 1):
        kit.box((0, 1.1, 0.58 * side), (0.1, 1.1, 0.07), frame)
    kit.box((0, 2.24, 0), (0.1, 0.07, 0.65), frame)
    kit.hinge = kit.joint("door", (0, 0, -0.5), UP, -1.7)
    kit.box((0, 1.08, 0), (0.04, 1.08, 0.5), kit.main)
    for y in (0.6, 1.6):
        kit.box((0, y, 0), (0.055, 0.36, 0.34), kit.shade(0.75))
    kit.ball((0.09, 1.05, 0.4), 0.05, kit.paint("gold"))
    kit.hinge = -1


def window(kit: Kit) -> None:
    """Make a framed window or picture."""
    kit.box((0, 0.9, 0), (0.03, 0.62, 0.82), kit.paint("window", "teal"))
    for side in (-1, 1):
        kit.box((0, 0.9 + 0.66 * side, 0), (0.07, 0.07, 0.95), kit.main)
        kit.box((0, 0.9, 0.88 * side), (0.07, 0.72, 0.07), kit.main)
    kit.box((0, 0.9, 0), (0.05, 0.62, 0.03), kit.main)
    kit.box((0, 0.9, 0), (0.05, 0.03, 0.82), kit.main)


def stairs(kit: Kit) -> None:
    """Make a flight of steps that climbs along x."""
    for k in range(10):
        kit.box(
            (-1.8 + 0.4 * k, 0.12 * (k + 1), 0),
            (0.2, 0.12 * (k + 1), 1.1),
            kit.main if k % 2 else kit.shade(0.92),
        )


def fountain(kit: Kit) -> None:
    """Make a fountain of two basins; its water is particles."""
    kit.tube((0, 0.3, 0), 2.0, 0.3, kit.main)
    kit.ring((0, 0.62, 0), 1.95, 0.12, kit.main)
    kit.tube((0, 0.61, 0), 1.85, 0.02, kit.paint("blackwater"))
    kit.tube((0, 1.1, 0), 0.25, 0.6, kit.main)
    kit.ball((0, 1.7, 0), (0.85, 0.22, 0.85), kit.main)
    kit.tube((0, 1.85, 0), 0.78, 0.05, kit.paint("blackwater"))
    kit.tube((0, 2.1, 0), 0.14, 0.4, kit.main)
    kit.ball((0, 2.6, 0), 0.2, kit.main)


def tent(kit: Kit) -> None:
    """Make a ridge tent with an open front."""
    for side in (-1, 1):
        kit.box((0, 0.75, 0.5 * side), (1.4, 0.03, 0.93), kit.main, turn(X, 0.98 * side))
    for k in range(6):
        share = (k + 0.5) / 6
        kit.box((-1.38, 1.5 * share, 0), (0.02, 0.13, 0.98 * (1 - share)), kit.shade(0.7))
    kit.ball((0.7, 0.3, 0), 0.16, kit.paint("lampglow"))
    for x in (-1.4, 1.4):
        kit.limb((x, 0, 0), (x, 1.56, 0), 0.03, kit.paint("wood"))


def flag(kit: Kit) -> None:
    """Make a flag that waves on its pole."""
    kit.limb((0, 0, 0), (0, 4.6, 0), 0.05, kit.paint("steel"))
    kit.ball((0, 4.7, 0), 0.1, kit.paint("gold"))
    parent = -1
    for k in range(6):
        at = (0.3 * k, 4.0, 0.0)
        parent = kit.joint("sway", at, UP, 0.22, phase=-0.13 * k, parent=parent)
        kit.hinge = parent
        kit.box((at[0] + 0.15, 4.0, 0), (0.16, 0.5, 0.012), kit.main)
    kit.hinge = -1


def signpost(kit: Kit) -> None:
    """Make a signpost."""
    kit.limb((0, 0, 0), (0, 2.3, 0), 0.06, kit.main)
    kit.box((0.06, 1.95, 0.15), (0.03, 0.2, 0.62), kit.main)
    kit.box((0.06, 1.45, -0.15), (0.03, 0.16, 0.5), kit.shade(0.8))


def streetlamp(kit: Kit) -> None:
    """Make a street lamp that is lit."""
    kit.limb((0, 0, 0), (0, 3.9, 0), 0.06, kit.main)
    kit.tube((0, 0.25, 0), 0.16, 0.25, kit.main)
    kit.limb((0, 3.9, 0), (0.7, 4.1, 0), 0.04, kit.main)
    kit.ball((0.75, 4.0, 0), (0.26, 0.12, 0.2), kit.main)
    kit.ball((0.75, 3.9, 0), 0.17, kit.glow((1.0, 0.72, 0.36), 160.0))


def pool(kit: Kit) -> None:
    """Make a swimming pool with its rim."""
    kit.box((0, 0.1, 0), (3.4, 0.1, 2.0), kit.main)
    kit.box((0, 0.17, 0), (3.0, 0.06, 1.6), kit.paint("water"))

"""What flies by itself."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, UP, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
ALONG = turn(Z, -TAU / 4)


def _rotor(kit: Kit, at: Vec, axis: Vec, length: float, blades: int, rate: float) -> None:
    kit.hinge = kit.joint("rotor", at, axis, rate)
    for k in range(blades):
        angle = k * TAU / blades
        half = (length / 2, 0.015, 0.06 + length * 0.025)
        middle = (at[0] + math.cos(angle) * length / 2, at[1], at[2] - math.sin(angle) * length / 2)
        kit.box(middle, half, kit.tone("black"), turn(UP, angle))
    kit.hinge = -1


def plane(kit: Kit) -> None:
    """Make an airliner."""
    trim = kit.tone("blue")
    kit.tube((0, 0, 0), 0.8, 4.6, kit.main, ALONG)
    kit.ball((4.6, 0, 0), (1.7, 0.8, 0.8), kit.main)
    kit.cone((-6.2, 0.12, 0), 0.8, 1.7, kit.main, turn(Z, TAU / 4))
    kit.ball((5.55, 0.36, 0), (0.5, 0.2, 0.45), kit.paint("window"))
    kit.box((-6.5, 1.5, 0), (0.8, 1.15, 0.07), trim, turn(Z, 0.5))
    for side in (-1, 1):
        kit.box((-0.4, -0.25, 3.6 * side), (0.85, 0.07, 3.3), kit.main, turn(UP, 0.45 * side))
        kit.box((-6.7, 0.4, 1.2 * side), (0.45, 0.05, 1.2), kit.main, turn(UP, 0.45 * side))
        kit.tube((0.6, -0.85, 2.6 * side), 0.42, 0.85, trim, ALONG)
        kit.tube((1.42, -0.85, 2.6 * side), 0.34, 0.06, kit.tone("black"), ALONG)
        for k in range(11):
            kit.ball((3.4 - 0.7 * k, 0.25, 0.77 * side), (0.13, 0.16, 0.06), kit.paint("window"))


def paperplane(kit: Kit) -> None:
    """Make a folded paper plane."""
    for side in (-1, 1):
        for k in range(9):
            x = 1.0 - 0.22 * k
            kit.box(
                (x, 0.04, side * 0.047 * (k + 1)),
                (0.13, 0.012, 0.05 * (k + 1)),
                kit.main,
                turn(X, -0.16 * side),
            )
    for k in range(9):
        x = 1.0 - 0.22 * k
        kit.box((x, -0.018 * (k + 1), 0), (0.13, 0.02 * (k + 1), 0.012), kit.shade(0.75))


def helicopter(kit: Kit) -> None:
    """Make a helicopter."""
    kit.ball((0.3, 0, 0), (1.5, 0.95, 0.85), kit.main)
    kit.ball((0.95, 0.12, 0), (0.95, 0.72, 0.76), kit.paint("window"))
    kit.limb((-0.9, 0.25, 0), (-4.0, 0.5, 0), 0.2, kit.main)
    kit.box((-4.0, 0.95, 0), (0.3, 0.6, 0.06), kit.main)
    kit.tube((0, 1.1, 0), 0.1, 0.3, kit.paint("steel"))
    _rotor(kit, (0, 1.4, 0), UP, 3.6, 4, 3.2)
    kit.hinge = kit.joint("rotor", (-4.1, 1.0, 0.2), Z, 4.5)
    for k in range(3):
        kit.box((-4.1, 1.0, 0.2), (0.75, 0.06, 0.02), kit.tone("black"), turn(Z, k * TAU / 6))
    kit.hinge = -1
    for side in (-1, 1):
        kit.limb((-0.9, -1.25, 0.75 * side), (1.4, -1.25, 0.75 * side), 0.07, kit.paint("steel"))
        for x in (-0.4, 0.8):
            kit.limb((x, -0.6, 0.5 * side), (x, -1.25, 0.75 * side), 0.05, kit.paint("steel"))


def drone(kit: Kit) -> None:
    """Make a drone with four rotors and a camera."""
    kit.ball((0, 0.1, 0), (0.34, 0.13, 0.24), kit.main)
    kit.box((0, 0.12, 0), (0.26, 0.09, 0.2), kit.shade(2.0))
    kit.ball((0.28, -0.06, 0), 0.1, kit.tone("grey"))
    kit.ball((0.36, -0.06, 0), 0.06, kit.paint("window"))
    for a in (-1, 1):
        for b in (-1, 1):
            end = (0.55 * a, 0.16, 0.55 * b)
            kit.limb((0.15 * a, 0.1, 0.12 * b), end, 0.045, kit.main)
            kit.tube((end[0], 0.2, end[2]), 0.08, 0.08, kit.tone("grey"))
            kit.ring((end[0], 0.24, end[2]), 0.36, 0.02, kit.main)
            _rotor(kit, (end[0], 0.28, end[2]), UP, 0.33, 2, 4.3 * a * b)
            kit.ball(
                (end[0], 0.1, end[2]),
                0.035,
                kit.glow((0.1, 1.0, 0.3) if a > 0 else (1.0, 0.1, 0.1), 8.0),
            )
    for side in (-1, 1):
        kit.limb((-0.15, 0, 0.16 * side), (-0.2, -0.24, 0.22 * side), 0.02, kit.main)
        kit.limb((-0.35, -0.24, 0.22 * side), (0.2, -0.24, 0.22 * side), 0.02, kit.main)


def rocket(kit: Kit) -> None:
    """Make a rocket that stands on its fins."""
    red = kit.tone("red")
    kit.tube((0, 4.2, 0), 0.95, 3.0, kit.main)
    kit.ball((0, 7.2, 0), (0.95, 2.1, 0.95), red)
    kit.tube((0, 1.35, 0), 0.95, 0.16, red)
    kit.tube((0, 5.9, 0), 0.96, 0.12, kit.tone("black"))
    kit.cone((0, 0.7, 0), 0.75, 0.6, kit.paint("steel"))
    for k in range(4):
        angle = k * TAU / 4 + TAU / 8
        at = (math.cos(angle) * 1.3, 1.5, -math.sin(angle) * 1.3)
        kit.box(at, (0.55, 1.0, 0.08), red, turn(UP, angle))
        kit.box((at[0] * 1.25, 0.7, at[2] * 1.25), (0.4, 0.6, 0.08), red, turn(UP, angle))
    kit.ring((0.88, 5.1, 0), 0.34, 0.08, kit.paint("steel"), turn(Z, TAU / 4))
    kit.ball((0.84, 5.1, 0), (0.14, 0.32, 0.32), kit.paint("window"))
    kit.ring((0, 5.1, 0.88), 0.34, 0.08, kit.paint("steel"), turn(X, TAU / 4))
    kit.ball((0, 5.1, 0.84), (0.32, 0.32, 0.14), kit.paint("window"))


def spaceship(kit: Kit) -> None:
    """Make a spaceship with glowing engines."""
    dark = kit.shade(0.5)
    kit.ball((0.6, 0, 0), (3.4, 0.55, 0.75), kit.main)
    kit.box((-1.4, 0, 0), (1.6, 0.5, 0.9), kit.main)
    kit.ball((1.8, 0.42, 0), (0.8, 0.32, 0.4), kit.paint("window"))
    kit.box((-1.9, 0.85, 0), (0.7, 0.5, 0.08), dark, turn(Z, 0.5))
    for side in (-1, 1):
        kit.box((-1.2, -0.05, 2.0 * side), (1.0, 0.09, 1.5), kit.main, turn(UP, 0.55 * side))
        kit.tube((-2.4, 0, 1.15 * side), 0.42, 1.0, dark, ALONG)
        kit.ball((-3.4, 0, 1.15 * side), (0.3, 0.34, 0.34), kit.glow((0.25, 0.6, 1.0), 18.0))
        kit.limb((-0.8, 0, 3.3 * side), (1.0, 0, 3.3 * side), 0.1, dark)
        kit.ball((1.0, 0, 3.3 * side), 0.12, kit.glow((1.0, 0.15, 0.1), 7.0))
    kit.ball((-3.0, 0.1, 0), (0.3, 0.36, 0.36), kit.glow((0.25, 0.6, 1.0), 18.0))
    for k in range(4):
        kit.box((0.2 - 0.55 * k, 0.53, 0.25 * (-1) ** k), (0.18, 0.06, 0.16), dark)


def ufo(kit: Kit) -> None:
    """Make a flying saucer ringed with lights."""
    kit.ball((0, 0, 0), (2.4, 0.42, 2.4), kit.main)
    kit.ball((0, 0.3, 0), (0.95, 0.75, 0.95), kit.paint("glass", "teal"))
    kit.ring((0, 0, 0), 2.2, 0.16, kit.shade(0.6))
    kit.hinge = kit.joint("rotor", (0, 0, 0), UP, 0.4)
    for k in range(10):
        angle = k * TAU / 10
        colour = ((0.2, 1.0, 0.6), (1.0, 0.6, 0.1))[k % 2]
        kit.ball(
            (1.75 * math.cos(angle), -0.3, 1.75 * math.sin(angle)), 0.17, kit.glow(colour, 9.0)
        )
    kit.hinge = -1
    kit.ball((0, -0.36, 0), (0.7, 0.18, 0.7), kit.glow((0.5, 1.0, 0.8), 5.0))


def satellite(kit: Kit) -> None:
    """Make a satellite with its wings of solar cells."""
    kit.box((0, 0, 0), (0.5, 0.6, 0.5), kit.main)
    kit.cone((0.75, 0, 0), 0.55, 0.22, kit.tone("white"), turn(Z, TAU / 4))
    kit.limb((0.5, 0, 0), (1.15, 0, 0), 0.03, kit.paint("steel"))
    for side in (-1, 1):
        kit.limb((0, 0, 0.5 * side), (0, 0, 1.0 * side), 0.05, kit.paint("steel"))
        for k in range(3):
            kit.box((0, 0, (1.4 + 0.82 * k) * side), (0.03, 0.55, 0.39), kit.tone("blue", "glossy"))
    kit.limb((0, 0.6, 0), (-0.2, 1.3, 0), 0.02, kit.paint("steel"))


def airballoon(kit: Kit) -> None:
    """Make a hot air balloon with its basket."""
    kit.ball((0, 4.2, 0), (2.2, 2.4, 2.2), kit.main)
    kit.cone((0, 2.1, 0), 1.75, 1.25, kit.main, turn(X, math.pi))
    for k in range(4):
        kit.ball(
            (0, 4.2, 0),
            (2.215, 2.415, 0.42),
            kit.tone(("yellow", "orange")[k % 2], "fabric"),
            turn(UP, k * math.pi / 4),
        )
    kit.box((0, 0.25, 0), (0.36, 0.28, 0.36), kit.paint("planks"))
    for a in (-1, 1):
        for b in (-1, 1):
            kit.limb((0.33 * a, 0.5, 0.33 * b), (0.6 * a, 1.3, 0.6 * b), 0.02, kit.tone("black"))
    kit.ball((0, 0.95, 0), (0.09, 0.22, 0.09), kit.paint("flame"))

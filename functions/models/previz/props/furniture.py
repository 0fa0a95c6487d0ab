"""What stands in rooms, hangs on walls or is carried about."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
FACING = turn(Z, -TAU / 4)


def table(kit: Kit) -> None:
    """Make a table."""
    kit.box((0, 0.74, 0), (0.8, 0.035, 0.5), kit.main)
    for x in (-0.7, 0.7):
        for z in (-0.4, 0.4):
            kit.box((x, 0.35, z), (0.04, 0.36, 0.04), kit.shade(0.8))
    for z in (-0.4, 0.4):
        kit.box((0, 0.66, z), (0.7, 0.05, 0.02), kit.shade(0.8))


def chair(kit: Kit) -> None:
    """Make a chair."""
    kit.box((0, 0.46, 0), (0.24, 0.025, 0.23), kit.main)
    for x in (-0.2, 0.2):
        for z in (-0.19, 0.19):
            kit.box((x, 0.22, z), (0.022, 0.23, 0.022), kit.shade(0.8))
    for z in (-0.19, 0.19):
        kit.box((-0.22, 0.72, z), (0.022, 0.28, 0.022), kit.shade(0.8))
    for y in (0.66, 0.8, 0.94):
        kit.box((-0.22, y, 0), (0.015, 0.045, 0.2), kit.main)


def bench(kit: Kit) -> None:
    """Make a park bench."""
    iron = kit.tone("black")
    for k in range(3):
        kit.box((-0.18 + 0.17 * k, 0.46, 0), (0.075, 0.02, 0.85), kit.main)
        kit.box((-0.3 - 0.03 * k, 0.62 + 0.14 * k, 0), (0.02, 0.055, 0.85), kit.main)
    for z in (-0.65, 0.65):
        kit.limb((0.2, 0, z), (0.18, 0.44, z), 0.025, iron)
        kit.limb((-0.25, 0, z), (-0.38, 0.98, z), 0.025, iron)
        kit.limb((-0.25, 0.43, z), (0.2, 0.43, z), 0.025, iron)


def sofa(kit: Kit) -> None:
    """Make a sofa with cushions."""
    kit.box((0, 0.25, 0), (0.42, 0.18, 1.0), kit.main)
    kit.box((-0.36, 0.62, 0), (0.14, 0.34, 1.0), kit.main)
    for side in (-1, 1):
        kit.box((0, 0.42, 0.96 * side), (0.42, 0.28, 0.13), kit.shade(0.85))
        kit.ball((0.04, 0.48, 0.42 * side), (0.4, 0.13, 0.42), kit.shade(1.15))
        kit.ball((-0.2, 0.72, 0.42 * side), (0.13, 0.26, 0.38), kit.shade(1.15))
        kit.ball((-0.02, 0.7, 0.72 * side), (0.12, 0.2, 0.2), kit.tone("orange", "fabric"))


def bed(kit: Kit) -> None:
    """Make a bed."""
    wood = kit.paint("wood")
    kit.box((0, 0.25, 0), (1.05, 0.12, 0.8), wood)
    kit.box((0, 0.48, 0), (1.0, 0.14, 0.76), kit.main)
    kit.ball((0.25, 0.6, 0), (0.8, 0.12, 0.8), kit.tone("blue", "fabric"))
    kit.box((-1.06, 0.65, 0), (0.05, 0.6, 0.82), wood)
    for z in (-0.36, 0.36):
        kit.ball((-0.75, 0.68, z), (0.2, 0.1, 0.3), kit.main)


def shelf(kit: Kit) -> None:
    """Make a shelf of books."""
    for side in (-1, 1):
        kit.box((0, 1.0, 0.6 * side), (0.17, 1.0, 0.025), kit.main)
    for k in range(5):
        kit.box((0, 0.03 + 0.48 * k, 0), (0.17, 0.02, 0.6), kit.main)
    kit.box((-0.16, 1.0, 0), (0.01, 1.0, 0.6), kit.shade(0.6))
    for k in range(4):
        for j in range(11):
            tall = 0.13 + 0.07 * kit.luck(20 * k + j)
            colour = ("red", "blue", "green", "beige", "brown", "orange", "teal")[
                int(7 * kit.luck(100 + 20 * k + j))
            ]
            kit.box(
                (0.02, 0.06 + 0.48 * k + tall, -0.52 + 0.1 * j),
                (0.11, tall, 0.04),
                kit.tone(colour, "fabric"),
            )


def piano(kit: Kit) -> None:
    """Make a grand piano."""
    kit.box((-0.2, 0.85, 0), (0.75, 0.15, 0.72), kit.main)
    kit.ball((-0.75, 0.85, 0.1), (0.5, 0.15, 0.55), kit.main)
    kit.box((-0.5, 1.4, -0.3), (0.75, 0.02, 0.7), kit.main, turn(X, -0.75))
    kit.box((0.62, 0.86, 0), (0.12, 0.03, 0.66), kit.tone("white", "glossy"))
    for k in range(16):
        kit.box((0.58, 0.9, -0.6 + 0.08 * k), (0.07, 0.02, 0.018), kit.tone("black"))
    for x, z in ((0.4, 0.6), (0.4, -0.6), (-0.9, 0.1)):
        kit.limb((x, 0, z), (x, 0.7, z), 0.05, kit.main)
    kit.box((1.15, 0.45, 0), (0.18, 0.05, 0.35), kit.main)


def guitar(kit: Kit) -> None:
    """Make a guitar that stands upright."""
    kit.ball((0, 0.32, 0), (0.09, 0.32, 0.36), kit.main)
    kit.ball((0, 0.74, 0), (0.085, 0.26, 0.27), kit.main)
    kit.tube((0.075, 0.62, 0), 0.1, 0.02, kit.tone("black"), FACING)
    kit.box((0.05, 1.25, 0), (0.03, 0.5, 0.045), kit.paint("bark"))
    kit.box((0.05, 1.84, 0), (0.025, 0.13, 0.075), kit.paint("bark"))
    for k in range(4):
        kit.limb(
            (0.095, 0.3, -0.025 + 0.017 * k),
            (0.09, 1.75, -0.025 + 0.017 * k),
            0.003,
            kit.paint("silver"),
            ends=False,
        )


def lamp(kit: Kit) -> None:
    """Make a lamp that is lit."""
    kit.tube((0, 0.03, 0), 0.16, 0.03, kit.paint("copper"))
    kit.limb((0, 0.03, 0), (0, 0.52, 0), 0.022, kit.paint("copper"))
    kit.cone((0, 0.72, 0), 0.3, 0.24, kit.main)
    kit.tube((0, 0.56, 0), 0.29, 0.07, kit.glow((1.0, 0.74, 0.42), 5.0))
    kit.ball((0, 0.47, 0), 0.09, kit.glow((1.0, 0.8, 0.5), 90.0))


def lantern(kit: Kit) -> None:
    """Make a paper lantern with its light inside."""
    material = kit.paints.all()[kit.main]
    kit.ball((0, 0.5, 0), (0.42, 0.46, 0.42), kit.glow(material.base, 9.0))
    for y, r in ((0.2, 0.33), (0.35, 0.41), (0.5, 0.43), (0.65, 0.41), (0.8, 0.33)):
        kit.ring((0, y, 0), r - 0.01, 0.014, kit.shade(0.5))
    for y in (0.06, 0.95):
        kit.tube((0, y, 0), 0.16, 0.05, kit.tone("black"))
    kit.limb((0, 0.97, 0), (0, 1.25, 0), 0.01, kit.tone("black"))


def candle(kit: Kit) -> None:
    """Make a burning candle on its dish."""
    kit.tube((0, 0.03, 0), 0.4, 0.03, kit.paint("copper"))
    kit.ring((0, 0.06, 0), 0.38, 0.035, kit.paint("copper"))
    kit.tube((0, 0.5, 0), 0.15, 0.46, kit.main)
    kit.ball((0.1, 0.92, 0.04), (0.06, 0.1, 0.06), kit.main)
    kit.limb((0, 0.94, 0), (0, 1.06, 0), 0.012, kit.tone("black"))
    kit.hinge = kit.joint("sway", (0, 1.0, 0), Z, 0.12, phase=kit.luck(2))
    kit.ball((0, 1.17, 0), (0.055, 0.15, 0.055), kit.glow((1.0, 0.62, 0.2), 300.0))
    kit.hinge = -1


def clock(kit: Kit) -> None:
    """Make a clock whose hands go round."""
    kit.tube((0, 0.5, 0), 0.5, 0.06, kit.paint("wood"), FACING)
    kit.tube((0.04, 0.5, 0), 0.43, 0.04, kit.main, FACING)
    for k in range(12):
        angle = k * TAU / 12
        kit.box(
            (0.085, 0.5 + 0.36 * math.cos(angle), 0.36 * math.sin(angle)),
            (0.005, 0.035, 0.012),
            kit.tone("black"),
            turn(X, angle),
        )
    for long, rate, wide in ((0.2, 0.02, 0.022), (0.31, 0.12, 0.014)):
        kit.hinge = kit.joint("rotor", (0.09, 0.5, 0), X, rate)
        kit.box((0.095, 0.5 + long / 2, 0), (0.006, long / 2, wide), kit.tone("black"))
    kit.hinge = -1


def phone(kit: Kit) -> None:
    """Make a phone, upright, its screen lit."""
    kit.box((0, 0.5, 0), (0.03, 0.5, 0.25), kit.main)
    kit.box((0.032, 0.5, 0), (0.002, 0.46, 0.225), kit.glow((0.35, 0.55, 1.0), 1.6))
    for k, colour in enumerate(
        ((1.0, 0.3, 0.2), (0.3, 1.0, 0.4), (1.0, 0.8, 0.2), (0.9, 0.3, 1.0))
    ):
        kit.box(
            (0.036, 0.62 - 0.16 * (k // 2), -0.08 + 0.16 * (k % 2)),
            (0.002, 0.055, 0.055),
            kit.glow(colour, 2.2),
        )


def computer(kit: Kit) -> None:
    """Make a laptop."""
    kit.box((0, 0.02, 0), (0.3, 0.02, 0.42), kit.main)
    kit.box((-0.34, 0.3, 0), (0.015, 0.29, 0.42), kit.main, turn(Z, 0.2))
    kit.box((-0.322, 0.302, 0), (0.004, 0.26, 0.39), kit.glow((0.4, 0.65, 1.0), 1.8), turn(Z, 0.2))
    for k in range(5):
        kit.box((-0.18 + 0.07 * k, 0.042, 0), (0.025, 0.004, 0.36), kit.tone("black"))


def camera(kit: Kit) -> None:
    """Make a photo camera."""
    kit.box((0, 0.3, 0), (0.16, 0.28, 0.42), kit.main)
    kit.box((0, 0.63, 0), (0.12, 0.08, 0.14), kit.main)
    kit.tube((0.28, 0.3, 0), 0.22, 0.16, kit.shade(1.8), FACING)
    kit.ball((0.4, 0.3, 0), (0.08, 0.18, 0.18), kit.paint("window", "purple"))
    kit.tube((0, 0.61, 0.3), 0.05, 0.04, kit.paint("silver"))


def headphones(kit: Kit) -> None:
    """Make headphones."""
    kit.ring((0, 0.5, 0), 0.5, 0.05, kit.main, turn(Z, TAU / 4))
    for side in (-1, 1):
        kit.ball((0, 0.4, 0.5 * side), (0.22, 0.28, 0.1), kit.main)
        kit.ball((0, 0.4, 0.42 * side), (0.19, 0.24, 0.08), kit.tone("grey", "fabric"))


def shoe(kit: Kit) -> None:
    """Make a trainer."""
    kit.ball((0.32, 0.2, 0), (0.36, 0.2, 0.19), kit.main)
    kit.ball((-0.2, 0.28, 0), (0.34, 0.3, 0.18), kit.main)
    kit.ring((-0.26, 0.5, 0), 0.16, 0.05, kit.shade(0.7))
    kit.ball((0.08, 0.08, 0), (0.68, 0.09, 0.21), kit.tone("white", "rubber"))
    kit.ball((-0.1, 0.3, 0.12), (0.3, 0.06, 0.08), kit.tone("red"), turn(Z, 0.5))
    for k in range(4):
        kit.box(
            (0.02 + 0.1 * k, 0.44 - 0.04 * k, 0), (0.014, 0.014, 0.12), kit.tone("red", "fabric")
        )


def hat(kit: Kit) -> None:
    """Make a hat."""
    kit.ball((0, 0.05, 0), (0.62, 0.05, 0.56), kit.main)
    kit.tube((0, 0.24, 0), 0.33, 0.22, kit.main)
    kit.ball((0, 0.45, 0), (0.33, 0.08, 0.33), kit.main)
    kit.tube((0, 0.14, 0), 0.338, 0.06, kit.tone("red", "fabric"))


def umbrella(kit: Kit) -> None:
    """Make an open umbrella."""
    kit.limb((0, 0, 0), (0, 1.3, 0), 0.02, kit.paint("steel"))
    for k in range(9):
        r = 0.8 * math.cos(k * 0.16)
        kit.tube(
            (0, 0.98 + 0.34 * math.sin(k * 0.17), 0),
            r,
            0.035,
            kit.main if k % 3 else kit.shade(0.85),
        )
    kit.limb((0, 0, 0), (0.12, -0.06, 0), 0.03, kit.paint("wood"))


def sword(kit: Kit) -> None:
    """Make a sword that stands on its point."""
    kit.box((0, 0.85, 0), (0.02, 0.72, 0.06), kit.main)
    kit.cone((0, 0.08, 0), 0.055, 0.09, kit.main, turn(X, math.pi))
    kit.box((0, 1.58, 0), (0.04, 0.035, 0.26), kit.paint("gold"))
    kit.limb((0, 1.6, 0), (0, 1.88, 0), 0.035, kit.paint("bark"))
    kit.ball((0, 1.94, 0), 0.065, kit.paint("gold"))


def key(kit: Kit) -> None:
    """Make a key."""
    kit.ring((0, 1.0, 0), 0.2, 0.05, kit.main, turn(Z, TAU / 4))
    kit.limb((0, 0.8, 0), (0, 0.1, 0), 0.045, kit.main)
    for y, long in ((0.14, 0.16), (0.3, 0.11)):
        kit.box((0, y, long), (0.03, 0.045, long), kit.main)


def anchor(kit: Kit) -> None:
    """Make an anchor."""
    kit.ring((0, 1.5, 0), 0.13, 0.04, kit.main, turn(Z, TAU / 4))
    kit.limb((0, 1.36, 0), (0, 0.15, 0), 0.07, kit.main)
    kit.limb((0, 1.15, -0.35), (0, 1.15, 0.35), 0.05, kit.main)
    for side in (-1, 1):
        kit.limb((0, 0.1, 0), (0, 0.22, 0.4 * side), 0.07, kit.main)
        kit.limb((0, 0.22, 0.4 * side), (0, 0.5, 0.58 * side), 0.06, kit.main)
        kit.cone((0, 0.6, 0.6 * side), 0.12, 0.13, kit.main)


def pendulum(kit: Kit) -> None:
    """Make a pendulum in its frame."""
    steel = kit.paint("steel")
    for side in (-1, 1):
        kit.limb((-0.5, 0, 0.9 * side), (0, 3.0, 0.9 * side), 0.06, steel)
        kit.limb((0.5, 0, 0.9 * side), (0, 3.0, 0.9 * side), 0.06, steel)
    kit.limb((0, 3.0, -0.95), (0, 3.0, 0.95), 0.07, steel)
    kit.hinge = kit.joint("swing", (0, 3.0, 0), X, 0.7)
    kit.limb((0, 3.0, 0), (0, 0.7, 0), 0.025, steel)
    kit.ball((0, 0.6, 0), 0.33, kit.main)
    kit.hinge = -1


def mobile(kit: Kit) -> None:
    """Make a row of hanging balls, the outer ones swinging."""
    steel = kit.paint("steel")
    for x in (-0.9, 0.9):
        for z in (-0.4, 0.4):
            kit.limb((x, 0, z), (x, 1.5, z), 0.03, steel)
    for z in (-0.4, 0.4):
        kit.limb((-0.9, 1.5, z), (0.9, 1.5, z), 0.03, steel)
    for k in range(5):
        at = (-0.5 + 0.25 * k, 1.5, 0.0)
        kit.hinge = kit.joint("clack", at, Z, {0: -0.6, 4: 0.6}.get(k, 0.0))
        kit.ball((at[0], 0.5, 0), 0.124, kit.main)
        for z in (-0.4, 0.4):
            kit.limb((at[0], 0.5, 0), (at[0], 1.5, z), 0.006, steel, ends=False)
    kit.hinge = -1
    kit.box((0, 0.03, 0), (1.05, 0.04, 0.55), kit.paint("wood"))


def book(kit: Kit) -> None:
    """Make a lying book; its cover opens."""
    pages = kit.paint("paper")
    kit.box((0, 0.02, 0), (0.36, 0.02, 0.5), kit.main)
    kit.box((0.01, 0.09, 0), (0.33, 0.055, 0.47), pages)
    kit.box((-0.35, 0.09, 0), (0.025, 0.09, 0.5), kit.main)
    kit.hinge = kit.joint("door", (-0.35, 0.16, 0), Z, 2.4)
    kit.box((0, 0.165, 0), (0.36, 0.018, 0.5), kit.main)
    kit.box((0, 0.186, 0), (0.2, 0.003, 0.3), kit.paint("gold"))
    kit.hinge = -1

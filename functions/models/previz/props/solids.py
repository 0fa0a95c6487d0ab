"""Plain bodies: balls, boxes, and what else a child would draw first."""

import math

from functions.models.previz.kit import WHITE, Kit
from functions.models.previz.space import TAU, UP, times, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def ball(kit: Kit) -> None:
    """Make a ball; a band shows that it rolls where its paint is opaque."""
    plain = kit.finish in {"", "paint", "plastic", "rubber", "glossy"}
    kit.ball((0, 0, 0), 1.0, kit.marked("bands", WHITE) if plain else kit.main)


def beachball(kit: Kit) -> None:
    """Make a ball in gaudy sectors."""
    kit.ball((0, 0, 0), 1.0, kit.main)
    for k, colour in enumerate(("red", "yellow", "blue")):
        kit.ball((0, 0, 0), (1.012, 1.012, 0.34), kit.tone(colour), turn(UP, k * math.pi / 3))


def football(kit: Kit) -> None:
    """Make a white ball with dark patches."""
    kit.ball((0, 0, 0), 1.0, kit.main)
    golden = (1 + math.sqrt(5)) / 2
    size = math.hypot(1, golden) / 0.82
    for a in (-1.0, 1.0):
        for b in (-golden, golden):
            for at in ((0.0, a, b), (a, b, 0.0), (b, 0.0, a)):
                kit.ball((at[0] / size, at[1] / size, at[2] / size), 0.27, kit.tone("black"))


def balloon(kit: Kit) -> None:
    """Make a balloon on its string."""
    kit.ball((0, 1.9, 0), (0.8, 0.95, 0.8), kit.main)
    kit.cone((0, 0.93, 0), 0.12, 0.1, kit.shade(0.8))
    kit.tube((0, 0.42, 0), 0.012, 0.45, kit.tone("white"))


def cube(kit: Kit) -> None:
    """Make a cube."""
    kit.box((0, 0, 0), (1, 1, 1), kit.main)


def crate(kit: Kit) -> None:
    """Make a wooden crate: its boards, frame and braces are drawn on one box."""
    base = kit.paints.all()[kit.main].base
    kit.box((0, 0, 0), (1, 1, 1), kit.marked("crate", times(base, 0.16)))


def carton(kit: Kit) -> None:
    """Make a cardboard box with its tape."""
    kit.box((0, 0, 0), (1, 0.85, 1), kit.main)
    kit.box((0, 0, 0), (1.006, 0.856, 0.14), kit.shade(0.62))


def chest(kit: Kit) -> None:
    """Make a chest with a round lid and brass bands."""
    kit.box((0, 0.4, 0), (1.0, 0.4, 0.62), kit.main)
    kit.tube((0, 0.8, 0), 0.62, 1.0, kit.main, turn(Z, math.pi / 2))
    for x in (-0.75, 0.0, 0.75):
        kit.tube((x, 0.8, 0), 0.64, 0.07, kit.paint("copper"), turn(Z, math.pi / 2))
        kit.box((x, 0.4, 0), (0.07, 0.41, 0.64), kit.paint("copper"))


def barrel(kit: Kit) -> None:
    """Make a barrel with iron hoops."""
    for y, r in ((0.16, 0.66), (0.5, 0.73), (1.0, 0.77), (1.5, 0.73), (1.84, 0.66)):
        kit.tube((0, y, 0), r, 0.18 if y in {0.16, 1.84} else 0.26, kit.main)
    for y, r in ((0.3, 0.72), (0.72, 0.78), (1.28, 0.78), (1.7, 0.72)):
        kit.tube((0, y, 0), r, 0.06, kit.paint("steel", "black"))


def pyramid(kit: Kit) -> None:
    """Make a stepped pyramid."""
    steps = 9
    for k in range(steps):
        half = 1.0 - k / steps
        kit.box((0, (k + 0.5) * 0.14, 0), (half, 0.07, half), kit.main if k % 2 else kit.shade(0.9))


def cylinder(kit: Kit) -> None:
    """Make a cylinder."""
    kit.tube((0, 1, 0), 0.6, 1.0, kit.main)


def cone(kit: Kit) -> None:
    """Make a traffic cone."""
    kit.cone((0, 1.0, 0), 0.62, 1.0, kit.main)
    kit.box((0, 0.05, 0), (0.8, 0.06, 0.8), kit.main)
    kit.tube((0, 0.8, 0), 0.40, 0.14, kit.tone("white"))


def ring(kit: Kit) -> None:
    """Make an upright ring."""
    kit.ring((0, 0, 0), 1.0, 0.17, kit.main, turn(X, math.pi / 2))


def gem(kit: Kit) -> None:
    """Make a cut stone of two cones."""
    kit.cone((0, 1.35, 0), 0.7, 0.3, kit.main)
    kit.cone((0, 0.5, 0), 0.7, 0.55, kit.main, turn(X, math.pi))


def coin(kit: Kit) -> None:
    """Make a coin on its edge."""
    kit.tube((0, 0, 0), 1.0, 0.08, kit.main, turn(X, math.pi / 2))
    kit.ring((0, 0, 0), 0.95, 0.09, kit.shade(0.8), turn(X, math.pi / 2))


def domino(kit: Kit) -> None:
    """Make a domino that stands across the way."""
    kit.box((0, 1, 0), (0.14, 1.0, 0.5), kit.main)
    for side in (-0.142, 0.142):
        kit.box((side, 1, 0), (0.01, 0.03, 0.42), kit.tone("black"))
        for y, z in ((1.5, 0.2), (1.5, -0.2), (0.5, 0.0)):
            kit.ball((side, y, z), (0.012, 0.1, 0.1), kit.tone("black"))


def pin(kit: Kit) -> None:
    """Make a bowling pin."""
    kit.ball((0, 0.62, 0), (0.34, 0.62, 0.34), kit.main)
    kit.tube((0, 1.25, 0), 0.15, 0.35, kit.main)
    kit.ball((0, 1.72, 0), (0.2, 0.26, 0.2), kit.main)
    kit.tube((0, 1.36, 0), 0.162, 0.06, kit.tone("red"))


def heart(kit: Kit) -> None:
    """Make a heart."""
    for side in (-0.5, 0.5):
        kit.ball((side, 1.55, 0), (0.66, 0.66, 0.42), kit.main)
        kit.ball((side * 0.62, 1.0, 0), (0.5, 0.98, 0.36), kit.main, turn(Z, -side * 1.35))
    kit.ball((0, 1.15, 0), (0.6, 0.7, 0.38), kit.main)


def stand_in(kit: Kit) -> None:
    """Make a body for what has no prop: a rounded monolith on a foot, like nothing else."""
    kit.tube((0, 0.06, 0), 0.62, 0.06, kit.shade(0.5))
    kit.box((0, 0.95, 0), (0.42, 0.8, 0.42), kit.main)
    kit.ball((0, 1.75, 0), (0.42, 0.32, 0.42), kit.main)
    kit.ring((0, 0.95, 0), 0.66, 0.05, kit.shade(1.5))


def wheel(kit: Kit) -> None:
    """Make a wheel with spokes."""
    kit.ring((0, 0, 0), 0.82, 0.2, kit.main, turn(X, math.pi / 2))
    kit.tube((0, 0, 0), 0.2, 0.16, kit.paint("steel"), turn(X, math.pi / 2))
    for k in range(5):
        kit.box((0, 0, 0), (0.68, 0.05, 0.06), kit.paint("steel"), turn(Z, k * math.pi / 5))


def spintop(kit: Kit) -> None:
    """Make a spinning top."""
    kit.cone((0, 0.45, 0), 0.75, 0.45, kit.main, turn(X, math.pi))
    kit.ball((0, 0.95, 0), (0.76, 0.22, 0.76), kit.shade(0.7))
    kit.tube((0, 1.35, 0), 0.07, 0.3, kit.paint("wood"))
    for k in range(6):
        at = (0.5 * math.cos(k * TAU / 6), 1.08, 0.5 * math.sin(k * TAU / 6))
        kit.ball(at, 0.1, kit.tone("yellow"))

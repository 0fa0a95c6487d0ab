"""What stands on a table."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def bottle(kit: Kit) -> None:
    """Make a bottle with its label."""
    kit.tube((0, 0.62, 0), 0.36, 0.6, kit.main)
    kit.ball((0, 1.22, 0), (0.36, 0.34, 0.36), kit.main)
    kit.tube((0, 1.66, 0), 0.13, 0.34, kit.main)
    kit.ring((0, 1.96, 0), 0.125, 0.035, kit.main)
    kit.tube((0, 2.06, 0), 0.12, 0.1, kit.paint("bark"))
    kit.tube((0, 0.62, 0), 0.366, 0.3, kit.tone("white", "paper"))
    kit.tube((0, 0.7, 0), 0.369, 0.06, kit.tone("red", "paper"))


def can(kit: Kit) -> None:
    """Make a drinks can."""
    steel = kit.paint("steel")
    kit.tube((0, 0.6, 0), 0.34, 0.52, kit.main)
    kit.tube((0, 1.16, 0), 0.3, 0.06, steel)
    kit.tube((0, 0.05, 0), 0.3, 0.05, steel)
    kit.ring((0, 1.22, 0), 0.28, 0.025, steel)
    kit.ball((0.1, 1.235, 0), (0.1, 0.02, 0.05), steel)
    kit.tube((0, 0.66, 0), 0.345, 0.09, kit.tone("white"))
    kit.tube((0, 0.42, 0), 0.345, 0.03, kit.tone("white"))


def cup(kit: Kit) -> None:
    """Make a cup of coffee on its saucer."""
    kit.ball((0, 0.04, 0), (0.78, 0.05, 0.78), kit.shade(0.9))
    kit.tube((0, 0.12, 0), 0.3, 0.06, kit.main)
    for k in range(6):
        kit.tube((0, 0.22 + 0.11 * k, 0), 0.36 + 0.022 * k, 0.062, kit.main)
    kit.ring((0, 0.82, 0), 0.46, 0.035, kit.main)
    kit.tube((0, 0.83, 0), 0.44, 0.015, kit.tone("brown", "glossy"))
    kit.ring((0, 0.5, 0.52), 0.2, 0.05, kit.main, turn(Z, TAU / 4))


def drinkglass(kit: Kit) -> None:
    """Make a glass with something in it."""
    material = kit.paints.all()[kit.main]
    drink = kit.paint("water") if material.transmission and not kit.colours else kit.shade(0.9)
    glass = kit.paint("glass")
    kit.tube((0, 0.55, 0), 0.36, 0.52, glass)
    kit.tube((0, 0.42, 0), 0.32, 0.36, drink)
    kit.tube((0, 0.035, 0), 0.36, 0.035, glass)


def teapot(kit: Kit) -> None:
    """Make a teapot."""
    kit.ball((0, 0.5, 0), (0.6, 0.46, 0.6), kit.main)
    kit.tube((0, 0.06, 0), 0.36, 0.06, kit.shade(0.8))
    kit.ball((0, 0.93, 0), (0.3, 0.08, 0.3), kit.shade(0.9))
    kit.ball((0, 1.04, 0), 0.08, kit.paint("gold"))
    kit.limb((0.45, 0.45, 0), (0.9, 0.85, 0), 0.09, kit.main)
    kit.ring((-0.68, 0.55, 0), 0.26, 0.055, kit.main, turn(X, TAU / 4))


def vase(kit: Kit) -> None:
    """Make a vase with flowers."""
    kit.ball((0, 0.5, 0), (0.38, 0.5, 0.38), kit.main)
    kit.tube((0, 1.0, 0), 0.2, 0.18, kit.main)
    kit.ring((0, 1.18, 0), 0.22, 0.05, kit.main)
    for k in range(5):
        angle = k * TAU / 5
        tip = (0.34 * math.cos(angle), 1.75 + 0.15 * (k % 2), 0.34 * math.sin(angle))
        kit.limb((0, 1.1, 0), tip, 0.02, kit.tone("green"))
        kit.ball(tip, 0.14, kit.tone(("red", "yellow", "pink", "white", "orange")[k], "fabric"))
        kit.ball(tip, (0.06, 0.15, 0.06), kit.tone("yellow"))


def bowl(kit: Kit) -> None:
    """Make a bowl of fruit."""
    kit.ball((0, 0.28, 0), (0.75, 0.3, 0.75), kit.main)
    kit.ring((0, 0.42, 0), 0.68, 0.05, kit.main)
    kit.tube((0, 0.05, 0), 0.34, 0.05, kit.main)
    for k, colour in enumerate(("red", "orange", "green", "yellow", "purple")):
        angle = k * TAU / 5
        kit.ball((0.34 * math.cos(angle), 0.58, 0.34 * math.sin(angle)), 0.22, kit.tone(colour))
    kit.ball((0, 0.76, 0), 0.22, kit.tone("red"))


def cake(kit: Kit) -> None:
    """Make a cake with candles."""
    cream = kit.tone("white", "matte")
    kit.tube((0, 0.04, 0), 0.85, 0.03, kit.paint("silver"))
    kit.tube((0, 0.32, 0), 0.7, 0.26, kit.main)
    kit.tube((0, 0.74, 0), 0.46, 0.18, kit.main)
    for r, y in ((0.7, 0.58), (0.46, 0.92)):
        kit.ring((0, y, 0), r - 0.03, 0.06, cream)
    for k in range(5):
        angle = k * TAU / 5
        x, z = 0.26 * math.cos(angle), 0.26 * math.sin(angle)
        kit.tube(
            (x, 1.04, z), 0.025, 0.12, kit.tone(("blue", "yellow", "green", "red", "purple")[k])
        )
        kit.ball((x, 1.22, z), (0.024, 0.06, 0.024), kit.glow((1.0, 0.6, 0.2), 25.0))


def icecream(kit: Kit) -> None:
    """Make an ice cream."""
    kit.cone((0, 0.5, 0), 0.32, 0.5, kit.paint("wood"), turn(X, math.pi))
    kit.ball((0, 1.12, 0), 0.34, kit.main)
    kit.ball((0, 1.5, 0), 0.27, kit.tone("white", "matte"))
    kit.ball((0, 1.78, 0), 0.09, kit.tone("red"))

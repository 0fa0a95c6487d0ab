"""Creatures with wings, fins, scales or too many legs."""

import math
from itertools import pairwise

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, UP, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def rabbit(kit: Kit) -> None:
    """Make a rabbit."""
    kit.ball((0, 0.42, 0), (0.42, 0.38, 0.34), kit.main)
    kit.ball((0.4, 0.82, 0), (0.27, 0.24, 0.22), kit.main)
    for side in (-1, 1):
        kit.ball((0.3, 1.3, 0.1 * side), (0.06, 0.36, 0.08), kit.main, turn(X, 0.18 * side))
        kit.ball(
            (0.34, 1.3, 0.1 * side),
            (0.03, 0.26, 0.05),
            kit.tone("pink", "fur"),
            turn(X, 0.18 * side),
        )
        kit.ball((0.58, 0.9, 0.13 * side), 0.04, kit.tone("black", "glossy"))
        kit.ball((0.1, 0.1, 0.26 * side), (0.3, 0.1, 0.1), kit.main)
        kit.ball((0.42, 0.16, 0.14 * side), (0.09, 0.18, 0.08), kit.main)
    kit.ball((0.66, 0.8, 0), 0.035, kit.tone("pink"))
    kit.ball((-0.42, 0.4, 0), 0.13, kit.tone("white", "fur"))


def frog(kit: Kit) -> None:
    """Make a frog."""
    kit.ball((0, 0.4, 0), (0.55, 0.34, 0.42), kit.main)
    kit.ball((0.35, 0.58, 0), (0.32, 0.22, 0.36), kit.main)
    kit.ball((0.3, 0.32, 0), (0.36, 0.24, 0.36), kit.tone("beige"))
    for side in (-1, 1):
        kit.ball((0.38, 0.82, 0.22 * side), 0.12, kit.main)
        kit.ball((0.47, 0.84, 0.24 * side), 0.07, kit.tone("yellow"))
        kit.ball((0.52, 0.85, 0.25 * side), 0.035, kit.tone("black"))
        kit.ball((-0.2, 0.24, 0.45 * side), (0.38, 0.16, 0.15), kit.main, turn(UP, 0.4 * side))
        kit.limb((0.35, 0.4, 0.32 * side), (0.5, 0.06, 0.44 * side), 0.07, kit.main)
        kit.ball((0.0, 0.06, 0.55 * side), (0.24, 0.05, 0.14), kit.main)


def dinosaur(kit: Kit) -> None:
    """Make a great lizard on two legs."""
    belly = kit.shade(1.5)
    for side, phase in ((-1.0, 0.0), (1.0, 0.5)):
        hip = kit.joint("leg", (0, 1.25, 0.24 * side), Z, 0.45, phase=phase)
        kit.hinge = hip
        kit.ball((0.02, 1.05, 0.26 * side), (0.28, 0.42, 0.17), kit.main)
        kit.hinge = kit.joint("knee", (0.1, 0.75, 0.26 * side), Z, 0.6, phase=phase, parent=hip)
        kit.limb((0.1, 0.75, 0.26 * side), (-0.02, 0.12, 0.26 * side), 0.11, kit.main)
        kit.ball((0.12, 0.07, 0.26 * side), (0.27, 0.08, 0.14), kit.main)
        kit.hinge = -1
        kit.limb((0.55, 1.35, 0.2 * side), (0.72, 1.15, 0.22 * side), 0.05, kit.main)
        kit.limb((0.72, 1.15, 0.22 * side), (0.84, 1.2, 0.2 * side), 0.04, kit.main)
    kit.ball((0.1, 1.4, 0), (0.62, 0.42, 0.34), kit.main, turn(Z, 0.35))
    kit.ball((0.25, 1.3, 0), (0.5, 0.36, 0.28), belly, turn(Z, 0.45))
    kit.limb((0.5, 1.6, 0), (0.78, 1.95, 0), 0.2, kit.main)
    kit.hinge = kit.joint("nod", (0.78, 1.95, 0), Z, 0.12)
    kit.ball((0.9, 2.08, 0), (0.26, 0.2, 0.19), kit.main)
    kit.ball((1.18, 2.06, 0), (0.3, 0.13, 0.16), kit.main)
    kit.ball((1.12, 1.92, 0), (0.28, 0.06, 0.13), belly)
    for side in (-1, 1):
        kit.ball((1.0, 2.2, 0.13 * side), 0.045, kit.tone("yellow", "glossy"))
        for k in range(4):
            kit.cone(
                (1.05 + 0.1 * k, 1.97, 0.1 * side), 0.02, 0.04, kit.tone("white"), turn(X, math.pi)
            )
    kit.hinge = kit.joint("wag", (-0.4, 1.35, 0), UP, 0.2)
    for k in range(6):
        kit.ball(
            (-0.5 - 0.27 * k, 1.3 - 0.06 * k, 0),
            (0.3, 0.25 - 0.036 * k, 0.22 - 0.033 * k),
            kit.main,
        )
    kit.hinge = -1
    kit.stride = 2.4


def _wing(kit: Kit, root: Vec, span: float, chord: float, paint: int, beat: float) -> None:
    """Add a pair of flapping wings in two pieces each."""
    for side in (-1, 1):
        joint = kit.joint("flap", root, X, -0.62 * side, phase=beat)
        kit.hinge = joint
        kit.ball((root[0], root[1], side * span * 0.27), (chord, 0.035, span * 0.3), paint)
        at = (root[0] - 0.05, root[1], side * span * 0.5)
        kit.hinge = kit.joint("flap", at, X, -0.45 * side, phase=beat - 0.14, parent=joint)
        kit.ball(
            (root[0] - 0.1, root[1], side * span * 0.74), (chord * 0.72, 0.028, span * 0.3), paint
        )
        kit.hinge = -1


def bird(kit: Kit) -> None:
    """Make a flying bird."""
    kit.ball((0, 0, 0), (0.42, 0.17, 0.17), kit.main)
    kit.ball((0.4, 0.08, 0), (0.16, 0.14, 0.13), kit.main)
    kit.cone((0.62, 0.06, 0), 0.045, 0.1, kit.tone("orange"), turn(Z, -TAU / 4))
    kit.box((-0.55, 0.02, 0), (0.24, 0.015, 0.13), kit.shade(0.75))
    for side in (-1, 1):
        kit.ball((0.48, 0.13, 0.09 * side), 0.025, kit.tone("black"))
    _wing(kit, (0.02, 0.07, 0), 1.15, 0.23, kit.main, 0.0)


def dragon(kit: Kit) -> None:
    """Make a dragon with wings and a long tail."""
    kit.ball((0, 0, 0), (0.75, 0.3, 0.3), kit.main)
    for k in range(5):
        kit.ball((0.65 + 0.14 * k, 0.1 + 0.12 * k, 0), 0.17 - 0.012 * k, kit.main)
    kit.ball((1.35, 0.62, 0), (0.26, 0.16, 0.16), kit.main)
    kit.ball((1.6, 0.56, 0), (0.2, 0.09, 0.1), kit.main)
    kit.hinge = kit.joint("wag", (-0.6, 0, 0), UP, 0.35)
    for k in range(8):
        kit.ball((-0.7 - 0.22 * k, 0.02 * k, 0), (0.2, 0.2 - 0.02 * k, 0.2 - 0.02 * k), kit.main)
    kit.cone((-2.5, 0.18, 0), 0.16, 0.2, kit.shade(0.6), turn(Z, TAU / 4))
    kit.hinge = -1
    for side in (-1, 1):
        kit.cone((1.22, 0.82, 0.1 * side), 0.05, 0.16, kit.tone("beige"), turn(Z, 0.6))
        kit.ball((1.48, 0.72, 0.11 * side), 0.04, kit.glow((1.0, 0.6, 0.1), 4.0))
        for x in (-0.4, 0.4):
            kit.limb((x, -0.2, 0.22 * side), (x - 0.1, -0.5, 0.26 * side), 0.09, kit.main)
    for k in range(7):
        kit.cone((0.6 - 0.22 * k, 0.34, 0), 0.06, 0.1, kit.shade(0.6))
    _wing(kit, (0.1, 0.2, 0), 2.3, 0.6, kit.shade(0.75), 0.0)


def owl(kit: Kit) -> None:
    """Make an owl, or a penguin, that stands."""
    kit.ball((0, 0.5, 0), (0.33, 0.5, 0.36), kit.main)
    kit.ball((0.1, 0.45, 0), (0.28, 0.4, 0.28), kit.tone("white", "fabric"))
    kit.ball((0.02, 1.02, 0), (0.3, 0.27, 0.32), kit.main)
    kit.cone((0.34, 1.0, 0), 0.06, 0.07, kit.tone("orange"), turn(Z, -TAU / 4))
    for side in (-1, 1):
        kit.ball((0.25, 1.08, 0.13 * side), (0.06, 0.11, 0.11), kit.tone("yellow"))
        kit.ball((0.3, 1.08, 0.13 * side), 0.05, kit.tone("black", "glossy"))
        kit.ball((-0.02, 0.5, 0.36 * side), (0.2, 0.4, 0.07), kit.shade(0.7))
        kit.cone((0.02, 1.3, 0.2 * side), 0.07, 0.1, kit.main)
        kit.ball((0.16, 0.04, 0.13 * side), (0.13, 0.05, 0.09), kit.tone("orange"))


def duck(kit: Kit) -> None:
    """Make a swimming duck."""
    kit.ball((0, 0.3, 0), (0.58, 0.34, 0.4), kit.main)
    kit.ball((-0.5, 0.5, 0), (0.2, 0.12, 0.14), kit.main, turn(Z, -0.7))
    kit.limb((0.36, 0.45, 0), (0.42, 0.75, 0), 0.15, kit.main)
    kit.ball((0.44, 0.86, 0), 0.24, kit.main)
    kit.ball((0.7, 0.8, 0), (0.16, 0.05, 0.12), kit.tone("orange"))
    for side in (-1, 1):
        kit.ball((0.58, 0.95, 0.14 * side), 0.035, kit.tone("black", "glossy"))
        kit.ball((-0.05, 0.42, 0.33 * side), (0.36, 0.18, 0.1), kit.shade(0.85))


def butterfly(kit: Kit) -> None:
    """Make a butterfly."""
    black = kit.tone("black", "fabric")
    kit.limb((-0.3, 0, 0), (0.3, 0, 0), 0.05, black)
    kit.ball((0.36, 0.02, 0), 0.08, black)
    for side in (-1, 1):
        kit.hinge = kit.joint("flap", (0, 0, 0), X, -0.95 * side)
        kit.ball((0.18, 0.0, 0.5 * side), (0.36, 0.015, 0.46), kit.main, turn(UP, -0.4 * side))
        kit.ball(
            (-0.26, -0.004, 0.38 * side), (0.28, 0.015, 0.34), kit.shade(0.7), turn(UP, 0.4 * side)
        )
        kit.ball((0.26, 0.012, 0.66 * side), (0.1, 0.012, 0.13), kit.tone("white"))
        kit.hinge = -1
        kit.limb((0.4, 0.04, 0.02 * side), (0.62, 0.2, 0.14 * side), 0.012, black)


def fish(kit: Kit) -> None:
    """Make a fish, a shark or a whale."""
    kit.ball((0, 0, 0), (0.62, 0.26, 0.16), kit.main)
    kit.ball((0.02, -0.08, 0), (0.52, 0.2, 0.145), kit.tone("white", "glossy"))
    kit.hinge = kit.joint("wag", (-0.35, 0, 0), UP, 0.5)
    kit.ball((-0.55, 0, 0), (0.26, 0.11, 0.07), kit.main)
    for side in (-1, 1):
        kit.ball((-0.84, 0.14 * side, 0), (0.2, 0.08, 0.025), kit.shade(0.8), turn(Z, -0.8 * side))
    kit.hinge = -1
    kit.ball((-0.02, 0.28, 0), (0.2, 0.13, 0.022), kit.shade(0.8), turn(Z, -0.5))
    for side in (-1, 1):
        kit.ball((0.4, 0.07, 0.115 * side), 0.045, kit.tone("white"))
        kit.ball((0.425, 0.075, 0.14 * side), 0.025, kit.tone("black", "glossy"))
        kit.ball((0.12, -0.12, 0.2 * side), (0.14, 0.02, 0.1), kit.shade(0.8), turn(X, 0.5 * side))


def jellyfish(kit: Kit) -> None:
    """Make a jellyfish with trailing arms."""
    kit.ball((0, 1.5, 0), (0.6, 0.42, 0.6), kit.main)
    kit.ring((0, 1.3, 0), 0.5, 0.09, kit.shade(0.7))
    for k in range(8):
        angle = k * TAU / 8
        x, z = 0.4 * math.cos(angle), 0.4 * math.sin(angle)
        kit.hinge = kit.joint(
            "sway", (x, 1.3, z), (math.sin(angle), 0.0, -math.cos(angle)), 0.25, phase=k / 8
        )
        kit.limb((x, 1.3, z), (x * 0.8, 0.3 + 0.2 * (k % 2), z * 0.8), 0.03, kit.shade(0.6))
    kit.hinge = -1


def turtle(kit: Kit) -> None:
    """Make a turtle."""
    kit.ball((0, 0.32, 0), (0.52, 0.3, 0.44), kit.tone("brown", "stone"))
    kit.ball((0, 0.22, 0), (0.5, 0.13, 0.42), kit.tone("beige"))
    kit.limb((0.45, 0.28, 0), (0.66, 0.4, 0), 0.09, kit.main)
    kit.ball((0.74, 0.42, 0), (0.15, 0.11, 0.11), kit.main)
    for side in (-1, 1):
        kit.ball((0.83, 0.47, 0.07 * side), 0.025, kit.tone("black"))
        for x, phase in ((0.34, 0.0), (-0.36, 0.5)):
            kit.hinge = kit.joint("leg", (x, 0.2, 0.3 * side), Z, 0.5, phase=phase)
            kit.ball((x, 0.12, 0.42 * side), (0.13, 0.1, 0.2), kit.main)
            kit.hinge = -1


def snake(kit: Kit) -> None:
    """Make a winding snake with its head up."""
    spots = [(1.3 - 0.12 * k, 0.11, 0.26 * math.sin(0.75 * k)) for k in range(24)]
    for k, (a, b) in enumerate(pairwise(spots)):
        kit.limb(a, b, 0.1 * min(1.0, (24 - k) / 10), kit.main if k % 3 else kit.shade(0.6))
    kit.limb(spots[0], (1.5, 0.42, 0.02), 0.1, kit.main)
    kit.ball((1.6, 0.47, 0.02), (0.2, 0.09, 0.13), kit.main)
    for side in (-1, 1):
        kit.ball((1.68, 0.53, 0.02 + 0.08 * side), 0.028, kit.tone("yellow", "glossy"))


def spider(kit: Kit) -> None:
    """Make a spider or a beetle."""
    kit.ball((-0.35, 0.42, 0), (0.38, 0.3, 0.32), kit.main)
    kit.ball((0.15, 0.36, 0), (0.22, 0.17, 0.2), kit.main)
    for k in range(4):
        for side in (-1, 1):
            x = 0.3 - 0.14 * k
            kit.hinge = kit.joint(
                "leg", (x, 0.36, 0.1 * side), UP, 0.3, phase=0.25 * k + 0.5 * (side > 0)
            )
            knee = (x + 0.35 - 0.22 * k, 0.72, 0.55 * side)
            kit.limb((x, 0.36, 0.1 * side), knee, 0.035, kit.main)
            kit.limb(knee, (x + 0.5 - 0.32 * k, 0.0, 0.95 * side), 0.025, kit.main)
            kit.hinge = -1
    for side in (-1, 1):
        kit.ball((0.34, 0.42, 0.07 * side), 0.035, kit.tone("red", "glossy"))

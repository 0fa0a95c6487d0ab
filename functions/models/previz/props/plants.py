"""Trees, flowers and fruit."""

import math
from itertools import pairwise

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, UP, chain, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def tree(kit: Kit) -> None:
    """Make a broad tree: a trunk that forks, and a crown of leaves."""
    bark = kit.paint("bark")
    kit.limb((0, 0, 0), (0.05, 2.4, 0.03), 0.26, bark)
    kit.cone((0, 0.25, 0), 0.5, 0.4, bark)
    kit.hinge = kit.joint("sway", (0, 1.6, 0), Z, 0.025, phase=kit.luck(9))
    for k in range(5):
        angle = k * TAU / 5 + kit.luck(20)
        tip = (1.05 * math.cos(angle), 3.1 + 0.5 * kit.luck(30 + k), 1.05 * math.sin(angle))
        kit.limb((0.05, 2.0, 0.03), tip, 0.11, bark)
    for k in range(15):
        angle, high = k * 2.4 + kit.luck(40), kit.luck(50 + k)
        far = (1.45 - 0.9 * high) * (0.55 + 0.45 * kit.luck(70 + k))
        at = (far * math.cos(angle), 3.0 + 1.9 * high, far * math.sin(angle))
        r = 0.7 + 0.35 * kit.luck(90 + k)
        kit.ball(at, (r, r * 0.78, r), kit.main if k % 3 else kit.shade(0.75 + 0.5 * kit.luck(k)))
    kit.hinge = -1


def palm(kit: Kit) -> None:
    """Make a palm with drooping fronds."""
    bark = kit.paint("bark")
    spots = [(0.06 * k * k * 0.22, 0.62 * k, 0.0) for k in range(10)]
    for k, (a, b) in enumerate(pairwise(spots)):
        kit.limb(a, b, 0.2 - 0.008 * k, bark)
    x, y, _ = spots[-1]
    kit.hinge = kit.joint("sway", (x, y, 0), Z, 0.05, phase=kit.luck(1))
    for k in range(11):
        angle = k * TAU / 11 + kit.luck(2)
        c, s = math.cos(angle), math.sin(angle)
        rise = 0.35 + 0.25 * (k % 2)
        for j, (far, up) in enumerate(((0.55, rise), (1.4, rise * 0.7), (2.15, -0.35))):
            tilt = (0.45, -0.15, -0.85)[j]
            pose = chain(turn(UP, -angle), turn(Z, tilt))
            kit.ball((x + far * c, y + up, far * s), (0.55, 0.045, 0.2), kit.main, pose)
    for k in range(3):
        kit.ball(
            (x + 0.2 * math.cos(k * 2.1), y - 0.1, 0.2 * math.sin(k * 2.1)), 0.14, kit.tone("brown")
        )
    kit.hinge = -1


def pine(kit: Kit) -> None:
    """Make a pine of stacked skirts."""
    kit.limb((0, 0, 0), (0, 1.2, 0), 0.2, kit.paint("bark"))
    kit.hinge = kit.joint("sway", (0, 0.8, 0), Z, 0.015, phase=kit.luck(3))
    for k in range(7):
        share = k / 7
        r = 1.45 * (1 - share) ** 0.85 + 0.12
        kit.cone((0, 1.15 + 0.72 * k, 0), r, 0.62, kit.main if k % 2 else kit.shade(0.8))
    kit.hinge = -1


def deadtree(kit: Kit) -> None:
    """Make a bare tree."""
    kit.limb((0, 0, 0), (0.1, 2.2, 0), 0.2, kit.main)
    for k in range(7):
        angle, up = k * 2.4, 1.0 + 0.25 * k
        mid = (0.7 * math.cos(angle), up + 0.8, 0.7 * math.sin(angle))
        tip = (1.2 * math.cos(angle + 0.4), up + 1.5, 1.2 * math.sin(angle + 0.4))
        kit.limb((0.05, up, 0), mid, 0.075, kit.main)
        kit.limb(mid, tip, 0.04, kit.main)


def cactus(kit: Kit) -> None:
    """Make a saguaro."""
    kit.limb((0, 0, 0), (0, 2.4, 0), 0.26, kit.main)
    for side, low, high in ((-1, 0.9, 1.8), (1, 1.25, 2.1)):
        kit.limb((0, low, 0), (0.62 * side, low + 0.1, 0), 0.17, kit.main)
        kit.limb((0.62 * side, low + 0.1, 0), (0.66 * side, high, 0), 0.17, kit.main)
    kit.ball((0, 2.68, 0), 0.09, kit.tone("pink"))


def bush(kit: Kit) -> None:
    """Make a bush."""
    for k in range(9):
        angle, far = k * 2.4, 0.55 * (0.3 + 0.7 * kit.luck(k))
        r = 0.34 + 0.2 * kit.luck(20 + k)
        paint = kit.main if k % 2 else kit.shade(0.8 + 0.4 * kit.luck(k))
        kit.ball(
            (far * math.cos(angle), 0.3 + 0.3 * kit.luck(40 + k), far * math.sin(angle)), r, paint
        )


def flower(kit: Kit) -> None:
    """Make a flower on its stem."""
    stem = kit.tone("green", "fur")
    kit.hinge = kit.joint("sway", (0, 0, 0), Z, 0.06, phase=kit.luck(5))
    kit.limb((0, 0, 0), (0.04, 1.5, 0), 0.035, stem)
    for side in (-1, 1):
        kit.ball((0.22 * side, 0.5 + 0.1 * side, 0), (0.26, 0.03, 0.1), stem, turn(Z, 0.6 * side))
    tilt = turn(Z, -0.5)
    for k in range(8):
        angle = k * TAU / 8
        at = (0.04 + 0.27 * math.cos(angle), 1.55, 0.27 * math.sin(angle))
        kit.ball(at, (0.24, 0.05, 0.13), kit.main if k % 2 else kit.shade(0.8), turn(UP, -angle))
    kit.ball((0.04, 1.58, 0), (0.16, 0.1, 0.16), kit.tone("yellow", "fur"), tilt)
    kit.hinge = -1


def sunflower(kit: Kit) -> None:
    """Make a sunflower that faces forward."""
    stem = kit.tone("green", "fur")
    kit.hinge = kit.joint("sway", (0, 0, 0), Z, 0.05, phase=kit.luck(6))
    kit.limb((0, 0, 0), (0, 1.7, 0), 0.045, stem)
    for side, y in ((-1, 0.6), (1, 0.9)):
        kit.ball((0, y, 0.3 * side), (0.14, 0.03, 0.3), stem, turn(X, -0.5 * side))
    for k in range(16):
        angle = k * TAU / 16
        at = (0.1, 1.75 + 0.38 * math.sin(angle), 0.38 * math.cos(angle))
        kit.ball(at, (0.03, 0.08, 0.17), kit.main, turn(X, -angle))
    kit.ball((0.1, 1.75, 0), (0.09, 0.28, 0.28), kit.tone("brown", "fur"))
    kit.hinge = -1


def mushroom(kit: Kit) -> None:
    """Make a spotted toadstool."""
    pale = kit.tone("white", "matte")
    kit.tube((0, 0.4, 0), 0.17, 0.42, pale)
    kit.ball((0, 0.12, 0), (0.24, 0.16, 0.24), pale)
    kit.ring((0, 0.62, 0), 0.18, 0.05, pale)
    kit.ball((0, 0.86, 0), (0.66, 0.38, 0.66), kit.main)
    kit.tube((0, 0.76, 0), 0.6, 0.05, pale)
    for k in range(11):
        angle, up = k * 2.4, 0.25 + 0.65 * (k / 11)
        far = 0.66 * math.sqrt(1 - up * up)
        kit.ball((far * math.cos(angle), 0.86 + 0.38 * up, far * math.sin(angle)), 0.075, pale)


def apple(kit: Kit) -> None:
    """Make a fruit with its stalk and leaf."""
    for k in range(5):
        angle = k * TAU / 5
        kit.ball((0.14 * math.cos(angle), 0.5, 0.14 * math.sin(angle)), (0.42, 0.5, 0.42), kit.main)
    kit.limb((0, 0.9, 0), (0.05, 1.16, 0), 0.03, kit.paint("bark"))
    kit.ball((0.2, 1.1, 0), (0.18, 0.03, 0.09), kit.tone("green"), turn(Z, 0.4))


def pumpkin(kit: Kit) -> None:
    """Make a ribbed pumpkin."""
    for k in range(9):
        angle = k * TAU / 9
        kit.ball((0.34 * math.cos(angle), 0.5, 0.34 * math.sin(angle)), (0.36, 0.5, 0.36), kit.main)
    kit.limb((0, 0.9, 0), (0.08, 1.2, 0), 0.08, kit.tone("green"))


def egg(kit: Kit) -> None:
    """Make an egg."""
    kit.ball((0, 0.62, 0), (0.46, 0.62, 0.46), kit.main)


def banana(kit: Kit) -> None:
    """Make a banana."""
    spots = [(math.cos(a), 1 - math.sin(a), 0.0) for a in [0.35 + 0.3 * k for k in range(9)]]
    for k, (a, b) in enumerate(pairwise(spots)):
        kit.limb(a, b, 0.17 - 0.018 * abs(k - 3.5), kit.main)
    kit.ball(spots[-1], 0.09, kit.tone("brown"))


def leaf(kit: Kit) -> None:
    """Make a leaf."""
    kit.ball((0, 0.06, 0), (0.5, 0.03, 0.24), kit.main)
    kit.limb((-0.7, 0.06, 0), (0.4, 0.09, 0), 0.02, kit.paint("bark"))

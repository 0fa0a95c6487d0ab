"""Rocks, mountains, weather that has a body, and what stands in the sky."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.scene import Material
from functions.models.previz.space import TAU, UP, turn, unit

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def rock(kit: Kit) -> None:
    """Make a boulder of tilted blocks and balls."""
    kit.ball((0, 0.42, 0), (0.75, 0.5, 0.62), kit.main)
    for k in range(7):
        axis = unit((kit.luck(k) - 0.5, kit.luck(10 + k) - 0.5, kit.luck(20 + k) - 0.5))
        at = (
            0.8 * (kit.luck(30 + k) - 0.5),
            0.25 + 0.4 * kit.luck(40 + k),
            0.7 * (kit.luck(50 + k) - 0.5),
        )
        half = (
            0.2 + 0.2 * kit.luck(60 + k),
            0.2 + 0.16 * kit.luck(70 + k),
            0.22 + 0.16 * kit.luck(80 + k),
        )
        kit.box(at, half, kit.main if k % 2 else kit.shade(0.85), turn(axis, 3 * kit.luck(90 + k)))


def iceberg(kit: Kit) -> None:
    """Make an iceberg."""
    pale = kit.paint("snow")
    for k in range(8):
        at = (
            3.4 * (kit.luck(k) - 0.5),
            0.6 + 1.2 * kit.luck(10 + k),
            2.4 * (kit.luck(20 + k) - 0.5),
        )
        tall = 0.8 + 1.5 * kit.luck(30 + k)
        kit.box(
            at,
            (0.8, tall, 0.7),
            kit.main if k % 2 else pale,
            turn(unit((1, 0.3, kit.luck(k))), 0.5 * kit.luck(40 + k)),
        )
    kit.cone((0.3, 2.6, 0), 1.3, 1.6, pale)


def mountain(kit: Kit) -> None:
    """Make a mountain with snow on its top."""
    snow = kit.paint("snow")
    for k in range(9):
        angle, far = k * 2.4, 0.0 if k == 0 else 0.75 * (0.4 + 0.6 * kit.luck(k))
        tall = 1.0 if k == 0 else 0.35 + 0.4 * kit.luck(10 + k)
        at = (far * math.cos(angle), tall * 0.5, far * math.sin(angle))
        kit.cone(at, tall * 0.85, tall * 0.5, kit.main if k % 2 else kit.shade(0.85))
        if k < 4:
            kit.cone((at[0], tall * 0.84, at[2]), tall * 0.29, tall * 0.17, snow)


def volcano(kit: Kit) -> None:
    """Make a volcano with a glowing mouth."""
    for k in range(8):
        r = 1.3 - 0.12 * k
        kit.cone((0, 0.14 * k, 0), r, 0.5, kit.shade(1.0 - 0.05 * k))
    kit.parts[:] = [p for p in kit.parts if p.position[1] < 0.75]
    kit.tube((0, 1.05, 0), 0.28, 0.12, kit.shade(0.5))
    kit.ball((0, 1.16, 0), (0.26, 0.06, 0.26), kit.paint("ember"))
    for k in range(3):
        angle = k * 2.2
        kit.limb(
            (0.22 * math.cos(angle), 1.1, 0.22 * math.sin(angle)),
            (0.75 * math.cos(angle + 0.1), 0.5, 0.75 * math.sin(angle + 0.1)),
            0.035,
            kit.paint("ember"),
        )


def moon(kit: Kit) -> None:
    """Make a cratered moon."""
    kit.ball((0, 0, 0), 1.0, kit.main)
    for k in range(14):
        a, b = TAU * kit.luck(k), math.acos(1 - 2 * kit.luck(20 + k))
        out = (math.sin(b) * math.cos(a), math.cos(b), math.sin(b) * math.sin(a))
        r = 0.1 + 0.14 * kit.luck(40 + k)
        at = (out[0] * 0.985, out[1] * 0.985, out[2] * 0.985)
        kit.ball(at, r * 0.5, kit.shade(0.75))


def planet(kit: Kit) -> None:
    """Make a banded planet with a ring of haze."""
    kit.ball((0, 0, 0), 1.0, kit.main)
    for k in range(5):
        y = -0.6 + 0.3 * k
        kit.tube(
            (0, y, 0),
            math.sqrt(1 - y * y) * 1.004,
            0.06 + 0.04 * kit.luck(k),
            kit.shade(0.7 + 0.6 * kit.luck(9 + k)),
        )


def earth(kit: Kit) -> None:
    """Make the earth: sea, land and cloud."""
    sea = kit.tone("blue", "glossy")
    kit.ball((0, 0, 0), 1.0, sea)
    for k in range(16):
        a, b = TAU * kit.luck(k), math.acos(1 - 2 * kit.luck(20 + k))
        out = (
            math.sin(b) * math.cos(a) * 0.86,
            math.cos(b) * 0.86,
            math.sin(b) * math.sin(a) * 0.86,
        )
        kit.ball(
            out, 0.18 + 0.2 * kit.luck(40 + k), kit.tone("green" if k % 3 else "beige", "matte")
        )
    for k in range(8):
        a, b = TAU * kit.luck(60 + k), math.acos(1 - 2 * kit.luck(80 + k))
        out = (
            math.sin(b) * math.cos(a) * 0.92,
            math.cos(b) * 0.92,
            math.sin(b) * math.sin(a) * 0.92,
        )
        kit.ball(out, (0.2, 0.09, 0.2), kit.tone("white", "matte"))
    for y in (-0.93, 0.93):
        kit.ball((0, y, 0), (0.36, 0.1, 0.36), kit.tone("white", "matte"))


def saturn(kit: Kit) -> None:
    """Make a planet with flat rings."""
    planet(kit)
    for r, tube in ((1.55, 0.14), (1.95, 0.12), (2.25, 0.06)):
        kit.ring((0, 0, 0), r, 0.012, kit.shade(0.6))
        for k in range(4):
            kit.ring((0, 0, 0), r + tube * (k / 2 - 0.75), 0.022, kit.shade(0.8 + 0.1 * k))


def sun(kit: Kit) -> None:
    """Make a star."""
    kit.ball((0, 0, 0), 1.0, kit.glow((1.0, 0.72, 0.32), 30.0))


def blackhole(kit: Kit) -> None:
    """Make a black hole with its burning disc."""
    kit.ball(
        (0, 0, 0), 0.62, kit.paints.row(Material(base=(0, 0, 0), second=(0, 0, 0), roughness=1.0))
    )
    for k in range(9):
        r = 0.95 + 0.13 * k
        kit.ring(
            (0, 0, 0), r, 0.05, kit.glow((1.0, 0.62 - 0.05 * k, 0.3 - 0.03 * k), 14.0 / (1 + k))
        )
    kit.ring((0, 0, 0), 0.72, 0.04, kit.glow((1.0, 0.8, 0.55), 16.0), turn(X, TAU / 4))


def cloud(kit: Kit) -> None:
    """Make a cloud of balls."""
    for k in range(12):
        angle = k * 2.4
        far = 1.6 * kit.luck(k)
        r = 0.5 + 0.45 * kit.luck(20 + k) * (1.2 - far / 2)
        kit.ball(
            (
                far * math.cos(angle) * 1.5,
                0.5 + 0.4 * kit.luck(40 + k),
                far * math.sin(angle) * 0.8,
            ),
            r,
            kit.main,
        )


def campfire(kit: Kit) -> None:
    """Make a fire of logs between stones; its flames are particles."""
    for k in range(9):
        angle = k * TAU / 9
        kit.ball(
            (0.62 * math.cos(angle), 0.07, 0.62 * math.sin(angle)),
            (0.15, 0.11, 0.13),
            kit.paint("stone"),
        )
    for k in range(5):
        angle = k * TAU / 5
        kit.limb(
            (0.42 * math.cos(angle), 0.06, 0.42 * math.sin(angle)),
            (0.05 * math.cos(angle), 0.42, 0.05 * math.sin(angle)),
            0.065,
            kit.paint("bark"),
        )
    kit.ball((0, 0.1, 0), (0.26, 0.1, 0.26), kit.paint("ember"))
    kit.hinge = kit.joint("sway", (0, 0.1, 0), Z, 0.12)
    kit.ball((0, 0.36, 0), (0.17, 0.34, 0.17), kit.glow((1.0, 0.42, 0.09), 90.0))
    kit.hinge = kit.joint("sway", (0.1, 0.1, 0.06), X, 0.16, phase=0.4)
    kit.ball((0.1, 0.28, 0.06), (0.1, 0.24, 0.1), kit.glow((1.0, 0.6, 0.15), 24.0))
    kit.ball((-0.1, 0.26, -0.05), (0.09, 0.2, 0.09), kit.glow((1.0, 0.34, 0.06), 18.0))
    kit.hinge = -1


def smokeplume(kit: Kit) -> None:
    """Make the vent that smoke rises from."""
    kit.tube((0, 0.1, 0), 0.3, 0.1, kit.paint("stone"))
    kit.tube((0, 0.21, 0), 0.22, 0.02, kit.tone("black", "matte"))


def firework(kit: Kit) -> None:
    """Make a burst of sparks that hangs in the sky."""
    for k in range(110):
        up = 1 - 2 * (k + 0.5) / 110
        flat, angle = math.sqrt(1 - up * up), k * 2.39996
        colour = ((1.0, 0.3, 0.15), (1.0, 0.75, 0.3), (0.4, 0.6, 1.0))[k % 3]
        far = 0.55 + 0.45 * kit.luck(k)
        at = (far * flat * math.cos(angle), far * up, far * flat * math.sin(angle))
        kit.ball(at, 0.018, kit.glow(colour, 30.0))


def waterfall(kit: Kit) -> None:
    """Make a cliff; the water that falls from it is particles over white sheets."""
    for k in range(16):
        z = -4.5 + 0.6 * k
        if abs(z) < 1.3:
            continue
        tall = 4.4 + 1.4 * kit.luck(k)
        kit.box(
            (-0.6 * kit.luck(20 + k) - 0.4, tall / 2, z),
            (0.9 + 0.4 * kit.luck(40 + k), tall / 2, 0.5),
            kit.main,
            turn(UP, kit.luck(60 + k) - 0.5),
        )
    kit.box((-0.9, 2.2, 0), (0.8, 2.2, 1.5), kit.shade(0.6))
    foam = kit.tone("white", "glossy")
    for k in range(9):
        z = -1.12 + 0.28 * k
        kit.ball((0.0 + 0.12 * kit.luck(k), 2.2, z), (0.14, 2.3, 0.2), foam)
    kit.ball((-0.7, 4.45, 0), (0.8, 0.14, 1.3), foam)
    for k in range(12):
        angle = k * 2.4
        kit.ball((0.8 + 1.1 * kit.luck(k), 0.08, 1.9 * math.sin(angle)), (0.5, 0.14, 0.42), foam)
    for k in range(8):
        kit.ball(
            (1.2 + 1.6 * kit.luck(k), 0.15, (2.2 + kit.luck(9 + k)) * (-1) ** k),
            (0.5, 0.4, 0.5),
            kit.main,
        )


def wave(kit: Kit) -> None:
    """Make a breaking wave."""
    foam = kit.paint("foam")
    for k in range(14):
        angle = k * 0.22
        at = (-1.2 + 1.7 * math.sin(angle * 0.62), 1.2 * (1 - math.cos(angle)) * 0.75, 0.0)
        kit.ball(at, (0.62 - 0.028 * k, 0.4 - 0.014 * k, 4.0 - 0.1 * k), kit.main)
    for k in range(26):
        z = -3.4 + 0.27 * k
        kit.ball(
            (0.75 + 0.3 * kit.luck(k), 1.5 + 0.3 * kit.luck(30 + k), z),
            0.13 + 0.13 * kit.luck(60 + k),
            foam,
        )


def tornado(kit: Kit) -> None:
    """Make a turning funnel."""
    kit.hinge = kit.joint("rotor", (0, 0, 0), UP, 0.5)
    for k in range(22):
        share = k / 21
        r = 0.18 + 1.9 * share**1.8
        bend = 0.35 * math.sin(3.2 * share)
        kit.ring(
            (bend, 0.15 + 4.6 * share, 0.2 * math.sin(5 * share)),
            r,
            0.17 + 0.16 * share,
            kit.paint("dust" if k < 6 else "smoke"),
        )
    kit.hinge = -1


def lavapool(kit: Kit) -> None:
    """Make a pool of lava with crusts on it."""
    kit.ball((0, 0, 0), (2.2, 0.1, 1.7), kit.paint("ember"))
    for k in range(18):
        angle = k * 2.4
        far = 2.0 * math.sqrt(kit.luck(k))
        kit.ball(
            (far * math.cos(angle), 0.07, far * math.sin(angle) * 0.75),
            (0.34, 0.08, 0.26),
            kit.tone("black", "stone"),
        )


def sandpile(kit: Kit) -> None:
    """Make a heap of sand."""
    kit.cone((0, 0.5, 0), 1.2, 0.5, kit.main)
    kit.ball((0, 0.1, 0), (1.35, 0.22, 1.3), kit.main)

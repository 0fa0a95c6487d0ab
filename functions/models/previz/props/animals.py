"""Animals: four legs, wings or fins on hinges."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, UP, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The build of a four-legged animal, in shares of its body's length."""

    leg: float = 0.5
    thick: float = 0.07
    girth: float = 0.19
    width: float = 0.7
    neck: float = 0.25
    lean: float = 0.9
    head: float = 0.13
    snout: float = 0.12
    stride: float = 1.5


def _quadruped(kit: Kit, build: Frame, *, hoof: int, coat: int | None = None) -> Vec:
    """Add body, legs, neck and head; return where the head is."""
    coat = kit.main if coat is None else coat
    top = build.leg + build.girth * 0.55
    w = build.girth * build.width
    kit.ball((0.0, top, 0), (0.5, build.girth, w * 1.15), kit.main)
    kit.ball((0.3, top + 0.02, 0), (0.26, build.girth * 1.08, w * 1.2), kit.main)
    kit.ball((-0.3, top + 0.01, 0), (0.25, build.girth * 1.04, w * 1.2), kit.main)
    for x, z, phase in ((0.34, 1, 0.0), (0.34, -1, 0.5), (-0.36, 1, 0.6), (-0.36, -1, 0.1)):
        _leg(kit, (x, top - 0.03, z * w * 0.72), build.thick, phase, hoof)
    at = (
        0.46 + build.neck * math.cos(build.lean),
        top + 0.06 + build.neck * math.sin(build.lean),
        0.0,
    )
    kit.limb((0.4, top + 0.04, 0), at, build.head * 0.72, coat)
    kit.hinge = kit.joint("nod", (0.46, top, 0), Z, 0.08)
    kit.ball(at, (build.head * 1.1, build.head, build.head * 0.86), coat)
    muzzle = (at[0] + build.head * 0.7 + build.snout * 0.5, at[1] - build.head * 0.3, 0.0)
    kit.ball(muzzle, (build.snout, build.head * 0.52, build.head * 0.5), coat)
    kit.ball(
        (muzzle[0] + build.snout * 0.9, muzzle[1] + 0.01, 0), build.head * 0.2, kit.tone("black")
    )
    for side in (-1, 1):
        kit.ball(
            (at[0] + build.head * 0.72, at[1] + build.head * 0.32, side * build.head * 0.55),
            build.head * 0.16,
            kit.tone("black", "glossy"),
        )
    kit.stride = build.stride
    return at


def _leg(kit: Kit, hip: Vec, thick: float, phase: float, hoof: int) -> None:
    joint = kit.joint("leg", hip, Z, 0.5, phase=phase)
    kit.hinge = joint
    knee = (hip[0] + 0.02, hip[1] * 0.5, hip[2])
    kit.limb(hip, knee, thick, kit.main)
    kit.hinge = kit.joint("knee", knee, Z, 0.7, phase=phase, parent=joint)
    kit.limb(knee, (hip[0], 0.05, hip[2]), thick * 0.72, kit.main)
    kit.ball(
        (hip[0] + thick * 0.3, thick * 0.5, hip[2]), (thick * 1.1, thick * 0.6, thick * 0.9), hoof
    )
    kit.hinge = -1


def _tail(kit: Kit, a: Vec, b: Vec, thick: float, paint: int) -> None:
    kit.hinge = kit.joint("wag", a, UP, 0.4)
    kit.limb(a, b, thick, paint)
    kit.hinge = -1


def _ears(kit: Kit, head: Vec, size: Vec, paint: int, spread: float, lift: float) -> None:
    kit.hinge = len(kit.joints) - 1
    for side in (-1, 1):
        kit.ball((head[0] - 0.02, head[1] + lift, head[2] + side * spread), size, paint)
    kit.hinge = -1


def dog(kit: Kit) -> None:
    """Make a dog."""
    head = _quadruped(
        kit,
        Frame(leg=0.48, thick=0.065, girth=0.18, neck=0.24, lean=0.85, head=0.15, snout=0.15),
        hoof=kit.shade(0.7),
    )
    _ears(kit, head, (0.05, 0.12, 0.04), kit.shade(0.5), 0.13, 0.02)
    _tail(kit, (-0.5, 0.62, 0), (-0.78, 0.9, 0), 0.04, kit.main)


def cat(kit: Kit) -> None:
    """Make a cat."""
    head = _quadruped(
        kit,
        Frame(leg=0.4, thick=0.05, girth=0.15, neck=0.16, lean=0.8, head=0.155, snout=0.06),
        hoof=kit.tone("white", "fur"),
    )
    kit.hinge = len(kit.joints) - 1
    for side in (-1, 1):
        kit.cone((head[0], head[1] + 0.18, 0.09 * side), 0.06, 0.08, kit.main)
    kit.hinge = -1
    _tail(kit, (-0.5, 0.5, 0), (-0.72, 1.0, 0), 0.035, kit.shade(0.8))


def tiger(kit: Kit) -> None:
    """Make a tiger."""
    head = _quadruped(
        kit,
        Frame(leg=0.42, thick=0.085, girth=0.2, neck=0.2, lean=0.5, head=0.17, snout=0.1),
        hoof=kit.main,
    )
    _ears(kit, head, (0.03, 0.05, 0.05), kit.tone("black", "fur"), 0.11, 0.15)
    for k in range(6):
        kit.ring(
            (0.36 - k * 0.14, 0.55, 0), 0.195, 0.018, kit.tone("black", "fur"), turn(Z, TAU / 4)
        )
    _tail(kit, (-0.5, 0.55, 0), (-0.95, 0.7, 0), 0.04, kit.main)


def lion(kit: Kit) -> None:
    """Make a lion with its mane."""
    head = _quadruped(
        kit,
        Frame(leg=0.44, thick=0.085, girth=0.19, neck=0.22, lean=0.7, head=0.16, snout=0.11),
        hoof=kit.main,
    )
    mane = kit.tone("brown", "fur")
    kit.ball((head[0] - 0.09, head[1] - 0.02, 0), (0.16, 0.28, 0.25), mane)
    _tail(kit, (-0.5, 0.6, 0), (-0.95, 0.5, 0), 0.03, kit.main)
    kit.ball((-0.97, 0.5, 0), 0.06, mane)


def horse(kit: Kit) -> None:
    """Make a horse."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.66, thick=0.06, girth=0.21, neck=0.5, lean=0.95, head=0.11, snout=0.17, stride=2.2
        ),
        hoof=kit.tone("black"),
    )
    dark = kit.tone("black", "fur")
    _ears(kit, head, (0.02, 0.07, 0.025), kit.main, 0.06, 0.12)
    for k in range(5):
        kit.ball((0.42 + k * 0.07, 0.98 + k * 0.075, 0), (0.07, 0.1, 0.04), dark)
    _tail(kit, (-0.52, 0.82, 0), (-0.66, 0.4, 0), 0.055, dark)


def cow(kit: Kit) -> None:
    """Make a cow."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.5, thick=0.07, girth=0.25, neck=0.2, lean=0.5, head=0.14, snout=0.14, stride=1.5
        ),
        hoof=kit.tone("black"),
    )
    kit.ball((0.62 + 0.2, head[1] - 0.08, 0), (0.08, 0.07, 0.09), kit.tone("pink", "fur"))
    for side in (-1, 1):
        kit.ball((0.1 - 0.2 * side, 0.72, 0.14 * side), (0.2, 0.13, 0.07), kit.tone("black", "fur"))
        kit.limb(
            (head[0] - 0.03, head[1] + 0.1, 0.08 * side),
            (head[0], head[1] + 0.24, 0.18 * side),
            0.025,
            kit.tone("beige"),
        )
    _tail(kit, (-0.5, 0.72, 0), (-0.6, 0.3, 0), 0.025, kit.main)


def sheep(kit: Kit) -> None:
    """Make a woolly sheep."""
    black = kit.tone("black", "fur")
    head = _quadruped(
        kit,
        Frame(leg=0.42, thick=0.05, girth=0.22, neck=0.16, lean=0.6, head=0.12, snout=0.1),
        hoof=black,
        coat=black,
    )
    for k in range(12):
        angle = k * 2.4
        kit.ball(
            (0.42 - 0.075 * k, 0.58 + 0.12 * math.cos(angle), 0.16 * math.sin(angle)),
            0.19,
            kit.main,
        )
    _ears(kit, head, (0.03, 0.03, 0.08), black, 0.13, 0.04)


def deer(kit: Kit) -> None:
    """Make a stag with antlers."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.66,
            thick=0.042,
            girth=0.17,
            neck=0.42,
            lean=1.1,
            head=0.09,
            snout=0.11,
            stride=1.9,
        ),
        hoof=kit.tone("black"),
    )
    _ears(kit, head, (0.02, 0.04, 0.08), kit.main, 0.1, 0.05)
    kit.hinge = len(kit.joints) - 1
    horn = kit.tone("beige")
    for side in (-1, 1):
        tip = (head[0] - 0.1, head[1] + 0.42, 0.26 * side)
        kit.limb((head[0], head[1] + 0.08, 0.04 * side), tip, 0.017, horn)
        for share in (0.4, 0.7):
            foot = (
                head[0] - 0.1 * share,
                head[1] + 0.08 + 0.34 * share,
                side * (0.04 + 0.22 * share),
            )
            kit.limb(foot, (foot[0] + 0.16, foot[1] + 0.14, foot[2]), 0.013, horn)
    kit.hinge = -1
    kit.ball((-0.52, 0.8, 0), (0.04, 0.07, 0.04), kit.tone("white", "fur"))


def elephant(kit: Kit) -> None:
    """Make an elephant with trunk and tusks."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.5, thick=0.11, girth=0.31, neck=0.16, lean=0.9, head=0.2, snout=0.06, stride=1.3
        ),
        hoof=kit.shade(0.7),
    )
    kit.hinge = kit.joint("nod", (head[0] + 0.15, head[1], 0), Z, 0.18)
    spots = [(0.2, 0.0), (0.3, -0.2), (0.32, -0.42), (0.4, -0.58)]
    for k, ((ax, ay), (bx, by)) in enumerate(pairwise(spots)):
        kit.limb(
            (head[0] + ax, head[1] + ay, 0),
            (head[0] + bx, head[1] + by, 0),
            0.075 - k * 0.014,
            kit.main,
        )
    kit.hinge = -1
    for side in (-1, 1):
        kit.ball(
            (head[0] - 0.1, head[1] + 0.02, 0.24 * side),
            (0.17, 0.24, 0.035),
            kit.shade(0.85),
            turn(UP, 0.5 * side),
        )
        kit.limb(
            (head[0] + 0.14, head[1] - 0.12, 0.1 * side),
            (head[0] + 0.4, head[1] - 0.2, 0.12 * side),
            0.028,
            kit.tone("white"),
        )
    _tail(kit, (-0.52, 0.75, 0), (-0.6, 0.4, 0), 0.025, kit.main)


def giraffe(kit: Kit) -> None:
    """Make a giraffe."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.85, thick=0.055, girth=0.2, neck=1.0, lean=1.2, head=0.1, snout=0.13, stride=2.2
        ),
        hoof=kit.tone("black"),
    )
    _ears(kit, head, (0.02, 0.05, 0.06), kit.main, 0.1, 0.05)
    kit.hinge = len(kit.joints) - 1
    for side in (-1, 1):
        kit.limb(
            (head[0], head[1] + 0.08, 0.04 * side),
            (head[0], head[1] + 0.2, 0.05 * side),
            0.015,
            kit.tone("brown"),
        )
    kit.hinge = -1
    _tail(kit, (-0.5, 0.95, 0), (-0.6, 0.6, 0), 0.025, kit.main)


BULKY = Frame(
    leg=0.34, thick=0.1, girth=0.27, width=0.85, neck=0.12, lean=0.5, head=0.17, snout=0.1
)


def bear(kit: Kit) -> None:
    """Make a bear, or another heavy animal on short legs."""
    head = _quadruped(kit, BULKY, hoof=kit.shade(0.6))
    _ears(kit, head, (0.03, 0.06, 0.06), kit.shade(0.7), 0.12, 0.15)
    kit.ball((-0.5, 0.55, 0), 0.06, kit.main)


def panda(kit: Kit) -> None:
    """Make a panda: a white bear in black."""
    black = kit.tone("black", "fur")
    head = _quadruped(kit, BULKY, hoof=black)
    kit.parts[:] = [
        replace(p, material=black) if p.joint >= 0 and p.position[1] < 0.45 else p
        for p in kit.parts
    ]
    _ears(kit, head, (0.03, 0.07, 0.07), black, 0.13, 0.15)
    kit.ball((0.22, 0.5, 0), (0.13, 0.3, 0.29), black)
    for side in (-1, 1):
        kit.ball((head[0] + 0.115, head[1] + 0.05, 0.085 * side), (0.05, 0.06, 0.05), black)

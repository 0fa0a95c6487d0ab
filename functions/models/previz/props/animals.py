"""Animals: four legs, wings or fins on hinges."""

import math
from dataclasses import dataclass

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
        )  # noqa: E501
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
    )  # noqa: E501
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
    )  # noqa: E501
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
    )  # noqa: E501
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
    )  # noqa: E501
    kit.ball((0.62 + 0.2, head[1] - 0.08, 0), (0.08, 0.07, 0.09), kit.tone("pink", "fur"))
    for side in (-1, 1):
        kit.ball((0.1 - 0.2 * side, 0.72, 0.14 * side), (0.2, 0.13, 0.07), kit.tone("black", "fur"))
        kit.limb(
            (head[0] - 0.03, head[1] + 0.1, 0.08 * side),
            (head[0], head[1] + 0.24, 0.18 * side),
            0.025,
            kit.tone("beige"),
        )  # noqa: E501
    _tail(kit, (-0.5, 0.72, 0), (-0.6, 0.3, 0), 0.025, kit.main)


def sheep(kit: Kit) -> None:
    """Make a woolly sheep."""
    black = kit.tone("black", "fur")
    head = _quadruped(
        kit,
        Frame(leg=0.42, thick=0.05, girth=0.22, neck=0.16, lean=0.6, head=0.12, snout=0.1),
        hoof=black,
        coat=black,
    )  # noqa: E501
    for k in range(12):
        angle = k * 2.4
        kit.ball(
            (0.42 - 0.075 * k, 0.58 + 0.12 * math.cos(angle), 0.16 * math.sin(angle)),
            0.19,
            kit.main,
        )  # noqa: E501
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
    )  # noqa: E501
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
    )  # noqa: E501
    kit.hinge = kit.joint("nod", (head[0] + 0.15, head[1], 0), Z, 0.18)
    spots = [(0.2, 0.0), (0.3, -0.2), (0.32, -0.42), (0.4, -0.58)]
    for k, ((ax, ay), (bx, by)) in enumerate(zip(spots, spots[1:], strict=False)):
        kit.limb(
            (head[0] + ax, head[1] + ay, 0),
            (head[0] + bx, head[1] + by, 0),
            0.075 - k * 0.014,
            kit.main,
        )  # noqa: E501
    kit.hinge = -1
    for side in (-1, 1):
        kit.ball(
            (head[0] - 0.1, head[1] + 0.02, 0.24 * side),
            (0.17, 0.24, 0.035),
            kit.shade(0.85),
            turn(UP, 0.5 * side),
        )  # noqa: E501
        kit.limb(
            (head[0] + 0.14, head[1] - 0.12, 0.1 * side),
            (head[0] + 0.4, head[1] - 0.2, 0.12 * side),
            0.028,
            kit.tone("white"),
        )  # noqa: E501
    _tail(kit, (-0.52, 0.75, 0), (-0.6, 0.4, 0), 0.025, kit.main)


def giraffe(kit: Kit) -> None:
    """Make a giraffe."""
    head = _quadruped(
        kit,
        Frame(
            leg=0.85, thick=0.055, girth=0.2, neck=1.0, lean=1.2, head=0.1, snout=0.13, stride=2.2
        ),
        hoof=kit.tone("black"),
    )  # noqa: E501
    _ears(kit, head, (0.02, 0.05, 0.06), kit.main, 0.1, 0.05)
    kit.hinge = len(kit.joints) - 1
    for side in (-1, 1):
        kit.limb(
            (head[0], head[1] + 0.08, 0.04 * side),
            (head[0], head[1] + 0.2, 0.05 * side),
            0.015,
            kit.tone("brown"),
        )  # noqa: E501
    kit.hinge = -1
    _tail(kit, (-0.5, 0.95, 0), (-0.6, 0.6, 0), 0.025, kit.main)


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
        )  # noqa: E501
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
        )  # noqa: E501
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
        )  # noqa: E501
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
    for k, (a, b) in enumerate(zip(spots, spots[1:], strict=False)):
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
            )  # noqa: E501
            knee = (x + 0.35 - 0.22 * k, 0.72, 0.55 * side)
            kit.limb((x, 0.36, 0.1 * side), knee, 0.035, kit.main)
            kit.limb(knee, (x + 0.5 - 0.32 * k, 0.0, 0.95 * side), 0.025, kit.main)
            kit.hinge = -1
    for side in (-1, 1):
        kit.ball((0.34, 0.42, 0.07 * side), 0.035, kit.tone("red", "glossy"))

"""People and what stands like them: limbs on hinges, so that they can walk."""

from dataclasses import dataclass, replace

from functions.models.previz.kit import Kit
from functions.models.previz.scene import Material
from functions.models.previz.space import TAU, turn

Z = (0.0, 0.0, 1.0)
STRIDE_M = 1.45
METALS = frozenset({"steel", "chrome", "silver", "gold", "copper"})
TROUSERS = ("blue", "brown", "grey", "black")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """The paints of a figure and how thick its limbs are."""

    top: int
    legs: int
    shoes: int
    hands: int
    thick: float = 1.0


def _legs(kit: Kit, dress: Dress, swing: float = 0.5) -> None:
    for side, phase in ((-1.0, 0.0), (1.0, 0.5)):
        z = 0.1 * side * dress.thick
        r = 0.085 * dress.thick
        hip = kit.joint("leg", (0, 0.93, z), Z, swing, phase=phase)
        kit.hinge = hip
        kit.limb((0, 0.93, z), (0.01, 0.5, z), r, dress.legs)
        kit.hinge = kit.joint("knee", (0.01, 0.5, z), Z, 1.0, phase=phase, parent=hip)
        kit.limb((0.01, 0.5, z), (-0.02, 0.12, z), r * 0.82, dress.legs)
        kit.ball(
            (0.06, 0.055, z), (0.15 * dress.thick**0.5, 0.065, 0.075 * dress.thick), dress.shoes
        )
        kit.hinge = -1


def _arms(kit: Kit, dress: Dress, shoulder: float = 0.235) -> None:
    for side, phase in ((-1.0, 0.5), (1.0, 0.0)):
        z = side * shoulder * dress.thick**0.5
        r = 0.06 * dress.thick
        joint = kit.joint("arm", (0, 1.42, z), Z, 0.45, phase=phase)
        kit.hinge = joint
        kit.limb((0, 1.42, z), (-0.02, 1.13, z * 1.13), r, dress.top)
        kit.hinge = kit.joint("elbow", (-0.02, 1.13, z * 1.13), Z, 0.5, phase=phase, parent=joint)
        kit.limb((-0.02, 1.13, z * 1.13), (0.03, 0.9, z * 1.15), r * 0.85, dress.top)
        kit.ball((0.04, 0.85, z * 1.15), 0.062 * dress.thick, dress.hands)
        kit.hinge = -1


def _torso(kit: Kit, dress: Dress) -> None:
    w = dress.thick**0.5
    kit.ball((0, 1.25, 0), (0.15 * w, 0.27, 0.215 * w), dress.top)
    kit.ball((0, 1.38, 0), (0.12 * w, 0.12, 0.24 * w), dress.top)
    kit.ball((0, 1.02, 0), (0.135 * w, 0.17, 0.175 * w), dress.legs)
    kit.stride = STRIDE_M


def _head(kit: Kit, skin: int, hair: int) -> None:
    kit.hinge = kit.joint("nod", (0, 1.5, 0), Z, 0.06)
    kit.tube((0, 1.5, 0), 0.055, 0.08, skin)
    kit.ball((0.01, 1.66, 0), (0.115, 0.14, 0.105), skin)
    kit.ball((-0.025, 1.70, 0), (0.118, 0.125, 0.115), hair)
    kit.ball((0.125, 1.65, 0), (0.02, 0.025, 0.018), skin)
    for side in (-1, 1):
        kit.ball((0.107, 1.685, 0.042 * side), 0.014, kit.tone("black"))
    kit.hinge = -1


def person(kit: Kit) -> None:
    """Make a person in a shirt of the main paint and dark trousers."""
    dress = Dress(
        top=kit.main,
        legs=kit.main
        if kit.finish in METALS
        else kit.tone(TROUSERS[int(kit.luck(1) * 4)], "fabric"),
        shoes=kit.tone("black"),
        hands=kit.paint("skin"),
    )
    _torso(kit, dress)
    _legs(kit, dress)
    _arms(kit, dress)
    _head(kit, dress.hands, kit.tone(("black", "brown", "brown")[int(kit.luck(2) * 3)], "fur"))


def woman(kit: Kit) -> None:
    """Make a woman in a dress of the main paint, with long hair."""
    skin = kit.paint("skin")
    dress = Dress(top=skin, legs=skin, shoes=kit.tone("black"), hands=skin, thick=0.86)
    _torso(kit, Dress(top=kit.main, legs=kit.main, shoes=skin, hands=skin, thick=0.8))
    _legs(kit, dress, swing=0.4)
    _arms(kit, dress)
    hair = kit.tone(("black", "brown", "orange")[int(kit.luck(3) * 3)], "fur")
    _head(kit, skin, hair)
    kit.cone((0, 0.82, 0), 0.34, 0.42, kit.main)
    kit.ball((-0.07, 1.5, 0), (0.085, 0.2, 0.12), hair)


def astronaut(kit: Kit) -> None:
    """Make an astronaut: a thick suit, a pack, a helmet with a golden visor."""
    dark = kit.tone("grey", "rubber")
    dress = Dress(top=kit.main, legs=kit.main, shoes=dark, hands=dark, thick=1.55)
    _torso(kit, dress)
    _legs(kit, dress, swing=0.42)
    _arms(kit, dress)
    kit.box((-0.27, 1.28, 0), (0.13, 0.32, 0.24), kit.tone("grey", "plastic"))
    kit.ball((-0.27, 1.6, 0), (0.13, 0.06, 0.24), kit.tone("grey", "plastic"))
    kit.box((0.19, 1.22, 0), (0.05, 0.09, 0.12), kit.tone("grey", "plastic"))
    kit.ball((0.235, 1.25, 0.05), 0.022, kit.tone("red"))
    kit.ball((0.235, 1.25, -0.05), 0.022, kit.tone("blue"))
    kit.hinge = kit.joint("nod", (0, 1.5, 0), Z, 0.05)
    kit.ring((0, 1.52, 0), 0.17, 0.045, dark)
    kit.ball((0, 1.71, 0), 0.235, kit.main)
    visor = kit.paints.row(_visor())
    kit.ball((0.055, 1.715, 0), (0.205, 0.165, 0.19), visor)
    kit.hinge = -1
    for side in (-1, 1):
        kit.ring((0.0, 1.3, 0.315 * side), 0.095, 0.02, kit.tone("red"))


def _visor() -> Material:
    return Material(base=(0.95, 0.58, 0.16), second=(0.9, 0.5, 0.1), roughness=0.03, metallic=1.0)


def robot(kit: Kit) -> None:
    """Make a robot: boxes and joints, with glowing eyes."""
    dark = kit.paint("steel", "black")
    for side, phase in ((-1.0, 0.0), (1.0, 0.5)):
        z = 0.13 * side
        hip = kit.joint("leg", (0, 0.9, z), Z, 0.42, phase=phase)
        kit.hinge = hip
        kit.ball((0, 0.9, z), 0.09, dark)
        kit.box((0, 0.68, z), (0.08, 0.17, 0.075), kit.main)
        kit.hinge = kit.joint("knee", (0, 0.48, z), Z, 0.9, phase=phase, parent=hip)
        kit.ball((0, 0.48, z), 0.075, dark)
        kit.box((0, 0.27, z), (0.07, 0.17, 0.065), kit.main)
        kit.box((0.05, 0.05, z), (0.16, 0.05, 0.09), dark)
        arm = kit.joint("arm", (0, 1.42, 0.33 * side), Z, 0.4, phase=phase + 0.5)
        kit.hinge = arm
        kit.ball((0, 1.42, 0.33 * side), 0.1, dark)
        kit.box((0, 1.22, 0.34 * side), (0.06, 0.14, 0.06), kit.main)
        kit.hinge = kit.joint("elbow", (0, 1.06, 0.34 * side), Z, 0.5, parent=arm)
        kit.ball((0, 1.06, 0.34 * side), 0.065, dark)
        kit.box((0, 0.9, 0.34 * side), (0.055, 0.13, 0.055), kit.main)
        kit.box((0.02, 0.73, 0.34 * side), (0.05, 0.05, 0.05), dark)
        kit.hinge = -1
    kit.box((0, 1.24, 0), (0.17, 0.26, 0.23), kit.main)
    kit.box((0, 0.95, 0), (0.12, 0.07, 0.17), dark)
    kit.box((0.165, 1.3, 0), (0.02, 0.1, 0.13), dark)
    kit.ball((0.185, 1.3, 0), 0.045, kit.glow((0.2, 0.8, 1.0), 6.0))
    kit.hinge = kit.joint("nod", (0, 1.55, 0), Z, 0.05)
    kit.tube((0, 1.53, 0), 0.06, 0.06, dark)
    kit.box((0, 1.72, 0), (0.15, 0.14, 0.16), kit.main)
    kit.box((0.15, 1.74, 0), (0.01, 0.05, 0.13), dark)
    for side in (-1, 1):
        kit.ball((0.155, 1.74, 0.065 * side), 0.035, kit.glow((0.2, 0.8, 1.0), 9.0))
    kit.tube((0, 1.93, 0.08), 0.012, 0.08, dark)
    kit.ball((0, 2.02, 0.08), 0.028, kit.glow((1.0, 0.2, 0.1), 6.0))
    kit.hinge = -1
    kit.stride = 1.25


def statue(kit: Kit) -> None:
    """Make a figure of the main paint on a plinth."""
    dress = Dress(top=kit.main, legs=kit.main, shoes=kit.main, hands=kit.main, thick=1.1)
    _torso(kit, dress)
    _legs(kit, dress)
    _arms(kit, dress)
    _head(kit, kit.main, kit.main)
    kit.joints.clear()
    kit.parts = [replace(part, joint=-1) for part in kit.parts]
    kit.box((0, -0.3, 0), (0.36, 0.3, 0.36), kit.shade(0.8))
    kit.box((0, -0.58, 0), (0.44, 0.06, 0.44), kit.shade(0.7))


def snowman(kit: Kit) -> None:
    """Make a snowman with a carrot and a hat."""
    for y, r in ((0.45, 0.5), (1.08, 0.36), (1.55, 0.25)):
        kit.ball((0, y, 0), r, kit.main)
    kit.cone((0.33, 1.55, 0), 0.05, 0.13, kit.tone("orange"), turn(Z, -TAU / 4))
    coal = kit.tone("black", "matte")
    for z in (-0.09, 0.09):
        kit.ball((0.215, 1.63, z), 0.035, coal)
    for y in (0.95, 1.1, 1.25):
        kit.ball((0.345, y, 0), 0.04, coal)
    kit.tube((0, 1.78, 0), 0.26, 0.02, coal)
    kit.tube((0, 1.92, 0), 0.17, 0.14, coal)
    kit.ring((0, 1.33, 0), 0.24, 0.06, kit.tone("red", "fabric"))
    for side in (-1, 1):
        kit.limb((0, 1.15, 0.3 * side), (0.1, 1.45, 0.78 * side), 0.02, kit.paint("bark"))


def teddy(kit: Kit) -> None:
    """Make a sitting toy bear."""
    light = kit.shade(1.7)
    kit.ball((0, 0.45, 0), (0.36, 0.42, 0.36), kit.main)
    kit.ball((0.12, 0.45, 0), (0.28, 0.32, 0.26), light)
    kit.ball((0.05, 1.02, 0), 0.31, kit.main)
    kit.ball((0.29, 0.95, 0), (0.13, 0.11, 0.13), light)
    kit.ball((0.41, 0.99, 0), 0.04, kit.tone("black"))
    for side in (-1, 1):
        kit.ball((0.02, 1.28, 0.22 * side), (0.06, 0.12, 0.12), kit.main)
        kit.ball((0.31, 1.1, 0.1 * side), 0.035, kit.tone("black"))
        kit.limb((0, 0.68, 0.3 * side), (0.25, 0.45, 0.42 * side), 0.12, kit.main)
        kit.limb((0.1, 0.16, 0.24 * side), (0.52, 0.15, 0.32 * side), 0.15, kit.main)
        kit.ball((0.64, 0.16, 0.33 * side), (0.06, 0.13, 0.13), light)


def hand(kit: Kit) -> None:
    """Make a raised hand."""
    kit.limb((0, 0, 0), (0, 0.6, 0), 0.16, kit.main)
    kit.ball((0, 0.95, 0), (0.12, 0.34, 0.28), kit.main)
    for k, (z, top) in enumerate(((-0.2, 1.68), (-0.07, 1.8), (0.07, 1.76), (0.2, 1.6))):
        kit.limb((0, 1.15, z), (0.02 * k, top, z * 1.3), 0.065, kit.main)
    kit.limb((0.03, 0.9, 0.25), (0.08, 1.3, 0.5), 0.075, kit.main)


def head(kit: Kit) -> None:
    """Make a head with a face."""
    white = kit.tone("white", "glossy")
    kit.tube((-0.05, 0.2, 0), 0.28, 0.3, kit.main)
    kit.ball((0, 0.95, 0), (0.5, 0.66, 0.46), kit.main)
    kit.ball((-0.1, 1.15, 0), (0.52, 0.56, 0.49), kit.tone("brown", "fur"))
    kit.ball((0.49, 0.88, 0), (0.11, 0.13, 0.075), kit.main)
    kit.ball((0.42, 0.6, 0), (0.07, 0.035, 0.15), kit.tone("red", "fabric"))
    for side in (-1, 1):
        kit.ball((0.41, 1.02, 0.18 * side), 0.085, white)
        kit.ball((0.475, 1.02, 0.18 * side), 0.04, kit.tone("black"))
        kit.ball((0, 0.92, 0.46 * side), (0.1, 0.14, 0.05), kit.main)

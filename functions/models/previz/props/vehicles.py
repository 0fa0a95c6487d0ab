"""What drives and what sails."""

import math

from functions.models.previz.kit import Kit
from functions.models.previz.space import TAU, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
FLAT = turn(X, TAU / 4)


def _wheel(kit: Kit, at: Vec, radius: float, width: float) -> None:
    kit.hinge = kit.joint("wheel", at, Z, radius)
    kit.tube(at, radius, width, kit.paint("tyre"), FLAT)
    kit.tube(at, radius * 0.62, width * 1.06, kit.paint("steel"), FLAT)
    for k in range(3):
        spoke = kit.tone("black")
        kit.box(at, (radius * 0.6, radius * 0.07, width * 1.12), spoke, turn(Z, k * TAU / 6))
    kit.hinge = -1


def _lights(kit: Kit, front: float, back: float, y: float, z: float, size: float) -> None:
    for side in (-1, 1):
        kit.ball(
            (front, y, z * side), (size * 0.5, size, size * 1.2), kit.glow((1.0, 0.93, 0.8), 7.0)
        )
        kit.box(
            (back, y, z * side),
            (size * 0.3, size * 0.7, size * 1.4),
            kit.glow((1.0, 0.04, 0.02), 2.2),
        )


def car(kit: Kit) -> None:
    """Make a saloon car."""
    glass, dark = kit.paint("window"), kit.tone("black")
    kit.box((0, 0.52, 0), (2.05, 0.2, 0.84), kit.main)
    kit.ball((0, 0.62, 0), (2.2, 0.24, 0.86), kit.main)
    kit.ball((-0.2, 0.86, 0), (1.34, 0.56, 0.74), glass)
    kit.ball((-0.25, 1.28, 0), (0.82, 0.16, 0.62), kit.main)
    for side in (-1, 1):
        kit.box((-0.25, 1.05, 0.66 * side), (0.035, 0.26, 0.06), kit.main)
        kit.box((0.1, 0.66, 0.85 * side), (0.09, 0.018, 0.012), dark)
        kit.ball((0.72, 0.94, 0.9 * side), (0.08, 0.07, 0.11), kit.main)
        kit.box((0, 0.34, 0.8 * side), (1.0, 0.06, 0.05), dark)
        for x in (1.32, -1.32):
            _wheel(kit, (x, 0.34, 0.76 * side), 0.34, 0.12)
    kit.box((2.08, 0.42, 0), (0.08, 0.1, 0.72), dark)
    kit.box((-2.08, 0.42, 0), (0.08, 0.1, 0.72), dark)
    _lights(kit, 2.06, -2.13, 0.64, 0.6, 0.1)


def sportscar(kit: Kit) -> None:
    """Make a low, wide car."""
    glass, dark = kit.paint("window"), kit.tone("black")
    kit.box((0, 0.4, 0), (2.1, 0.14, 0.9), kit.main)
    kit.ball((0.1, 0.48, 0), (2.3, 0.24, 0.94), kit.main)
    kit.ball((-0.35, 0.68, 0), (1.2, 0.42, 0.7), glass)
    kit.ball((-0.75, 0.92, 0), (0.75, 0.18, 0.6), kit.main)
    kit.box((-2.05, 0.98, 0), (0.2, 0.03, 0.86), kit.main)
    for side in (-1, 1):
        kit.box((-2.0, 0.8, 0.6 * side), (0.08, 0.18, 0.03), dark)
        kit.ball((1.3, 0.55, 0.72 * side), (0.5, 0.18, 0.22), kit.main)
        kit.ball((-1.35, 0.58, 0.74 * side), (0.55, 0.22, 0.22), kit.main)
        for x in (1.36, -1.36):
            _wheel(kit, (x, 0.33, 0.84 * side), 0.33, 0.14)
    kit.box((2.2, 0.3, 0), (0.12, 0.06, 0.8), dark)
    _lights(kit, 2.12, -2.2, 0.52, 0.62, 0.07)


def truck(kit: Kit) -> None:
    """Make a lorry with its load."""
    dark = kit.tone("black")
    kit.box((-0.9, 1.75, 0), (2.3, 1.05, 1.05), kit.tone("white"))
    kit.box((-0.9, 1.0, 0), (2.4, 0.1, 0.95), dark)
    kit.box((2.3, 1.35, 0), (0.75, 0.85, 1.0), kit.main)
    kit.ball((2.35, 2.18, 0), (0.7, 0.14, 0.95), kit.main)
    kit.box((2.92, 1.7, 0), (0.16, 0.34, 0.88), kit.paint("window"))
    for side in (-1, 1):
        kit.box((2.45, 1.7, 0.99 * side), (0.36, 0.28, 0.03), kit.paint("window"))
        for x in (2.2, -1.3, -2.4):
            _wheel(kit, (x, 0.5, 0.86 * side), 0.5, 0.18)
    kit.box((3.06, 0.7, 0), (0.08, 0.18, 0.98), kit.paint("steel"))
    kit.box((3.06, 1.12, 0), (0.03, 0.16, 0.5), dark)
    _lights(kit, 3.1, -3.2, 0.92, 0.75, 0.13)


def bus(kit: Kit) -> None:
    """Make a bus."""
    kit.box((0, 1.55, 0), (4.6, 1.15, 1.15), kit.main)
    kit.box((0, 2.72, 0), (4.4, 0.06, 1.0), kit.tone("white"))
    for side in (-1, 1):
        for k in range(7):
            kit.box((-3.4 + 1.15 * k, 1.95, 1.14 * side), (0.48, 0.42, 0.03), kit.paint("window"))
        for x in (3.0, -2.9):
            _wheel(kit, (x, 0.5, 0.98 * side), 0.5, 0.2)
        kit.box((0, 1.05, 1.15 * side), (4.6, 0.07, 0.01), kit.tone("black"))
    kit.box((4.6, 1.9, 0), (0.03, 0.55, 0.98), kit.paint("window"))
    _lights(kit, 4.6, -4.6, 0.8, 0.85, 0.13)


def _rider(kit: Kit, hip: Vec, bars: Vec) -> None:
    skin = kit.paint("skin")
    shirt, legs = kit.tone("orange", "fabric"), kit.tone("blue", "fabric")
    chest = (hip[0] + 0.22, hip[1] + 0.46, 0.0)
    kit.limb(hip, chest, 0.14, shirt)
    kit.ball((chest[0] + 0.1, chest[1] + 0.27, 0), 0.12, skin)
    kit.ball((chest[0] + 0.07, chest[1] + 0.33, 0), 0.13, kit.tone("white"))
    for side in (-1, 1):
        kit.limb((chest[0], chest[1], 0.17 * side), (bars[0], bars[1], 0.24 * side), 0.05, shirt)
        kit.limb(
            (hip[0], hip[1], 0.1 * side), (hip[0] + 0.35, hip[1] - 0.2, 0.12 * side), 0.075, legs
        )
        kit.limb(
            (hip[0] + 0.35, hip[1] - 0.2, 0.12 * side),
            (hip[0] + 0.24, hip[1] - 0.6, 0.12 * side),
            0.06,
            legs,
        )


def bicycle(kit: Kit) -> None:
    """Make a bicycle with its rider."""
    for x in (0.52, -0.52):
        at = (x, 0.34, 0.0)
        kit.hinge = kit.joint("wheel", at, Z, 0.34)
        kit.ring(at, 0.31, 0.028, kit.paint("tyre"), FLAT)
        for k in range(4):
            kit.box(at, (0.3, 0.006, 0.006), kit.paint("steel"), turn(Z, k * TAU / 8))
        kit.hinge = -1
    seat, crank, head = (-0.2, 0.86, 0.0), (-0.02, 0.36, 0.0), (0.38, 0.84, 0.0)
    for a, b in ((seat, crank), (crank, head), (seat, head), ((-0.52, 0.34, 0), crank),
                 ((-0.52, 0.34, 0), seat), (head, (0.52, 0.34, 0))):  # fmt: skip
        kit.limb(a, b, 0.024, kit.main)
    kit.limb((0.36, 0.98, -0.22), (0.36, 0.98, 0.22), 0.018, kit.tone("black"))
    kit.limb(head, (0.36, 0.98, 0), 0.02, kit.main)
    kit.ball((-0.22, 0.92, 0), (0.12, 0.03, 0.07), kit.tone("black"))
    _rider(kit, (-0.2, 1.0, 0.0), (0.36, 1.0, 0.0))


def motorcycle(kit: Kit) -> None:
    """Make a motorcycle with its rider."""
    for x in (0.75, -0.7):
        _wheel(kit, (x, 0.34, 0.0), 0.34, 0.08)
    kit.ball((0.1, 0.82, 0), (0.38, 0.18, 0.17), kit.main)
    kit.box((0.05, 0.5, 0), (0.3, 0.2, 0.14), kit.paint("steel"))
    kit.ball((-0.45, 0.78, 0), (0.4, 0.1, 0.14), kit.tone("black"))
    kit.limb((0.75, 0.34, 0.0), (0.48, 1.0, 0), 0.05, kit.paint("chrome"))
    kit.limb((0.46, 1.04, -0.34), (0.46, 1.04, 0.34), 0.025, kit.tone("black"))
    kit.limb((0.1, 0.3, 0.16), (-0.8, 0.36, 0.18), 0.06, kit.paint("chrome"))
    kit.ball((0.62, 0.92, 0), 0.1, kit.glow((1.0, 0.93, 0.8), 8.0))
    _rider(kit, (-0.3, 0.92, 0.0), (0.46, 1.08, 0.0))


def tank(kit: Kit) -> None:
    """Make a tracked vehicle with a gun."""
    for side in (-1, 1):
        kit.box((0, 0.5, 1.15 * side), (2.3, 0.42, 0.32), kit.paint("tyre"))
        for k in range(5):
            at = (-1.8 + 0.9 * k, 0.45, 1.2 * side)
            kit.hinge = kit.joint("wheel", at, Z, 0.4)
            kit.tube(at, 0.38, 0.33, kit.shade(0.7), FLAT)
            kit.hinge = -1
    kit.box((0, 0.95, 0), (2.1, 0.32, 1.0), kit.main)
    kit.tube((-0.2, 1.5, 0), 0.85, 0.28, kit.main)
    kit.ball((-0.2, 1.75, 0), (0.6, 0.2, 0.6), kit.main)
    kit.limb((0.5, 1.55, 0), (2.9, 1.65, 0), 0.1, kit.shade(0.6))


def train(kit: Kit) -> None:
    """Make a steam engine with two carriages, on its own piece of track."""
    dark, brass = kit.tone("black"), kit.paint("copper")
    kit.tube((6.6, 2.0, 0), 0.85, 2.4, kit.main, turn(Z, TAU / 4))
    kit.tube((9.05, 2.0, 0), 0.9, 0.12, dark, turn(Z, TAU / 4))
    kit.box((3.4, 2.2, 0), (1.0, 1.3, 1.15), kit.main)
    kit.box((3.4, 3.6, 0), (1.2, 0.1, 1.3), dark)
    kit.tube((8.2, 3.3, 0), 0.28, 0.6, dark)
    kit.tube((8.2, 3.9, 0), 0.38, 0.1, brass)
    kit.ball((6.6, 2.85, 0), (0.4, 0.4, 0.4), brass)
    kit.box((6.0, 1.05, 0), (3.4, 0.16, 1.0), dark)
    kit.ball((9.2, 2.5, 0), 0.2, kit.glow((1.0, 0.9, 0.7), 9.0))
    for side in (-1, 1):
        for x in (4.0, 5.5, 7.0, 8.4):
            _wheel(kit, (x, 0.72, 0.85 * side), 0.72, 0.1)
        kit.box((3.4, 2.7, 1.16 * side), (0.5, 0.4, 0.02), kit.paint("window"))
    for k in range(2):
        _carriage(kit, -1.6 - 7.0 * k, ("red", "blue")[k])
    for side in (-1, 1):
        kit.box((0, 0.03, 0.85 * side), (160.0, 0.05, 0.06), kit.paint("steel"))
    kit.parts[:] = [p for p in kit.parts if p.size[0] < 100]


def _carriage(kit: Kit, x: float, colour: str) -> None:
    kit.box((x, 2.2, 0), (3.1, 1.05, 1.15), kit.tone(colour))
    kit.box((x, 3.32, 0), (3.2, 0.1, 1.2), kit.tone("grey"))
    for side in (-1, 1):
        for k in range(4):
            kit.box((x - 2.2 + 1.45 * k, 2.55, 1.15 * side), (0.5, 0.42, 0.02), kit.paint("window"))
        for dx in (-2.2, 2.2):
            _wheel(kit, (x + dx, 0.5, 0.85 * side), 0.5, 0.1)
    kit.box((x, 1.0, 0), (3.3, 0.12, 0.8), kit.tone("black"))


def boat(kit: Kit) -> None:
    """Make a rowing boat with its rower."""
    wood = kit.paint("planks")
    kit.ball((0, 0.28, 0), (2.2, 0.5, 0.8), kit.main)
    kit.box((0, 0.66, 0), (1.72, 0.1, 0.58), wood)
    kit.ring((0, 0.56, 0), 0.78, 0.06, kit.shade(0.5))
    kit.parts.pop()
    for x in (-0.9, 0.1, 1.0):
        kit.box((x, 0.8, 0), (0.14, 0.04, 0.7), wood)
    for side in (-1, 1):
        kit.hinge = kit.joint("row", (0.1, 0.85, 0.7 * side), (0.3, 1.0, 0.0), 0.5 * side)
        kit.limb((0.0, 0.95, 0.4 * side), (-0.5, 0.25, 1.9 * side), 0.035, wood)
        kit.ball((-0.58, 0.15, 2.1 * side), (0.05, 0.16, 0.3), wood)
        kit.hinge = -1
    shirt = kit.tone("red", "fabric")
    kit.limb((0.1, 0.9, 0), (0.0, 1.4, 0), 0.2, shirt)
    kit.ball((0.02, 1.78, 0), 0.17, kit.paint("skin"))
    kit.tube((0.02, 1.9, 0), 0.28, 0.03, kit.tone("beige"))
    for side in (-1, 1):
        kit.limb((0, 1.35, 0.22 * side), (0.1, 0.98, 0.42 * side), 0.07, shirt)


def sailboat(kit: Kit) -> None:
    """Make a sailing boat: triangular sails of many battens."""
    kit.ball((0, 0.35, 0), (2.6, 0.6, 0.75), kit.main)
    kit.box((-0.1, 0.82, 0), (1.9, 0.06, 0.5), kit.paint("planks"))
    kit.box((-0.5, 1.0, 0), (0.8, 0.18, 0.36), kit.tone("white"))
    kit.tube((0.25, 3.4, 0), 0.05, 2.7, kit.paint("wood"))
    kit.tube((-0.75, 1.3, 0), 0.04, 1.0, kit.paint("wood"), turn(Z, TAU / 4))
    cloth = kit.tone("white", "fabric")
    for k in range(22):
        y = 1.42 + 0.205 * k
        long = 0.98 * (1 - k / 22.5)
        kit.box((0.2 - long, y, 0.12 * math.sin(k / 7)), (long, 0.108, 0.012), cloth)
        front = 0.98 * (1 - k / 23)
        kit.box((0.3 + front, y - 0.2, 0.1), (front, 0.108, 0.012), cloth)
    kit.box((0.25, 6.15, 0), (0.2, 0.09, 0.01), kit.tone("red", "fabric"))


def ship(kit: Kit) -> None:
    """Make a big ship."""
    white, dark = kit.tone("white"), kit.tone("black")
    kit.ball((0.3, 1.4, 0), (9.4, 1.7, 1.55), kit.tone("red"))
    kit.box((-0.6, 1.7, 0), (7.6, 0.9, 1.5), kit.main)
    kit.ball((6.6, 1.9, 0), (2.6, 0.8, 1.35), kit.main)
    kit.box((-0.5, 2.66, 0), (7.7, 0.06, 1.46), kit.paint("planks"))
    kit.box((-3.6, 3.4, 0), (2.6, 0.75, 1.2), white)
    kit.box((-3.8, 4.6, 0), (1.9, 0.5, 1.0), white)
    kit.box((-2.7, 5.4, 0), (0.7, 0.4, 1.15), white)
    kit.box((-2.0, 5.4, 0), (0.05, 0.2, 1.0), kit.paint("window"))
    for side in (-1, 1):
        for k in range(8):
            kit.ball((-5.6 + 0.6 * k, 3.5, 1.2 * side), (0.16, 0.16, 0.03), kit.paint("window"))
    kit.tube((-4.6, 5.9, 0), 0.5, 0.9, kit.tone("orange"))
    kit.tube((-4.6, 6.6, 0), 0.52, 0.2, dark)
    for k, colour in enumerate(("blue", "orange", "green", "grey", "red", "teal")):
        kit.box(
            (0.6 + 1.75 * (k // 2), 3.2 + 0.95 * (k % 2), 0), (0.8, 0.46, 1.2), kit.tone(colour)
        )


def galleon(kit: Kit) -> None:
    """Make a tall ship under sail."""
    cloth, dark = kit.tone("white", "fabric"), kit.paint("bark")
    kit.ball((0, 1.0, 0), (5.2, 1.5, 1.3), kit.main)
    kit.box((-0.4, 1.7, 0), (4.2, 0.6, 1.2), kit.main)
    kit.box((-4.0, 2.7, 0), (1.1, 0.7, 1.15), kit.main)
    kit.box((3.6, 2.4, 0), (0.9, 0.35, 0.95), kit.main)
    kit.box((0, 2.25, 0), (4.6, 0.06, 1.24), dark)
    kit.limb((4.4, 2.6, 0), (7.0, 3.8, 0), 0.1, dark)
    for x, tall in ((-2.9, 7.0), (0.2, 8.6), (2.9, 7.4)):
        kit.tube((x, 2.0 + tall / 2, 0), 0.12, tall / 2, dark)
        for k, wide in enumerate((2.3, 1.9, 1.4)):
            y = 3.7 + (tall - 2.4) * k / 3
            kit.tube((x, y + 0.85, 0), 0.06, wide, dark, turn(X, TAU / 4))
            kit.ball((x + 0.12, y, 0), (0.3, 0.85, wide), cloth)
    for side in (-1, 1):
        for k in range(6):
            kit.box((-2.6 + k, 1.55, 1.21 * side), (0.16, 0.16, 0.03), kit.tone("black"))
    kit.box((0.2, 10.9, 0.5), (0.02, 0.3, 0.5), kit.tone("black", "fabric"))


def submarine(kit: Kit) -> None:
    """Make a submarine."""
    kit.ball((0, 0.9, 0), (3.2, 0.8, 0.8), kit.main)
    kit.tube((0, 0.9, 0), 0.8, 1.6, kit.main, turn(Z, TAU / 4))
    kit.box((0.3, 1.9, 0), (0.7, 0.4, 0.3), kit.main)
    kit.limb((0.5, 2.2, 0), (0.5, 2.9, 0), 0.05, kit.paint("steel"))
    kit.limb((0.5, 2.9, 0), (0.75, 2.9, 0), 0.06, kit.paint("steel"))
    for side in (-1, 1):
        for k in range(3):
            at = (-0.8 + 0.9 * k, 1.05, 0.77 * side)
            kit.ball(at, (0.24, 0.24, 0.06), kit.glow((1.0, 0.85, 0.5), 3.0))
            kit.ring(at, 0.25, 0.05, kit.paint("copper"), FLAT)
    kit.hinge = kit.joint("rotor", (-3.2, 0.9, 0), X, 1.5)
    for k in range(4):
        kit.box((-3.25, 0.9, 0), (0.05, 0.7, 0.13), kit.paint("copper"), turn(X, k * TAU / 8))
    kit.hinge = -1
    for side in (-1, 1):
        kit.box((-2.6, 0.9 + 0.7 * side, 0), (0.35, 0.35, 0.05), kit.main)

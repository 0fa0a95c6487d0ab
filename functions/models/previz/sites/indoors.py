"""Places under a roof."""

import math

from functions.models.previz import snapshot as kinds
from functions.models.previz.sites.site import Ground, Site
from functions.models.previz.space import TAU, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def studio(site: Site) -> Ground:
    """Stand everything before a plain backdrop."""
    return Ground(material=site.floor())


def _walls(site: Site, half: float, back: float, high: float, paint: int) -> None:
    """Build three walls round the scene, open towards the camera; everyone starts inside."""
    yaw = site.shot_yaw
    half = max(half, site.sideways + 0.6)
    thick = 0.15
    site.box(
        _up(site.behind(0.0, back), high / 2),
        (half + 0.3, high / 2, thick),
        paint,
        yaw=yaw,
        solid=True,
    )
    for side in (-1, 1):
        middle = _up(site.behind(side * half, back - half), high / 2)
        site.box(middle, (thick, high / 2, half * 1.02), paint, yaw=yaw, solid=True)


def _up(at: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return (at[0], at[1] + by, at[2])


def room(site: Site) -> Ground:
    """Furnish a room: walls, a window with light in it, a rug, a lamp, a shelf, a picture."""
    back = max(1.5 * site.reach, 1.6) + 0.5
    half = max(0.62 * site.width_at(back), 2.6)
    high = max(2.7, 0.75 * half)
    yaw = site.shot_yaw
    _walls(site, half, back, high, site.paint("plaster"))
    skirting = _up(site.behind(0.0, back - 0.17), 0.07)
    site.box(skirting, (half, 0.07, 0.03), site.paint("paint", "white"), yaw=yaw)
    _window(site, site.behind(-0.42 * half, back - 0.2), high, yaw)
    kit = site.kit()
    kit.ball(
        (0, 0.0, 0), (site.reach * 1.1 + 0.8, 0.012, site.reach * 0.8 + 0.6), site.paint("carpet")
    )
    site.put(kit, (site.pivot[0], 0.0, site.pivot[2]), yaw=yaw)
    for prop, side, size in (("shelf", 0.52, 0.68 * high), ("sofa", -0.3, 1.9)):
        at = site.behind(side * half, back - (0.4 if prop == "shelf" else 0.75))
        if site.clear(at, 0.3) and not site.has(prop):
            site.add(prop, at, size, yaw=yaw - TAU / 4)
    at = site.behind(0.86 * half, back - 0.7)
    site.add("lamp", at, 0.55 * high, yaw=0.0)
    site.add("bush", site.behind(-0.9 * half, back - 0.6), 1.1)
    picture = site.kit(site.paint("wood"))
    picture.box((0, 0, 0), (0.55, 0.4, 0.03), site.paint("wood"))
    picture.box(
        (0, 0, 0.02),
        (0.48, 0.33, 0.03),
        site.paint("fabric", ("teal", "orange", "blue")[int(3 * site.luck(4))]),
    )
    picture.ball((0.1, 0.02, 0.05), (0.16, 0.16, 0.01), site.paint("matte", "yellow"))
    site.put(picture, _up(site.behind(0.06 * half, back - 0.18), 0.62 * high), yaw=yaw)
    return Ground(material=site.floor())


def _window(site: Site, at: tuple[float, float, float], high: float, yaw: float) -> None:
    """Hang a window that lets the day, or the night, be seen."""
    dark = site.light.dark
    pane = site.glow((0.25, 0.4, 0.9), 0.5) if dark else site.glow((0.95, 0.97, 1.0), 4.5)
    kit = site.kit()
    w, h = 0.26 * high, 0.27 * high
    kit.box((0, 0, 0), (w, h, 0.03), pane)
    white = site.paint("paint", "white")
    for side in (-1, 1):
        kit.box((side * w, 0, 0.02), (0.06, h + 0.06, 0.06), white)
        kit.box((0, side * h, 0.02), (w + 0.06, 0.06, 0.06), white)
        kit.box((side * (w + 0.28), 0, 0.06), (0.2, h + 0.3, 0.05), site.paint("fabric", "beige"))
    kit.box((0, 0, 0.03), (0.03, h, 0.04), white)
    kit.box((0, 0, 0.03), (w, 0.03, 0.04), white)
    site.put(kit, _up(at, 0.58 * high), yaw=yaw)


def corridor(site: Site) -> Ground:
    """Build a long passage with lights in its ceiling."""
    half = max(1.5, 0.5 * site.width_at(0.0) * 0.8, 1.15 * site.reach)
    high, long, yaw = 1.5 * half, 26.0, site.shot_yaw
    wall = site.paint("concrete")
    for side in (-1, 1):
        site.box(
            _up(site.behind(side * half, long / 2 - 6), high / 2),
            (0.15, high / 2, long),
            wall,
            yaw=yaw,
            solid=True,
        )
        for k in range(6):
            door = _up(site.behind(side * (half - 0.16), 2.0 + 5.5 * k), 0.4 * high)
            site.box(door, (0.03, 0.4 * high, 0.6), site.paint("paint", "teal"), yaw=yaw)
    site.box(_up(site.behind(0.0, long / 2 - 6), high + 0.1), (half, 0.1, long), wall, yaw=yaw)
    site.box(
        _up(site.behind(0.0, long + 14), high / 2),
        (half, high / 2, 0.2),
        site.glow((0.8, 0.9, 1.0), 1.6),
        yaw=yaw,
    )
    for k in range(8):
        lamp = _up(site.behind(0.0, -3.0 + 4.4 * k), high - 0.05)
        site.box(lamp, (0.5 * half, 0.04, 0.16), site.glow((1.0, 0.95, 0.85), 9.0), yaw=yaw)
    return Ground(material=site.floor())


def warehouse(site: Site) -> Ground:
    """Build a hall with steel frames, high windows and stacked crates."""
    back = max(3.2 * site.reach, 7.0)
    half = max(0.66 * site.width_at(back), 7.0)
    high = max(6.0, 0.6 * half)
    yaw = site.shot_yaw
    _walls(site, half, back, high, site.paint("brick"))
    for k in range(6):
        pane = _up(site.behind((k - 2.5) * half / 3.1, back - 0.2), 0.72 * high)
        site.box(pane, (0.12 * half, 0.13 * high, 0.05), site.glow((0.9, 0.95, 1.0), 3.2), yaw=yaw)
        beam = _up(site.behind((k - 2.5) * half / 2.5, back - 0.4), high / 2)
        site.box(beam, (0.12, high / 2, 0.12), site.paint("rusted"), yaw=yaw)
    for k in range(7):
        at = site.behind((site.luck(k) - 0.5) * 1.8 * half, back - 1.2 - 1.5 * site.luck(9 + k))
        if site.clear(at, 0.8):
            site.add("crate" if k % 2 else "barrel", at, 1.0 + 0.5 * site.luck(20 + k))
    return Ground(material=site.floor())


def tabletop(site: Site) -> Ground:
    """Lay a wooden top before a dim, warm background with soft lights in it."""
    warm = site.light.dark
    for k in range(9):
        side = (site.luck(k) - 0.5) * 1.5 * site.width_at(9 * site.reach)
        depth = (7 + 6 * site.luck(20 + k)) * site.reach
        x, _, z = site.behind(side, depth)
        kit = site.kit()
        colour = ((1.0, 0.72, 0.4), (1.0, 0.86, 0.66), (0.8, 0.86, 1.0))[k % 3]
        kit.ball((0, 0, 0), 0.16 * site.reach, site.glow(colour, 7.0 if warm else 4.0))
        site.put(kit, (x, (0.8 + 3.4 * site.luck(40 + k)) * site.reach, z))
    return Ground(material=site.floor(), tint=(0.75, 0.55, 0.4))


def stage(site: Site) -> Ground:
    """Hang curtains and lights about a stage."""
    back = max(1.7 * site.reach, 2.5)
    half = max(0.66 * site.width_at(back), 3.0)
    high, yaw = 1.25 * half, site.shot_yaw
    kit = site.kit()
    folds = 26
    for k in range(folds):
        x = (k / (folds - 1) - 0.5) * 2.2 * half
        shade = site.paint("curtain")
        kit.ball(
            (x, high / 2, 0.12 * math.sin(2.1 * k)), (1.75 * half / folds, 0.75 * high, 0.16), shade
        )
    kit.box((0, high * 0.94, 0.5), (1.2 * half, 0.16 * high, 0.1), site.paint("curtain"))
    kit.box((0, high * 0.785, 0.55), (1.2 * half, 0.012 * high, 0.1), site.paint("gold"))
    site.put(kit, site.behind(0.0, back), yaw=yaw)
    for k in range(5):
        x, _, z = site.behind((k - 2) * 0.42 * half, back - 1.0)
        lamp = site.kit()
        lamp.tube((0, 0, 0), 0.05 * half, 0.06 * half, site.paint("tyre"))
        lamp.ball(
            (0, -0.06 * half, 0),
            0.045 * half,
            site.glow(((1.0, 0.85, 0.6), (0.5, 0.6, 1.0))[k % 2], 30.0),
        )
        site.put(lamp, (x, 0.7 * high, z))
    return Ground(material=site.floor(), wet=0.25)


def cave(site: Site) -> Ground:
    """Close rocks round the scene, with crystals that shine and a way out."""
    far = max(2.4 * site.reach, 4.0)
    stone = site.paint("stone")
    for k in range(26):
        angle = k * 2.39996
        depth = far * (0.9 + 0.8 * site.luck(k))
        side = (site.luck(50 + k) - 0.5) * 1.7 * site.width_at(depth)
        x, _, z = site.behind(side, depth * 0.8)
        if site.clear((x, 0.0, z), 0.4 * far):
            site.add("rock", (x, -0.2, z), far * (0.6 + 0.6 * site.luck(80 + k)), yaw=angle)
    roof = site.kit()
    for k in range(18):
        x, _, z = site.behind(
            (site.luck(110 + k) - 0.5) * 1.6 * site.width_at(far),
            far * (1.4 * site.luck(130 + k) - 0.1),
        )
        roof.cone(
            (x, 2.2 * far, z),
            0.16 * far,
            (0.25 + 0.3 * site.luck(150 + k)) * far,
            stone,
            turn(X, math.pi),
        )
    site.put(roof, (0.0, 0.0, 0.0))
    for k in range(6):
        at = site.behind(
            (site.luck(170 + k) - 0.5) * site.width_at(far), far * (0.5 + 0.4 * site.luck(180 + k))
        )
        if site.clear(at, 0.3):
            kit = site.kit()
            glow = site.glow(((0.2, 0.7, 1.0), (0.7, 0.3, 1.0))[k % 2], 6.0)
            for j in range(4):
                kit.cone(
                    (0.1 * j * far * 0.3, 0.1 * far, 0),
                    0.025 * far,
                    (0.08 + 0.06 * site.luck(j + k)) * far,
                    glow,
                    turn(Z, 0.5 - 0.3 * j),
                )
            site.put(kit, at)
    return Ground(material=site.floor(), kind=kinds.PLANE)

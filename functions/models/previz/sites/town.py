"""Places that people built, under the open sky."""

import math

from functions.models.previz.scene import Material
from functions.models.previz.sites.country import hills
from functions.models.previz.sites.indoors import _up, _walls
from functions.models.previz.sites.site import Ground, Site
from functions.models.previz.snapshot import TERRAIN
from functions.models.previz.space import TAU, Vec, turn

X, Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def courtyard(site: Site) -> Ground:
    """Enclose the scene with an arcade on three sides, pots and trees at its foot."""
    back = max(1.9 * site.reach, 5.5)
    half = max(0.56 * site.width_at(back), 5.0)
    high = max(2.9, min(0.3 * half, 4.4))
    yaw = site.shot_yaw
    _walls(site, half, back, high, site.paint("plaster"))
    _arcade(site, half, back, high, yaw)
    top = site.paint("roof")
    site.box(_up(site.behind(0.0, back), high + 0.16), (half + 0.7, 0.16, 0.75), top, yaw=yaw)
    for side in (-1.0, 1.0):
        site.box(
            _up(site.behind(side * half, back - half), high + 0.16),
            (0.75, 0.16, half * 1.05),
            top,
            yaw=yaw,
        )
    for k, (side, prop, size) in enumerate(
        (
            (-0.86, "pine", 0.8 * high),
            (0.86, "pine", 0.8 * high),
            (-0.5, "bush", 1.1),
            (0.52, "bush", 1.1),
        )
    ):
        at = site.behind(side * half, back - (1.5 if k < 2 else 1.1))
        if site.clear(at, 0.5):
            _potted(site, at, prop, size)
    return Ground(material=site.floor())


def _arcade(site: Site, half: float, back: float, high: float, yaw: float) -> None:
    """Set niches with round arches into the back wall, columns between them."""
    count = 2 * round(half / (1.05 * high)) + 1
    step = 2 * half / count
    kit = site.kit()
    dark, stone = site.paint("stone"), site.paint("marble")
    shade = site.paints.row(
        Material(base=(0.06, 0.04, 0.028), second=(0.05, 0.03, 0.02), roughness=0.9)
    )
    width, spring = 0.3 * step, 0.48 * high
    for k in range(count):
        x = (k - (count - 1) / 2) * step
        kit.box((x, spring / 2, 0.02), (width + 0.02, spring / 2, 0.19), shade)
        kit.tube((x, spring, 0.02), width, 0.06, shade, turn(X, TAU / 4))
        kit.ring((x, spring, 0.1), width + 0.06, 0.085, stone, turn(X, TAU / 4))
    for k in range(count + 1):
        x = (k - count / 2) * step
        kit.tube((x, spring / 2 + 0.1, 0.28), 0.17, spring / 2 - 0.1, stone)
        kit.box((x, 0.12, 0.28), (0.25, 0.12, 0.25), dark)
        kit.box((x, spring + 0.08, 0.28), (0.26, 0.1, 0.26), dark)
    kit.box((0, 0.8 * high, 0.1), (half, 0.05, 0.1), stone)
    site.put(kit, site.behind(0.0, back - 0.15), yaw=yaw)


def _potted(site: Site, at: Vec, prop: str, size: float) -> None:
    kit = site.kit()
    kit.tube((0, 0.3, 0), 0.34, 0.3, site.paint("clay"))
    kit.ring((0, 0.6, 0), 0.34, 0.06, site.paint("clay"))
    site.put(kit, at)
    site.add(prop, (at[0], 0.5, at[2]), size)


def _fronts(site: Site, half: float, first: float, last: float, low: float, tall: float) -> None:
    """Line both sides of a way with houses, windows in them."""
    yaw = site.shot_yaw
    for side in (-1, 1):
        depth, k = first, 0
        while depth < last:
            wide = 3.2 + 3.6 * site.luck(int(side) + 7 * k + 300)
            high = low + (tall - low) * site.luck(int(side) + 7 * k + 400)
            colour = ("beige", "brown", "grey", "orange", "white")[
                int(5 * site.luck((side > 0 and 500 + k) or 540 + k))
            ]
            at = _up(site.behind(side * (half + 4.0), depth + wide), high / 2)
            site.box(at, (4.0, high / 2, wide * 0.985), site.paint("panes", colour), yaw=yaw)
            site.box(
                _up(site.behind(side * (half + 4.0), depth + wide), high + 0.12),
                (4.15, 0.14, wide),
                site.paint("concrete"),
                yaw=yaw,
            )
            depth += 2 * wide
            k += 1


def _along(site: Site) -> float:
    """Return the half width that a way must have for all that goes on in it."""
    return max(3.4, 1.25 * site.reach * 0.7 + 2.0)


def street(site: Site) -> Ground:
    """Build a street of houses, pavements, lamps and a lane down the middle."""
    half, yaw = min(_along(site), 14.0), site.shot_yaw
    start = -min(site.away, 12.0)
    _fronts(site, half + 2.2, start, 95.0, 7.0, 16.0)
    kerb = site.paint("paving")
    for side in (-1, 1):
        site.box(
            _up(site.behind(side * (half + 1.2), 40.0), 0.07), (1.2, 0.07, 70.0), kerb, yaw=yaw
        )
        for k in range(6):
            at = site.behind(side * (half + 0.5), 2.5 + 11.0 * k + (5.5 if side > 0 else 0.0))
            if site.clear(at, 0.3):
                site.add(
                    "streetlamp", (at[0], 0.1, at[2]), 5.2, yaw=yaw if side < 0 else yaw + math.pi
                )
    _dashes(site, yaw)
    _signs(site, half + 2.2, yaw)
    _key_lights(site)
    return Ground(material=site.floor(), wet=0.12 if site.light.dark else 0.0)


def _dashes(site: Site, yaw: float) -> None:
    for k in range(12):
        site.box(
            _up(site.behind(0.0, -6 + 5.0 * k), 0.006),
            (0.07, 0.006, 1.1),
            site.paint("matte", "white"),
            yaw=yaw,
        )


def _signs(site: Site, half: float, yaw: float) -> None:
    """Hang shining signs out where the night is neon."""
    if "neon" not in site.plot.reading.indoor and not site.light.dark:
        return
    colours = ((1.0, 0.1, 0.5), (0.1, 0.8, 1.0), (1.0, 0.5, 0.05), (0.5, 0.2, 1.0), (0.2, 1.0, 0.4))
    for k in range(10):
        side = -1 if k % 2 else 1
        at = site.behind(side * (half - 0.5), 4.0 + 5.0 * k)
        kit = site.kit()
        glow = site.glow(colours[k % 5], 3.5)
        kit.box((0, 0, 0), (0.45, 0.9 + 0.6 * site.luck(k), 0.06), site.paint("tyre"))
        kit.box((0, 0.3, 0.05), (0.32, 0.12, 0.05), glow)
        kit.box((0, -0.25, 0.05), (0.32, 0.2, 0.05), site.glow(colours[(k + 2) % 5], 3.0))
        kit.ring((0, 0.75, 0.05), 0.18, 0.04, glow, turn(X, TAU / 4))
        site.put(kit, _up(at, 3.0 + 2.0 * site.luck(30 + k)), yaw=yaw)


def _key_lights(site: Site) -> None:
    """Hang two large, soft, coloured lights out of the frame, as a night's shoot would."""
    if not site.light.dark:
        return
    neon = "neon" in site.plot.reading.indoor
    colours = (
        ((1.0, 0.35, 0.6), (0.25, 0.7, 1.0)) if neon else ((1.0, 0.75, 0.45), (0.5, 0.65, 1.0))
    )
    far = max(0.5 * site.reach, 0.4)
    high = site.pivot[1] + 0.62 * site.width_at(0.0) / site.plot.aspect + far
    for colour, side, depth, power in (
        (colours[0], -0.34, -0.32, 12.0),
        (colours[1], 0.42, 0.1, 9.0),
    ):
        x, _, z = site.behind(side * site.width_at(0.0), depth * site.away)
        kit = site.kit()
        kit.ball((0, 0, 0), far, site.glow(colour, power))
        site.put(kit, (x, high, z))


def city(site: Site) -> Ground:
    """Raise towers about the scene, the tallest far away."""
    yaw = site.shot_yaw
    flying = any(p.kind in {"flyer", "floater"} or "fly" in p.deeds for p in site.plot.players)
    half = max(_along(site) + 2.0, 1.6 * site.reach)
    unit = max(1.0, site.reach / 9.0)
    for side in (-1, 1):
        for k in range(9):
            wide = unit * (4.0 + 3.0 * site.luck(int(side) + 11 * k))
            high = unit * (14 + 30 * site.luck(int(side) + 13 * k + 60))
            at = _up(
                site.behind(
                    side * (half + wide + unit * 2.0 * site.luck(k)), -6.0 * unit + k * unit * 12.0
                ),
                high / 2,
            )
            _tower(site, at, (wide, high / 2, unit * 5.2), yaw, k + 10 * (side > 0))
    for k in range(10):
        high = unit * (30 + 60 * site.luck(200 + k))
        at = _up(
            site.behind((k - 4.5) * unit * 17, unit * (115 + 50 * site.luck(220 + k))), high / 2
        )
        _tower(site, at, (unit * (5 + 3 * site.luck(240 + k)), high / 2, unit * 6), yaw, k)
    if not flying:
        _dashes(site, yaw)
        for side in (-1, 1):
            site.box(
                _up(site.behind(side * (half - 1.0), 40.0), 0.08),
                (1.0, 0.08, 80.0),
                site.paint("paving"),
                yaw=yaw,
            )
            for k in range(5):
                at = site.behind(side * (half - 1.5), 3.0 + 12.0 * k)
                if site.clear(at, 0.3):
                    site.add("streetlamp", at, 5.5, yaw=yaw if side < 0 else yaw + math.pi)
    _signs(site, half, yaw)
    _key_lights(site)
    return Ground(material=site.floor(), wet=0.12 if site.light.dark else 0.0)


def _tower(site: Site, at: Vec, half: Vec, yaw: float, k: int) -> None:
    colour = ("grey", "blue", "beige", "teal", "brown")[k % 5]
    site.box(at, half, site.paint("panes", colour), yaw=yaw)
    x, y, z = at
    site.box(
        (x, y + half[1] + 0.3, z),
        (half[0] * 0.5, 0.6, half[2] * 0.5),
        site.paint("concrete"),
        yaw=yaw,
    )


def road(site: Site) -> Ground:
    """Lay a road through the country, the way that the lead goes."""
    yaw = _road_yaw(site)
    x, _, z = site.pivot
    half = max(3.2, 0.75 * site.reach if site.plot.span * 2 > site.reach else 4.0)
    half = min(half, 6.0)
    site.box((x, 0.01, z), (400.0, 0.012, half), site.paint("asphalt"), yaw=yaw)
    c, s = math.cos(yaw), -math.sin(yaw)
    for side in (-1, 1):
        offset = (half - 0.3) * side
        site.box(
            (x - s * offset, 0.026, z + c * offset),
            (400.0, 0.004, 0.07),
            site.paint("matte", "white"),
            yaw=yaw,
        )
    for k in range(40):
        far = (k - 20) * 6.0
        site.box(
            (x + c * far, 0.026, z + s * far),
            (1.3, 0.004, 0.07),
            site.paint("matte", "white"),
            yaw=yaw,
        )
    site.scatter(
        ("tree", "bush", "pine"), 16, near=half + 4.0, far=45.0, sizes=(2.0, 7.5), wide=2.2
    )
    for k in range(14):
        far = (k - 7) * 7.0
        at = (x + c * far + s * (half + 1.2), 0.0, z + s * far - c * (half + 1.2))
        if site.clear(at, 0.15):
            kit = site.kit()
            kit.box((0, 0.5, 0), (0.06, 0.5, 0.06), site.paint("matte", "white"))
            kit.box((0, 0.82, 0), (0.07, 0.06, 0.07), site.paint("matte", "red"))
            site.put(kit, at)
    hills(site)
    return Ground(material=site.floor())


def _road_yaw(site: Site) -> float:
    lead = site.plot.lead()
    for act in lead.members[0].acts if lead else []:
        if act.verb == "travel" and len(act.points) > 1:
            a, b = act.points[0], act.points[-1]
            return math.atan2(-(b[2] - a[2]), b[0] - a[0])
    return site.shot_yaw + 0.35


def park(site: Site) -> Ground:
    """Plant a park: lawn, trees, flowers, a bench and a path."""
    yaw = site.shot_yaw
    site.box(
        _up(site.behind(0.0, 1.6 * site.reach + 2.5), 0.012),
        (200.0, 0.012, 1.1),
        site.paint("sand"),
        yaw=yaw,
    )
    near = 1.2 * site.reach + 1.5
    site.scatter(
        site.flavour(("tree", "bush", "tree")), 24, near=near, far=40.0, sizes=(1.4, 6.5), wide=1.7
    )
    site.scatter(("flower",), 18, near=0.7 * near, far=14.0, sizes=(0.35, 0.6), wide=1.3)
    for side in (-0.3, 0.34):
        at = site.behind(side * site.width_at(4.0), 1.6 * site.reach + 4.2)
        if site.clear(at, 0.8):
            site.add("bench", at, 1.8, yaw=yaw - TAU / 4)
    hills(site)
    return Ground(material=site.floor())


def launchpad(site: Site) -> Ground:
    """Build a pad with a gantry, lights and hangars far away."""
    yaw = site.shot_yaw
    high = 1.12 * max((p.prop.height for p in site.plot.players), default=8.0)
    kit = site.kit()
    steel = site.paint("paint", "red")
    wide = 0.07 * high
    for a in (-1, 1):
        for b in (-1, 1):
            kit.box((a * wide, high / 2, b * wide), (0.1 * wide, high / 2, 0.1 * wide), steel)
    for k in range(10):
        kit.box((0, (k + 0.5) * high / 10, 0), (wide, 0.06 * wide, wide), steel)
        kit.box(
            (0, (k + 0.5) * high / 10, wide),
            (1.25 * wide, 0.07 * wide, 0.07 * wide),
            steel,
            turn(Z, 0.7 * (-1) ** k),
        )
    lead = site.plot.lead()
    reach = lead.reach if lead else 3.0
    if lead is not None and lead.kind == "rocket":
        site.put(kit, site.behind(-(reach + 0.16 * high), 0.06 * high), yaw=yaw)
    for k in range(7):
        at = site.behind((k - 3) * 22.0, 130.0)
        site.box(_up(at, 4.0), (8.0, 4.0, 5.0), site.paint("panes", "white"), yaw=yaw)
        kit = site.kit()
        kit.limb((0, 0, 0), (0, 0.5 * high, 0), 0.012 * high, site.paint("steel"))
        kit.ball((0, 0.5 * high, 0), 0.024 * high, site.glow((1.0, 0.95, 0.85), 20.0))
        site.put(kit, site.behind((k - 3) * 0.55 * high, 1.5 * high))
    return Ground(material=site.floor(), kind=TERRAIN, height_m=14.0, scale_m=220.0)

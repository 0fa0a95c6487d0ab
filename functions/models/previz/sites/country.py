"""The open country."""

import math

from functions.models.previz.sites.site import Ground, Site
from functions.models.previz.snapshot import TERRAIN
from functions.models.previz.space import Vec


def _up(at: Vec, by: float) -> Vec:
    return (at[0], at[1] + by, at[2])


def field(site: Site) -> Ground:
    """Open a meadow: flowers near, trees far, hills on the horizon."""
    small = max(site.reach, 1.0)
    lead = site.plot.lead()
    wild = ("bush",) if lead is not None and lead.kind == "plant" else ("flower", "bush", "flower")
    plants = site.flavour(wild)
    site.scatter(
        plants,
        30,
        near=0.6 * small,
        far=9.0 + small,
        sizes=(0.35, 0.75) if not site.plot.reading.flavour else (0.9, 1.7),
        wide=1.3,
    )
    site.scatter(
        ("tree", "tree", "bush", "pine"),
        15,
        near=14.0 + 1.5 * small,
        far=75.0 + 4 * small,
        sizes=(4.0, 8.5),
        wide=1.6,
    )
    return Ground(material=site.floor(), kind=TERRAIN, height_m=30.0, scale_m=190.0)


def hills(site: Site) -> None:
    """Lay hills along the horizon of a plain, where something level must reach far over it."""
    floor = site.floor()
    for k in range(9):
        depth = 190.0 + 240.0 * site.luck(400 + k)
        side = ((k - 4) / 4.5 + 0.2 * site.luck(420 + k)) * 0.8 * site.width_at(depth)
        high = 10.0 + 0.07 * depth * site.luck(440 + k)
        kit = site.kit()
        kit.ball((0, 0, 0), (70.0 + 90.0 * site.luck(460 + k), high, 60.0), floor)
        site.put(kit, site.behind(side, depth), yaw=site.shot_yaw)


def forest(site: Site) -> Ground:
    """Stand trees close behind and loosely beside the scene."""
    trees = site.flavour(("pine", "tree", "pine", "pine"))
    small = max(site.reach, 1.0)
    site.scatter(trees, 50, near=1.1 * small + 1.2, far=34.0 + small, sizes=(7.0, 13.0), wide=1.55)
    site.scatter(
        ("bush", "mushroom", "bush"),
        18,
        near=0.7 * small,
        far=9.0 + small,
        sizes=(0.3, 1.1),
        wide=1.2,
    )
    site.scatter(("rock",), 5, near=0.8 * small, far=8.0 + small, sizes=(0.4, 1.2), wide=1.2)
    return Ground(material=site.floor(), kind=TERRAIN, height_m=22.0, scale_m=120.0)


def _dunes(site: Site, count: int, paint: int) -> None:
    """Heap long dunes behind the scene, each a flat ellipsoid sunk into the ground."""
    for k in range(count):
        depth = 1.6 * site.reach + 9.0 + 14.0 * k + 9.0 * site.luck(k)
        side = (site.luck(30 + k) - 0.5) * 1.1 * site.width_at(depth)
        high = 0.6 + 0.09 * depth * (0.4 + 0.6 * site.luck(60 + k))
        at = site.behind(side, depth)
        if site.clear(at, 3.0 * high):
            kit = site.kit()
            kit.ball((0, 0, 0), (6.0 * high + 7.0, high, 3.0 * high + 3.0), paint)
            site.put(
                kit, _up(at, -0.25 * high), yaw=site.shot_yaw + 0.9 * (site.luck(90 + k) - 0.5)
            )


def desert(site: Site) -> Ground:
    """Spread sand: dunes behind, rocks strewn, table mountains on the horizon."""
    floor = site.floor()
    _dunes(site, 7, floor)
    small = max(site.reach, 1.0)
    site.scatter(
        ("rock",),
        16,
        near=0.8 * small,
        far=26.0 + small,
        sizes=(0.25, 1.3),
        wide=1.5,
        paint=_stone(site),
    )
    if site.place == "desert" and not site.plot.reading.place_colour:
        site.scatter(("cactus",), 7, near=2.0 * small + 2, far=30.0, sizes=(1.6, 3.0), wide=1.5)
    return Ground(material=floor, kind=TERRAIN, height_m=34.0, scale_m=170.0)


def _stone(site: Site) -> int:
    """Return rock of the ground's own colour."""
    colour = site.plot.reading.place_colour
    if site.place == "mars":
        colour = "brown"
    return site.ground_stone(colour or "brown")


def savanna(site: Site) -> Ground:
    """Spread dry grass with flat trees."""
    small = max(site.reach, 1.0)
    site.scatter(
        ("bush", "rock"),
        18,
        near=0.9 * small,
        far=24.0 + small,
        sizes=(0.5, 1.2),
        wide=1.5,
        paint=site.paint("earth", "beige"),
    )
    site.scatter(("tree",), 9, near=14.0 + small, far=70.0, sizes=(5.0, 8.0), wide=1.6)
    return Ground(material=site.paint("grass", "beige"), kind=TERRAIN, height_m=18.0, scale_m=260.0)


def snowfield(site: Site) -> Ground:
    """Spread snow with drifts and snowy pines."""
    floor = site.floor()
    _dunes(site, 4, floor)
    small = max(site.reach, 1.0)
    trees = site.flavour(("pine",))
    site.scatter(trees, 22, near=5.0 + 1.2 * small, far=55.0 + small, sizes=(4.0, 9.0), wide=1.6)
    site.scatter(("rock",), 6, near=small, far=14.0 + small, sizes=(0.4, 1.2), wide=1.3)
    return Ground(material=floor, kind=TERRAIN, height_m=70.0, scale_m=230.0)


def mountains(site: Site) -> Ground:
    """Raise peaks on every side of a meadow."""
    small = max(site.reach, 1.0)
    site.scatter(
        ("pine", "rock", "pine"),
        26,
        near=5.0 + 1.2 * small,
        far=60.0 + small,
        sizes=(2.0, 8.0),
        wide=1.6,
    )
    return Ground(material=site.floor(), kind=TERRAIN, height_m=190.0, scale_m=340.0)


def moonscape(site: Site) -> Ground:
    """Spread grey dust with craters and boulders, the earth in the sky."""
    floor = site.floor()
    for k in range(9):
        depth = 0.9 * site.reach + 3.0 + 5.0 * k
        at = site.behind((site.luck(k) - 0.5) * 1.2 * site.width_at(depth), depth)
        if site.clear(at, 1.5):
            kit = site.kit()
            radius = 0.8 + 1.8 * site.luck(20 + k)
            kit.ring((0, 0, 0), radius, 0.22 * radius, floor)
            kit.ball((0, -0.02, 0), (radius, 0.05, radius), site.paint("moondust", "grey"))
            site.put(kit, _up(at, -0.06 * radius))
    site.scatter(
        ("rock",),
        20,
        near=0.7 * max(site.reach, 1.0),
        far=40.0,
        sizes=(0.25, 1.6),
        wide=1.5,
        paint=floor,
    )
    if not site.has("earth", "planet", "moon"):
        side = -1.0 if site.luck(7) < 0.5 else 1.0
        x, _, z = site.behind(side * 0.24 * site.width_at(220.0), 220.0)
        site.add(
            "earth",
            (x, 0.2 * site.width_at(220.0) / max(site.plot.aspect, 1.0), z),
            0.16 * site.width_at(220.0),
        )
    return Ground(material=floor, kind=TERRAIN, height_m=40.0, scale_m=190.0)


def river(site: Site) -> Ground:
    """Let a river run across behind the scene, or under what bridges it."""
    yaw = site.shot_yaw
    bridged = site.has("bridge", "boat", "ship", "sailboat", "duck")
    depth = 0.0 if bridged else 1.5 * site.reach + 4.0
    half = max(2.6, 0.5 * site.reach) if bridged else 3.0
    at = site.behind(0.0, depth)
    site.box(_up(at, 0.01), (260.0, 0.014, half), site.paint("seaplate"), yaw=yaw)
    for k in range(22):
        side = -1 if k % 2 else 1
        bank = site.behind(
            (site.luck(k) - 0.5) * 1.4 * site.width_at(depth), depth + side * (half + 0.3)
        )
        if site.clear(bank, 0.4):
            site.add("rock" if k % 3 else "bush", bank, 0.4 + 0.7 * site.luck(40 + k))
    site.scatter(
        site.flavour(("tree", "pine", "bush")),
        26,
        near=depth + half + 2.0,
        far=60.0,
        sizes=(2.0, 8.0),
        wide=1.6,
    )
    hills(site)
    return Ground(material=site.floor())


def bearing(at: Vec, to: Vec) -> float:
    """Return the yaw from one place to another."""
    return math.atan2(-(to[2] - at[2]), to[0] - at[0])

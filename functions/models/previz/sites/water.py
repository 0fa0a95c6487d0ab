"""Places by, on and under water."""

from functions.models.previz.sites.site import Ground, Site
from functions.models.previz.snapshot import WATER
from functions.models.previz.space import Vec, turn

Z = (0.0, 0.0, 1.0)


def _up(at: Vec, by: float) -> Vec:
    return (at[0], at[1] + by, at[2])


def beach(site: Site) -> Ground:
    """Spread sand down to the sea, palms beside."""
    yaw = site.shot_yaw
    small = max(site.reach, 1.0)
    shore = 1.6 * small + 5.0
    site.box(
        _up(site.behind(0.0, shore + 600.0), 0.02),
        (2500.0, 0.03, 600.0),
        site.paint("sea"),
        yaw=yaw,
    )
    foam = site.kit()
    for k in range(30):
        x = (k - 14.5) * 0.075 * site.width_at(shore)
        foam.ball(
            (x, 0.05, 0.5 * site.luck(k)),
            (0.07 * site.width_at(shore), 0.035, 0.28),
            site.paint("foam"),
        )
    site.put(foam, site.behind(0.0, shore), yaw=yaw)
    for k in range(7):
        side = -1 if k % 2 else 1
        at = site.behind(
            side * (0.36 + 0.22 * site.luck(k)) * site.width_at(4.0),
            0.8 * small + 4.0 * site.luck(20 + k),
        )
        if site.clear(at, 0.6):
            site.add("palm", at, 5.5 + 2.5 * site.luck(40 + k))
    site.scatter(("rock",), 6, near=0.8 * small, far=shore, sizes=(0.25, 0.7), wide=1.3)
    return Ground(material=site.floor())


def coast(site: Site) -> Ground:
    """Stand rocks in the surf."""
    small = max(site.reach, 1.5)
    for k in range(16):
        at = site.behind(
            (site.luck(k) - 0.5) * 1.3 * site.width_at(small),
            small * (1.4 * site.luck(20 + k) - 0.2),
        )
        if site.clear(at, 0.9):
            site.add("rock", _up(at, -0.35), 1.0 + 0.16 * small * (1 + 2 * site.luck(40 + k)))
    return _sea(site)


def _sea(site: Site) -> Ground:
    rough = "storm" in site.plot.reading.weather
    return Ground(material=site.floor(), kind=WATER, wet=1.0 if rough else 0.4)


def sea(site: Site) -> Ground:
    """Open the sea, with islands on the horizon."""
    for k in range(4):
        at = site.behind(
            (site.luck(k) - 0.5) * 1.2 * site.width_at(320.0), 320.0 + 160.0 * site.luck(20 + k)
        )
        isle = site.kit()
        for j in range(4):
            x = (site.luck(60 + 4 * k + j) - 0.5) * 70.0
            isle.ball(
                (x, 0, 0),
                (45.0, 6.0 + 12.0 * site.luck(80 + 4 * k + j), 30.0),
                site.paint("stone", "grey"),
            )
        site.put(isle, _up(at, -3.0), yaw=site.shot_yaw)
    return _sea(site)


def water(site: Site) -> Ground:
    """Lay still, dark water to the horizon."""
    floor = site.floor()
    return Ground(material=floor, kind=WATER, wet=0.0)


def lake(site: Site) -> Ground:
    """Ring a lake with pines and mountains."""
    small = max(site.reach, 1.5)
    shore = 3.0 * small + 26.0
    bank = site.kit()
    bank.ball((0, 0, 0), (300.0, 2.2, 22.0), site.paint("grass"))
    site.put(bank, site.behind(0.0, shore + 26.0), yaw=site.shot_yaw)
    for k in range(30):
        at = site.behind(
            (site.luck(k) - 0.5) * 1.5 * site.width_at(shore + 14.0),
            shore + 12.0 + 12.0 * site.luck(30 + k),
        )
        site.add("pine", _up(at, 1.2), 6.0 + 6.0 * site.luck(60 + k))
    for k in range(5):
        at = site.behind(
            (k - 2 + 0.6 * site.luck(90 + k)) * 0.34 * site.width_at(300.0),
            300.0 + 90.0 * site.luck(95 + k),
        )
        site.add("mountain", _up(at, -6.0), 120.0 + 70.0 * site.luck(99 + k))
    return Ground(material=site.floor(), kind=WATER, wet=0.15)


def underwater(site: Site) -> Ground:
    """Grow weed and coral on the sea's floor, bubbles rising."""
    small = max(site.reach, 0.8)
    for k in range(22):
        at = site.behind(
            (site.luck(k) - 0.5) * 1.3 * site.width_at(small),
            small * (0.6 + 3.0 * site.luck(30 + k)),
        )
        if not site.clear(at, 0.3):
            continue
        if k % 2:
            _weed(site, at, small * (0.7 + 0.8 * site.luck(60 + k)), k)
        else:
            _coral(site, at, small * (0.25 + 0.3 * site.luck(90 + k)), k)
    site.scatter(
        ("rock",), 10, near=0.7 * small, far=6.0 * small, sizes=(0.3 * small, 1.1 * small), wide=1.3
    )
    return Ground(material=site.floor())


def _weed(site: Site, at: Vec, high: float, k: int) -> None:
    kit = site.kit()
    green = site.paint("matte", "green")
    parent = -1
    for j in range(6):
        y = j * high / 6
        parent = kit.joint(
            "sway", (0.0, y, 0.0), Z, 0.16, phase=0.13 * j + site.luck(k), parent=parent
        )
        kit.hinge = parent
        kit.ball(
            (0.03 * high * (-1) ** j, y + high / 12, 0),
            (0.035 * high, high / 10, 0.012 * high),
            green,
        )
    site.put(kit, at)


def _coral(site: Site, at: Vec, size: float, k: int) -> None:
    kit = site.kit()
    paint = site.paint("matte", ("pink", "orange", "purple", "yellow")[k // 2 % 4])
    for j in range(8):
        lean = (site.luck(200 + 8 * k + j) - 0.5) * 1.6
        kit.limb(
            (0, 0, 0),
            (
                lean * size,
                size * (0.6 + 0.5 * site.luck(j + k)),
                (site.luck(300 + 8 * k + j) - 0.5) * size,
            ),
            0.09 * size,
            paint,
        )
    site.put(kit, at)


def leaning(angle: float) -> tuple[float, float, float, float]:
    """Return a turn sideways."""
    return turn(Z, angle)

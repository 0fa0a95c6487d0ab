"""Places without a ground."""

from functions.models.previz.sites.site import Ground, Site
from functions.models.previz.snapshot import NO_GROUND
from functions.models.previz.space import Vec


def sky(site: Site) -> Ground:
    """Float clouds round and under the scene."""
    small = max(site.reach, 1.0)
    white = site.paint("matte", "white")
    for k in range(22):
        depth = small * (3.0 + 22.0 * site.luck(k))
        side = (site.luck(30 + k) - 0.5) * 1.5 * site.width_at(depth)
        high = site.pivot[1] + small * (site.luck(60 + k) * 5.0 - 3.4) * (
            0.6 + depth / (14 * small)
        )
        x, _, z = site.behind(side, depth)
        site.add(
            "cloud",
            (x, high, z),
            small * (2.2 + 4.0 * site.luck(90 + k)) * (0.5 + depth / (18 * small)),
            paint=white,
        )
    sheet = site.pivot[1] - 3.5 * small
    for k in range(26):
        depth = small * (2.0 + 50.0 * site.luck(200 + k))
        x, _, z = site.behind((site.luck(230 + k) - 0.5) * 1.7 * site.width_at(depth), depth)
        kit = site.kit()
        kit.ball((0, 0, 0), (4.2 * small, 0.8 * small, 3.2 * small), white)
        site.put(kit, (x, sheet - 0.06 * depth, z), yaw=6.0 * site.luck(260 + k))
    return Ground(material=white, kind=NO_GROUND)


def space(site: Site) -> Ground:
    """Hang a planet behind the scene, where the prompt names none."""
    if not any(p.kind == "celestial" for p in site.plot.players):
        side = -1.0 if site.luck(1) < 0.5 else 1.0
        wide = site.width_at(60.0 * site.reach)
        x, _, z = site.behind(side * 0.3 * wide, 60.0 * site.reach)
        size = 0.5 * wide
        at: Vec = (x, site.pivot[1] - 0.62 * size, z)
        prop = ("planet", "earth", "saturn")[int(3 * site.luck(2))]
        site.add(prop, at, size)
    return Ground(material=site.paint("moondust"), kind=NO_GROUND)

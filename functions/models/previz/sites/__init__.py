"""The places: one function a place, one file a family; each builds round the players."""

from collections.abc import Callable

from farm.registry import Registry
from functions.models.previz.sites.site import Ground, Site

SITES: Registry[Callable[[Site], Ground]] = Registry(
    "place",
    {
        name: f"functions.models.previz.sites.{family}:{name}"
        for family, names in {
            "indoors": "studio room corridor warehouse tabletop stage cave",
            "town": "courtyard street city road park launchpad",
            "country": "field forest desert savanna snowfield mountains moonscape river",
            "water": "beach coast sea water lake underwater",
            "above": "sky space",
        }.items()
        for name in names.split()
    },
)


def build_site(site: Site) -> Ground:
    """Build a place and return its ground."""
    return SITES.get(site.row["build"])(site)


__all__ = ["SITES", "Ground", "Site", "build_site"]

"""The shelf of weights: where they may come from, where this machine keeps them, what is whole.

A folder, a mirror and this machine's own shelf are laid out alike, so that one is a copy of
another: OWNER/NAME/COMMIT/ with the files of the hub, and beside them weights.json with every
file's size and SHA-256.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from farm.cards.sets import Weights
from farm.digest import digest_bytes, digest_value

MANIFEST = "weights.json"
UNPINNED = "unpinned"
PLACES, KEPT = "FARM_WEIGHTS", "FARM_WEIGHTS_CACHE"
HUB = "hub"

Standing = Literal["here", "partly", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One file of a set of weights: its bytes and their SHA-256 in hex."""

    size: int
    sha256: str


Listing = dict[str, Listed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """`places` are asked in order: folders, then s3://, http:// or https:// mirrors, then the hub.

    What comes over a network is kept in `kept`, once for all workers of this machine.
    """

    places: tuple[str, ...]
    kept: Path

    def folder(self, one: Weights) -> Path:
        """Name the folder that keeps a set of weights on this machine."""
        return self.kept / one.hub / (one.revision or UNPINNED)

    def folders(self, one: Weights) -> list[Path]:
        """List where it could lie already: in folders that were named, and on this shelf."""
        named = [Path(place) / one.hub for place in self.places if is_folder(place)]
        deeper = [folder / (one.revision or UNPINNED) for folder in named]
        return [*deeper, *named, self.folder(one)]

    def notes(self, folder: Path) -> Path:
        """Name the file that remembers which bytes of a folder were verified, and when."""
        return self.kept / "verified" / f"{digest_bytes(str(folder.absolute()).encode())[:24]}.json"


def open_shelf(environ: Mapping[str, str] = os.environ) -> Shelf:
    """Read FARM_WEIGHTS (places, separated by commas or blanks) and FARM_WEIGHTS_CACHE."""
    said = [place for place in re.split(r"[,\s]+", environ.get(PLACES, "")) if place] or [HUB]
    home = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "farm" / "weights"
    kept = Path(environ[KEPT]) if environ.get(KEPT) else home
    return Shelf(places=tuple(sorted(said, key=_turn)), kept=kept)


def is_folder(place: str) -> bool:
    """Tell a folder from a mirror and from the hub."""
    return "://" not in place and not is_hub(place)


def is_hub(place: str) -> bool:
    """Tell whether a place is the hub, or another server that speaks as it does (`hub:URL`)."""
    return place == HUB or place.startswith(f"{HUB}:")


def read_listing(path: Path) -> Listing | None:
    """Read a weights.json; None where there is none, or none that can be read."""
    try:
        raw = json.loads(path.read_bytes())
        return {name: Listed(**entry) for name, entry in raw["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def content_of(one: Weights, shelf: Shelf) -> str:
    """Digest what a set says it holds here, in its weights.json; empty where nothing says it.

    Whoever loads the set verifies every byte against that same listing.
    """
    for folder in shelf.folders(one):
        if (listing := read_listing(folder / MANIFEST)) is not None:
            held = {name: entry.sha256 for name, entry in listing.items() if one.holds(name)}
            return digest_value(held) if held else ""
    return ""


def standing(sets: Iterable[Weights], shelf: Shelf) -> Standing:
    """Say how much of some weights this machine has, by name and size alone."""
    there = [is_there(one, shelf) for one in sets]
    if all(there):
        return "here"
    return "partly" if any(there) else "absent"


def is_there(one: Weights, shelf: Shelf) -> bool:
    """Tell whether this machine has a set of weights, by name and size alone."""
    return any(_complete(folder) for folder in shelf.folders(one))


def _complete(folder: Path) -> bool:
    listing = read_listing(folder / MANIFEST)
    if listing is None:
        return any(path.is_file() for path in folder.glob("**/*.safetensors"))
    return all(_size(folder / name) == entry.size for name, entry in listing.items())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _turn(place: str) -> int:
    return 0 if is_folder(place) else 2 if is_hub(place) else 1

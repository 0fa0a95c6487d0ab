"""A finished shot as the cut sees it: its frames, its numbers, its handles, and where it lies."""

from dataclasses import dataclass

from farm.delivery.layout import EXR, movie_path
from farm.naming import Address
from farm.route.pieces import Soundtrack
from farm.task import Artifact

PROXIES = ("h264", "prores4444", "review")
"""Which movie stands for a shot in a timeline, the best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """What a shot leaves for the cut.

    `frames` are its sequences, numbered from `first` on; the number of a delivered frame is that
    plus `offset`. `count` frames, `handles` of them at each end; a loop has none and goes round.
    """

    address: Address
    version: str
    movies: tuple[str, ...]
    frames: tuple[Artifact, ...]
    first: int
    offset: int
    count: int
    handles: int
    loops: bool
    note: str
    sound: Soundtrack | None = None

    @property
    def proxy(self) -> str:
        """Name the movie that stands for it, from the shot's folder; nothing if there is none."""
        kind = next((kind for kind in PROXIES if kind in self.movies), None)
        kind = kind or next(iter(self.movies), None)
        return movie_path(self.address, self.version, kind) if kind else ""

    @property
    def pattern(self) -> str:
        """Begin the names of its frames, from the shot's folder: `exr/aurora_sh0010_v001.`."""
        return f"{EXR}/{self.address.stem(self.version)}."

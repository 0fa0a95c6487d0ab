"""What an LTX draft is given to follow beside its words: a plate's outlines, or drawn tracks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from farm.cards.card import Card
from farm.digest import Plain
from farm.errors import TaskError
from farm.shots.request import Request
from functions.models.controls import CONTROLS
from functions.models.controls.base import Codes
from functions.models.controls.plate import read_plate
from functions.models.controls.tracks import draw_tracks, leads
from functions.models.diffusion.adapters import named_in
from functions.models.diffusion.latents import Latents

MANNERS = {"adhere": "edges", "flex": "depth", "reimagine": "pose"}
"""What of a plate is kept, by the manner of its strength."""

SHARES = {"1": 1.0, "2": 0.8, "3": 0.6}
"""How clean the model is shown it, by the strength's number; our own scale."""

PLATES, TRACKS = "control", "tracks"
"""The adapters, as sets of a card's weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Pictures to follow, of the size of the latents, and the adapter that knows how.

    `name` says what they are: one of CONTROLS, or tracks.
    """

    name: str
    adapter: str
    pictures: Codes
    share: float = 1.0

    def behind(self, count: int) -> "Control":
        """Begin later: the first picture stands for the frames before."""
        before = np.repeat(self.pictures[:1], count, axis=0)
        return replace(self, pictures=np.concatenate([before, self.pictures]))


def control_of(
    card: Card, request: Request, files: Mapping[str, Path], like: Latents
) -> Control | None:
    """Draw what a request gives to follow, if anything."""
    if request.plate:
        manner, _, number = request.plate.strength.partition("_")
        seen = read_plate(
            files[request.plate.file],
            frames=request.frames,
            picture=like.picture,
            size=like.size,
            named=request.plate.colorspace,
        )
        name = MANNERS[manner]
        return Control(
            name=name,
            adapter=_adapter(card, PLATES),
            pictures=CONTROLS.get(name)(card, seen),
            share=SHARES[number],
        )
    if any(map(leads, request.annotations)):
        drawn = draw_tracks(
            request.annotations, frames=request.frames, picture=like.picture, size=like.size
        )
        return Control(name=TRACKS, adapter=_adapter(card, TRACKS), pictures=drawn)
    return None


def told(control: Control | None) -> dict[str, Plain]:
    """Say what a take was led by, as a fact of it: without it the task would have failed."""
    return {"follows": control.name} if control else {}


def reference_factor(folder: Path) -> int:
    """Say how much smaller than the footage an adapter's pictures are, as its file says."""
    return int(named_in(folder, "reference_downscale_factor") or 1)


def _adapter(card: Card, name: str) -> str:
    if name not in card.weights:
        problem = f"{card.name} has no adapter to follow this: its card has no weights {name}"
        raise TaskError(problem, hint="add the set to the card, or use another model")
    return name

"""The cast of a shot: its pictures and likenesses, which stay beside the footage that they made.

So an extension, a loop and a master see the same faces as the take did.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image

from functions.models.base import Part, State

LEARNT, SHOWN = "likeness.", "reference."
"""How inputs, and parts beside a state, begin that hold a likeness or a picture of a character."""

Cast = Mapping[str, Part]


def given(files: Mapping[str, Path]) -> Cast:
    """Read the cast that a task is given."""
    kinds = {LEARNT: "lora", SHOWN: "picture"}
    return {
        name: Part(data=path.read_bytes(), kind=kind)
        for name, path in files.items()
        for start, kind in kinds.items()
        if name.startswith(start)
    }


def beside(state: State) -> Cast:
    """Read the cast that footage was made with."""
    return {n: part for n, part in state.beside.items() if n.startswith((LEARNT, SHOWN))}


def likenesses(cast: Cast) -> list[bytes]:
    """List what was learnt of the cast."""
    return [cast[name].data for name in sorted(cast) if name.startswith(LEARNT)]


def pictures(cast: Cast) -> list[Image.Image]:
    """Open the pictures of the cast, by character and number."""
    names = sorted((n for n in cast if n.startswith(SHOWN)), key=_place)
    return [Image.open(BytesIO(cast[name].data)).convert("RGB") for name in names]


def _place(name: str) -> tuple[str, int]:
    character, _, number = name.rpartition(".")
    return character, int(number)

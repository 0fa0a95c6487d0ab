"""A sequence of EXRs as one file, for whoever takes footage as one: packed as they are."""

import re
import tempfile
import zipfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from farm.errors import TaskError

_NUMBERED: Final = re.compile(r"(.*?)(\d+)(\.exr)", re.IGNORECASE)
NO_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""What ZIP calls the beginning of time: the same frames make the same bytes."""


def sequence_of(path: Path) -> list[Path]:
    """List an EXR and all that follow it by number without a gap: `a.1001.exr`, `a.1002.exr` ...

    What is no numbered EXR stands for itself.
    """
    match = _NUMBERED.fullmatch(path.name)
    if not match:
        return [path]
    stem, digits, suffix = match.groups()
    found, number = [], int(digits)
    while (frame := path.with_name(f"{stem}{number:0{len(digits)}}{suffix}")).is_file():
        found.append(frame)
        number += 1
    return found or [path]


def write_bundle(path: Path, frames: Sequence[Path]) -> None:
    """Pack frames, in order, as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for number, frame in enumerate(frames):
            member = zipfile.ZipInfo(f"{number:08}.exr", NO_DATE)
            with frame.open("rb") as source, bundle.open(member, "w", force_zip64=True) as target:
                while block := source.read(1 << 20):
                    target.write(block)


def is_bundle(path: Path) -> bool:
    """Say whether a file is a bundle, whatever its name."""
    return zipfile.is_zipfile(path)


def frames_in(path: Path) -> Generator[Path, None, None]:
    """Unpack one frame after the other; each is gone when the next is asked for."""
    with tempfile.TemporaryDirectory(prefix="frames-") as folder:
        place = Path(folder, "frame.exr")
        for name in _members(path):
            with zipfile.ZipFile(path) as bundle:
                place.write_bytes(bundle.read(name))
            yield place


def _members(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as bundle:
            return sorted(name for name in bundle.namelist() if name.endswith(".exr"))
    except zipfile.BadZipFile as error:
        raise TaskError(f"{path.name} is no whole bundle of frames: {error}") from error

"""Verify a delivery with nothing but its manifest: every file, every frame, every header."""

import math
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

import numpy as np

from farm.delivery import mhl
from farm.delivery.manifest import File, Manifest, read_manifest
from farm.delivery.posing import Marks, marks_of, posing
from farm.delivery.presence import absence
from farm.delivery.version import MANIFEST
from farm.digest import digest_file
from farm.errors import DeliveryError, TaskError
from farm.frames import Rate
from farm.media.container import aces_container_faults
from farm.media.exr import AP0, HeaderValue, exr_fault, read_exr, read_header
from farm.media.flight import in_flight
from farm.media.header import INTEROP_ID

AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one file, or with the delivery as a whole where `path` is empty."""

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and every fault that was found; without faults the delivery is whole."""

    folder: Path
    files: int
    frames: int
    size: int
    faults: tuple[Fault, ...]


def deliveries_under(folder: Path) -> list[Path]:
    """Find every version under a folder that has a manifest, itself included, in order."""
    return sorted(path.parent for path in folder.rglob(MANIFEST))


def verify(folder: Path, *, pixels: bool = False) -> Verified:
    """Check a version's folder against its manifest; with `pixels`, every frame is decoded too."""
    try:
        manifest = read_manifest(folder)
    except DeliveryError as error:
        fault = Fault(path=MANIFEST, problem=error.problem)
        return Verified(folder=folder, files=0, frames=0, size=0, faults=(fault,))
    owners = {file.sha256: file.path for file in manifest.files}
    looks = list(
        in_flight(
            lambda file: _look(folder, file, manifest, owners, pixels=pixels),
            manifest.files,
            at_once=AT_ONCE,
        )
    )
    faults = [*_range_faults(manifest), *_extras(folder, manifest), *_hash_list_faults(folder)]
    faults += [fault for look in looks for fault in look.faults]
    faults += _claim_faults(manifest, [look.marks for look in looks if look.marks])
    return Verified(
        folder=folder,
        files=len(manifest.files),
        frames=sum(file.frame is not None for file in manifest.files),
        size=sum(file.size for file in manifest.files),
        faults=tuple(faults),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one file showed: its faults, and the marks in the light of a frame that was decoded."""

    faults: tuple[Fault, ...] = ()
    marks: Marks | None = None


def _look(
    folder: Path, file: File, manifest: Manifest, owners: dict[str, str], *, pixels: bool
) -> _Look:
    """Check one file, the cheapest question first."""
    if problem := absence(folder, file):
        return _Look(faults=(Fault(path=file.path, problem=problem),))
    path = folder / file.path
    problems = list(_byte_faults(path, file, owners))
    marks = None
    if file.frame is not None:
        problems += _frame_faults(path, file.frame, manifest)
        if pixels and not exr_fault(path):
            found, marks = _pixel_faults(path)
            problems += found
    return _Look(
        faults=tuple(Fault(path=file.path, problem=problem) for problem in problems), marks=marks
    )


def _byte_faults(path: Path, file: File, owners: dict[str, str]) -> Iterator[str]:
    digest = digest_file(path)
    if digest == file.sha256:
        return
    if digest in owners:
        yield f"holds the bytes of {owners[digest]}: renamed or swapped"
    else:
        yield "altered: its bytes are not those that were delivered"


def _frame_faults(path: Path, frame: int, manifest: Manifest) -> list[str]:
    """Check one frame as a picture: whole, of this number, in this colour, of this size."""
    if fault := exr_fault(path):
        return [f"not a whole EXR: {fault}"]
    if not path.name.endswith(f".{frame:04}.exr"):
        return [f"its name does not say frame {frame}, as the manifest does"]
    try:
        faults = list(_header_faults(read_header(path), frame, manifest))
    except TaskError as error:
        return [error.problem]
    if manifest.picture.container == "st2065-4":
        faults += [f"not a strict ACES container: {f}" for f in aces_container_faults(path)]
    return faults


def _header_faults(header: dict[str, HeaderValue], frame: int, manifest: Manifest) -> Iterator[str]:
    picture = manifest.picture
    expected: dict[str, HeaderValue] = {
        "imageCounter": frame,
        "width": picture.width,
        "height": picture.height,
        "compression": "none" if picture.container == "st2065-4" else picture.compression,
        "framesPerSecond": Rate.parse(picture.rate).value,
    }
    if picture.container != "st2065-4":
        expected |= {"colorInteropID": INTEROP_ID, "farm_version": manifest.version}
        expected |= {"farm_hdr": str(hdr)} if (hdr := manifest.lineage.get("hdr")) else {}
    for name, value in expected.items():
        if header.get(name) != value:
            yield f"its header says {name} {header.get(name)}, where {value} was delivered"
    primaries = header.get("chromaticities")
    if not isinstance(primaries, tuple) or not _close(primaries, AP0):
        yield f"its colours are not {picture.colorspace}: the chromaticities are {primaries}"


def _close(found: tuple[float, ...], expected: tuple[float, ...]) -> bool:
    return len(found) == len(expected) and all(
        math.isclose(a, b, abs_tol=1e-6) for a, b in zip(found, expected, strict=True)
    )


def _pixel_faults(path: Path) -> tuple[list[str], Marks | None]:
    try:
        pixels, _ = read_exr(path)
    except TaskError as error:
        return [error.problem], None
    if wrong := int(np.count_nonzero(~np.isfinite(pixels))):
        return [f"{wrong} values are not finite numbers"], None
    return [], marks_of(pixels)


def _claim_faults(manifest: Manifest, marks: list[Marks]) -> Iterator[Fault]:
    """Doubt a delivery that calls its light HDR, where all its frames show a screen's marks."""
    claimed = manifest.lineage.get("hdr")
    if marks and claimed in ("native", "reconstructed") and (why := posing(marks)):
        yield Fault(path="", problem=f"it calls its HDR {claimed}, but {why}")


def _hash_list_faults(folder: Path) -> Iterator[Fault]:
    """Ask the media hash list too, where there is one and its library is installed."""
    if (folder / mhl.FOLDER).is_dir() and mhl.available() and (problem := mhl.fault(folder)):
        yield Fault(path=mhl.FOLDER, problem=problem)


def _range_faults(manifest: Manifest) -> Iterator[Fault]:
    """Compare the frames that are listed with the range that was promised."""
    frames = manifest.frames
    if manifest.picture.container == "movie":
        return  # a cut: its frames are those of its shots
    count = Counter(file.frame for file in manifest.files if file.frame is not None)
    listed = [frames.first - 1, *sorted(n for n in count if n in frames), frames.last + 1]
    for before, after in pairwise(listed):
        if after - before > 1:
            gap = f"{before + 1} to {after - 1}" if after - before > 2 else f"{before + 1}"
            yield Fault(path="", problem=f"a gap: frame {gap} of {frames} is not in the manifest")
    for frame in sorted(n for n, times in count.items() if times > 1):
        yield Fault(path="", problem=f"frame {frame} is in the manifest {count[frame]} times")
    for frame in sorted(n for n in count if n not in frames):
        yield Fault(path="", problem=f"frame {frame} lies outside {frames}")


def _of_hash_list(path: str) -> bool:
    pure = PurePosixPath(path)
    return pure.parts[0] == mhl.FOLDER and pure.suffix in (".mhl", ".xml")


def _extras(folder: Path, manifest: Manifest) -> Iterator[Fault]:
    known = {file.path for file in manifest.files} | {MANIFEST}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = Path(place, name).relative_to(folder).as_posix()
            if path not in known and not _of_hash_list(path):
                yield Fault(path=path, problem="not in the manifest")

"""Weights on this machine: found, verified, or fetched once for all its workers; never at import.

    folder_of(card, "base")      the folder of a set of weights, whole

A named folder is used where it lies. What comes from a mirror or the hub is kept on the shelf
(farm/cards/shelf.py), under a lock that the kernel drops with its owner, so that the first worker
of a machine fetches and all others wait. A fetch that was cut off goes on where it ended.
"""

import fnmatch
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from farm.cards.card import Card
from farm.cards.sets import Weights
from farm.cards.shelf import MANIFEST, Listed, Listing, Shelf, is_folder, open_shelf, read_listing
from farm.digest import digest_file
from farm.errors import LostError, TaskError
from farm.store.locks import locked
from farm.task import Progress
from functions.models.sources import Source, source_for

MEGABYTE = 10**6
TRIES = 3
_OURS = (MANIFEST, "*.part", ".cache/*", ".git*", "*.lock")


def folder_of(card: Card, name: str = "base", *, shelf: Shelf | None = None) -> Path:
    """Return the folder of a card's weights, every byte verified; fetch what is not there.

    Raises TaskError where no place has them, LostError where a network failed on the way.
    """
    for _ in fetch(card, name, shelf=shelf):
        pass
    one, shelf = card.weights[name], shelf or open_shelf()
    return _found(one, shelf) or shelf.folder(one)


def fetch(card: Card, name: str = "base", *, shelf: Shelf | None = None) -> Iterator[Progress]:
    """Make sure that a set of weights is here and whole; yield megabytes on the way."""
    one, shelf = card.weights[name], shelf or open_shelf()
    if _found(one, shelf):
        return
    folder = shelf.folder(one)
    with locked(f"{folder}.lock"):
        if not whole(folder, shelf):
            yield from _fetch(one, shelf, folder)


def whole(folder: Path, shelf: Shelf, *, thorough: bool = False) -> bool:
    """Tell whether every file is what its digest says.

    A file is read again only when its size or time of change is not what was verified before, or
    when asked to be `thorough`.
    """
    listing = read_listing(folder / MANIFEST)
    if listing is None:
        return False
    return not _wrong(folder, listing, shelf.notes(folder), thorough=thorough)


def pin(card: Card, name: str, *, shelf: Shelf) -> Path:
    """Write the digests of a set that lies here into the weights.json of its folder.

    From then on its content is part of every key, and it is held to it. Returns the folder; raises
    TaskError where the set is not here, or its folder cannot be written to.
    """
    folder = _found(card.weights[name], shelf)
    if folder is None:
        hint = "fetch it first, or name its folder in FARM_WEIGHTS"
        raise TaskError(f"the weights {card.weights[name].hub} are not on this machine", hint=hint)
    try:
        record(folder)
    except OSError as error:
        raise TaskError(f"{folder} cannot be written to: {error.strerror}") from error
    return folder


def record(folder: Path) -> None:
    """Write down what lies in a folder as weights.json beside it."""
    listing = _listed(folder, [name for name in _names(folder) if _theirs(name)])
    _write(folder / MANIFEST, {"files": {name: asdict(entry) for name, entry in listing.items()}})


def _found(one: Weights, shelf: Shelf) -> Path | None:
    """Find the weights in a folder of the user's, or on the shelf."""
    for folder in shelf.folders(one):
        if not folder.is_dir() or not any(path.is_file() for path in folder.iterdir()):
            continue
        mine = folder == shelf.folder(one)
        if whole(folder, shelf) or (not mine and _adopted(folder, one, shelf)):
            return folder
    return None


def _adopted(folder: Path, one: Weights, shelf: Shelf) -> bool:
    """Take a folder without digests at its word the first time, and hold it to that ever after."""
    if (folder / MANIFEST).exists() or not any(_matching(folder, one)):
        return False
    notes = shelf.notes(folder).with_suffix(".listing.json")
    with locked(f"{notes}.lock"):
        listing = read_listing(notes)
        if listing is None:
            listing = _listed(folder, _matching(folder, one))
            _write(notes, {"files": {name: asdict(entry) for name, entry in listing.items()}})
    if wrong := _wrong(folder, listing, shelf.notes(folder)):
        raise TaskError(
            f"{folder / wrong[0]} changed since it was first used as {one.hub}",
            hint=f"bring the file back, or remove {notes} to take the folder as it is now",
        )
    return True


def _listed(folder: Path, names: Iterable[str]) -> Listing:
    return {
        name: Listed(size=(folder / name).stat().st_size, sha256=digest_file(folder / name))
        for name in names
    }


def _matching(folder: Path, one: Weights) -> list[str]:
    return [name for name in _names(folder) if _theirs(name) and one.holds(name)]


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _theirs(name: str) -> bool:
    """Tell a file of the hub's from one that we or its client left."""
    return not any(fnmatch.fnmatch(name, pattern) for pattern in _OURS)


def _wrong(folder: Path, listing: Listing, notes: Path, *, thorough: bool = False) -> list[str]:
    """Name the files that are missing, cut off or altered; remember those that are right."""
    known = _read_notes(notes)
    right: dict[str, list[object]] = {}
    wrong = []
    for name, entry in listing.items():
        try:
            state = (folder / name).stat()
        except OSError:
            wrong.append(name)
            continue
        stamp: list[object] = [state.st_size, state.st_mtime_ns, entry.sha256]
        if state.st_size == entry.size and (
            (not thorough and known.get(name) == stamp)
            or digest_file(folder / name) == (entry.sha256 or None)
        ):
            right[name] = stamp
        else:
            wrong.append(name)
    if right != known:
        _write(notes, right)
    return wrong


def _read_notes(notes: Path) -> dict[str, list[object]]:
    try:
        known = json.loads(notes.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _fetch(one: Weights, shelf: Shelf, folder: Path) -> Iterator[Progress]:
    """Ask each place in turn; the first that has the weights serves them all."""
    reasons: list[str] = []
    kind: type[TaskError] = TaskError
    for place in shelf.places:
        if is_folder(place):
            reasons.append(f"{place} has no folder {one.hub}")
            continue
        source = source_for(place, one)
        try:
            listing = source.listing()
        except TaskError as error:
            kind = LostError if isinstance(error, LostError) else kind
            reasons.append(error.problem)
            continue
        wanted = {
            name: entry for name, entry in listing.items() if _theirs(name) and one.holds(name)
        }
        yield from _take(source, wanted, folder, shelf)
        return
    raise kind(
        f"the weights {one.hub} are nowhere to be had: {'; '.join(reasons)}",
        hint="set FARM_WEIGHTS to a folder or a mirror that has them, or to hub",
    )


def _take(source: Source, listing: Listing, folder: Path, shelf: Shelf) -> Iterator[Progress]:
    """Fetch what is not there yet, verify it, and only then say that the set is whole."""
    total, done = sum(entry.size for entry in listing.values()), 0
    folder.mkdir(parents=True, exist_ok=True)
    missing = set(_wrong(folder, listing, shelf.notes(folder)))
    for name, entry in listing.items():
        if name in missing:
            for taken in _one_file(source, name, entry, folder / name):
                yield _progress(done + taken, total)
        done += entry.size
    entries = {
        name: {"size": entry.size, "sha256": entry.sha256 or digest_file(folder / name)}
        for name, entry in listing.items()
    }
    _write(folder / MANIFEST, {"files": entries})
    whole(folder, shelf)
    yield _progress(done, total)


def _one_file(source: Source, name: str, entry: Listed, target: Path) -> Iterator[int]:
    """Fetch one file beside its place, and move it there when its digest is right."""
    part = target.with_name(f"{target.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(TRIES):
        yield from source.take(name, part, size=entry.size)
        if (size := part.stat().st_size) < entry.size:
            if attempt == TRIES - 1:
                hint = "the network breaks; what is there is kept, and the next try goes on"
                raise LostError(f"{name}: {size} of {entry.size} bytes came", hint=hint)
            continue
        if source.verified(name, part, entry):
            part.replace(target)
            return
        part.unlink()
    raise TaskError(
        f"{name} from {source.place} is never what its digest says",
        hint="the mirror or the hub holds a damaged file; ask another place",
    )


def _progress(done: int, total: int) -> Progress:
    return Progress(done=done // MEGABYTE, total=max(1, total // MEGABYTE), note="MB of weights")


def _write(path: Path, value: object) -> None:
    """Write JSON whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value, indent=1, sort_keys=True), encoding="utf-8")
    draft.replace(path)

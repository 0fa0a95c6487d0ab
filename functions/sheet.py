"""Draw the contact sheet of a shot's takes, and a poster of each for the report."""

from collections.abc import Generator, Mapping
from dataclasses import replace

import numpy as np

from farm.digest import Plain
from farm.errors import TaskError
from farm.media.colorspace import to_display
from farm.media.exr import Half, read_clip
from farm.media.lettering import Picture
from farm.media.scale import Size, shrink
from farm.media.sheet import Row, contact_sheet, write_jpeg, write_png
from farm.task import Artifact, Made, Progress
from functions.bench import Bench

ROOM, WIDEST, TALLEST = 1560, 300, 260
"""Pixels across that a row's pictures share, and the largest of one picture."""

POSTER = 480
UNREADABLE: Size = (16, 9)


def sheet(bench: Bench) -> Generator[Progress, None, Made]:
    """Draw the takes of every round on one sheet.

    Inputs: `clip.NAME` for every name in params `takes`, and the `verdict.*` of every round, in the
    order of their names; the last word on a take counts. Params: `takes`; `circled`, a name or
    None; `title`, `prompt` and `note`, the words at the top; `notes`, words for single takes.
    Outputs: `png`, the sheet, and `thumb.NAME`, a JPEG poster of every take. Fact: `takes`.
    """
    params = bench.task.params
    takes = params["takes"]
    assert isinstance(takes, list | tuple)
    judged = _judged(bench)
    rows, outputs = [], {}
    for name in map(str, takes):
        clip = _read(bench, name)
        rows.append(_row(params, name, judged.get(name), clip))
        outputs[f"thumb.{name}"] = _poster(bench, name, clip)
        yield Progress(done=len(rows), total=len(takes), note=name)
    head = {word: str(params[word]) for word in ("title", "prompt", "note")}
    path = bench.scratch / "sheet.png"
    write_png(path, contact_sheet(rows, **head))
    outputs["png"] = bench.keep_file(path, kind="png")
    return Made(outputs=outputs, facts={"takes": len(rows)})


def _judged(bench: Bench) -> dict[str, Mapping[str, Plain]]:
    """Read what the verdicts say of each take."""
    judged: dict[str, Mapping[str, Plain]] = {}
    for name in sorted(bench.task.inputs):
        if name.startswith("verdict"):
            judged |= bench.read_json(name)["takes"]  # type: ignore[call-overload]  # a verdict's takes are a mapping
    return judged


def _read(bench: Bench, name: str) -> Half:
    """Read a take; one that the judge could not read either is shown as a black picture."""
    path = bench.path(f"clip.{name}")
    try:
        return read_clip(path)
    except TaskError:
        return np.zeros((1, UNREADABLE[1], UNREADABLE[0], 3), np.float16)


def _row(
    params: Mapping[str, Plain], name: str, verdict: Mapping[str, Plain] | None, clip: Half
) -> Row:
    notes = params.get("notes") or {}
    assert isinstance(notes, Mapping)
    row = Row(
        take=name,
        pictures=_pictures(clip),
        note=str(notes.get(name, "")),
        circled=name == params.get("circled"),
    )
    return _scored(row, verdict) if verdict else row


def _scored(row: Row, verdict: Mapping[str, Plain]) -> Row:
    axes = verdict["axes"]
    assert isinstance(axes, Mapping)
    said = [(axis, found) for axis, found in axes.items() if isinstance(found, Mapping)]
    faults = [f"{axis}: {found['said']}" for axis, found in said if found["broken"]]
    shown = [(axis, float(str(found["score"]))) for axis, found in said if not found["gate"]]
    return replace(
        row,
        score=float(str(verdict["total"])),
        axes=() if faults else tuple(shown),
        note="; ".join(faults) or row.note,
        broken=bool(faults),
    )


def _pictures(clip: Half) -> tuple[Picture, ...]:
    """Pick frames evenly from the first to the last, as many as a row has room for."""
    width, height = _fitted(clip.shape[2], clip.shape[1])
    columns = min(len(clip), max(3, ROOM // width))
    chosen = np.linspace(0, len(clip) - 1, columns).round().astype(int)
    return tuple(to_display(shrink(clip[i], (width, height))) for i in chosen)


def _fitted(width: int, height: int) -> Size:
    scale = min(WIDEST / width, TALLEST / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _poster(bench: Bench, name: str, clip: Half) -> Artifact:
    height, width = clip.shape[1:3]
    scale = min(1.0, POSTER / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    path = bench.scratch / f"{name}.jpeg"
    write_jpeg(path, to_display(shrink(clip[len(clip) // 2], size)))
    return bench.keep_file(path, kind="jpeg")

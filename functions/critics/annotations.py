"""Metric: arrows, paths and regions drawn on the frame are followed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from farm.shots.spec import Annotation
from functions.critics.base import GOOD, Finding, Take, ramp, rounded
from functions.critics.sight import F32, grid
from functions.critics.track import PAN, TILT

F64 = NDArray[np.float64]

NEAR, FAR = 0.05, 0.25
"""Mean distance from the path, in frame widths, that is as good as on it, and that is off it."""

WINDOW = 0.10
"""Sigma of the window in which a body is looked for again, in frame widths."""

HEAD = 0.05
"""Sigma of the window around the eyes, in frame widths."""

LEAST_CAMERA = 0.01
LEAST_SPEED = 0.0015
LEAST_STOPS = 0.25
LEAST_MASS = 2e-4

IN_REGION = (4e-4, 1e-3)
"""The part of the frame that acts within a region where nothing happens in it, and where something
does."""


def annotations(take: Take, request: Request) -> Finding | None:
    """Score every mark that pixels can answer, and average; None where there is none.

    A path or an arrow for the subject: the body nearest its start is followed by mean shift on what
    moves by itself (Comaniciu and Meer, PAMI 24, 2002), and its way is compared with the path. An
    arrow for the camera: the camera's pan and tilt are compared with it. A region: something moves
    in it, in its frames, more than elsewhere. A gaze: what is at the eyes turns towards what they
    look at, for the near side of a head that turns moves the way it turns; a head that holds still
    cannot be told from pixels alone, and does not count.
    """
    if len(take.clip) < 4:
        return None
    acting = take.acting_for(request).surely
    told = [(mark, _look(take, acting, mark)) for mark in request.annotations]
    looks = [(mark, look) for mark, look in told if look is not None]
    if not looks:
        return None
    scores = [(mark, look.score) for mark, look in looks]
    score = float(np.mean([value for _, value in scores]))
    return Finding(
        axis="annotations",
        score=score,
        measured={
            f"{i + 1}_{_kind(mark)}": rounded(value) for i, (mark, value) in enumerate(scores)
        },
        said=_said(scores),
        frames=tuple(sorted({look.frame for _, look in looks})),
        edits=_mend(score),
    )


def _kind(mark: Annotation) -> str:
    if mark.gaze:
        return "gaze"
    if mark.path:
        return "path"
    if mark.arrow:
        return "camera_arrow" if mark.guides == "camera" else "arrow"
    return "region"


def _said(scores: Sequence[tuple[Annotation, float]]) -> str:
    worst, value = min(scores, key=lambda pair: pair[1])
    kind = _kind(worst).replace("_", " ")
    if value >= GOOD:
        return "every mark is followed"
    return f"the {kind} is {'not followed' if value < 0.3 else 'followed only in part'}"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="annotations"),) if score < 0.6 else ()


@dataclass(frozen=True, slots=True)
class Look:
    """How well a mark is followed, 0 to 1, and the frame that shows best whether it is."""

    score: float
    frame: int


def _look(take: Take, acting: F32, mark: Annotation) -> Look | None:
    if mark.arrow and mark.guides == "camera":
        return _camera_arrow(take, mark.arrow)
    if way := mark.path or mark.arrow:
        return _followed(take, acting, mark, way)
    if mark.gaze:
        return _gaze(take, mark, mark.gaze)
    if mark.region:
        return _region(acting, mark, mark.region)
    return None


def _gaze(
    take: Take, mark: Annotation, gaze: tuple[tuple[float, float], tuple[float, float]]
) -> Look | None:
    """Score how well the eyes' own motion points at what they look at; None where they rest."""
    height, width = take.movers.shape[1:]
    shape = np.array([1, height / width])
    eyes, seen = np.array(gaze) * shape
    start, end = _span(mark, len(take.clip))
    start = max(0, start - 1)
    near = np.exp(-((grid(height, width) / width - eyes) ** 2).sum(-1) / (2 * HEAD**2))
    weight = near * np.where(take.certain_enough, 1.0, 0.0)[start : max(end - 1, start + 1)]
    own = take.camera.residual[start : start + len(weight)] / width
    turned = (own * weight[..., None]).sum((0, 1, 2)) / max(float(weight.sum()), 1e-9)
    length, asked = float(np.linalg.norm(turned)), seen - eyes
    if length < LEAST_SPEED / 2:
        return None
    agrees = float(turned @ asked) / max(length * float(np.linalg.norm(asked)), 1e-9)
    moved = (np.sqrt((own**2).sum(-1)) * weight).sum((1, 2))
    return Look(ramp(agrees, bad=0, good=0.7), start + 1 + int(np.argmax(moved)))


def _camera_arrow(take: Take, arrow: Sequence[tuple[float, float]]) -> Look:
    """Compare the camera's turn with an arrow; down the frame is a tilt down."""
    width, height = take.size
    asked = np.subtract(arrow[1], arrow[0]) * (1, height / width)
    turned = take.camera.widths.sum(axis=0)[[PAN, TILT]] * (1, -1)
    length = float(np.linalg.norm(turned) * np.linalg.norm(asked))
    agrees = float(asked @ turned) / length if length else 0.0
    score = max(agrees, 0.0) * ramp(float(np.linalg.norm(turned)), bad=0, good=LEAST_CAMERA)
    return Look(score, int(np.argmax(take.camera.speed)))


def _followed(
    take: Take, acting: F32, mark: Annotation, way: Sequence[tuple[float, float]]
) -> Look:
    """Score how near the body stays to the path, and how much of the path it goes."""
    shape = np.array([1, take.size[1] / take.size[0]])
    path = np.array(way) * shape
    start, end = _span(mark, len(acting))
    seen, went = follow(acting, path[0], start=start, end=end)
    if len(went) < 2:
        return Look(0.0, start)
    dense = _walk(path)
    miss = np.sqrt(((went[:, None] - dense[None]) ** 2).sum(-1))
    off = max(float(miss.min(1).mean()), 0.5 * float(miss.min(0).mean()))
    gone = (went[-1] - went[0]) @ (path[-1] - path[0])
    forward = ramp(float(gone), bad=0, good=0.5 * float(((path[-1] - path[0]) ** 2).sum()) + 1e-9)
    farthest = seen[int(miss.min(1).argmax())]
    return Look(ramp(off, bad=FAR, good=NEAR) * forward, farthest)


def _span(mark: Annotation, frames: int) -> tuple[int, int]:
    """Return the first frame of a mark and the one after its last."""
    if mark.frames:
        return min(mark.frames.first, frames - 1), min(mark.frames.last + 1, frames)
    return min(mark.frame or 0, frames - 1), frames


def follow(acting: F32, begin: F64, *, start: int, end: int) -> tuple[list[int], F64]:
    """Follow the body nearest a place, in frame widths; return the frames that show it move."""
    acting = np.where(acting > LEAST_STOPS, np.minimum(acting, 1), 0)[:, ::2, ::2]
    height, width = acting.shape[1:]
    places = grid(height, width).reshape(-1, 2).astype(np.float64) / width
    at, went, seen = begin, [], []
    for frame, mass in enumerate(acting[start:end].reshape(end - start, -1), start):
        for _ in range(6):
            near = mass * np.exp(-((places - at) ** 2).sum(-1) / (2 * WINDOW**2))
            if near.sum() < LEAST_MASS * mass.size:
                break
            at = near @ places / near.sum()
        else:
            went.append(at)
            seen.append(frame)
    return seen, np.array(went)


def _walk(path: F64) -> F64:
    """Put places along a path, evenly."""
    steps = np.concatenate([[0], np.cumsum(np.sqrt((np.diff(path, axis=0) ** 2).sum(1)))])
    along = np.linspace(0, steps[-1], 40)
    return np.stack([np.interp(along, steps, path[:, i]) for i in (0, 1)], axis=1)


def _region(
    acting: F32, mark: Annotation, region: tuple[tuple[float, float], tuple[float, float]]
) -> Look:
    """Score a region by how much of what acts lies in it, in its frames, besides the camera."""
    height, width = acting.shape[1:]
    (left, top), (right, bottom) = np.sort(np.array(region), axis=0)
    rows = slice(int(top * height), max(int(bottom * height), int(top * height) + 1))
    columns = slice(int(left * width), max(int(right * width), int(left * width) + 1))
    start, end = _span(mark, len(acting))
    inside = (acting[start:end, rows, columns] > LEAST_STOPS).sum((1, 2)) / (height * width)
    score = ramp(float(inside.max()), bad=IN_REGION[0], good=IN_REGION[1])
    return Look(score, start + int(inside.argmax()))

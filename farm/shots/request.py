"""What one take is asked to show: a shot's wishes as every model reads them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import Field

from farm.errors import PlanError
from farm.frames import FrameRange
from farm.shots.shot_list import ShotList
from farm.shots.spec import Annotation, Aspect, Camera, Frozen, Shot
from farm.shots.units import ExactRate, box_of, ratio_of


class KeyPicture(Frozen):
    """A frame, counted from 0, that must match a picture: the input `file` of the task.

    `colorspace` is what a person has named its colours, as a plate's.
    """

    frame: int
    file: str
    colorspace: str = ""


class Reference(Frozen):
    """A picture of a character: the input `file` of the task."""

    character: str
    file: str


class Plate(Frozen):
    """Footage to remake: the input `file` of the task, and how far from it one may go.

    `colorspace` is what a person has named its colours; the footage itself says them if empty.
    """

    file: str
    strength: str
    colorspace: str = ""


class Request(Frozen):
    """The part of a shot that decides the pixels of a take, besides its seed.

    `size` is width and height of the draft in pixels; frames run from 0 to `frames - 1`, and the
    annotations count the same way; `loop` is set for models that close a loop as they draft it;
    `pace` multiplies the speed of the camera's moves;
    `exposure_stops` is added to the exposure.
    """

    prompt: str
    cast: tuple[tuple[str, str], ...] = ()
    frames: Annotated[int, Field(ge=1)]
    rate: ExactRate
    size: tuple[int, int]
    camera: Camera = Camera()
    annotations: tuple[Annotation, ...] = ()
    keyframes: tuple[KeyPicture, ...] = ()
    references: tuple[Reference, ...] = ()
    plate: Plate | None = None
    loop: bool = False
    pace: float = 1.0
    exposure_stops: float = 0.0


def request_for(shot: Shot, shot_list: ShotList, *, draft_box: tuple[int, int]) -> Request:
    """Say what a draft of the shot must show, at the largest size that fits `draft_box`."""
    frames = shot_frames(shot)
    return Request(
        prompt=shot.prompt,
        cast=shot_list.cast(shot),
        frames=len(frames),
        rate=shot.rate,
        size=fit(shot.aspect, draft_box),
        camera=shot.camera,
        annotations=tuple(_counted_from(frames.first, mark) for mark in shot.annotations),
        keyframes=tuple(_key_pictures(shot, frames)),
        references=tuple(
            Reference(character=name, file=reference_file(name, i))
            for name in shot.characters
            for i in range(len(shot_list.characters[name].references))
        ),
        plate=_plate(shot),
    )


PLATE = "plate"


def _plate(shot: Shot) -> Plate | None:
    if shot.edit is None:
        return None
    edit = shot.edit
    return Plate(file=PLATE, strength=edit.strength, colorspace=edit.colorspace or "")


def keyframe_file(index: int) -> str:
    """Name the input that holds a keyframe's picture."""
    return f"keyframe.{index}"


def reference_file(character: str, index: int) -> str:
    """Name the input that holds a picture of a character."""
    return f"reference.{character}.{index}"


def files_of(shot: Shot, shot_list: ShotList) -> dict[str, Path]:
    """List the files that a shot's request speaks of: the path of every input, by its name."""
    paths = {keyframe_file(i): key.image for i, key in enumerate(shot.keyframes)}
    for name in shot.characters:
        pictures = shot_list.characters[name].references
        paths |= {reference_file(name, i): path for i, path in enumerate(pictures)}
    if shot.edit:
        paths[PLATE] = shot.edit.plate
    return {name: shot_list.source.parent / path for name, path in paths.items()}


def shot_frames(shot: Shot) -> FrameRange:
    """Return the shot's own frames, before extension: as given, or from 1001 on."""
    if shot.frames is not None:
        return shot.frames
    if shot.duration is None:
        hint = "add duration: 5s, or frames: 1001-1120"
        raise PlanError(f"{shot.shot} says neither duration nor frames", hint=hint)
    return FrameRange.of(shot.rate.frames_in(shot.duration))


def delivery_size(resolution: str, aspect: Aspect) -> tuple[int, int]:
    """Return width and height of a frame of this aspect at a resolution such as `4k`."""
    return fit(aspect, box_of(resolution))


def fit(aspect: Aspect, box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest even size of an aspect that a box holds, turned upright if need be."""
    ratio = ratio_of(aspect)
    wide, high = (max(box), min(box)) if ratio >= 1 else (min(box), max(box))
    if wide <= high * ratio:
        return _even(Fraction(wide), wide), _even(wide / ratio, high)
    return _even(high * ratio, wide), _even(Fraction(high), high)


def _even(edge: Fraction, most: int) -> int:
    return max(2, min(2 * round(edge / 2), most - most % 2))


def _key_pictures(shot: Shot, frames: FrameRange) -> Iterator[KeyPicture]:
    places = {"first": 0, "last": len(frames) - 1}
    for i, key in enumerate(shot.keyframes):
        frame = places[key.frame] if isinstance(key.frame, str) else key.frame - frames.first
        named = key.colorspace or ""
        yield KeyPicture(frame=frame, file=keyframe_file(i), colorspace=named)


def _counted_from(first: int, mark: Annotation) -> Annotation:
    frames = mark.frames
    moved = {
        "frame": None if mark.frame is None else mark.frame - first,
        "frames": frames and FrameRange(frames.first - first, frames.last - first),
    }
    return mark.model_copy(update=moved)

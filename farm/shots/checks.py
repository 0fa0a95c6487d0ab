"""What fields of a shot must be true together: every check says which field, what, and a hint."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from farm.frames import FrameRange
from farm.shots.faults import nearest, shown
from farm.shots.paths import Paths
from farm.shots.request import shot_frames
from farm.shots.spec import Annotation, Delivery, Point, Shot

LONGEST_SECONDS = 3600
_AGAINST = (
    ("pan_left", "pan_right"), ("tilt_up", "tilt_down"), ("roll_left", "roll_right"),
    ("dolly_in", "dolly_out"), ("truck_left", "truck_right"), ("pedestal_up", "pedestal_down"),
    ("crane_up", "crane_down"), ("orbit_left", "orbit_right"), ("zoom_in", "zoom_out"),
    ("push_in", "pull_out"), ("handheld", "steadicam"),
)  # fmt: skip
_MARKS = ("arrow", "path", "region", "gaze")


class Complaint(NamedTuple):
    """A field such as `camera.moves[1]`, what is wrong with it, and what would be right."""

    field: str
    problem: str
    hint: str = ""


def length(shot: Shot) -> Iterator[Complaint]:
    """Check how long the shot is: said once, not past an hour, and extended to more.

    There is no length that suits every shot, so none is assumed: a shot says its duration or its
    frames, unless it edits a plate, whose length is then its own.
    """
    if shot.frames is not None and shot.duration is not None:
        yield Complaint("frames", "says again what duration says", "keep frames or duration")
    elif shot.frames is None and shot.duration is None:
        if shot.edit is None:
            problem = "says neither duration nor frames"
            yield Complaint("", problem, "add duration: 5s, or frames: 1001-1120")
        return
    count = len(shot_frames(shot))
    if count > LONGEST_SECONDS * shot.rate.value:
        yield Complaint("frames", f"{count:,} frames are more than an hour", "cut it into shots")
    elif shot.extend and shot.rate.frames_in(shot.extend.to) <= count:
        seconds = float(count / shot.rate.value)
        problem = f"{shot.extend.to:g}s is not longer than the shot, which is {seconds:g}s"
        yield Complaint("extend.to", problem, "extend to the total length, past the shot's own")


def camera(shot: Shot) -> Iterator[Complaint]:
    """Check that the camera's moves can be made together."""
    moves = shot.camera.moves
    if "static" in moves and len(moves) > 1:
        at = moves.index("static")
        yield Complaint(f"camera.moves[{at}]", "a static camera makes no other move", "drop static")
    for one, other in _AGAINST:
        if one in moves and other in moves:
            at = max(moves.index(one), moves.index(other))
            yield Complaint(f"camera.moves[{at}]", f"{one} and {other} undo each other", "keep one")
    yield from _once("camera.moves", moves)


def keyframes(shot: Shot) -> Iterator[Complaint]:
    """Check that keyframes lie in the shot, one picture a frame."""
    span = _span(shot)
    if span is None:
        return
    ends: dict[int | str, int] = {"first": span.first, "last": span.last}
    taken: set[int | str] = set()
    for index, key in enumerate(shot.keyframes):
        frame = ends.get(key.frame, key.frame)
        field = f"keyframes[{index}].frame"
        if frame not in span:
            yield Complaint(field, *_outside(frame, span))
        elif frame in taken:
            yield Complaint(field, f"frame {frame} has a keyframe already", "keep one of them")
        taken.add(frame)


def annotations(shot: Shot) -> Iterator[Complaint]:
    """Check that every mark is one mark, on frames of the shot."""
    for index, mark in enumerate(shot.annotations):
        field = f"annotations[{index}]"
        yield from _shape(mark, field)
        yield from _when(mark, field, _span(shot))
        if mark.subject is not None and mark.guides == "camera":
            yield Complaint(f"{field}.subject", "the camera is no subject", "write guides: subject")


def reframing(shot: Shot) -> Iterator[Complaint]:
    """Check that a reframe changes the aspect, within corners that are in order."""
    if shot.reframe is None:
        return
    if shot.reframe.aspect == shot.aspect:
        yield Complaint("reframe.aspect", f"the shot is {shot.aspect} already", "name another")
    if shot.reframe.source:
        yield from _corners(shot.reframe.source, "reframe.source")


def cast(shot: Shot, characters: Iterable[str]) -> Iterator[Complaint]:
    """Check that every character is known, and named once."""
    known = set(characters)
    for index, name in enumerate(shot.characters):
        if name not in known:
            hint = nearest(name, known) or "describe it under characters"
            yield Complaint(f"characters[{index}]", f"there is no character {shown(name)}", hint)
    yield from _once("characters", shot.characters)


def files(shot: Shot, paths: Paths) -> Iterator[Complaint]:
    """Check that every path leads to a file that the list may use."""
    named = {f"keyframes[{i}].image": key.image for i, key in enumerate(shot.keyframes)}
    if shot.edit:
        named["edit.plate"] = shot.edit.plate
    for field, text in named.items():
        if wrong := paths.wrong(text):
            yield Complaint(field, *wrong)


def delivery(wanted: Delivery) -> Iterator[Complaint]:
    """Check that what is delivered agrees with itself."""
    exr = wanted.exr
    if exr.container == "st2065-4" and exr.compression != "none":
        problem = f"st2065-4 is uncompressed, but the compression is {exr.compression}"
        yield Complaint("delivery.exr.container", problem, "write compression: none beside it")
    yield from _once("delivery.exr.layers", exr.layers)
    yield from _once("delivery.movies", wanted.movies)
    yield from _once("delivery.sequences", wanted.sequences)
    yield from _once("delivery.stills", wanted.stills)


def continuity(shots: Mapping[str, Shot], known: Iterable[str]) -> Iterator[tuple[Shot, Complaint]]:
    """Check, within one variant, that what a shot continues is there, fits, and does not circle.

    `shots` are by name; `known` are the names of all shots, those with faults of their own too.
    """
    names = set(known)
    for shot in shots.values():
        before = shot.continues
        if before is None:
            continue
        if before == shot.shot:
            yield shot, Complaint("continues", "continues itself", "name the shot before it")
        elif before not in names:
            problem = f"there is no shot {shown(before)}"
            yield shot, Complaint("continues", problem, nearest(before, names - {shot.shot}))
        elif before in shots:
            yield from ((shot, complaint) for complaint in _joined(shot, shots[before]))
    for circle in _circles(shots):
        problem = f"goes round in a circle: {' > '.join([*circle, circle[0]])}"
        yield shots[circle[0]], Complaint("continues", problem, "let one of them begin")


def _joined(shot: Shot, before: Shot) -> Iterator[Complaint]:
    for field, own, other in (
        ("rate", str(shot.rate), str(before.rate)),
        ("aspect", shot.aspect, before.aspect),
    ):
        if own != other:
            problem = f"{before.shot} has {field} {other}, this shot has {own}"
            yield Complaint("continues", problem, f"give both the same {field}")


def _circles(shots: Mapping[str, Shot]) -> Iterator[list[str]]:
    done: set[str] = set()
    for start in shots:
        trail: dict[str, None] = {}
        name = start
        while name in shots and name not in done and name not in trail:
            trail[name] = None
            name = shots[name].continues or ""
        if name in trail:
            way = list(trail)
            circle = way[way.index(name) :]
            if len(circle) > 1:
                yield circle
        done.update(trail)


def _span(shot: Shot) -> FrameRange | None:
    said = shot.frames is not None or shot.duration is not None
    return shot_frames(shot) if said else None


def _shape(mark: Annotation, field: str) -> Iterator[Complaint]:
    drawn = [name for name in _MARKS if getattr(mark, name) is not None]
    if len(drawn) != 1:
        problem = f"draws {' and '.join(drawn) or 'nothing'}"
        yield Complaint(field, problem, "an annotation is one of arrow, path, region or gaze")
    if mark.region:
        yield from _corners(mark.region, f"{field}.region")
    for name in ("arrow", "gaze"):
        ends = getattr(mark, name)
        if ends and ends[0] == ends[1]:
            yield Complaint(f"{field}.{name}", "ends where it starts", "give two points")


def _when(mark: Annotation, field: str, span: FrameRange | None) -> Iterator[Complaint]:
    if (mark.frame is None) == (mark.frames is None):
        count = "no frame" if mark.frame is None else "frame and frames"
        yield Complaint(field, f"gives {count}", "write frame: 1001, or frames: 1049-1060")
    elif span and mark.frame is not None and mark.frame not in span:
        yield Complaint(f"{field}.frame", *_outside(mark.frame, span))
    elif span and mark.frames and not (mark.frames.first in span and mark.frames.last in span):
        yield Complaint(f"{field}.frames", *_outside(mark.frames, span))


def _outside(what: object, span: FrameRange) -> tuple[str, str]:
    return f"{what} lies outside the shot, {span}", f"frames count from {span.first}"


def _corners(corners: tuple[Point, Point], field: str) -> Iterator[Complaint]:
    (left, top), (right, bottom) = corners
    if left >= right or top >= bottom:
        hint = "the first corner is top left, the second bottom right"
        yield Complaint(field, "its corners are not in order", hint)


def _once(field: str, words: Sequence[str]) -> Iterator[Complaint]:
    for word, count in Counter(words).items():
        if count > 1:
            again = words.index(word, words.index(word) + 1)
            yield Complaint(f"{field}[{again}]", f"{word} is there twice", "keep one")

"""Metric: what the prompt tells happens, step by step, and when."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds
from functions.critics.base import Acting, Finding, Take, rounded
from functions.critics.bodies import LEAST_STOPS, Body, body_of
from functions.intent import Kind, Step, steps_of

Answer = Literal["yes", "no", "unclear"]

SLACK = 0.15
"""How far outside its window a step may happen, as a part of the take."""

GOES, RESTS = 0.06, 0.02
"""Frame widths that a body goes where it travels, and under which it rests."""

CLIMBS = 0.03
GROWS = 1.5
LEAST_ACTION = 0.002
"""The part of a frame that acts where anything does."""

STIRS = 0.2
"""The part of a step's frames in which something acts."""

RESTING = 0.25
"""The part of its own time in which a step may act and still be called at rest."""

SCENERY = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Whether a step happened, at which frame it shows best, and why so."""

    step: Step
    happened: Answer
    frame: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What acts in the frames of a step's window: the largest body and the acting area of each.

    `first` is the number of the first frame; `most` is the area of what acts perhaps.
    """

    first: int
    bodies: tuple[Body | None, ...]
    areas: NDArray[np.float64]
    most: NDArray[np.float64]

    @property
    def rests(self) -> bool:
        """Tell whether nothing acts, not even perhaps."""
        return float(self.most.max(initial=0)) <= LEAST_ACTION

    @property
    def seen(self) -> list[tuple[int, Body]]:
        """List the frames that have a body, counted in the window."""
        return [(at, body) for at, body in enumerate(self.bodies) if body]


def steps(take: Take, request: Request) -> Finding | None:
    """Look for every step of the prompt in its window, by what acts besides the camera.

    A travel moves a body across the frame, a fall moves it down, a burst makes more of the frame
    act than before; an entrance begins at an edge. What acts is what the camera's own motion leaves
    over (Irani and Anandan, PAMI 20, 1998). What acts perhaps, perhaps not, beside the parallax of
    a camera that travels, leaves a step unclear; what is unclear does not count.
    """
    asked = steps_of(request)
    if len(take.clip) < 6 or not asked:
        return None
    found = _sightings(take.acting_for(request), asked)
    told = [sighting.happened == "yes" for sighting in found if sighting.happened != "unclear"]
    score = float(np.mean(told)) if told else 1.0
    return Finding(
        axis="steps",
        score=score,
        measured={"steps": [_written(sighting) for sighting in found]},
        said=_said(found),
        frames=tuple(sorted({s.frame for s in found if s.happened == "yes"})),
        weighs=bool(told),
        edits=_mend(score),
    )


def _sightings(acting: Acting, asked: tuple[Step, ...]) -> list[Sighting]:
    whole = Watch(
        first=0,
        bodies=tuple(body_of(frame) for frame in acting.surely),
        areas=(acting.surely > LEAST_STOPS).mean((1, 2)),
        most=(acting.perhaps > LEAST_STOPS).mean((1, 2)),
    )
    found = [_LOOKS[step.kind](step, _window(step, whole)) for step in asked]
    return [
        _in_doubt(sighting)
        if acting.travels and sighting.step.kind == "stir"
        else _settled(sighting, whole.most)
        for sighting in found
    ]


def _in_doubt(sighting: Sighting) -> Sighting:
    """Leave unclear what moves in its place, or hardly, and is not seen before such a camera."""
    if sighting.happened == "yes":
        return sighting
    return _unclear(sighting.step, "what moves in its place may be lost in the camera's travel")


def _settled(sighting: Sighting, areas: NDArray[np.float64]) -> Sighting:
    """Turn what is unclear into a no where nothing acts in the step's own time."""
    step, count = sighting.step, len(areas)
    own = areas[int(np.ceil(step.begins * count)) : int(np.ceil(step.ends * count))]
    rests = (own > LEAST_ACTION).mean() < RESTING if len(own) else False
    if sighting.happened != "unclear" or not rests or step.turns:
        return sighting
    return replace(sighting, happened="no", why="nothing moves in its time")


def _window(step: Step, whole: Watch) -> Watch:
    count = len(whole.bodies)
    first = max(0, int((step.begins - SLACK) * count))
    last = min(count, int(np.ceil((step.ends + SLACK) * count)))
    part = slice(first, last)
    return Watch(
        first=first,
        bodies=whole.bodies[part],
        areas=whole.areas[part],
        most=whole.most[part],
    )


def _unclear(step: Step, why: str) -> Sighting:
    return Sighting(step=step, happened="unclear", frame=-1, why=why)


def _answer(step: Step, watch: Watch, at: int, why: str, *, yes: bool = True) -> Sighting:
    frame = watch.first + at if yes else -1
    return Sighting(step=step, happened="yes" if yes else "no", frame=frame, why=why)


def _nothing(step: Step, watch: Watch) -> Sighting | None:
    """Answer where no body can be followed: no where nothing acts at all, else unclear."""
    if len(watch.seen) >= 2:
        large = float(np.median([body.area for _, body in watch.seen])) > SCENERY
        return _unclear(step, "too much moves to follow one body") if large else None
    if watch.rests:
        return _answer(step, watch, 0, "nothing moves", yes=False)
    return _unclear(step, "something moves, too little to follow")


def _travels(step: Step, watch: Watch) -> Sighting:
    if nothing := _nothing(step, watch):
        return nothing
    places = np.array([body.middle for _, body in watch.seen])
    sizes = np.array([body.area for _, body in watch.seen])
    far = float(np.sqrt(((places - places[0]) ** 2).sum(1)).max())
    grows = float(np.median(sizes[-3:]) / np.median(sizes[:3]))
    if far >= GOES or max(grows, 1 / grows) >= GROWS:
        return _answer(step, watch, watch.seen[0][0], f"it goes {far:.2f} widths")
    if far < RESTS and 2 * len(watch.seen) > len(watch.bodies):
        return _answer(step, watch, 0, "it stays where it is", yes=False)
    return _unclear(step, f"it goes {far:.2f} widths, too little to tell")


def _enters(step: Step, watch: Watch) -> Sighting:
    if nothing := _nothing(step, watch):
        return nothing
    at, body = watch.seen[0]
    whole = [at for at, body in watch.seen if not body.cut]
    if (at > 1 or body.cut) and whole:
        return _answer(step, watch, whole[0], "it comes into the picture")
    gone = _travels(step, watch)
    return _unclear(step, "it was there from the first") if gone.happened == "yes" else gone


def _leaves(step: Step, watch: Watch) -> Sighting:
    if nothing := _nothing(step, watch):
        return nothing
    at, body = watch.seen[-1]
    whole = any(not body.cut for _, body in watch.seen)
    if whole and (body.cut or at < len(watch.bodies) - 2):
        return _answer(step, watch, at, "it leaves the picture")
    gone = _travels(step, watch)
    return _unclear(step, "it goes, and is still there") if gone.happened == "yes" else gone


def _climbs(step: Step, watch: Watch, *, sign: int, words: str) -> Sighting:
    """Look for a body that goes up (sign -1) or down (1) by a part of the frame's height."""
    if nothing := _nothing(step, watch):
        return nothing
    heights = sign * np.array([body.middle[1] for _, body in watch.seen])
    gains = heights - np.minimum.accumulate(heights)
    if gains.max() >= CLIMBS:
        at = watch.seen[int(np.argmax(gains))][0]
        return _answer(step, watch, at, f"it goes {words} by {gains.max():.2f} heights")
    return _unclear(step, f"it moves, but hardly {words}")


def _up(step: Step, watch: Watch) -> Sighting:
    return _climbs(step, watch, sign=-1, words="up")


def _down(step: Step, watch: Watch) -> Sighting:
    return _climbs(step, watch, sign=1, words="down")


def _bursts(step: Step, watch: Watch) -> Sighting:
    """Look for a moment from which much more of the frame acts than before."""
    if watch.rests:
        return _answer(step, watch, 0, "nothing moves", yes=False)
    before = np.minimum.accumulate(watch.areas)
    growth = watch.areas / np.maximum(before, LEAST_ACTION)
    if growth.max() >= GROWS:
        at = int(np.argmax(np.diff(watch.areas, prepend=watch.areas[0])))
        return _answer(step, watch, at, f"{growth.max():.1f} times as much moves as before")
    return _unclear(step, "it moves, but evenly")


def _stirs(step: Step, watch: Watch) -> Sighting:
    acts = watch.areas > LEAST_ACTION
    if acts.mean() >= STIRS:
        return _answer(step, watch, int(np.argmax(watch.areas)), "it moves in its place")
    if step.turns:
        return _unclear(step, "a turning of something plain and round does not show")
    if (watch.most > LEAST_ACTION).mean() >= STIRS:
        return _unclear(step, "something moves, too little to tell")
    return _answer(step, watch, 0, "nothing moves", yes=False)


_LOOKS: dict[Kind, Callable[[Step, Watch], Sighting]] = {
    "travel": _travels, "enter": _enters, "leave": _leaves, "up": _up, "down": _down,
    "burst": _bursts, "stir": _stirs,
}  # fmt: skip


def _written(sighting: Sighting) -> dict[str, Plain]:
    step = sighting.step
    return {
        "step": step.number,
        "said": step.said,
        "window": [rounded(step.begins), rounded(step.ends)],
        "happened": sighting.happened,
        "frame": sighting.frame if sighting.happened == "yes" else None,
        "why": sighting.why,
    }


def _said(found: list[Sighting]) -> str:
    missing = [f"“{s.step.said}” is not seen: {s.why}" for s in found if s.happened == "no"]
    unclear = [f"“{s.step.said}” is unclear: {s.why}" for s in found if s.happened == "unclear"]
    return "; ".join(missing + unclear) or "every step happens"


def _mend(score: float) -> tuple[Edit, ...]:
    return (new_seeds(because="steps"),) if score < 0.6 else ()

"""From a verdict's typed edits to the request of the next round: pure."""

import re
from collections.abc import Callable, Iterable, Mapping

from farm.digest import Plain
from farm.errors import PlanError
from farm.shots.request import Request

Edit = Mapping[str, Plain]
"""One change to a request: its `kind`, what that kind takes, and `because`, the axis behind it."""

PACE = (0.1, 4.0)
"""The slowest and the quickest that edits may make the camera."""

STOPS = (-6.0, 6.0)
"""How far edits may move the exposure."""


def revise(request: Request, edits: Iterable[Edit]) -> Request:
    """Return the request with every edit made, in order; raises PlanError for an unknown kind."""
    for edit in edits:
        make, _ = _kind(edit)
        request = make(request, edit)
    return request


def add_words(words: str, *, because: str) -> dict[str, Plain]:
    """Ask for something more in the prompt."""
    return {"kind": "add_words", "words": words, "because": because}


def replace_words(old: str, new: str, *, because: str) -> dict[str, Plain]:
    """Say something else in the prompt; an empty `new` takes the words out."""
    return {"kind": "replace_words", "old": old, "new": new, "because": because}


def slow_camera(factor: float, *, because: str) -> dict[str, Plain]:
    """Move the camera at `factor` of its speed, below 1."""
    return {"kind": "slow_camera", "factor": factor, "because": because}


def quicken_camera(factor: float, *, because: str) -> dict[str, Plain]:
    """Move the camera at `factor` of its speed, above 1."""
    return {"kind": "quicken_camera", "factor": factor, "because": because}


def steady_camera(*, because: str) -> dict[str, Plain]:
    """Take the shake out of the camera."""
    return {"kind": "steady_camera", "because": because}


def change_exposure(stops: float, *, because: str) -> dict[str, Plain]:
    """Open up (above 0) or stop down (below 0)."""
    return {"kind": "change_exposure", "stops": stops, "because": because}


def new_seeds(*, because: str) -> dict[str, Plain]:
    """Ask for the same again with other seeds, which the route draws."""
    return {"kind": "new_seeds", "because": because}


def describe(edit: Edit) -> str:
    """Say an edit in words: `move the camera at 0.6 of its speed`."""
    _, words = _kind(edit)
    return words.format(**edit)


def _kind(edit: Edit) -> tuple[Callable[[Request, Edit], Request], str]:
    kind = edit.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise PlanError(
            f"there is no edit of the kind {kind!r}", hint=f"choose from {', '.join(sorted(KINDS))}"
        )
    return KINDS[kind]


def _add_words(request: Request, edit: Edit) -> Request:
    words = _text(edit, "words")
    if words.casefold() in request.prompt.casefold():
        return request
    return request.model_copy(update={"prompt": f"{request.prompt.rstrip(' .,')}, {words}"})


def _replace_words(request: Request, edit: Edit) -> Request:
    old, new = _text(edit, "old"), _text(edit, "new")
    shape = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
    prompt = shape.sub(lambda _: new, request.prompt)
    return request.model_copy(update={"prompt": re.sub(r" {2,}", " ", prompt).strip(" ,")})


def _change_pace(request: Request, edit: Edit) -> Request:
    pace = _within(request.pace * _number(edit, "factor"), PACE)
    return request.model_copy(update={"pace": pace})


def _steady_camera(request: Request, _edit: Edit) -> Request:  # the kind takes nothing
    moves = ["steadicam" if move == "handheld" else move for move in request.camera.moves]
    camera = request.camera.model_copy(update={"moves": tuple(dict.fromkeys(moves))})
    return request.model_copy(update={"camera": camera})


def _change_exposure(request: Request, edit: Edit) -> Request:
    stops = _within(request.exposure_stops + _number(edit, "stops"), STOPS)
    return request.model_copy(update={"exposure_stops": stops})


def _new_seeds(request: Request, _edit: Edit) -> Request:  # the seeds are not in the request
    return request


KINDS: Mapping[str, tuple[Callable[[Request, Edit], Request], str]] = {
    "add_words": (_add_words, "add the words “{words}”"),
    "replace_words": (_replace_words, "say “{new}” where it says “{old}”"),
    "slow_camera": (_change_pace, "slow the camera to {factor} of its speed"),
    "quicken_camera": (_change_pace, "quicken the camera to {factor} times its speed"),
    "steady_camera": (_steady_camera, "take the shake out of the camera"),
    "change_exposure": (_change_exposure, "change the exposure by {stops:+g} stops"),
    "new_seeds": (_new_seeds, "shoot again with new seeds"),
}


def _text(edit: Edit, name: str) -> str:
    value = edit.get(name)
    if not isinstance(value, str):
        raise PlanError(f"the edit {edit.get('kind')} needs words as its {name}")
    return value


def _number(edit: Edit, name: str) -> float:
    value = edit.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(f"the edit {edit.get('kind')} needs a number as its {name}")
    return float(value)


def _within(value: float, limits: tuple[float, float]) -> float:
    return round(min(max(value, limits[0]), limits[1]), 4)

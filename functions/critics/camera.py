"""Metric: the camera makes the move that was asked for, and no other."""

from dataclasses import dataclass

import numpy as np

from farm.digest import Plain
from farm.shots.request import Request
from farm.shots.revise import Edit, add_words, new_seeds, quicken_camera, slow_camera, steady_camera
from functions.critics.base import GOOD, Finding, Take, ramp, rounded
from functions.critics.moves import MARKS, Mark
from functions.critics.track import PAN, ROLL, SHEAR, STRETCH, TILT, TURNS, ZOOM, Track
from functions.critics.words import asks_for_action

NAMES = {PAN: "pan", TILT: "tilt", ROLL: "roll", ZOOM: "zoom", SHEAR: "shear", STRETCH: "stretch"}

UNSEEN_WIDTHS, SEEN_WIDTHS = 0.003, 0.012
"""A move that carries the picture by 1.2 % of its width shows; one of 0.3 % does not."""

ENOUGH = 0.85
"""From here on nothing need be mended."""

SECOND_SHARE = 0.5
"""What an orbit's pan and a crane's tilt are worth beside the shear and the stretch of the near."""

TRAVEL = (0.04, 0.1)
"""Parallax from which a camera may be thought to travel, and from which it surely does."""

STAND = (0.24, 0.14)
"""Parallax from which a camera cannot stand where it is, and under which it may."""

DOUBT, DOUBT_OF_ACTION = 0.4, 0.2
"""What parallax costs a camera that was to stand: less where things act, which look like it."""

LEAK, LEAK_OF_TRAVEL, LEAK_OF_FOLLOWING = 0.5, 0.2, 0.1
"""What a move beside the one asked for costs: a camera that travels turns a little, and one that
travels where things act goes along with them."""

SHAKE = (0.0004, 0.002)
"""Jolts of pan, tilt and roll, in frame widths: of a smooth camera, and of one that shakes."""

OF_SPEED = 0.03
"""The part of a camera's own speed that its measurement strays by."""

JOLT = 0.548
"""What turns a third difference of independent jolts into their second: the root of 6 / 20."""

SWAY = (0.00002, 0.00008)
"""How far pan, tilt and roll stray from an even course, in frame widths a frame, of a camera that
stands or glides, and of one held by hand, which sways about once a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How well one move shows, 0 to 1, how a person would say so, and whether more would help."""

    score: float
    said: str
    weak: bool = False


def camera(take: Take, request: Request) -> Finding | None:
    """Compare the moves asked for with those measured: direction, parallax, and strays.

    A turn moves all alike, a travel what is near the most (Longuet-Higgins and Prazdny, 1980).
    None where the picture has too little texture to tell how the camera moves, or its moves are a
    plate's.
    """
    if len(take.clip) < 3 or request.plate or not take.camera.told:
        return None
    track, moves = take.camera, request.camera.moves
    marks = _marks(moves)
    acts = asks_for_action(request)
    readings = [_directed(track, move, marks, acts=acts) for move in marks]
    readings += [_manner(track, move) for move in moves if move not in MARKS]
    score = float(np.mean([r.score for r in readings])) if readings else 1.0
    calm = _calm(track, moves)
    score *= calm
    said = [r.said for r in readings] or ["moves against each other cannot be told apart"]
    total = _totals(track)
    measured = {f"{NAMES[row]}_widths": rounded(value) for row, value in total.items()}
    depth = {f"{NAMES[row]}_parallax": rounded(track.parallax[row]) for row in track.parallax}
    return Finding(
        axis="camera",
        score=score,
        measured={**measured, **depth, **_steadiness(track)},
        said="; ".join([*said, *(["the camera shakes"] if calm < 0.9 else [])]),
        frames=(int(np.argmax(track.speed)),),
        edits=_mend(moves, readings, track, score),
    )


def shake(track: Track) -> float:
    """Measure how abruptly the camera turns, in frame widths, beyond what its speed excuses.

    The third difference of its course, given as the second that independent jolts would have: a
    move that speeds up or slows down evenly has none, at whichever rate it is filmed.
    """
    turns = (track.course * track.reach)[:, [PAN, TILT, ROLL]]
    if len(turns) < 3:
        return 0.0
    jolts = JOLT * float(np.abs(np.diff(turns, n=2, axis=0)).mean())
    return max(jolts - OF_SPEED * float(np.median(track.speed)), 0.0)


def sway(track: Track) -> float:
    """Measure how far pan, tilt and roll stray from an even course, in frame widths a frame."""
    turns = (track.course * track.reach)[:, [PAN, TILT, ROLL]]
    if len(turns) < 6:
        return shake(track)
    time = np.linspace(-1, 1, len(turns))
    even = np.polynomial.polynomial.polyfit(time, turns, 2)
    stray = turns - np.polynomial.polynomial.polyval(time, even).T
    return float(np.sqrt((stray**2).sum(1).mean()))


def _steadiness(track: Track) -> dict[str, Plain]:
    shaken, swayed = rounded(100 * shake(track)), rounded(100 * sway(track))
    return {"shake_percent_of_width": shaken, "sway_percent_of_width": swayed}


def _marks(moves: tuple[str, ...]) -> dict[str, Mark]:
    """Say what to look for, by move; two moves against each other leave nothing to see."""
    marks = {move: MARKS[move] for move in moves if move in MARKS}
    against = {(mark.row, -mark.sign) for mark in marks.values()}
    return {move: mark for move, mark in marks.items() if (mark.row, mark.sign) not in against}


def _totals(track: Track) -> dict[int, float]:
    """Add up how far each field carries a pixel over the take, in frame widths."""
    total = dict(zip(TURNS, track.widths.sum(axis=0).tolist(), strict=True))
    mean = track.mean * len(track.steps)
    height, width = track.residual.shape[1:3]
    rows = height / width / np.sqrt(12)
    return {**total, SHEAR: float(mean[SHEAR] * rows), STRETCH: float(mean[STRETCH] * rows)}


def _directed(track: Track, move: str, marks: dict[str, Mark], *, acts: bool) -> Reading:
    mark, total = marks[move], _totals(track)
    right = _carried(total, mark)
    shown = ramp(right, bad=UNSEEN_WIDTHS, good=SEEN_WIDTHS)
    if not shown:
        return Reading(score=0.0, said=_missed(move, right))
    depth = _depth(track, mark, marks)
    travels = any(m.travels for m in marks.values())
    leak = LEAK if not travels else LEAK_OF_FOLLOWING if acts else LEAK_OF_TRAVEL
    stray = leak * _stray(total, marks)
    doubt = DOUBT_OF_ACTION if acts and not mark.travels else DOUBT
    score = shown * (1 - doubt * (1 - depth)) * right / (right + stray)
    told = f"the {_words(move)} carries the picture by {right:.1%} of its width"
    told += _against(total, mark, marks, depth=depth, stray=stray / right)
    return Reading(score=score, said=told, weak=shown < 1 or (mark.travels and depth < 0.5))


def _carried(total: dict[int, float], mark: Mark) -> float:
    """Measure how far a move carries the picture its own way, below 0 where it goes the other.

    An orbit turns against its own travel, whatever acts before it: where its pan tells more than
    the shear of the near, it decides. A crane that goes up looks down to keep its subject, and one
    on a stiff head does not: so its tilt adds to the stretch and never stands in for it.
    """
    right = mark.sign * total[mark.row]
    if mark.row == SHEAR:
        return max(right, SECOND_SHARE * mark.sign * total[PAN], key=abs)
    if mark.row == STRETCH and right > UNSEEN_WIDTHS:
        return max(right, -SECOND_SHARE * mark.sign * total[TILT])
    return right


def _against(
    total: dict[int, float], mark: Mark, marks: dict[str, Mark], *, depth: float, stray: float
) -> str:
    """Say what speaks against a move that shows."""
    said = ""
    if depth < 0.5 and mark.travels:
        said += ", but near and far move alike, as if the camera stood"
    elif depth < 0.5:
        said += ", but near things move more than far ones, as if the camera travelled"
    if stray > 0.1:
        besides = max(_others(marks), key=lambda row: abs(total[row]))
        said += f", and besides it there is a {NAMES[besides]} of {abs(total[besides]):.1%}"
    return said


def _depth(track: Track, mark: Mark, marks: dict[str, Mark]) -> float:
    """Score whether near and far move as a travelling or a standing camera makes them, 0 to 1."""
    if mark.row not in track.parallax:
        return 1.0
    if mark.travels:
        return ramp(track.parallax[mark.row], bad=TRAVEL[0], good=TRAVEL[1])
    if any(m.travels for m in marks.values()):
        return 1.0
    return ramp(track.parallax[mark.row], bad=STAND[0], good=STAND[1])


def _stray(total: dict[int, float], marks: dict[str, Mark]) -> float:
    """Measure what the camera did besides; a crane tilts and an orbit pans by their nature."""
    return float(np.sqrt(sum(total[row] ** 2 for row in _others(marks))))


def _others(marks: dict[str, Mark]) -> list[int]:
    asked = {m.row for m in marks.values()}
    asked |= {TILT} if STRETCH in asked else set()
    asked |= {PAN} if SHEAR in asked else set()
    return [row for row in TURNS if row not in asked]


def _words(move: str) -> str:
    return move.replace("_", " ")


def _missed(move: str, right: float) -> str:
    if right < -UNSEEN_WIDTHS:
        article = "an" if move.startswith("orbit") else "a"
        return f"{article} {_words(move)} was asked for, and the camera goes the other way"
    return f"no {_words(move)} shows"


def _manner(track: Track, move: str) -> Reading:
    """Judge the moves that have no direction."""
    if move == "static":
        speed = float(np.median(track.speed))
        still = ramp(speed, bad=0.004, good=0.0005)
        drifts = f"the camera was to stand still, and drifts by {speed:.2%} of the width a frame"
        return Reading(score=still, said="the camera stands still" if still >= GOOD else drifts)
    if move == "handheld":
        loose = ramp(sway(track), bad=SWAY[0], good=SWAY[1])
        steady = "the camera is too steady to be held by hand"
        return Reading(score=loose, said="the camera is held by hand" if loose >= GOOD else steady)
    if move == "dolly_zoom":
        return _dolly_zoom(track)
    return Reading(score=1.0, said="the camera glides")


def _dolly_zoom(track: Track) -> Reading:
    """Look for a background that changes its size while the subject keeps it."""
    moved = ramp(track.spread * len(track.steps), bad=UNSEEN_WIDTHS, good=SEEN_WIDTHS)
    depth = ramp(track.parallax[ZOOM], bad=0.3, good=0.7)
    told = (
        "the background moves against the subject"
        if moved * depth >= GOOD
        else "hardly a dolly zoom shows"
    )
    return Reading(score=moved * depth, said=told)


def _calm(track: Track, moves: tuple[str, ...]) -> float:
    """Mark down a shake that nobody asked for."""
    if "handheld" in moves:
        return 1.0
    return 0.4 + 0.6 * ramp(shake(track), bad=SHAKE[1], good=SHAKE[0])


def _mend(
    moves: tuple[str, ...], readings: list[Reading], track: Track, score: float
) -> tuple[Edit, ...]:
    if score >= ENOUGH:
        return ()
    weak = any(reading.weak for reading in readings) or track.speed.max() < 0.001
    if weak and moves != ("static",):
        return (quicken_camera(1.6, because="camera"), new_seeds(because="camera"))
    if "handheld" not in moves and shake(track) > SHAKE[0]:
        return (steady_camera(because="camera"), slow_camera(0.7, because="camera"))
    if moves == ("static",):
        return (add_words("static camera", because="camera"), new_seeds(because="camera"))
    words = "camera " + " and ".join(_words(move) for move in moves)
    return (add_words(words, because="camera"), new_seeds(because="camera"))

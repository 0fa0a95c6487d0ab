"""Gate: something happens where motion was asked for."""

import numpy as np
from numpy.typing import NDArray

from farm.shots.request import Request
from farm.shots.revise import Edit, new_seeds, quicken_camera
from functions.critics.base import Finding, Take, rounded
from functions.critics.sight import F32, blocks_of
from functions.critics.words import asks_for_action, asks_for_camera, only_turns

STILL_STOPS = 0.03
"""Nothing moves where no hundredth of the picture ever differs by more from the first frame."""

SAME_STOPS = 0.004
"""The same before a camera that is to stand still: what acts may be small, or round and turning."""

STILL_PIXELS = 0.15
GRAIN_GROWTH = 1.35
GRAIN_TAIL = 4.5
STILL_PAIR_STOPS = 0.0005
LONGEST_REST = 0.4
"""The part of a take that may stand still in one run while the camera is to move."""


def frozen(take: Take, request: Request) -> Finding | None:
    """Tell stills from footage, grain or none; None where nothing was asked to move.

    What moves leaves the first frame behind; grain does not: its difference over the whole take is
    no larger than between neighbours, spreads evenly, and has no flow, as a sensor's noise has none
    (Healey and Kondepudy, PAMI 16, 1994). Where all that was asked is a turning on the spot, a
    still may be the truth, and is no fault.
    """
    camera = asks_for_camera(request)
    if len(take.clip) < 4 or not (camera or asks_for_action(request)):
        return None
    drift, rest = _drift(take), _longest_rest(take.changes)
    least = STILL_STOPS if camera else SAME_STOPS
    still = drift < least or _is_grain(take)
    halted = camera and rest > LONGEST_REST
    unseen = still and not camera and only_turns(request)
    broken = halted or (still and not unseen)
    return Finding(
        axis="frozen",
        score=0.0 if broken else 0.5 if unseen else 1.0,
        measured={"drift_stops": rounded(drift), "longest_rest_share": rounded(rest)},
        said="what turns is plain and round, so that its turning does not show"
        if unseen
        else "nothing moves"
        if still
        else f"the picture stands still for {rest:.0%} of the take"
        if halted
        else "the picture moves",
        frames=_rest_frames(take.changes) if halted else (),
        broken=broken,
        edits=_mend(camera=camera) if broken else (),
    )


def _mend(*, camera: bool) -> tuple[Edit, ...]:
    seeds = new_seeds(because="frozen")
    return (quicken_camera(1.6, because="frozen"), seeds) if camera else (seeds,)


def _levelled(take: Take) -> F32:
    """Take every frame's own level off the tones: light that flickers is no motion."""
    blocks = blocks_of(take.tones, 4)
    levels: F32 = blocks - np.median(blocks, axis=(1, 2), keepdims=True)
    return levels


def _drift(take: Take) -> float:
    levels = _levelled(take)
    return max(_top(np.abs(level - levels[0])) for level in levels[1:])


def _is_grain(take: Take) -> bool:
    levels = _levelled(take)
    far = np.abs(levels[len(levels) // 2 :] - levels[0])
    near = np.abs(np.diff(levels, axis=0))
    grows = float(far.mean()) > GRAIN_GROWTH * float(near.mean())
    stands_out = _top(near) > GRAIN_TAIL * float(near.mean())
    flow = np.stack([np.sqrt((f.ahead**2).sum(-1)) for f in take.flows])
    return not grows and not stands_out and float(np.median(flow)) < STILL_PIXELS


def _top(values: F32) -> float:
    """Average the largest hundredth."""
    count = max(1, values.size // 100)
    return float(np.partition(values.ravel(), -count)[-count:].mean())


def _longest_rest(changes: NDArray[np.float64]) -> float:
    return len(_rest_frames(changes)) / (len(changes) + 1)


def _rest_frames(changes: NDArray[np.float64]) -> tuple[int, ...]:
    """List the frames of the longest run in which no pair differs."""
    best: tuple[int, ...] = ()
    run: list[int] = []
    for pair, change in enumerate(changes):
        run = [*run, pair + 1] if change < STILL_PAIR_STOPS else []
        best = max(best, tuple(run), key=len)
    return best

"""How often the judge is right: every fault at every strength, every camera move, clean footage.

python bench/judge.py [--takes 3]

Prints the share of spoilt takes that each gate or metric noticed, by strength; the moves of the
camera that were told from each other; and the false alarms on clean takes.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from functools import cache

import cv2
import numpy as np

from farm.shots.request import Request
from functions.critics import CRITICS, GATES, METRICS
from functions.critics.base import Finding, Take
from functions.critics.faults import FAULTS, Fault, burn, darken, grain
from functions.critics.plates import PATHS, Clip, film

GOOD = 0.75
SIZE = (240, 136)
CONFUSED = (
    ("pan_right", "truck_right"), ("truck_right", "pan_right"), ("zoom_in", "dolly_in"),
    ("dolly_in", "zoom_in"), ("tilt_up", "pedestal_up"), ("pedestal_up", "tilt_up"),
    ("pan_left", "pan_right"), ("dolly_in", "dolly_out"), ("orbit_left", "orbit_right"),
    ("static", "handheld"), ("crane_up", "crane_down"), ("roll_left", "tilt_up"),
    ("dolly_zoom", "zoom_in"), ("dolly_zoom", "dolly_in"),
)  # fmt: skip
"""Moves asked for, and moves made instead."""

HARMLESS: dict[str, Callable[[Clip], Clip]] = {
    "as filmed": lambda clip: clip,
    "with film grain": lambda clip: grain(clip, 0.04),
    "a stop up": lambda clip: burn(clip, 1),
    "a stop down": lambda clip: darken(clip, 1),
    "half as long": lambda clip: clip[: len(clip) // 2],
}
"""What may be done to clean footage without making it worse."""


def main() -> None:
    """Measure, and print three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=2, help="clean takes of each move, by seed")
    seeds = range(parser.parse_args().takes)
    cv2.setNumThreads(1)
    started = time.perf_counter()
    print("fault              axis         share noticed, by strength")
    for name, fault in FAULTS.items():
        print(f"{name:18} {fault.axis:12} {'   '.join(rates(fault, seeds))}")
    print("\nasked for          made instead       mean score, right move / other move")
    for asked, made in CONFUSED:
        right, other = (np.mean([camera(asked, m, s) for s in seeds]) for m in (asked, made))
        print(f"{asked:18} {made:18} {right:.2f} / {other:.2f}")
    print("\nfalse alarms on clean takes")
    alarms = list(false_alarms(seeds))
    print("\n".join(alarms) or "none", f"in {len(PATHS) * len(seeds) * len(HARMLESS)} takes")
    print(f"{time.perf_counter() - started:.0f} s")


def rates(fault: Fault, seeds: range) -> Iterator[str]:
    """Say for each strength which share of the spoilt takes was noticed."""
    for strength in fault.strengths:
        seen = [
            noticed(ask(fault.axis, move, fault.plant(clean(move, seed), strength)))
            for move in fault.moves
            for seed in seeds
        ]
        yield f"{strength:g}: {np.mean(seen):.0%}"


def noticed(finding: Finding | None) -> bool:
    """Tell whether a gate broke the take or a metric marked it down."""
    if finding is None:
        return False
    return finding.broken if finding.axis in GATES else finding.score < GOOD


def camera(asked: str, made: str, seed: int) -> float:
    """Score one move against the move that was asked for."""
    finding = ask("camera", asked, clean(made, seed))
    return finding.score if finding else 0.0


def false_alarms(seeds: range) -> Iterator[str]:
    """Name every axis that complains of a clean take."""
    for move in PATHS:
        for seed in seeds:
            for name, change in HARMLESS.items():
                for finding in findings(move, change(clean(move, seed))):
                    if noticed(finding):
                        yield f"  {move} {name}, seed {seed}: {finding.axis}, {finding.said}"


def findings(move: str, clip: Clip) -> Iterator[Finding]:
    """Ask every critic about one clip."""
    take, request = take_of(clip), request_for(move, frames=len(clip))
    for axis in (*GATES, *METRICS):
        if finding := CRITICS.get(axis)(take, request):
            yield finding


def ask(axis: str, move: str, clip: Clip) -> Finding | None:
    """Ask one critic about one clip."""
    return CRITICS.get(axis)(take_of(clip), request_for(move))


@cache
def clean(move: str, seed: int) -> Clip:
    """Film one clean take."""
    return film(move, size=SIZE, seed=seed)


def take_of(clip: Clip) -> Take:
    """Make a take of a clip."""
    return Take(name="t01", clip=clip)


def request_for(move: str, *, frames: int = 24) -> Request:
    """Ask for a move and nothing else."""
    return Request.model_validate(
        {
            "prompt": "a courtyard",
            "frames": frames,
            "rate": 24,
            "size": SIZE,
            "camera": {"moves": (move,)},
        }
    )


if __name__ == "__main__":
    main()

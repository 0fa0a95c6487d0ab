"""How often the judge is right: every fault at every strength, clean takes, and whole rounds.

python bench/judge.py [--takes 1] [--rounds 40] [--table faults|wishes|moves|clean|rounds]

Prints, for each gate and metric, the share of planted faults that it notices by strength, and
whether the middle one reaches 95 %; the moves of the camera that are told from each other; the
clean takes that are thrown out or marked down; and how often the take that was made to be best is
circled. Clean takes are filmed on a set of cards and rendered by previz.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from farm.frames import FrameRange
from farm.media.colorspace import convert
from farm.shots.request import Request
from functions.critics import CRITICS, GATES, METRICS
from functions.critics.base import Finding, Take
from functions.critics.faults import FAULTS, burn, darken, grain
from functions.critics.fidelity import structure_agreement
from functions.critics.joint import OK, measure_joint
from functions.critics.plates import PATHS, Clip, Way, film, film_head
from functions.judge import WEIGHTS, Rules, rank, score_take
from functions.models.previz.model import Previz

GOOD = 0.75
SIZE, FRAMES = (192, 108), 18
ENOUGH, MOST_THROWN_OUT = 0.95, 0.02
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

PREVIZ = (
    ("A red ball rolls into a courtyard, hits a stack of crates, and they topple", "dolly_in"),
    ("A sailing boat drifts past a lighthouse at dusk", "pan_right"),
    ("A robot walks through a factory hall", "static"),
    ("A dog runs across a meadow", "truck_right"),
    ("A car drives down a desert road at noon", "crane_up"),
    ("Snow falls on a pine forest", "tilt_up"),
    ("An astronaut floats above a planet", "orbit_left"),
    ("A blue sphere spins in a studio", "static"),
    ("A candle burns on a table in a dark room", "dolly_in"),
    ("A city street at night, neon", "pan_left"),
    ("A horse gallops along a beach in fog", "static"),
    ("A ball bounces down stone steps", "zoom_in"),
    ("A glass falls off a table and shatters", "static"),
    ("Dancers spin on a stage", "static"),
)
"""Prompts whose previz takes are clean; the sphere turns without a texture to show it."""

Rates = tuple[str, list[tuple[float, float]]]
"""An axis, and the share of faults that it notices at each strength."""

BALL: Way = ((0.3, 0.66), (0.7, 0.66))
FALLS: Way = ((0.5, 0.2), (0.5, 0.75))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fault of what was asked rather than of the pixels: noticed at each strength, or not.

    `whole` is the strength at which there is no fault, None where there is none such.
    """

    axis: str
    strengths: tuple[float, ...]
    noticed: Callable[[float, int], bool]
    whole: float | None = 0.0


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=1, help="clean takes of each move, by seed")
    parser.add_argument("--rounds", type=int, default=40, help="rounds with one best take")
    parser.add_argument("--table", choices=tuple(TABLES))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    started, cpu = time.perf_counter(), time.process_time()
    for name, show in TABLES.items():
        if options.table in (None, name):
            show(range(options.rounds) if name == "rounds" else range(options.takes))
    print(f"{time.perf_counter() - started:.0f} s, {time.process_time() - cpu:.0f} s of one core")


def print_faults(seeds: range) -> None:
    """Print which faults of the pixels are noticed."""
    print_rates(planted(seeds))


def print_wishes(seeds: range) -> None:
    """Print which faults of what was asked are noticed, and where there is none."""
    print_rates(asked(seeds))
    alarms = [name for name, case in CASES.items() if case.whole is not None
              and any(case.noticed(case.whole, seed) for seed in seeds)]  # fmt: skip
    print(f"noticed where there is no fault: {', '.join(alarms) or 'none'}")


def print_rates(found: Iterator[tuple[str, Rates]]) -> None:
    """Print the share of faults that are noticed, and which fall short at their middle strength."""
    print("\nfault                axis         noticed, by strength (the middle one counts)")
    short = []
    for name, (axis, rates) in found:
        middle = rates[len(rates) // 2][1]
        short += [name] if middle < ENOUGH else []
        told = "   ".join(f"{strength:g}: {rate:.0%}" for strength, rate in rates)
        print(f"{name:20} {axis:12} {told}{'' if middle >= ENOUGH else '   <'}", flush=True)
    print(f"under {ENOUGH:.0%} at the middle strength: {', '.join(short) or 'none'}")


def planted(seeds: range) -> Iterator[tuple[str, Rates]]:
    """Measure faults of the pixels, planted in every kind of footage that may have them."""
    for name, fault in FAULTS.items():
        rates = []
        for strength in fault.strengths:
            seen = [
                noticed(ask(fault.axis, move, fault.plant(clean(move, seed), strength)))
                for move in fault.moves
                for seed in seeds
            ]
            rates.append((strength, float(np.mean(seen))))
        yield name, (fault.axis, rates)


def asked(seeds: range) -> Iterator[tuple[str, Rates]]:
    """Measure faults that lie between what was asked and what is shown."""
    for name, case in CASES.items():
        rates = [
            (strength, float(np.mean([case.noticed(strength, seed) for seed in seeds])))
            for strength in case.strengths
        ]
        yield name, (case.axis, rates)


def noticed(finding: Finding | None) -> bool:
    """Tell whether a gate broke the take or a metric marked it down."""
    if finding is None:
        return False
    return finding.broken if finding.axis in GATES else finding.weighs and finding.score < GOOD


def marked(clip: Clip, **mark: object) -> bool:
    """Ask about one mark on the frame of a still camera."""
    wish = request_for("static", prompt="a ball rolls", annotations=[{"frame": 0, **mark}])
    return noticed(CRITICS.get("annotations")(take_of(clip), wish))


def off_path(off: float, seed: int) -> bool:
    """Draw a path that leaves the ball's by a part of the frame's height."""
    path = [[0.3, 0.66], [0.5, 0.66 - off / 2], [0.7, 0.66 - off]]
    return marked(rolled(seed), path=path, guides="subject")


def off_arrow(degrees: float, seed: int) -> bool:
    """Turn the arrow away from where the ball goes."""
    at = np.radians(degrees)
    tip = (0.3 + 0.2 * np.cos(at), 0.66 - 0.25 * np.sin(at))
    return marked(rolled(seed), arrow=[[0.3, 0.66], list(map(float, tip))], guides="subject")


def off_camera_arrow(degrees: float, seed: int) -> bool:
    """Turn the arrow away from where the camera pans."""
    at = np.radians(degrees)
    tip = (0.5 + 0.2 * np.cos(at), 0.5 + 0.35 * np.sin(at))
    arrow = [[0.5, 0.5], list(map(float, tip))]
    return marked(clean("pan_right", seed), arrow=arrow, guides="camera")


def off_region(away: float, seed: int) -> bool:
    """Draw a region away from where the ball goes, by parts of the frame."""
    top = 0.66 - away
    return marked(rolled(seed), region=[[0.35, max(top - 0.15, 0)], [0.65, max(top, 0.01)]])


def off_gaze(degrees: float, _seed: int) -> bool:
    """Turn the head away from what it is to look at."""
    at = np.radians(degrees)
    turn = (0.12 * float(np.cos(at)), 0.12 * float(np.sin(at)))
    return marked(film_head(turn, frames=FRAMES, size=SIZE), gaze=[[0.5, 0.5], [0.9, 0.5]])


def leaves(share: float, seed: int) -> bool:
    """Let the ball roll out of the picture for a share of the take."""
    end = 0.35 + 0.72 / (1 - share)
    clip = film("static", frames=FRAMES, size=SIZE, seed=seed, ball=((0.35, 0.6), (end, 0.6)))
    return noticed(CRITICS.get("subject")(take_of(clip), request_for("static", "a ball rolls")))


def leaves_before(move: str) -> Callable[[float, int], bool]:
    """Let the ball roll out of the picture of a camera that moves, for a share of the take."""

    def look(share: float, seed: int) -> bool:
        way = ((0.35, 0.6), (0.35 + 0.72 / (1 - share), 0.6))
        clip = film(move, frames=FRAMES, size=SIZE, seed=seed, ball=way)
        return noticed(CRITICS.get("subject")(take_of(clip), request_for(move, "a ball rolls")))

    return look


def nothing_flies(amount: float, seed: int) -> bool:
    """Let nothing fly before a camera that goes in, by this much; below 0 something does."""
    clip = film("dolly_in", frames=FRAMES, size=SIZE, seed=seed, amount=abs(amount),
                ball=amount < 0)  # fmt: skip
    wish = request_for("dolly_in", "a paper plane flies")
    return noticed(CRITICS.get("steps")(take_of(clip), wish))


def crane_other_way(amount: float, seed: int) -> bool:
    """Let a crane that keeps its subject go down before what acts; below 0 it goes up, as asked."""
    made = ("crane_down", "tilt_up") if amount > 0 else ("crane_up", "tilt_down")
    clip = film(*made, frames=FRAMES, size=SIZE, seed=seed, amount=abs(amount), ball=True)
    wish = request_for("crane_up", "dancers spin")
    return noticed(CRITICS.get("camera")(take_of(clip), wish))


def step_missing(prompt: str, way: Way) -> Callable[[float, int], bool]:
    """Let the ball do only a part of what the prompt says."""

    def look(missing: float, seed: int) -> bool:
        (left, top), (right, bottom) = way
        rest = 1 - missing
        done = ((left, top), (left + rest * (right - left), top + rest * (bottom - top)))
        clip = film("static", frames=FRAMES, size=SIZE, seed=seed, ball=done)
        return noticed(CRITICS.get("steps")(take_of(clip), request_for("static", prompt)))

    return look


def wrong_move(asked_for: str, made: str) -> Callable[[float, int], bool]:
    """Make another move than the one that was asked for."""

    def look(amount: float, seed: int) -> bool:
        clip = film(made, frames=FRAMES, size=SIZE, seed=seed, amount=amount)
        return noticed(ask("camera", asked_for, clip))

    return look


def seam_shows(spoil: Callable[[Clip, float], tuple[Clip, Clip]]) -> Callable[[float, int], bool]:
    """Join two pieces of one take with a fault between them."""

    def look(strength: float, seed: int) -> bool:
        whole = film("dolly_in", "pan_left", frames=24, size=SIZE, seed=seed)
        before, after = spoil(whole, strength)
        return min(measure_joint(before, after).scores.values()) < OK

    return look


def other_master(amount: float, seed: int) -> bool:
    """Hold a draft against a master whose camera goes otherwise."""
    draft = film("pan_right", frames=8, size=SIZE, seed=seed)
    size = (2 * SIZE[0], 2 * SIZE[1])
    other = film("pan_right", frames=8, size=size, seed=seed, amount=1 - amount)
    return not structure_agreement(draft, other).faithful


CASES: dict[str, Case] = {
    "wrong_pan": Case(
        axis="camera",
        strengths=(0.2, 0.5, 1),
        noticed=wrong_move("pan_right", "pan_left"),
        whole=None,
    ),
    "tilt_for_pan": Case(
        axis="camera",
        strengths=(0.2, 0.5, 1),
        noticed=wrong_move("pan_left", "tilt_up"),
        whole=None,
    ),
    "zoom_for_dolly": Case(
        axis="camera",
        strengths=(0.5, 1, 1.5),
        noticed=wrong_move("dolly_in", "zoom_in"),
        whole=None,
    ),
    "dolly_for_zoom": Case(
        axis="camera",
        strengths=(0.5, 1, 1.5),
        noticed=wrong_move("zoom_in", "dolly_in"),
        whole=None,
    ),
    "orbit_other_way": Case(
        axis="camera",
        strengths=(0.5, 1, 1.5),
        noticed=wrong_move("orbit_left", "orbit_right"),
        whole=None,
    ),
    "crane_other_way": Case(
        axis="camera", strengths=(0.5, 1, 1.5), noticed=crane_other_way, whole=-1
    ),
    "off_path": Case(axis="annotations", strengths=(0.3, 0.5, 0.66), noticed=off_path),
    "off_arrow": Case(axis="annotations", strengths=(60, 90, 180), noticed=off_arrow),
    "off_camera_arrow": Case(axis="annotations", strengths=(60, 90, 180), noticed=off_camera_arrow),
    "off_region": Case(axis="annotations", strengths=(0.3, 0.4, 0.5), noticed=off_region),
    "off_gaze": Case(axis="annotations", strengths=(60, 90, 180), noticed=off_gaze),
    "leaves": Case(axis="subject", strengths=(0.3, 0.45, 0.6), noticed=leaves, whole=-1),
    "leaves_a_crane": Case(
        axis="subject", strengths=(0.3, 0.45, 0.6), noticed=leaves_before("crane_up"), whole=-1
    ),
    "leaves_a_dolly": Case(
        axis="subject", strengths=(0.3, 0.45, 0.6), noticed=leaves_before("dolly_out"), whole=-1
    ),
    "does_not_fly": Case(axis="steps", strengths=(0.5, 1, 1.5), noticed=nothing_flies, whole=-1),
    "does_not_roll": Case(
        axis="steps", strengths=(0.9, 0.97, 1), noticed=step_missing("a ball rolls", BALL)
    ),
    "does_not_fall": Case(
        axis="steps", strengths=(0.9, 0.99, 1), noticed=step_missing("a ball falls", FALLS)
    ),
    "seam_jumps": Case(
        axis="seam",
        strengths=(3, 5, 8),
        noticed=seam_shows(lambda clip, skip: (clip[:10], clip[10 + int(skip) :])),
    ),
    "seam_turns_back": Case(
        axis="seam",
        strengths=(2, 4, 8),
        noticed=seam_shows(lambda clip, n: (clip[:12], clip[10 : max(10 - int(n) - 2, 0) : -1])),
        whole=None,
    ),
    "seam_of_light": Case(
        axis="seam",
        strengths=(0.1, 0.2, 0.4),
        noticed=seam_shows(lambda clip, stops: (clip[:12], burn(clip[12:], stops))),
    ),
    "other_master": Case(axis="fidelity", strengths=(0.5, 1, 2), noticed=other_master),
}


def print_moves(seeds: range) -> None:
    """Print how far moves that are easily confused lie apart."""
    print("\nasked for          made instead       mean score, right move / other move")
    for asked_for, made in CONFUSED:
        right, other = (
            np.mean([camera(asked_for, m, s) for s in seeds]) for m in (asked_for, made)
        )
        print(f"{asked_for:18} {made:18} {right:.2f} / {other:.2f}")


def camera(asked_for: str, made: str, seed: int) -> float:
    """Score one move against the move that was asked for."""
    finding = ask("camera", asked_for, clean(made, seed))
    return finding.score if finding else 0.0


def print_clean(seeds: range) -> None:
    """Print how many clean takes are thrown out, and which axes mark one down."""
    takes = [
        (f"{move} {name}, seed {seed}", change(clean(move, seed)), move, "a courtyard")
        for move in PATHS
        for seed in seeds
        for name, change in HARMLESS.items()
    ]
    shown = [
        (f"{prompt} {name}", change(previz(prompt, move)), move, prompt)
        for prompt, move in PREVIZ
        for name, change in HARMLESS.items()
    ]
    for kind, group in (("filmed", takes), ("previz", shown)):
        out: list[str] = []
        down: list[str] = []
        for name, clip, move, prompt in group:
            for finding in findings(clip, request_for(move, prompt, frames=len(clip))):
                if noticed(finding):
                    said = f"  {name}: {finding.axis}, {finding.said}"
                    (out if finding.broken else down).append(said)
        gone, low = (len({said.partition(":")[0] for said in found}) for found in (out, down))
        share, lowered = gone / len(group), low / len(group)
        mark = "" if share <= MOST_THROWN_OUT else "   <"
        print(f"\nclean, {kind}: {len(group)} takes, {share:.1%} thrown out{mark}")
        print(f"{lowered:.1%} marked down on some axis")
        print("\n".join((out + down)[:24]))


def findings(clip: Clip, request: Request) -> Iterator[Finding]:
    """Ask every critic about one clip."""
    take = take_of(clip)
    for axis in (*GATES, *METRICS):
        if finding := CRITICS.get(axis)(take, request):
            yield finding


def print_rounds(rounds: range) -> None:
    """Print how often the one clean take of four is circled, the others having planted faults."""
    dice, right, top = np.random.default_rng(5), 0, 0
    names = list(FAULTS)
    for turn in rounds:
        fault_names = dice.choice(names, 3, replace=False)
        move = ("pan_right", "dolly_in", "tilt_up")[turn % 3]
        best = clean(move, turn % 3)
        spoilt = [FAULTS[n].plant(clean(move, (turn + k) % 3), _middle(n))
                  for k, n in enumerate(fault_names)]  # fmt: skip
        place = int(dice.integers(0, 4))
        clips = [*spoilt[:place], best, *spoilt[place:]]
        rules = Rules(
            request=request_for(move),
            takes=("t01", "t02", "t03", "t04"),
            weights=WEIGHTS,
            accept=0.75,
        )
        scores = [
            score_take(Take(name=name, clip=clip), rules)
            for name, clip in zip(rules.takes, clips, strict=True)
        ]
        ranked, _ = rank(rules, scores, None)
        right += ranked[0].take == rules.takes[place]
        top += rules.takes[place] in {ranked[0].take, ranked[1].take}
        if ranked[0].take != rules.takes[place]:
            print(f"  {move}: circled another than the best, among {', '.join(fault_names)}")
    print(
        f"\nthe best take is circled in {right / len(rounds):.0%} of {len(rounds)} rounds of four"
    )
    print(
        f"it is among the first two in {top / len(rounds):.0%}; by chance it would be 25% and 50%"
    )


def _middle(name: str) -> float:
    strengths = FAULTS[name].strengths
    return strengths[len(strengths) // 2]


def ask(axis: str, move: str, clip: Clip) -> Finding | None:
    """Ask one critic about one clip."""
    return CRITICS.get(axis)(take_of(clip), request_for(move))


@cache
def clean(move: str, seed: int) -> Clip:
    """Film one clean take."""
    return film(move, frames=FRAMES, size=SIZE, seed=seed)


@cache
def rolled(seed: int) -> Clip:
    """Film one clean take with a ball that rolls across."""
    return film("static", frames=FRAMES, size=SIZE, seed=seed, ball=True)


@cache
def previz(prompt: str, move: str) -> Clip:
    """Render one clean take."""
    model = Previz()
    state = model.draft(request_for(move, prompt), seed=1)
    frames = list(model.render(state, FrameRange(0, FRAMES - 1), size=SIZE))
    return convert(np.stack(frames), "ACEScg", "ACES2065-1").astype(np.float16)


def take_of(clip: Clip) -> Take:
    """Make a take of a clip."""
    return Take(name="t01", clip=clip)


def request_for(
    move: str, prompt: str = "a courtyard", *, frames: int = FRAMES, **fields: object
) -> Request:
    """Ask for a move, and for what a prompt says."""
    return Request.model_validate(
        {
            "prompt": prompt,
            "frames": frames,
            "rate": 24,
            "size": SIZE,
            "camera": {"moves": (move,)},
            **fields,
        }
    )


TABLES: dict[str, Callable[[range], None]] = {
    "faults": print_faults,
    "wishes": print_wishes,
    "moves": print_moves,
    "clean": print_clean,
    "rounds": print_rounds,
}

if __name__ == "__main__":
    main()

"""What revision is worth: a random take, the best of as many takes, and what the loop circles.

python -m bench.reasoning [--store DIR] [--prompts 120] [--only N] [--steady]

For every prompt, takes of a few small frames are shot with previz by a crew that errs
(bench/crew.py; `--steady` leaves its errors out), and judged. Adherence to the first request is
measured by what the scene truly holds (bench/truth.py), of which the judge knows nothing; its own
opinion of the same takes stands beside it. What is done is kept in the store: run it again to go
on, and `--only N` does N prompts more and then prints.
"""

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.crew import erring
from bench.truth import truth
from farm.digest import Plain, canonical, digest_value
from farm.frames import FrameRange
from farm.media.colorspace import convert
from farm.route.judge import VERSION as JUDGE
from farm.settings import local_uri
from farm.shots.request import Request
from farm.shots.revise import Edit, revise
from farm.store import open_store
from functions.critics.base import Take
from functions.critics.knockout import Score
from functions.judge import WEIGHTS, Rules, propose_all, rank, score_take
from functions.models.base import State
from functions.models.previz.model import Previz, scene_of
from functions.models.previz.scene import to_plain

VERSION = 2
FRAMES, RATE, SIZE = 10, 12, (160, 90)
TAKES, ROUNDS, ACCEPT = 2, 3, 0.97
AXES = ("all", "shown", "happens", "camera", "light")
WAYS = {"random": "a random take", "best": "the best of as many", "loop": "the loop"}

SCENES = (
    "A red ball rolls across a courtyard", "A dog runs across a meadow",
    "A robot walks through a factory hall", "A white horse gallops along a beach",
    "A sailing boat drifts past a lighthouse", "A car drives down a desert road",
    "A paper plane flies over a city", "A stack of crates topples in a warehouse",
    "A woman in a yellow coat walks through a park", "A candle burns on a table in a dark room",
    "A ball bounces down stone steps", "A whale swims in the deep sea",
    "An astronaut floats above a planet", "A train passes a station in the snow",
    "A deer stands in a pine forest", "A glass falls off a table and shatters",
    "A drone rises above a canyon", "A cat jumps onto a wall", "Dancers spin on a stage",
    "A tower of bricks collapses when a ball hits it",
)  # fmt: skip
LIGHTS = (
    "at noon", "at dusk", "at night", "in thick fog", "in harsh sunlight, film noir",
    "on an overcast day",
)  # fmt: skip
CAMERAS = (
    (("dolly_in",), "normal"), (("pan_right",), "fast"), (("static",), "normal"),
    (("orbit_left",), "normal"), (("tilt_up",), "slow"), (("truck_right",), "fast"),
    (("zoom_in",), "slow"), (("crane_up",), "normal"), (("handheld",), "normal"),
    (("dolly_out", "pan_left"), "fast"), (("pedestal_up",), "slow"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """One take: its state, and what the judge says of it."""

    state: State
    score: Score


def requests(count: int) -> list[Request]:
    """Make prompts: every scene in several lights, each with the next camera."""
    pairs = ((scene, light) for light in LIGHTS for scene in SCENES)
    asked = zip(islice(cycle(pairs), count), cycle(CAMERAS))
    return [
        Request.model_validate(
            {
                "prompt": f"{scene} {light}",
                "frames": FRAMES,
                "rate": RATE,
                "size": SIZE,
                "camera": {"moves": moves, "speed": speed},
            }
        )
        for (scene, light), (moves, speed) in asked
    ]


def main() -> None:
    """Do what is left to do, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(".farm-reasoning"))
    parser.add_argument("--prompts", type=int, default=120)
    parser.add_argument("--only", type=int, default=10**6, metavar="N")
    parser.add_argument("--steady", action="store_true", help="with a crew that makes no errors")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    store, left, rows = open_store(local_uri(options.store)), options.only, []
    for request in requests(options.prompts):
        settings: list[Plain] = [VERSION, TAKES, ROUNDS, ACCEPT, options.steady]
        settings += [JUDGE, request.model_dump(mode="json")]
        note = f"reasoning/{digest_value(settings)[:24]}"
        row = store.read_note(note)
        if row is None and left > 0:
            began, left = time.process_time(), left - 1
            row = {
                **measure(request, steady=options.steady),
                "cpu_seconds": round(time.process_time() - began, 2),
            }
            store.write_note(note, row)
        rows += [row] if isinstance(row, dict) else []
    table(rows)


def measure(request: Request, *, steady: bool) -> dict[str, Plain]:
    """Run the loop for one prompt, and shoot as many takes without revision."""
    bench = _Bench(request, steady=steady)
    loop = bench.loop()
    plain = [bench.shoot(request, seed) for seed in range(bench.shot)]
    best = bench.best(plain)
    chance = random.Random(digest_value(request.prompt)).choice(plain)
    return {
        "prompt": request.prompt,
        "takes": len(plain),
        "rounds": bench.rounds,
        "edits": [str(edit["kind"]) for edit in bench.edits],
        "judged": {
            "random": chance.score.total,
            "best": best.score.total,
            "loop": loop.score.total,
        },
        **{
            way: dict(truth(scene_of(drafted.state), request))
            for way, drafted in (("random", chance), ("best", best), ("loop", loop))
        },
    }


class _Bench:
    """Shoots and judges the takes of one prompt."""

    def __init__(self, request: Request, *, steady: bool) -> None:
        self.request, self._steady = request, steady
        self.shot, self.rounds = 0, 0
        self.edits: list[Edit] = []
        self._model = Previz()
        self._known: dict[str, Drafted] = {}

    def loop(self) -> Drafted:
        """Shoot, judge, revise, with the champion defending its place, as the route does."""
        request, standing = self.request, list[Drafted]()
        for _ in range(ROUNDS):
            seeds = range(self.shot, self.shot + TAKES)
            standing = standing + [self.shoot(request, seed) for seed in seeds]
            self.shot, self.rounds = self.shot + TAKES, self.rounds + 1
            champion = self.best(standing)
            if self._ranked(standing)[0].total >= ACCEPT:
                break
            _, edits = propose_all(champion.score, [d.score for d in standing], None)
            self.edits += edits
            request, standing = revise(request, edits), [champion]
        return champion

    def shoot(self, request: Request, seed: int) -> Drafted:
        """Draft and judge one take, once."""
        key = digest_value([request.model_dump(mode="json"), seed])
        if key not in self._known:
            state = self._filmed(self._model.draft(request, seed=seed))
            score = score_take(self._take(state, key), self._rules())
            self._known[key] = Drafted(state=state, score=score)
        return self._known[key]

    def best(self, drafted: list[Drafted]) -> Drafted:
        """Let the takes meet as the judge does."""
        first, *_ = self._ranked(drafted)
        return next(d for d in drafted if d.score.take == first.take)

    def _ranked(self, drafted: list[Drafted]) -> list[Score]:
        names = tuple(d.score.take for d in drafted)
        return rank(self._rules(names), [d.score for d in drafted], None)[0]

    def _filmed(self, state: State) -> State:
        if self._steady:
            return state
        scene = erring(scene_of(state), prompt=self.request.prompt)
        return State(data=canonical(to_plain(scene)), kind=state.kind, frames=state.frames)

    def _rules(self, names: tuple[str, ...] = ()) -> Rules:
        return Rules(request=self.request, takes=names, weights=WEIGHTS, accept=ACCEPT)

    def _take(self, state: State, name: str) -> Take:
        frames = list(self._model.render(state, FrameRange(0, FRAMES - 1), size=SIZE))
        clip = convert(np.stack(frames), "ACEScg", "ACES2065-1").astype(np.float16)
        return Take(name=name, clip=clip, focal_mm=self.request.camera.focal_length)


def table(rows: list[dict[str, Any]]) -> None:  # rows as the store keeps them
    """Print what the rows come to, with standard errors of the paired differences."""
    if not rows:
        print("nothing is measured yet")
        return
    print(f"{len(rows)} prompts of previz, {FRAMES} frames of {SIZE[0]}x{SIZE[1]}")
    print(f"takes a prompt: {np.mean([row['takes'] for row in rows]):.1f}; "
          f"rounds: {np.mean([row['rounds'] for row in rows]):.1f}")  # fmt: skip
    print(f"circled              {''.join(f'{axis:>9}' for axis in AXES)}   worst tenth   judged")
    for way, words in WAYS.items():
        means = [np.mean([r[way][axis] for r in rows if axis in r[way]]) for axis in AXES]
        tenth = float(np.percentile([row[way]["all"] for row in rows], 10))
        judged = np.mean([row["judged"][way] for row in rows])
        told = "".join(f"{mean:9.3f}" for mean in means)
        print(f"{words:20} {told} {tenth:13.3f} {judged:8.3f}")
    print("the loop against      gain +- s.e.      better / equal / worse")
    for way in ("random", "best"):
        gain = np.array([row["loop"]["all"] - row[way]["all"] for row in rows])
        error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else 0.0
        better, worse = int((gain > 0.005).sum()), int((gain < -0.005).sum())
        told = f"{better} / {len(gain) - better - worse} / {worse}"
        print(f"{WAYS[way]:20} {gain.mean():+.3f} +- {error:.3f}      {told}")
    kinds = Counter(kind for row in rows for kind in row["edits"])
    told = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    print(f"edits: {told or 'none'}; {sum(row['cpu_seconds'] for row in rows):.0f} s of one core")


if __name__ == "__main__":
    main()

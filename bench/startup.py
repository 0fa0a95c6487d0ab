"""How long the command line takes before any work: start, check, plan, a render of nothing new."""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from farm.crew.rehearsal import Rehearsal
from farm.route.show import Terms, shoot_show
from farm.settings import find_settings
from farm.shots.load import load_shot_list
from farm.store import open_store
from farm.task import Outcome, Task

PYTHON = sys.executable
FARM = str(Path(PYTHON).parent / "farm")
TASKS_A_SHOT = 6
"""Four drafts, a verdict and a contact sheet."""

PROMPTS = (
    "A red ball rolls along a white wall",
    "A golden ring turns above calm water",
    "A small car drives along a desert road at noon",
)


def shot_list(folder: Path, shots: int, *, takes: int = 4) -> Path:
    """Write a list of so many shots, each with a prompt of its own."""
    lines = [f"show: bench\ndefaults: {{duration: 1s, rate: 12, takes: {takes}}}\nshots:"]
    lines += [
        f'  - {{shot: sh{n:06}, prompt: "{PROMPTS[n % len(PROMPTS)]} number {n}", '
        f"camera: {{moves: [dolly_in], focal_length: {20 + n % 80}mm}}}}"
        for n in range(shots)
    ]
    path = folder / f"bench_{shots}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def seconds(*words: str | Path, times: int = 3) -> float:
    """Run a command several times; return the median of its seconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        quiet = subprocess.DEVNULL
        subprocess.run([str(word) for word in words], check=True, stdout=quiet, stderr=quiet)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def tell(what: str, measured: float, *, target: float) -> None:
    """Print one figure beside its target."""
    print(f"{what:<52} {measured:7.2f} s   target {target:g} s", flush=True)


def startup() -> None:
    """Time the start of the command line, less what Python itself takes."""
    bare = seconds(PYTHON, "-c", "", times=7)
    whole = seconds(PYTHON, "-c", "import farm.cli.verbs", times=7)
    tell("import farm.cli and every verb", whole - bare, target=0.3)
    tell("farm --help, whole", seconds(FARM, "--help", times=7), target=0.3)


def lists(folder: Path, shots: int) -> None:
    """Time check and plan of a large list."""
    path = shot_list(folder, shots)
    tell(f"farm check of {shots:,} shots", seconds(FARM, "check", path), target=2)
    tell(f"farm plan of {shots:,} shots with 4 takes", seconds(FARM, "plan", path), target=5)


def nothing_new(folder: Path, tasks: int) -> None:
    """Time a render whose every task is in the store already.

    The store is filled by drafts alone, kept under the keys that the route asks for: what is
    timed is recalling them, which does not depend on how they were made.
    """
    path = shot_list(folder, tasks // TASKS_A_SHOT, takes=4)
    fill(path)
    words = [FARM, "render", path, "--until", "judge", "--executor", "local"]
    tell(f"farm render of {tasks:,} tasks, all made before", seconds(*words), target=10)


def fill(path: Path) -> None:
    """Keep an outcome under every key that a render of drafts and verdicts would ask for."""
    settings = find_settings(path, until="judge", environ={})
    store = open_store(settings.store)

    class Filler(Rehearsal):
        """Keeps a small outcome for everything it is asked."""

        async def do(self, task: Task) -> Outcome:
            if outcome := store.recall(task.key):
                return outcome
            names = {"draft": ("state", "clip"), "judge": ("verdict",), "sheet": ("png",)}
            kept = {
                name: store.put(f"{task.key} {name}".encode(), kind="json")
                for name in names[task.stage]
            }
            outcome = Outcome(key=task.key, outputs=kept, facts=task.suppose)
            store.remember(outcome)
            return outcome

    terms = Terms(until="judge", out=settings.out, publish=False)
    asyncio.run(shoot_show(load_shot_list(path), Filler(store=store), terms))


def main() -> None:
    """Print every figure."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--shots", type=int, default=1_000)
    reader.add_argument("--tasks", type=int, default=10_000)
    asked = reader.parse_args()
    os.environ.pop("FARM_STORE", None)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores")
    startup()
    with tempfile.TemporaryDirectory() as place:
        lists(Path(place), asked.shots)
        nothing_new(Path(place), asked.tasks)


if __name__ == "__main__":
    main()

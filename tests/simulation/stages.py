"""What simulated machines make: small bytes that follow from the task alone, as real ones do."""

import re
from collections.abc import Callable, Generator
from typing import Protocol

from farm.digest import Plain, digest_value
from farm.errors import ModeratedError, TaskError
from farm.task import Artifact, Made, Progress, Task
from functions.bench import Bench

STEPS = 4
NAMES = ("clip", "state", "verdict", "movie", "png")
"""Every output that some stage has; a simulated one has them all."""


class Watched(Protocol):
    """Whoever wants to know that a task is being made now."""

    def making(self, task: Task) -> None:
        """Take note that it begins: the worker found no outcome."""
        ...


class Stages:
    """The table of stages, all of them simulated."""

    def __init__(self, watched: Watched, poison: dict[tuple[str, str, str], str]) -> None:
        self._watched = watched
        self._poison = poison

    def get(self, _name: str) -> Callable[[Bench], Generator[Progress, None, Made]]:
        """Return the one that does everything."""
        return self._make

    def _make(self, bench: Bench) -> Generator[Progress, None, Made]:
        task = bench.task
        self._watched.making(task)
        for name in task.inputs:
            _read(bench, name)
        for step in range(STEPS):
            yield Progress(done=step, total=STEPS)
        _fail(task, self._poison.get((task.shot, task.stage, task.part), ""))
        outputs = {name: bench.keep_json([task.key, name]) for name in NAMES}
        if count := task.suppose.get("count"):
            outputs["frames"] = _frames(bench, int(count))  # type: ignore[arg-type]  # a count
        return Made(outputs=outputs, facts=_facts(task))


def _read(bench: Bench, name: str) -> None:
    """Read an input as a stage does: a sequence with every frame."""
    artifact = bench.task.inputs[name]
    if artifact.kind != "sequence":
        bench.read(name)
        return
    for row in bench.read_json(name)["frames"]:  # type: ignore[attr-defined]  # rows, as kept below
        bench.store.path(Artifact(digest=row["digest"], size=row["size"], kind=row["kind"]))


def _frames(bench: Bench, count: int) -> Artifact:
    found = re.match(r"\d+", bench.task.part)
    first = int(found.group()) if found else 0
    numbers = range(first, first + count)
    return bench.keep_sequence(
        (number, bench.keep_json([bench.task.key, number], kind="exr")) for number in numbers
    )


def _fail(task: Task, how: str) -> None:
    if how == "fault":
        raise TaskError(f"{task.label}: it can never be done", hint="ask for something else")
    if how == "moderated":
        raise ModeratedError(f"{task.label}: it is refused", hint="ask for something else")


def _facts(task: Task) -> dict[str, Plain]:
    """Answer as the judge and the seams would, by a draw that follows from the task."""
    facts = dict(task.suppose)
    luck = int(digest_value(["luck", task.key])[:4], 16)
    if task.stage == "judge":
        takes = sorted(name for name in task.params["takes"])  # type: ignore[union-attr]  # names
        edit: Plain = {"kind": "slow_camera", "factor": 0.5, "because": "camera"}
        facts |= {
            "circled": takes[luck % len(takes)],
            "accepted": luck % 2 == 0,
            "scores": {name: (luck + n) % 100 / 100 for n, name in enumerate(takes)},
            "edits": [edit],
        }
    if task.stage == "seam":
        facts |= {"ok": luck % 3 > 0, "score": luck % 100 / 100}
    return facts

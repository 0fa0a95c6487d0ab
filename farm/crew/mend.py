"""Mending: which task made an artifact, so that what is lost can be made again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from farm.errors import MissingError
from farm.store.base import Store
from farm.task import Artifact, Outcome, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """The task of this run that has an artifact among its outputs, and under which name."""

    task: Task
    output: str


class Makers:
    """Remembers for every artifact of this run which task it came from."""

    def __init__(self) -> None:
        self._makers: dict[str, Maker] = {}

    def note(self, task: Task, outcome: Outcome) -> None:
        """Note what a task made, now or earlier."""
        for name, artifact in outcome.outputs.items():
            self._makers[artifact.digest] = Maker(task=task, output=name)

    def get(self, artifact: Artifact) -> Maker | None:
        """Return who made an artifact, if a task of this run did."""
        return self._makers.get(artifact.digest)


def is_whole(store: Store, artifact: Artifact, maker: Maker | None) -> bool:
    """Tell whether an artifact is in the store as it should be, frames of a sequence included."""
    try:
        store.path(artifact)
    except MissingError:
        return False
    return maker is None or store.recall(maker.task.key) is not None


def with_inputs(task: Task, inputs: Mapping[str, Artifact]) -> Task:
    """Return the task with inputs that were made again; they may differ from the old ones."""
    return task if dict(task.inputs) == dict(inputs) else replace(task, inputs=inputs)

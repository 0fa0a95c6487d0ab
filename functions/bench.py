"""The workbench of a running task: its inputs, a scratch folder, and the store."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from farm.digest import Plain, canonical
from farm.errors import TaskError
from farm.store.base import Store
from farm.task import Artifact, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a stage may touch: nothing else on the machine is its own."""

    task: Task
    store: Store
    scratch: Path

    def read(self, name: str) -> bytes:
        """Return the verified bytes of an input."""
        return self.store.get(self._input(name))

    def path(self, name: str) -> Path:
        """Return a verified, read-only file with an input's bytes."""
        return self.store.path(self._input(name))

    def read_json(self, name: str) -> dict[str, object]:
        """Return an input that is a JSON object."""
        value = json.loads(self.read(name))
        if not isinstance(value, dict):
            raise TaskError(f"{self.task.label}: input {name} is not a JSON object")
        return value

    def keep_json(self, value: Plain, *, kind: str = "json") -> Artifact:
        """Keep a plain value in its canonical form."""
        return self.store.put(canonical(value), kind=kind)

    def keep_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a finished file from the scratch folder; a known digest saves reading it again."""
        return self.store.put_file(path, kind=kind, digest=digest)

    def keep_sequence(self, frames: Iterable[tuple[int, Artifact]]) -> Artifact:
        """Keep a sequence: a manifest that lists every frame's number and artifact."""
        rows: list[Plain] = [
            {"frame": number, "digest": a.digest, "size": a.size, "kind": a.kind}
            for number, a in frames
        ]
        return self.keep_json({"frames": rows}, kind="sequence")

    def _input(self, name: str) -> Artifact:
        if name not in self.task.inputs:
            raise TaskError(f"{self.task.label}: there is no input named {name}")
        return self.task.inputs[name]

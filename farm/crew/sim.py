"""A farm without machines: a store in memory and an executor in virtual time, faults and all.

Whole nights run in it in a moment, with the real crew: for tests and for `bench/makespan`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from farm.crew.clock import Clock
from farm.digest import Plain, digest_bytes
from farm.errors import FarmError, MissingError
from farm.executors.base import Offer, Report
from farm.store.base import Store
from farm.task import Artifact, Needs, Outcome, Progress, Task

MINUTES = 60.0


class MemoryStore:
    """Keeps everything in this program's memory; several crews may share one."""

    def __init__(self, clock: Clock) -> None:
        self.uri = "memory:"
        self.lanes = 4
        self._clock = clock
        self._lock = threading.RLock()
        self._bytes: dict[str, bytes] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._leases: dict[str, tuple[str, float]] = {}
        self._notes: dict[str, Plain] = {}
        self._folder = TemporaryDirectory(prefix="farm-memory-")

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep the bytes."""
        artifact = Artifact(digest=digest_bytes(data), size=len(data), kind=kind)
        self._bytes[artifact.digest] = data
        return artifact

    def put_file(self, path: Path, *, kind: str) -> Artifact:
        """Keep a finished file."""
        return self.put(path.read_bytes(), kind=kind)

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes; raises MissingError (and drops them) if gone or altered."""
        data = self._bytes.get(artifact.digest)
        if data is None or digest_bytes(data) != artifact.digest:
            self._bytes.pop(artifact.digest, None)
            raise MissingError(f"{self.uri} has no whole {artifact.kind} {artifact.digest}")
        return data

    def path(self, artifact: Artifact) -> Path:
        """Return a file with verified bytes."""
        path = Path(self._folder.name, artifact.digest)
        path.write_bytes(self.get(artifact))
        return path

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend an empty folder for one task's files."""
        with TemporaryDirectory(dir=self._folder.name) as folder:
            yield Path(folder)

    def alter(self, artifact: Artifact) -> None:
        """Spoil an artifact behind the store's back."""
        self._bytes[artifact.digest] = b"spoiled"

    def recall(self, key: str) -> Outcome | None:
        """Return what this work left behind, if all of it is still there."""
        outcome = self._outcomes.get(key)
        there = outcome and all(a.digest in self._bytes for a in outcome.outputs.values())
        return outcome if there else None

    def remember(self, outcome: Outcome) -> None:
        """Keep an outcome under its key."""
        self._outcomes[outcome.key] = outcome

    def forget(self, key: str) -> None:
        """Drop an outcome."""
        self._outcomes.pop(key, None)

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take the lease on a key; an expired lease is taken over."""
        with self._lock:
            held_by, until = self._leases.get(key, (owner, 0.0))
            if held_by != owner and until > self._clock.now():
                return False
            self._leases[key] = (owner, self._clock.now() + seconds)
            return True

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease; False if it was lost to somebody else."""
        with self._lock:
            if self._leases.get(key, ("", 0.0))[0] != owner:
                return False
            self._leases[key] = (owner, self._clock.now() + seconds)
            return True

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back."""
        with self._lock:
            if self._leases.get(key, ("", 0.0))[0] == owner:
                del self._leases[key]

    def leased(self) -> list[str]:
        """List the keys whose leases are good now."""
        return [key for key, (_, until) in self._leases.items() if until > self._clock.now()]

    def write_note(self, name: str, value: Plain) -> None:
        """Keep a small mutable value."""
        self._notes[name] = value

    def read_note(self, name: str) -> Plain:
        """Return a note's value, or None."""
        return self._notes.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a simulated machine does with one try at a task: how long it takes, how it ends."""

    minutes: float = 0.0
    error: FarmError | None = None


class SimExecutor:
    """Performs tasks by letting virtual time pass.

    `act` says for every try (counted from 1) what becomes of it; what succeeds leaves one output
    named `out`, which is the task's key. Inputs are read, so that altered ones are found.
    """

    def __init__(
        self,
        store: Store,
        offer: Offer,
        *,
        clock: Clock,
        act: Callable[[Task, int], Act] = lambda task, _: Act(minutes=task.needs.minutes),
    ) -> None:
        self.tries: dict[str, int] = {}
        self.running: list[Task] = []
        self.opened = 0
        self._store = store
        self._offer = offer
        self._clock = clock
        self._act = act

    async def open(self) -> Offer:
        """Say what there is."""
        self.opened += 1
        return self._offer

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        self.tries[task.key] = self.tries.get(task.key, 0) + 1
        self.running.append(task)
        try:
            return await self._play(task, report)
        finally:
            self.running.remove(task)

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Need nothing told: a simulation has what it has."""

    async def close(self) -> None:
        """Stop; a simulation leaves nothing behind."""
        self.opened -= 1

    async def _play(self, task: Task, report: Report) -> Outcome:
        act = self._act(task, self.tries[task.key])
        await self._clock.sleep(act.minutes * MINUTES)
        for artifact in task.inputs.values():
            self._store.get(artifact)
        if act.error:
            raise act.error
        report(task, Progress(done=1, total=1))
        outcome = Outcome(
            key=task.key,
            outputs={"out": self._store.put(task.key.encode(), kind="json")},
            seconds=act.minutes * MINUTES,
            usd=task.fee_usd,
            worker="sim",
        )
        self._store.remember(outcome)
        return outcome

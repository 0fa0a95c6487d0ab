"""What every store can do: bytes by digest, outcomes by key, leases, and small notes."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from farm.digest import Plain
from farm.task import Artifact, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was removed, or would be: outcomes, artifacts, half-done work of the dead, their bytes.

    `desks` counts the desks of dead workers, or in a bucket the uploads that they left unfinished.
    """

    outcomes: int
    artifacts: int
    desks: int
    freed: int
    kept: int


class Store(Protocol):
    """Keeps artifacts and outcomes; every write is whole or absent, every read is verified.

    All methods may be called from several threads and by several farms at once. `lanes` is how
    many calls at once serve it best.
    """

    uri: str
    lanes: int

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep the bytes; twice costs nothing. Raises FullError when there is no room."""
        ...

    def put_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a finished file, which the store may take away from where it lies.

        `digest` is what whoever wrote it saw go by; without one the file is read for it.
        """
        ...

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes; raises MissingError (and drops them) if gone or altered."""
        ...

    def path(self, artifact: Artifact) -> Path:
        """Return a local, read-only, verified file; raises MissingError as `get` does."""
        ...

    def scratch(self) -> AbstractContextManager[Path]:
        """Lend an empty folder for one task's files; `put_file` from it is cheap."""
        ...

    def recall(self, key: str) -> Outcome | None:
        """Return what this work left behind, if it was done and all of it is still whole."""
        ...

    def remember(self, outcome: Outcome) -> None:
        """Keep an outcome under its key; its artifacts must be in the store already."""
        ...

    def forget(self, key: str) -> None:
        """Drop an outcome, so that its work counts as not done."""
        ...

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take the lease on a key: True if `owner` holds it now; an expired lease is taken over."""
        ...

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease; False if it was lost to somebody else."""
        ...

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back."""
        ...

    def write_note(self, name: str, value: Plain) -> None:
        """Keep a small mutable value under a name such as `picks/aurora/sq010_sh0010`."""
        ...

    def read_note(self, name: str) -> Plain:
        """Return a note's value, or None."""
        ...


@runtime_checkable
class SelfSweeping(Protocol):
    """A store that sees to its own garbage."""

    def collect_garbage(self, *, keep_days: float | None, dry_run: bool) -> Swept:
        """Remove bytes that no outcome names, and with `keep_days` outcomes unused for longer."""
        ...

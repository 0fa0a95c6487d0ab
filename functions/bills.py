"""The bill of a task that calls a service: what was asked, written down before it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from farm.digest import Plain
from farm.errors import MissingError
from farm.naming import bill_name
from farm.store.base import Store
from farm.task import Artifact


@dataclass(frozen=True, slots=True)
class StoredBills:
    """The one bill of the task with this key: a note in the store, which outlives the worker."""

    store: Store
    key: str

    @property
    def name(self) -> str:
        """Name the note, as a person may look it up."""
        return bill_name(self.key)

    def read(self) -> dict[str, Plain]:
        """Return what is known of the bill; empty where nothing was ever asked."""
        said = self.store.read_note(self.name)
        return dict(said) if isinstance(said, dict) else {}

    def write(self, said: Mapping[str, Plain]) -> None:
        """Write the bill anew; it is whole or as it was before."""
        self.store.write_note(self.name, dict(said))

    def keep(self, data: bytes, *, kind: str) -> None:
        """Keep what was paid for, the moment it is there."""
        artifact = self.store.put(data, kind=kind)
        kept: dict[str, Plain] = {
            "digest": artifact.digest, "size": artifact.size, "kind": artifact.kind,
        }  # fmt: skip
        self.write({**self.read(), "kept": kept})

    def kept(self) -> bytes | None:
        """Return what was kept, if it is still whole."""
        said = self.read().get("kept")
        if not isinstance(said, dict):
            return None
        try:
            return self.store.get(
                Artifact(digest=str(said["digest"]), size=int(said["size"]), kind=str(said["kind"]))
            )
        except MissingError:
            return None

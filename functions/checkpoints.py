"""Checkpoints of a running task, in the store: whoever makes the task again goes on from there."""

from dataclasses import dataclass

from farm.digest import digest_value
from farm.errors import MissingError
from farm.store.base import Store
from farm.task import Outcome


@dataclass(frozen=True, slots=True)
class StoredCheckpoints:
    """The checkpoints of the task with one key; they stand in the store as an outcome does."""

    store: Store
    key: str

    @property
    def own_key(self) -> str:
        """Return the key under which the last checkpoint is found."""
        return digest_value(["checkpoint", self.key])

    def latest(self) -> tuple[int, bytes] | None:
        """Return the last step that was kept, counted from 1, and its bytes."""
        kept = self.store.recall(self.own_key)
        if kept is None:
            return None
        try:
            return int(str(kept.facts["step"])), self.store.get(kept.outputs["latents"])
        except MissingError:
            return None

    def keep(self, step: int, data: bytes) -> None:
        """Keep what is needed to go on after a step; what was kept before is dropped."""
        latents = self.store.put(data, kind="checkpoint")
        outcome = Outcome(key=self.own_key, outputs={"latents": latents}, facts={"step": step})
        self.store.remember(outcome)

    def drop(self) -> None:
        """Forget them: the task is done."""
        self.store.forget(self.own_key)

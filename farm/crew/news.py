"""News: what the crew tells to whoever listens, one event at a time."""

import contextlib
from collections.abc import Mapping

from farm.crew.base import NOTHING, Listener
from farm.crew.clock import Clock
from farm.crew.retry import Again
from farm.digest import Plain
from farm.errors import FarmError, StoreError
from farm.ledger import Event
from farm.task import Progress, Task

PROGRESS_SECONDS = 0.25


class News:
    """Tells events to listeners, in order; progress no more than a few times a second a task."""

    def __init__(self, clock: Clock, listeners: tuple[Listener, ...]) -> None:
        self._clock = clock
        self._listeners = listeners
        self._last_progress: dict[str, float] = {}

    def tell(  # noqa: PLR0913  # the label is three words
        self, kind: str, body: Mapping[str, Plain] = NOTHING, /, *,
        shot: str = "", stage: str = "", part: str = "", key: str = "", **more: Plain,
    ) -> None:  # fmt: skip
        """Tell something."""
        event = Event(
            at=self._clock.now(),
            kind=kind,
            shot=shot,
            stage=stage,
            part=part,
            key=key,
            body={**body, **more} if body else more,
        )
        for listener in self._listeners:
            listener(event)

    def of(self, task: Task, kind: str, /, **body: Plain) -> None:
        """Tell something about a task."""
        self.tell(kind, shot=task.shot, stage=task.stage, part=task.part, key=task.key, **body)

    def fault(self, task: Task, kind: str, error: FarmError, /, **body: Plain) -> None:
        """Tell that something went wrong with a task."""
        name = type(error).__name__
        self.of(task, kind, error=name, problem=error.problem, hint=error.hint, **body)

    def again(self, task: Task, error: FarmError, verdict: Again) -> None:
        """Tell that a task is tried again, when, and on how large a machine."""
        needs: dict[str, Plain] = {"memory_gb": verdict.needs.memory_gb, "gpu": verdict.needs.gpu}
        because, seconds = verdict.cause, verdict.after_seconds
        self.fault(task, "retried", error, because=because, after_seconds=seconds, **needs)

    def burnt(self, task: Task, usd: float) -> None:
        """Tell what an attempt cost that came to nothing; a full ledger is told where it hurts."""
        if usd:
            with contextlib.suppress(StoreError):
                self.of(task, "burnt", usd=usd)

    def progress(self, task: Task, progress: Progress) -> None:
        """Tell how far a task has come, unless it was told a moment ago and there is more."""
        now = self._clock.now()
        due = now - self._last_progress.get(task.key, 0.0) >= PROGRESS_SECONDS
        if due or progress.done == progress.total:
            self._last_progress[task.key] = now
            with contextlib.suppress(StoreError):  # a full ledger is told where it can be heard
                self.of(
                    task, "progress", done=progress.done, total=progress.total, note=progress.note
                )

    def over(self, task: Task) -> None:
        """Note that a task makes no more progress."""
        self._last_progress.pop(task.key, None)

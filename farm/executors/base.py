"""What every executor can do: say what it offers, and carry a task to a machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from farm.task import Needs, Outcome, Progress, Task

Report = Callable[[Task, Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the machines can run at once: CPU cores, memory, and GPUs by kind.

    `largest` is what the biggest machine has where there are several: no task can have more.
    `usd_per_gpu_hour` holds the price of a GPU by kind, where it is known, and `usd_per_core_hour`
    that of a core; what is not known costs what the task's own estimate implies.
    """

    cpu: float
    memory_gb: float
    gpus: Mapping[str, int] = field(default_factory=dict)
    largest: "Offer | None" = None
    usd_per_gpu_hour: Mapping[str, float] = field(default_factory=dict)
    usd_per_core_hour: float | None = None

    @property
    def one_machine(self) -> "Offer":
        """Return the biggest machine: all there is, where there is but one."""
        return self.largest or self


class Executor(Protocol):
    """Carries tasks to machines. Nothing starts before `open`; `close` leaves nothing behind."""

    async def open(self) -> Offer:
        """Start what must be started, once, and say what there is; raises ExecutorError."""
        ...

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome, telling progress on the way; cancelling it stops the work.

        Raises TaskError or one of its branches, or MissingError when an input was not whole.
        """
        ...

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Take note of how many tasks of a kind will want to run at once, and make ready."""
        ...

    async def close(self) -> None:
        """Stop every worker and wait until they are gone."""
        ...

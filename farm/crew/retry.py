"""What to do about a failure: three ledgers of retries that are never mixed, decided purely.

Infrastructure is free to try again, a shortage makes a whole class of tasks wait, and the task's
own faults are few. A task that outgrew its machine gets a bigger one.
"""

from dataclasses import dataclass, replace
from typing import Literal

from farm.errors import (
    CrashError,
    LostError,
    ModeratedError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
    UnsureError,
)
from farm.executors.base import Offer
from farm.gpus import GPU_MEMORY_GB
from farm.task import Needs

MOST_LOSSES = 100
MOST_CRASHES = 3
MOST_FAULTS = 3  # the first try and two more
LONGEST_WAIT_SECONDS = 300.0

Cause = Literal["lost", "shortage", "fault", "memory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How often a task failed so far, and of what."""

    losses: int = 0
    crashes: int = 0
    faults: int = 0

    def and_(self, error: TaskError) -> "Failures":
        """Count one more."""
        if isinstance(error, LostError):
            crashed = isinstance(error, CrashError)
            return replace(self, losses=self.losses + 1, crashes=self.crashes + crashed)
        if isinstance(error, ShortageError | OutOfMemoryError):
            return self
        return replace(self, faults=self.faults + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Try again after a while, on a machine that offers `needs`.

    How long a shortage lasts is a matter of the whole class, not of one task: whoever gives the
    turns makes the class wait.
    """

    after_seconds: float
    needs: Needs
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Let the task fail; `reason` says why it is not tried again."""

    reason: str


def decide(failures: Failures, error: TaskError, *, needs: Needs, offer: Offer) -> Again | GiveUp:
    """Decide what to do about an error that `failures` counts already."""
    if isinstance(error, ModeratedError):
        return GiveUp(reason="refused content is not tried again: change the prompt")
    if isinstance(error, UnsureError):
        return GiveUp(reason="it may have been paid for, so it is not asked for again")
    if isinstance(error, OutOfMemoryError):
        return _after_outgrowing(needs, offer)
    if isinstance(error, ShortageError):
        return Again(after_seconds=0, needs=needs, cause="shortage")
    if isinstance(error, LostError):
        return _after_loss(failures, needs)
    return _after_fault(failures, needs)


def backoff(count: int, *, first_seconds: float) -> float:
    """Double the wait with every failure, up to five minutes."""
    return min(first_seconds * 2.0 ** min(count - 1, 30), LONGEST_WAIT_SECONDS)


def escalate(needs: Needs, offer: Offer) -> Needs | None:
    """Ask for the next bigger machine on offer: twice the memory, or the next bigger GPU."""
    if needs.gpu:
        return _next_gpu(needs, offer)
    memory_gb = min(needs.memory_gb * 2, offer.one_machine.memory_gb)
    return replace(needs, memory_gb=memory_gb) if memory_gb > needs.memory_gb else None


def _next_gpu(needs: Needs, offer: Offer) -> Needs | None:
    had = max(GPU_MEMORY_GB.get(needs.gpu, 0), needs.gpu_memory_gb)
    bigger = sorted(
        (GPU_MEMORY_GB[kind], kind)
        for kind, count in offer.gpus.items()
        if count and GPU_MEMORY_GB.get(kind, 0) > had
    )
    if not bigger:
        return None
    gpu_memory_gb, gpu = bigger[0]
    memory_gb = min(needs.memory_gb * 2, offer.one_machine.memory_gb)
    return replace(needs, gpu=gpu, gpu_memory_gb=gpu_memory_gb, memory_gb=memory_gb)


def _after_outgrowing(needs: Needs, offer: Offer) -> Again | GiveUp:
    bigger = escalate(needs, offer)
    if bigger is None:
        return GiveUp(reason="no machine on offer has more memory: ask for less at once")
    return Again(after_seconds=0, needs=bigger, cause="memory")


def _after_loss(failures: Failures, needs: Needs) -> Again | GiveUp:
    if failures.crashes >= MOST_CRASHES:
        return GiveUp(reason=f"quarantined: it killed {failures.crashes} workers")
    if failures.losses >= MOST_LOSSES:
        return GiveUp(reason=f"its machine went away {failures.losses} times")
    seconds = backoff(failures.losses, first_seconds=0.5)
    return Again(after_seconds=seconds, needs=needs, cause="lost")


def _after_fault(failures: Failures, needs: Needs) -> Again | GiveUp:
    if failures.faults >= MOST_FAULTS:
        return GiveUp(reason=f"it failed {failures.faults} times")
    seconds = backoff(failures.faults, first_seconds=0.5)
    return Again(after_seconds=seconds, needs=needs, cause="fault")

"""Everything that can go wrong, drawn as a tree.

    FarmError
    ├── SpecError            the shot list cannot be read: every fault with its place
    ├── PlanError            the shot list is sound, but asks for what cannot be made
    ├── StoreError           bytes could not be kept or fetched
    │   ├── MissingError     an artifact is not there, or is not what its digest says
    │   └── FullError        the place that keeps the bytes has no room left
    ├── TaskError            a stage failed while it ran: the task's own fault
    │   ├── LostError        the machine or the worker went away: free to try again
    │   │   └── CrashError   the worker died of this task: after three, no more
    │   ├── ShortageError    no capacity or a rate limit: the whole class waits
    │   ├── OutOfMemoryError the task needs a bigger machine
    │   ├── ModeratedError   a service refused the content: neither a bug nor retryable
    │   └── UnsureError      a service may have been paid, and no answer came: not asked again
    ├── BudgetError          the money does not reach
    ├── DeliveryError        a delivery cannot be published, or is not what its manifest says
    └── ExecutorError        the machines refused the work as a whole

Code catches a branch; only the command line catches the root.
"""


class FarmError(Exception):
    """A fault that a person can act on: what happened, and what to do next."""

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem}\n  hint: {self.hint}" if self.hint else self.problem

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.problem, self.hint))


def _rebuild(kind: type[FarmError], problem: str, hint: str) -> FarmError:
    return kind(problem, hint=hint)


class SpecError(FarmError):
    """The shot list cannot be read."""


class PlanError(FarmError):
    """The shot list cannot be made into a plan."""


class StoreError(FarmError):
    """The store cannot keep or fetch an artifact."""


class MissingError(StoreError):
    """An artifact is not in the store, or its bytes are not what its digest says."""


class FullError(StoreError):
    """The store has no room left."""


class TaskError(FarmError):
    """A stage failed while it ran."""


class LostError(TaskError):
    """The machine or the worker went away before the task was done."""


class CrashError(LostError):
    """The worker died while it ran the task, which may well be why."""


class ShortageError(TaskError):
    """There is no capacity now; the whole class of tasks waits."""


class OutOfMemoryError(TaskError):
    """The task needs a bigger machine than it was given."""


class ModeratedError(TaskError):
    """A service refused the content of the request."""


class UnsureError(TaskError):
    """A service may have made something, and a bill, although no answer came."""


class BudgetError(FarmError):
    """The money does not reach."""


class DeliveryError(FarmError):
    """A delivery cannot be published, or is not what its manifest says."""


class ExecutorError(FarmError):
    """The machines refused the work as a whole."""

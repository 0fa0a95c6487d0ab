"""What the route needs of whoever gets things done: the crew that works, or the one that plans."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from farm.digest import Plain
from farm.ledger import Event
from farm.store.base import Store
from farm.task import Outcome, Task

NOTHING: Mapping[str, Plain] = MappingProxyType({})
Listener = Callable[[Event], None]


class Doer(Protocol):
    """Gets tasks done, or supposes that they are."""

    @property
    def store(self) -> Store:
        """The store in which everything is kept."""
        ...

    async def do(self, task: Task) -> Outcome:
        """Return what the task left behind; it is made only if nobody ever made it.

        Raises TaskError (with the task's label and a hint) when the task failed for good,
        BudgetError when the money does not reach, and StoreError or ExecutorError when the farm
        as a whole cannot go on. Cancelling is clean: the lease and the money are given back.
        """
        ...

    async def again(self, task: Task) -> Outcome:
        """Make a task again whose artifacts turned out not to be whole."""
        ...

    def hold(self, shot: str, usd: float) -> None:
        """Hold money back for what a shot still needs, so that no other shot can spend it."""
        ...

    def tell(  # noqa: PLR0913  # the label is three words
        self, kind: str, body: Mapping[str, Plain] = NOTHING, /, *,
        shot: str = "", stage: str = "", part: str = "", key: str = "", **more: Plain,
    ) -> None:  # fmt: skip
        """Tell the listeners something that only the route knows: what is in `body`, and more."""
        ...


@dataclass(slots=True, kw_only=True)
class Totals:
    """What a run amounted to so far: tasks by what came of them, money and machine time."""

    made: int = 0
    reused: int = 0
    failed: int = 0
    usd: float = 0.0
    seconds: float = 0.0

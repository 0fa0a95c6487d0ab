"""Fees of services: each is counted once for its key, when a bill is known, whatever came of it.

A task may be paid for and then lost with its worker, or never answered for. Its bill lies in the
store, where the worker wrote it before the call; so what was paid is seen from there, not from how
an attempt ended, and is not counted again when another attempt, or another run, adopts it.
"""

from farm.crew.lanes import Lanes
from farm.naming import bill_name, fee_name
from farm.store.base import Store
from farm.task import Task

OPEN = ("asked", "made")
"""States of a bill under which a service is taken to be owed; one that failed is not."""


class Fees:
    """What services are owed, and what of it was counted, as notes in the store say."""

    def __init__(self, store: Store, lanes: Lanes) -> None:
        self._store = store
        self._lanes = lanes
        self._counted: set[str] = set()

    async def look(self, task: Task) -> None:
        """See whether a task's fee was counted before; ask this before the task starts."""
        if not task.fee_usd:
            return
        said = await self._lanes.call(self._store.read_note, fee_name(task.key))
        if said is not None:
            self._counted.add(task.key)

    def of_made(self, task: Task, usd: float) -> float:
        """Return what a finished task adds to the account: its fee, unless that was counted."""
        if not task.fee_usd or task.key in self._counted:
            return 0.0
        self._counted.add(task.key)
        self._lanes.post(self._store.write_note, fee_name(task.key), {"usd": usd})
        return usd

    async def of_failed(self, task: Task) -> float:
        """Return what a failed attempt adds: its fee, if a bill is open that was never counted."""
        if not task.fee_usd or task.key in self._counted:
            return 0.0
        bill = await self._lanes.call(self._store.read_note, bill_name(task.key))
        owed = isinstance(bill, dict) and bill.get("state") in OPEN
        return self.of_made(task, task.fee_usd) if owed else 0.0

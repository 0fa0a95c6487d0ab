"""An executor that is told, as soon as it is open, what the plan says will be wanted first."""

from collections.abc import Mapping

from farm.executors.base import Executor, Offer, Report
from farm.task import Needs, Outcome, Task


class Foretold:
    """Passes everything on; `wanted` counts the tasks of a kind that could all start at once.

    Machines of a cluster take minutes to come up. What is known beforehand is told beforehand.
    """

    def __init__(self, executor: Executor, *, wanted: Mapping[Needs, int]) -> None:
        self._executor = executor
        self._wanted = wanted
        self._told = False

    async def open(self) -> Offer:
        """Open the executor, and tell it what is wanted, once."""
        offer = await self._executor.open()
        if not self._told:
            self._told = True
            await self._executor.expect(self._wanted)
        return offer

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Pass a later word on."""
        await self._executor.expect(wanted)

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        return await self._executor.perform(task, report=report)

    async def close(self) -> None:
        """Stop every worker and wait until they are gone."""
        await self._executor.close()

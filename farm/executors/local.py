"""Tasks on this machine: in threads of this process, or in a pool of worker processes."""

from collections.abc import Mapping

from farm.errors import ExecutorError
from farm.executors.base import Offer, Report
from farm.executors.berth import Berth
from farm.executors.machine import cores, memory_gb
from farm.executors.pool import Pool
from farm.executors.processes import ProcessHand, start_process
from farm.executors.threads import Threads
from farm.task import Needs, Outcome, Task


class LocalExecutor:
    """Run up to `workers` tasks of one core at once, as threads here or as processes.

    Processes can be stopped at any moment and take nothing with them when they crash. Threads
    start at once and can be stepped through; a cancelled one stops at its next step.
    """

    def __init__(self, store_uri: str, *, workers: int, processes: bool = True) -> None:
        self._store_uri = store_uri
        self._workers = workers
        self._in_processes = processes
        self._hands: Threads | Pool | None = None

    async def open(self) -> Offer:
        """Make the pool ready and say what there is: one core for each worker."""
        offer = Offer(cpu=float(self._workers), memory_gb=memory_gb())
        if self._hands is None:
            self._hands = self._staff(offer)
        return offer

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        if self._hands is None:
            raise ExecutorError("the local executor is not open", hint="open it first")
        return await self._hands.perform(task, report=report)

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Need nothing told: the machine is there."""

    async def close(self) -> None:
        """Stop every worker and wait until they are gone."""
        hands, self._hands = self._hands, None
        if hands:
            await hands.close()

    def _staff(self, offer: Offer) -> Threads | Pool:
        if self._in_processes:
            return Pool(offer=offer, hire=self._start)
        return Threads(self._store_uri, workers=self._workers)

    async def _start(self, berth: Berth) -> ProcessHand:
        threads = round(berth.cpu * cores() / self._workers)
        return await start_process(self._store_uri, threads=threads)

"""Threads of this process: nothing to start, nothing to send; a crash takes the farm with it."""

import asyncio
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module

from farm.errors import TaskError
from farm.executors.base import Report
from farm.task import Outcome, Progress, Task

Perform = Callable[[Task, str], Generator[Progress | Outcome, None, None]]


class Threads:
    """Run tasks in `workers` threads; a cancelled task stops at its next step."""

    def __init__(self, store_uri: str, *, workers: int) -> None:
        self._store_uri = store_uri
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="farm-worker")
        self._perform: Perform = import_module("functions.worker").perform

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        loop = asyncio.get_running_loop()
        cancelled = threading.Event()

        def tell(progress: Progress) -> None:
            loop.call_soon_threadsafe(report, task, progress)

        try:
            return await loop.run_in_executor(self._pool, self._drive, task, tell, cancelled)
        finally:
            cancelled.set()

    async def close(self) -> None:
        """Wait until every thread has stopped."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    def _drive(
        self, task: Task, tell: Callable[[Progress], None], cancelled: threading.Event
    ) -> Outcome:
        with closing(self._perform(task, self._store_uri)) as steps:
            for step in steps:
                if isinstance(step, Outcome):
                    return step
                if cancelled.is_set():
                    break
                tell(step)
        raise TaskError(f"{task.label} was stopped before it was done")

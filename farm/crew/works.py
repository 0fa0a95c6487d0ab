"""Works: one for every task of this run, shared by all who want its outcome."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from farm.crew.retry import Failures
from farm.errors import FarmError
from farm.task import Needs, Outcome, Task


class Work:
    """A task on its way to its outcome; it goes on while somebody waits for it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.callers = 0
        self.leaving = False
        self.made: asyncio.Task[Outcome]
        self._running_in: asyncio.Task[Any] | None = None
        self._interruption: FarmError | None = None

    async def interruptible(self, running: Coroutine[Any, Any, Outcome]) -> Outcome:
        """Await what `interrupt` may end, with the error that it is given."""
        self._running_in = asyncio.current_task()
        assert self._running_in, "a work runs in a task of the loop"
        try:
            return await running
        except asyncio.CancelledError:
            if self._interruption is None or self.leaving:
                raise
            self._running_in.uncancel()
            raise self._interruption from None
        finally:
            self._running_in = self._interruption = None

    def interrupt(self, error: FarmError) -> None:
        """End what runs now, if anything runs."""
        if self._running_in and not self._interruption:
            self._interruption = error
            self._running_in.cancel()


@dataclass(slots=True, kw_only=True)
class Effort:
    """How far the crew has come with a task."""

    work: Work
    task: Task
    needs: Needs
    failures: Failures = field(default_factory=Failures)
    attempts: int = 0
    mends: int = 0


class Works:
    """Starts works and shares them."""

    def __init__(self, finish: Callable[[Work], Coroutine[Any, Any, Outcome]]) -> None:
        self._finish = finish
        self._works: dict[str, Work] = {}

    async def share(self, task: Task) -> Outcome:
        """Return a task's outcome, starting its work if nobody did.

        When the last one who waits is cancelled, so is the work, and it is over on return.
        """
        while (work := self._works.get(task.key)) and work.leaving:
            await asyncio.wait([work.made])
        work = work or self._start(task)
        work.callers += 1
        try:
            return await asyncio.shield(work.made)
        except asyncio.CancelledError:
            if work.callers == 1:
                await self._leave(work)
            raise
        finally:
            work.callers -= 1

    def get(self, key: str) -> Work | None:
        """Return the work under a key, if there is one."""
        return self._works.get(key)

    def under_way(self) -> list[Work]:
        """List the works that are not over."""
        return [work for work in self._works.values() if not work.made.done()]

    def forget(self, key: str) -> None:
        """Let the next who asks start anew; a work that is under way is left alone."""
        work = self._works.get(key)
        if work and work.made.done():
            del self._works[key]

    async def close(self) -> None:
        """Cancel everything that is under way, and wait until it is over."""
        for work in self.under_way():
            work.leaving = True
            work.made.cancel()
        if under_way := self.under_way():
            await asyncio.wait([work.made for work in under_way])

    def _start(self, task: Task) -> Work:
        work = self._works[task.key] = Work(task)
        work.made = asyncio.create_task(self._finish(work), name=task.label)
        work.made.add_done_callback(lambda made: self._over(work, made))
        return work

    async def _leave(self, work: Work) -> None:
        if not work.made.done():
            work.leaving = True
            work.made.cancel()
            await asyncio.wait([work.made])

    def _over(self, work: Work, made: "asyncio.Task[Outcome]") -> None:
        if made.cancelled():
            if self._works.get(work.task.key) is work:
                del self._works[work.task.key]
        else:
            made.exception()  # whoever waits is told; nobody may be left to wait

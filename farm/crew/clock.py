"""Time, handed in: the real one, and a virtual one in which a night passes in a moment."""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time in seconds since 1970, and waits."""

    def now(self) -> float:
        """Return the time; it never goes backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class RealClock:
    """The machine's own clock, steadied: set once, then counted on without jumps."""

    def __init__(self) -> None:
        self._epoch = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the time; it never goes backwards."""
        return self._epoch + time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class VirtualClock:
    """The clock of a program that `run_virtually` runs: time is whatever its loop says."""

    def now(self) -> float:
        """Return the virtual time; outside of a running loop it stands at zero."""
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0

    async def sleep(self, seconds: float) -> None:
        """Let virtual time pass."""
        await asyncio.sleep(seconds)


def run_virtually(program: Coroutine[Any, Any, T]) -> T:  # Any: a coroutine's send is untyped
    """Run a program in virtual time: whenever everybody waits, jump to the next thing due.

    Everything that counts on the loop's time obeys it: sleeps, timeouts, deadlines. What is meant
    for a thread is done in place, in no time. Raises RuntimeError when all wait and nothing is due.
    """
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(program)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.virtual_now = 0.0
        super().__init__(_Jumps(self))

    def time(self) -> float:
        return self.virtual_now

    def run_in_executor(
        self, _executor: Executor | None, function: Callable[..., T], *terms: object
    ) -> "asyncio.Future[T]":
        answer: asyncio.Future[T] = self.create_future()
        try:
            answer.set_result(function(*terms))
        except Exception as error:  # noqa: BLE001  # it is raised again where the answer is awaited
            answer.set_exception(error)
        return answer


class _Jumps(selectors.DefaultSelector):
    """A selector that never waits: it moves its loop's time on instead."""

    def __init__(self, loop: _VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits and nothing is due: the program is stuck")
        self._loop.virtual_now += timeout
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        return ready

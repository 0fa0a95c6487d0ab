"""Lanes: the threads on which the crew speaks with the store, so that its loop never waits."""

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
_Call = tuple[Callable[[], Any], "asyncio.Future[Any] | None"]  # Any: calls return what they like


class Lanes:
    """Run short, blocking calls on at most `most` threads; with none, at once and in place.

    Answers that come while the loop is busy are brought to it together.
    """

    def __init__(self, *, most: int = 4) -> None:
        self._most = most
        self._threads: list[threading.Thread] = []
        self._due: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._answers: deque[Callable[[], None]] = deque()
        self._bringing = False
        self._outstanding = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    async def call(self, function: Callable[..., T], *terms: object, **more: object) -> T:
        """Call a function and wait for its answer.

        What has begun cannot be taken back: a cancelled call is seen through before it is left.
        """
        if not self._most:
            return function(*terms, **more)
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put((lambda: function(*terms, **more), answer))
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([answer])
            raise

    def post(self, function: Callable[..., object], *terms: object, **more: object) -> None:
        """Call a function some time soon; whatever it raises is dropped."""
        self._put((lambda: function(*terms, **more), None))

    async def close(self) -> None:
        """See everything through that was asked for."""
        for _ in self._threads:
            self._due.put(None)
        while self._threads:
            await asyncio.to_thread(self._threads.pop().join)

    def _put(self, call: _Call) -> None:
        if not self._most:
            _answer(*call)()
            return
        self._loop = asyncio.get_running_loop()
        self._outstanding += 1
        if len(self._threads) < min(self._most, self._outstanding):
            thread = threading.Thread(target=self._serve, name="lane", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._due.put(call)

    def _serve(self) -> None:
        while call := self._due.get():
            self._answers.append(_answer(*call))
            if not self._bringing:
                self._bringing = True
                assert self._loop
                self._loop.call_soon_threadsafe(self._bring)

    def _bring(self) -> None:
        self._bringing = False
        while self._answers:
            self._answers.popleft()()
            self._outstanding -= 1


def _answer(call: Callable[[], Any], future: "asyncio.Future[Any] | None") -> Callable[[], None]:
    """Make the call, and return what brings its answer to whoever waits for it."""
    try:
        result = call()
    except Exception as error:  # noqa: BLE001  # it is raised again where the answer is awaited
        fault = error
        return lambda: None if future is None or future.done() else future.set_exception(fault)
    return lambda: None if future is None or future.done() else future.set_result(result)

"""Work on a few frames at once, in order: the libraries of this room let go of Python's lock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_flight(work: Callable[[T], R], items: Iterable[T], *, at_once: int) -> Iterator[R]:
    """Yield `work(item)` for every item in order, with no more than `at_once` under way.

    What comes out waits for whoever takes it: no more frames lie in memory than are in flight.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

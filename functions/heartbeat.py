"""The heartbeat of a stage whose work tells nothing of itself meanwhile."""

from collections.abc import Generator
from concurrent.futures import Future, wait
from typing import TypeVar

from farm.task import Progress

T = TypeVar("T")

HEARTBEAT_SECONDS = 10.0


def heard(work: "Future[T]", last: Progress) -> Generator[Progress, None, T]:
    """Wait for work in another thread; yield the last word again as long as it is silent."""
    while not wait([work], timeout=HEARTBEAT_SECONDS).done:
        yield last
    return work.result()

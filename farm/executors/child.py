"""The program in a worker process: takes one task at a time from its driver, and answers.

Run as `python -m farm.executors.child STORE`. It lives in a process group of its own, so that a
Ctrl-C on the terminal reaches the driver alone, and so that stopping it stops what it started.
When the driver is gone, however it went, the whole group goes too.
"""

import contextlib
import faulthandler
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import BinaryIO

from farm.errors import FarmError, TaskError
from farm.executors.wire import pack, receive
from farm.task import Outcome, Progress, Task

Answer = Progress | Outcome | FarmError
Perform = Callable[[Task, str], Iterator[Progress | Outcome]]


def main(store_uri: str) -> None:
    """Serve tasks until the driver says that there are no more."""
    orders, answers = _wires()
    faulthandler.enable()
    threading.Thread(target=_die_with_driver, args=(orders.fileno(),), daemon=True).start()
    worker = import_module("functions.worker")
    with contextlib.suppress(EOFError, BrokenPipeError):
        while isinstance(task := receive(orders), Task):
            for answer in _answers(worker.perform, task, store_uri):
                answers.write(pack(answer))
                answers.flush()


def _answers(perform: Perform, task: Task, store_uri: str) -> Iterator[Answer]:
    """Yield what a task says; its failure is said too."""
    try:
        yield from perform(task, store_uri)
    except FarmError as error:
        yield error
    except Exception as error:  # noqa: BLE001  # the executors' edge
        yield TaskError(f"{task.label}: the worker failed: {type(error).__name__}: {error}")


def _wires() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two ends to the driver to ourselves: what a stage prints goes to stderr."""
    orders, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(orders, "rb"), os.fdopen(answers, "wb")


def _die_with_driver(orders: int) -> None:
    poll = select.poll()
    poll.register(orders, 0)  # nothing but the other end's hang-up
    poll.poll()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])

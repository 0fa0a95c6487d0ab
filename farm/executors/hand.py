"""A worker as Ray runs it: an actor that does one batch at a time, and tells how far it is.

This is the worker's side; nothing here imports ray. What it says travels as pickled bytes: only
tasks, progress and outcomes, never a picture.
"""

import os
import socket
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module

from farm.errors import FarmError, TaskError
from farm.executors.machine import resident_gb
from farm.executors.node import set_up_node
from farm.executors.wire import pack_body, unpack
from farm.task import Outcome, Progress, Task

NEWS_SECONDS = 5.0  # how long a question for news waits for an answer
TALK = "talk"  # the thread that answers questions while another one works


class ActorHand:
    """Do batches of tasks in one thread, and answer questions about them in another."""

    def __init__(self, env: Mapping[str, str], node_setup: Sequence[str] = ()) -> None:
        os.environ.update(env)  # before numba is imported, which reads it once
        set_up_node(node_setup)
        self._worker = import_module("functions.worker")
        self._batch = 0
        self._news: list[tuple[int, Progress]] = []
        self._changed = threading.Condition()

    def where(self) -> tuple[str, int]:
        """Say which machine and process this is."""
        return socket.gethostname(), os.getpid()

    def resident_gb(self) -> float:
        """Say how much memory this process holds."""
        return resident_gb(os.getpid())

    def run(self, batch: int, store_uri: str, tasks: bytes) -> bytes:
        """Do the tasks one by one; a failure is an answer like any other."""
        self._begin(batch)
        answers = []
        for index, task in enumerate(unpack(tasks)):  # type: ignore[arg-type, var-annotated]  # packed by RayHand.run
            answers.append(self._do(task, index, store_uri))
        self._begin(0)
        return pack_body(answers)

    def news(self, batch: int, seen: int) -> bytes:
        """Wait for progress of a batch past what was seen; nothing if there is none for long."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._batch != batch or len(self._news) > seen, NEWS_SECONDS
            )
            return pack_body(self._news[seen:] if self._batch == batch else [])

    def _begin(self, batch: int) -> None:
        with self._changed:
            self._batch = batch
            self._news = []
            self._changed.notify_all()

    def _do(self, task: Task, index: int, store_uri: str) -> Outcome | FarmError:
        try:
            for step in self._worker.perform(task, store_uri):
                if isinstance(step, Outcome):
                    return step
                with self._changed:
                    self._news.append((index, step))
                    self._changed.notify_all()
        except FarmError as error:
            return error
        except Exception as error:  # noqa: BLE001  # the executors' edge
            return TaskError(f"{task.label}: the worker failed: {type(error).__name__}: {error}")
        return TaskError(f"{task.label}: the worker ended without an outcome")


# What ray.method(concurrency_group=...) would note; a Ray client takes no such word with a call.
for _question in (ActorHand.news, ActorHand.resident_gb):
    _question.__ray_concurrency_group__ = TALK  # type: ignore[union-attr]  # Ray reads it

"""What a call on Modal does: one task, once, however often the call was sent.

A call may have been sent twice, when its driver could not hear that the first had arrived, and it
is started anew when its machine is taken away. So each takes a lease on the work; whoever comes
second says whom to ask instead, and stops. This module does not import modal: it is the body.
"""

import pickle
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from farm.digest import digest_value
from farm.errors import FarmError, TaskError
from farm.store import open_store
from farm.store.base import Store
from farm.task import Outcome, Progress, Task
from functions.worker import perform

LEASE_SECONDS = 60.0
PATIENCE = 90  # seconds: longer than a lease of the dead lasts
ELSEWHERE = "elsewhere"

Tell = Callable[[Progress], None]


def run(body: bytes, store_uri: str, *, call: str, tell: Tell) -> bytes:
    """Do the task in `body`; return its outcome, its failure, or the call that is at it already.

    All three travel as pickled values: both ends are this very program. Nothing is raised: Modal
    would raise it again in the driver, of whatever type it is.
    """
    answer: Outcome | FarmError | dict[str, str]
    try:
        answer = _once(body, store_uri, call=call, tell=tell)
    except FarmError as error:
        answer = error
    except Exception as error:  # noqa: BLE001  # the executors' edge
        answer = TaskError(
            f"the container failed: {type(error).__name__}: {error}",
            hint="it must have the driver's own version: modal deploy functions/modal_app.py",
        )
    return pickle.dumps(answer)


def _once(
    body: bytes, store_uri: str, *, call: str, tell: Tell
) -> Outcome | FarmError | dict[str, str]:
    """Do the task unless another call is at it."""
    task: Task = pickle.loads(body)  # noqa: S301  # our own driver wrote it
    store = open_store(store_uri)
    lease, note = lease_name(task.key), f"calls/{task.key}/running"
    if other := _holder(store, lease, note, call=call):
        return {ELSEWHERE: other}
    with _kept(store, lease, owner=call):
        store.write_note(note, call)
        answer = _do(task, store_uri, tell)
        store.write_note(note, "")
    return answer


def _holder(store: Store, lease: str, note: str, *, call: str) -> str:
    """Take the lease, or return the call that has it; it may just be about to say so."""
    for _ in range(PATIENCE):
        if store.claim(lease, owner=call, seconds=LEASE_SECONDS):
            return ""
        other = store.read_note(note)
        if isinstance(other, str) and other:
            return other
        time.sleep(1.0)
    return "unknown"


def lease_name(key: str) -> str:
    """Name the lease on a task's call; the crew's own lease is on the task itself."""
    return digest_value(["modal", key])


def _do(task: Task, store_uri: str, tell: Tell) -> Outcome | FarmError:
    try:
        for step in perform(task, store_uri):
            if isinstance(step, Outcome):
                return step
            tell(step)
    except FarmError as error:
        return error
    return TaskError(f"{task.label}: the worker ended without an outcome")


@contextmanager
def _kept(store: Store, lease: str, *, owner: str) -> Generator[None, None, None]:
    """Hold a lease that is ours, renewing it, and give it back."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 4):
            store.renew(lease, owner=owner, seconds=LEASE_SECONDS)

    heart = threading.Thread(target=renew, name="lease", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        store.release(lease, owner=owner)

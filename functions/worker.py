"""All that any machine of the farm ever runs: a task, from its inputs to its outcome."""

import json
import os
import platform
import socket
import sys
import time
from collections.abc import Generator
from dataclasses import replace
from functools import cache
from itertools import zip_longest
from pathlib import Path

from farm.cards import card_for
from farm.cards.card import fingerprint, pin
from farm.cards.shelf import UNPINNED
from farm.digest import Plain, canonical
from farm.errors import FarmError, OutOfMemoryError, TaskError
from farm.store import open_store
from farm.store.base import Store
from farm.store.faults import FULL, fault
from farm.task import MADE_ON, Engine, Made, Outcome, Progress, Task
from functions.bench import Bench
from functions.stages import STAGES

HOST = socket.gethostname()


def perform(task: Task, store_uri: str) -> Generator[Progress | Outcome, None, None]:
    """Do a task: yield its progress, then its outcome, which the store remembers by then.

    Work that is already remembered is not done again: a worker may have died, or a driver may
    have stopped listening, between the end of the work and the answer.
    Raises TaskError or one of its branches, MissingError, or FullError.
    """
    store = _store(store_uri)
    outcome = store.recall(task.key)
    if outcome is None:
        _check_engine(task)
        began = time.perf_counter()
        made = yield from _make(task, store)
        _check_engine(task)  # weights that were not here are now
        outcome = Outcome(
            key=task.key,
            outputs=made.outputs,
            facts=_plain(task, {**_machine(task), **made.facts}),
            seconds=time.perf_counter() - began,
            usd=task.fee_usd if made.usd is None else made.usd,
            worker=f"{HOST}:{os.getpid()}",
        )
        store.remember(outcome)
    yield outcome


def _machine(task: Task) -> dict[str, Plain]:
    """Say what changes a model's bits and is no part of its key: the kind of machine it ran on.

    A hosted service says nothing of its machines.
    """
    if not (task.engine and task.engine.model) or card_for(task.engine.model).hosted:
        return {}
    torch = sys.modules.get("torch")  # whoever has not loaded it has used no GPU
    if torch and torch.cuda.is_available():
        return {MADE_ON: str(torch.cuda.get_device_name())}
    return {MADE_ON: f"CPU {platform.machine()}"}


def _check_engine(task: Task) -> None:
    """Refuse to make pixels that the task's key does not stand for."""
    if task.engine and not _stands_for(task.engine, mine := _own(task.engine)):
        raise TaskError(
            f"{task.label}: it is keyed for {_name(task.engine)}, and this worker has "
            f"{_name(mine)}",
            hint="install the same versions wherever the farm runs, driver and workers alike",
        )


def _stands_for(asked: Engine, mine: Engine) -> bool:
    """Tell whether an engine is the one that was asked for.

    Weights without a commit are pinned by their content where they are: what the driver has not
    got may be any, and what is not here yet is looked at again when it is.
    """
    pins = zip_longest(asked.revision.split(), mine.revision.split(), fillvalue="")
    return replace(asked, revision="") == replace(mine, revision="") and all(
        one == other or UNPINNED in (one.partition("=")[2], other.partition("=")[2])
        for one, other in pins
    )


def _own(engine: Engine) -> Engine:
    """Name the same model, or else the same libraries, as this machine has them."""
    if engine.model:
        pin.cache_clear()
        return card_for(engine.model).engine
    names = [library.rpartition(" ")[0] for library in engine.fingerprint.split(", ")]
    return replace(engine, fingerprint=fingerprint(tuple(names)))


def _name(engine: Engine) -> str:
    return f"{engine.model} {engine.revision} ({engine.fingerprint})"


def _make(task: Task, store: Store) -> Generator[Progress, None, Made]:
    """Drive the stage on a workbench of its own; whatever it raises leaves as a FarmError."""
    stage = STAGES.get(task.stage)
    try:
        with store.scratch() as scratch:
            made = yield from stage(Bench(task=task, store=store, scratch=scratch))
    except FarmError:
        raise
    except MemoryError as error:
        raise OutOfMemoryError(
            f"{task.label}: this machine's memory does not suffice ({error or 'MemoryError'})",
            hint="it is tried again where there is more; or ask for a smaller frame",
        ) from error
    except OSError as error:
        raise _disk_fault(task, store, error) from error
    except Exception as error:  # the executors' edge: a stage's own fault is told, not spread
        raise _stage_fault(task, error) from error
    if not isinstance(made, Made):
        raise TaskError(f"{task.label}: the stage {task.stage} ended without saying what it made")
    return made


def _disk_fault(task: Task, store: Store, error: OSError) -> FarmError:
    return fault(error, uri=store.uri) if error.errno in FULL else _stage_fault(task, error)


def _stage_fault(task: Task, error: Exception) -> TaskError:
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return TaskError(
        f"{task.label}: the stage {task.stage} failed: {words}{_place(error)}",
        hint="other shots go on; mend the cause and run the same command again",
    )


def _place(error: BaseException) -> str:
    """Say where in the code an exception was raised."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if not trace:
        return ""
    return f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"


def _plain(task: Task, facts: object) -> dict[str, Plain]:
    """Return facts as the store will tell them later, so that made and recalled are the same."""
    try:
        plain: dict[str, Plain] = json.loads(canonical(facts))  # type: ignore[arg-type]  # canonical checks
    except (TypeError, ValueError) as error:
        raise TaskError(
            f"{task.label}: the facts of {task.stage} are not plain: {error}"
        ) from error
    return plain


@cache
def _store(uri: str) -> Store:
    return open_store(uri)

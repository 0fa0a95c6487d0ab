"""What the farm asks of Modal, and what each of its errors means: the door to modal itself.

The rest of the executor knows this wire alone, so that a stand-in can take its place.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any, Protocol

from farm.errors import (
    CrashError,
    ExecutorError,
    FarmError,
    LostError,
    OutOfMemoryError,
    ShortageError,
    TaskError,
)
from farm.gpus import GRADES
from farm.task import Needs, Progress

APP = "farm"
QUEUE = "farm-progress"
VOLUME = "farm-weights"
NEWS_AT_ONCE = 50
LARGEST_CPU, LARGEST_GB = 64.0, 336.0  # of one container, by Modal's documentation
ModalThing = Any  # modal's classes are made at run time; it has no types that would help here


class Wire(Protocol):
    """Sends calls to a serverless service, and hears of them by their ids."""

    reaches_local_stores: bool

    async def open(self) -> None:
        """See that the service answers and that the farm is deployed; raises ExecutorError."""
        ...

    async def spawn(self, grade: str, body: bytes, store_uri: str, *, needs: Needs) -> str:
        """Send a call to a grade of machine; return its id.

        Raises LostError if nobody can say whether it was sent, another TaskError if it was not.
        """
        ...

    async def answer(self, call: str, *, seconds: float) -> bytes | None:
        """Wait for a call's answer; None if there is none yet.

        Raises TaskError when the call failed, and ConnectionError when it could not be asked for.
        """
        ...

    async def news(self, call: str) -> list[Progress]:
        """Return what a call told since it was last asked."""
        ...

    async def cancel(self, call: str) -> None:
        """Stop a call, and the container that it runs in."""
        ...


class ModalWire:
    """The real thing: the app that `modal deploy functions/modal_app.py` made."""

    reaches_local_stores = False

    def __init__(self) -> None:
        self._modal: ModalThing = None
        self._queue: ModalThing = None

    async def open(self) -> None:
        """Import modal, and look the app up."""
        if find_spec("modal") is None:
            raise ExecutorError("modal is not installed", hint="pip install 'farm[modal]'")
        import modal  # noqa: PLC0415  # only who runs on Modal needs it

        self._modal = modal
        self._queue = modal.Queue.from_name(QUEUE, create_if_missing=True)
        try:
            await modal.Cls.from_name(APP, "Cpu").hydrate.aio()
        except (modal.exception.Error, OSError) as error:
            raise _opening_fault(modal, error) from error

    async def spawn(self, grade: str, body: bytes, store_uri: str, *, needs: Needs) -> str:
        """Send a call; several GPUs, or a kind by name, are asked for as such."""
        modal = self._modal
        kind = modal.Cls.from_name(APP, grade)
        if options := _options(needs, grade):
            kind = kind.with_options(**options)
        try:
            call = await kind().perform.spawn.aio(body, store_uri)
        except (modal.exception.Error, OSError) as error:
            raise fault(modal, error, sent=False) from error
        return str(call.object_id)

    async def answer(self, call: str, *, seconds: float) -> bytes | None:
        """Wait for a call's answer."""
        modal = self._modal
        try:
            handle = modal.FunctionCall.from_id(call)
            # what gets a call's answer must not be cancelled half-way
            answer: bytes = await asyncio.shield(handle.get.aio(timeout=seconds))
        except (modal.exception.OutputExpiredError, modal.exception.FunctionTimeoutError) as error:
            raise fault(modal, error) from error
        except (modal.exception.TimeoutError, TimeoutError):
            return None
        except (modal.exception.ConnectionError, modal.exception.ServiceError, OSError) as error:
            raise ConnectionError(str(error)) from error
        except modal.exception.Error as error:
            raise fault(modal, error) from error
        except Exception as error:  # the executors' edge: what the container raised, as it was
            raise CrashError(
                f"its container cannot run the farm: {type(error).__name__}: {error}",
                hint="deploy it again: modal deploy functions/modal_app.py",
            ) from error
        return answer

    async def news(self, call: str) -> list[Progress]:
        """Read the call's own part of the queue; a queue that does not answer tells nothing."""
        try:
            told = await self._queue.get_many.aio(NEWS_AT_ONCE, block=False, partition=call)
        except (self._modal.exception.Error, OSError):
            return []
        return [Progress(done=done, total=total, note=note) for done, total, note in told]

    async def cancel(self, call: str) -> None:
        """Stop a call; one that is over is left alone."""
        modal = self._modal
        try:
            handle = modal.FunctionCall.from_id(call)
            await handle.cancel.aio(terminate_containers=True)
        except modal.exception.NotFoundError:
            return
        except (modal.exception.Error, OSError) as error:
            raise fault(modal, error) from error

    async def look(self) -> str:
        """Look at the account, the app with its image, and the volume; raises ExecutorError.

        The image is built when the app is deployed: an app that is there has one.
        """
        await self.open()
        modal = self._modal
        volume = os.environ.get("FARM_MODAL_VOLUME", VOLUME)
        try:
            await modal.Volume.from_name(volume).hydrate.aio()
        except modal.exception.NotFoundError as error:
            raise ExecutorError(
                f"there is no volume {volume!r} for weights: {error}",
                hint=f"modal volume create {volume}; or deploy the app again, which makes it",
            ) from error
        try:
            bill = f"${await self.billed_usd():.2f} in the last day"
        except modal.exception.Error as error:  # not every account may read its bill
            bill = f"what it cost is not told: {error}"
        return f"the app {APP!r} and the volume {volume!r} are there; {bill}"

    async def billed_usd(self, *, days: int = 1) -> float:
        """Return what Modal billed for the app in the last days, whole hours only."""
        modal = self._modal
        now = datetime.now(tz=UTC)
        workspace = modal.Workspace.from_context()
        items = await workspace.billing.report.aio(
            start=now - timedelta(days=days), end=now, resolution="h"
        )
        return float(sum(item.cost for item in items if item.description == APP))


def _options(needs: Needs, grade: str) -> Mapping[str, object]:
    """Say what a call needs beyond its grade."""
    options: dict[str, object] = {}
    if needs.gpus > 1 or (needs.gpu and needs.gpu in GRADES[grade][1:]):
        kind = needs.gpu if needs.gpu in GRADES[grade] else GRADES[grade][0]
        options["gpu"] = f"{kind}:{round(needs.gpus)}" if needs.gpus > 1 else kind
    if needs.memory_gb > 16:
        options["memory"] = round(min(needs.memory_gb, LARGEST_GB) * 1024)
    if needs.cpu > 8:
        options["cpu"] = min(needs.cpu, LARGEST_CPU)
    return options


def _opening_fault(modal: ModalThing, error: Exception) -> ExecutorError:
    if isinstance(error, modal.exception.NotFoundError):
        return ExecutorError(
            f"the app {APP!r} is not on Modal: {error}",
            hint="deploy it: modal deploy functions/modal_app.py",
        )
    if isinstance(error, modal.exception.AuthError):
        return ExecutorError(f"Modal does not know who asks: {error}", hint="run `modal setup`")
    return ExecutorError(f"Modal cannot be used: {error}", hint="see https://status.modal.com")


def fault(modal: ModalThing, error: Exception, *, sent: bool = True) -> FarmError:
    """Say which of the three ledgers an error of Modal's belongs to.

    Lost: the line, the service, a container that went away. Shortage: a quota or a rate. The
    task's own: its time ran out, or what is out of memory. What no try can mend concerns the farm
    as a whole.
    """
    kinds, words = modal.exception, f"{type(error).__name__}: {error}"
    if isinstance(error, kinds.NotFoundError) and not sent:
        return _opening_fault(modal, error)
    if _is_out_of_memory(str(error)):
        return OutOfMemoryError(f"Modal stopped it for want of memory: {words}")
    for kind, branch, said, hint in _branches(kinds):
        if isinstance(error, kind):
            return branch(f"{said}: {words}", hint=hint)
    return LostError(f"Modal lost it: {words}", hint="it is tried again")


def _branches(kinds: ModalThing) -> Iterator[tuple[Any, type[FarmError], str, str]]:
    """Yield for each kind of Modal's errors what it is to us, in words and with a hint."""
    yield (
        kinds.ResourceExhaustedError,
        ShortageError,
        "Modal has no capacity now",
        "its class waits",
    )
    yield (
        kinds.FunctionTimeoutError,
        TaskError,
        "it ran past its time limit",
        "ask for less at once",
    )
    refusals = (
        kinds.AuthError,
        kinds.PermissionDeniedError,
        kinds.VersionError,
        kinds.InvalidError,
    )
    yield refusals, ExecutorError, "Modal refuses", "`farm doctor` looks at the account"
    deaths = (kinds.RemoteError, kinds.ExecutionError)
    yield deaths, CrashError, "its container died", "it is tried again in another one"


def _is_out_of_memory(words: str) -> bool:
    words = words.lower()
    return "out of memory" in words or "oom" in words.split() or "exit code: 137" in words

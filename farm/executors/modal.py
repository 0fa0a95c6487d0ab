"""Tasks on Modal: calls that outlive their driver, and are taken up again by the next one.

The id of every call is kept in the store, its intent before it is sent. A driver that finds one
adopts the call instead of paying for it twice; a call that was sent twice all the same finds the
work taken, and says by whom.
"""

import asyncio
import contextlib
import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass

from farm.digest import digest_value
from farm.errors import ExecutorError, FarmError, LostError, TaskError
from farm.executors.base import Offer, Report
from farm.executors.modal_wire import LARGEST_CPU, LARGEST_GB, ModalWire, Wire
from farm.executors.wire import pack_body
from farm.gpus import GPU_MEMORY_GB, GRADES, grade_for
from farm.store import open_store
from farm.store.base import Store
from farm.task import Needs, Outcome, Task

AT_ONCE = 10  # calls at once, where no pool sets a limit
WAIT_SECONDS = 1.0  # how long one question for an answer lasts; progress is asked for between them
SILENCE_SECONDS = 300.0  # how long a line that is cut is waited for
ELSEWHERE = "elsewhere"
MOST_REFERRALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Elsewhere:
    """An answer that says: that other call is at it."""

    call: str


class ModalExecutor:
    """Sends each task as a call of its own; `promised` is what may run there at once."""

    def __init__(
        self,
        store_uri: str,
        *,
        workers: int | None = None,
        promised: Offer | None = None,
        wire: Wire | None = None,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._store_uri = store_uri
        self._promised = promised or _default_offer(workers or AT_ONCE)
        self._wire = wire or ModalWire()
        self._wait_seconds = wait_seconds
        self._store: Store | None = None
        self._heard: set[str] = set()

    async def open(self) -> Offer:
        """See that Modal answers; raises ExecutorError."""
        if self._store is None:
            local = self._store_uri.startswith("file:") or ":" not in self._store_uri
            if local and not self._wire.reaches_local_stores:
                raise ExecutorError(
                    f"Modal cannot reach a store on this machine: {self._store_uri}",
                    hint="keep the store in a bucket: --store s3://BUCKET/farm",
                )
            await self._wire.open()
            self._store = open_store(self._store_uri)
        return self._promised

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Need nothing told: Modal starts containers as calls come."""

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome, in a call that was sent before if there is one."""
        if self._store is None:
            raise ExecutorError("the modal executor is not open", hint="open it first")
        calls = _Calls(self._store, task)
        call = await calls.known() or await self._send(task, calls)
        for _ in range(MOST_REFERRALS):
            try:
                answer = await self._hear(task, call, report=report)
            except asyncio.CancelledError:
                await self._take_back(call, calls)
                raise
            except ConnectionError as error:
                raise LostError(
                    f"{task.label}: Modal was not heard of for {SILENCE_SECONDS:.0f}s: {error}",
                    hint="its call goes on; whoever tries again takes it up",
                ) from error
            except FarmError as error:
                await calls.end(call)
                raise _named(error, task) from error
            if not isinstance(answer, _Elsewhere):
                await calls.forget()
                return answer
            call = answer.call or await self._send(task, calls)
            await calls.keep(call)
        raise LostError(
            f"{task.label}: calls on Modal refer to each other", hint="it is sent again"
        )

    async def close(self) -> None:
        """Stop every call that somebody still waits for."""
        await asyncio.gather(*(self._wire.cancel(call) for call in self._heard))
        self._store = None

    async def _send(self, task: Task, calls: "_Calls") -> str:
        grade = grade_for(task.needs.gpu, task.needs.gpu_memory_gb)
        if not grade:
            raise TaskError(
                f"{task.label}: Modal has no GPU like {task.needs.gpu} "
                f"with {task.needs.gpu_memory_gb:g} GB",
                hint=f"it has {', '.join(dict.fromkeys(k for g in GRADES.values() for k in g))}",
            )
        await calls.intend()
        sending = asyncio.ensure_future(
            self._wire.spawn(grade, pack_body(task), self._store_uri, needs=task.needs)
        )
        try:
            call = await asyncio.shield(sending)
        except asyncio.CancelledError:
            with contextlib.suppress(FarmError):  # it is on its way: hear its id, then stop it
                await self._take_back(await sending, calls)
            raise
        await calls.keep(call)
        return call

    async def _hear(self, task: Task, call: str, *, report: Report) -> "Outcome | _Elsewhere":
        """Wait for a call's answer, passing its progress on; raises what it failed of."""
        self._heard.add(call)
        try:
            return _read(task, await self._answer(task, call, report=report))
        finally:
            self._heard.discard(call)

    async def _answer(self, task: Task, call: str, *, report: Report) -> bytes:
        body: bytes | None = None
        heard = time.monotonic()
        while body is None:
            try:
                body = await self._wire.answer(call, seconds=self._wait_seconds)
                heard = time.monotonic()
            except ConnectionError:
                if time.monotonic() > heard + SILENCE_SECONDS:
                    raise
                await asyncio.sleep(self._wait_seconds)
            for progress in await self._wire.news(call):
                report(task, progress)
        return body

    async def _take_back(self, call: str, calls: "_Calls") -> None:
        """Stop a call, and wait until it is."""
        with contextlib.suppress(FarmError):  # it costs until its end, and leaves what it made
            await asyncio.shield(self._wire.cancel(call))
        await calls.end(call)


def _read(task: Task, body: bytes) -> "Outcome | _Elsewhere":
    """Read an answer: an outcome, or whom to ask instead; raises what the task failed of."""
    answer = pickle.loads(body)  # noqa: S301  # our own worker wrote it
    if isinstance(answer, FarmError):
        raise answer
    if isinstance(answer, dict):
        return _Elsewhere(call=str(answer.get(ELSEWHERE, "")))
    if not isinstance(answer, Outcome):
        raise TaskError(f"{task.label}: Modal answered with a {type(answer).__name__}")
    return answer


def _named(error: FarmError, task: Task) -> FarmError:
    """Say which task an error is about, where the service could not."""
    if task.label in error.problem:
        return error
    return type(error)(f"{task.label}: {error.problem}", hint=error.hint)


class _Calls:
    """The note of one task's call in the store."""

    def __init__(self, store: Store, task: Task) -> None:
        self._store = store
        self._key = task.key
        self._name = f"calls/{task.key}"

    async def known(self) -> str:
        """Return the id of a call that was sent before and not heard to its end, or nothing."""
        note = await asyncio.to_thread(self._store.read_note, self._name)
        return str(note.get("call", "")) if isinstance(note, Mapping) else ""

    async def intend(self) -> None:
        """Note that a call is about to be sent."""
        await self._write({"call": "", "meant": True})

    async def keep(self, call: str) -> None:
        """Note a call's id."""
        await self._write({"call": call, "meant": True})

    async def forget(self) -> None:
        """Note that there is no call."""
        await self._write({"call": "", "meant": False})

    async def end(self, call: str) -> None:
        """Note that a call is over without an outcome: what it held of the work is free."""
        lease = digest_value(["modal", self._key])
        await asyncio.to_thread(self._store.release, lease, owner=call)
        await self.forget()

    async def _write(self, note: dict[str, object]) -> None:
        await asyncio.to_thread(self._store.write_note, self._name, note)  # type: ignore[arg-type]  # plain words and truths


def _default_offer(at_once: int) -> Offer:
    kinds = dict.fromkeys(kind for grade in GRADES.values() for kind in grade)
    return Offer(
        cpu=4.0 * at_once,
        memory_gb=16.0 * at_once,
        gpus=dict.fromkeys(sorted(kinds, key=lambda kind: GPU_MEMORY_GB[kind]), at_once),
        largest=Offer(cpu=LARGEST_CPU, memory_gb=LARGEST_GB),
    )

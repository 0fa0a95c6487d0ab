"""One Ray actor, seen from the driver: hired, given work, listened to, and let go."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping, Sequence

from farm.errors import (
    CrashError,
    ExecutorError,
    FarmError,
    LostError,
    OutOfMemoryError,
    ShortageError,
)
from farm.executors.berth import Berth
from farm.executors.hand import TALK, ActorHand
from farm.executors.pool import Answer, Tell
from farm.executors.ray_cluster import claims
from farm.executors.ray_session import RaySession, RayThing, first_lines
from farm.executors.wire import pack_body, unpack
from farm.task import Progress, Task

NODE_GONE = ("node has died", "node was terminated", "node died")
"""As Ray words it: the machine went, not the worker alone."""

LISTEN_AFTER_SECONDS = 0.2  # a task that is done sooner is not asked how far it is
LISTEN_EVERY_SECONDS = 0.1
GONE_SECONDS = 10.0  # how long the end of a process is waited for
HIRE_SECONDS = 900.0  # how long a machine may take to come up before it counts as a shortage
VITALS_SECONDS = 5.0  # a worker that does not say how much it holds is not worth waiting for


class RayHand:
    """One actor, seen from the driver."""

    def __init__(
        self, session: RaySession, actor: RayThing, *, store_uri: str, where: tuple[str, int]
    ) -> None:
        self._session = session
        self._actor = actor
        self._store_uri = store_uri
        self._host, self._pid = where
        self._batch = 0

    @classmethod
    async def hire(
        cls,
        session: RaySession,
        berth: Berth,
        *,
        store_uri: str,
        env: Mapping[str, str],
        node_setup: Sequence[str] = (),
    ) -> "RayHand":
        """Have Ray start an actor of one kind, and wait until it is there.

        Raises ShortageError when no machine came for it in time, LostError when it went away
        while it started, and ExecutorError when it cannot start at all. An actor that is not
        waited for any more is called off, and with it the machine that it would have brought up.
        """
        ray = session.ray
        kind = ray.remote(concurrency_groups={TALK: 1})(ActorHand)
        actor = kind.options(**claims(berth)).remote(env, node_setup)
        try:
            async with asyncio.timeout(HIRE_SECONDS):
                where = await _answer(actor.where.remote())
        except ray.exceptions.RayError as error:
            raise _not_hired(error) from error
        except BaseException as error:
            ray.kill(actor, no_restart=True)
            if isinstance(error, TimeoutError):
                raise _no_machine(berth) from error
            raise
        return cls(session, actor, store_uri=store_uri, where=where)

    async def run(self, tasks: Sequence[Task], *, tell: Tell) -> list[Answer]:
        """Do the tasks one by one; raises LostError or OutOfMemoryError when the actor dies."""
        self._batch += 1
        loop = asyncio.get_running_loop()
        listener = _Listener(self._actor, self._batch, tell)
        timer = loop.call_later(LISTEN_AFTER_SECONDS, listener.start)
        try:
            answers: list[Answer] = unpack(  # type: ignore[assignment]  # ActorHand.run packed them
                await _answer(
                    self._actor.run.remote(self._batch, self._store_uri, pack_body(list(tasks)))
                )
            )
        except self._session.ray.exceptions.RayError as error:
            raise self._lost(tasks, error) from error
        else:
            return answers
        finally:
            timer.cancel()
            listener.stop()

    async def resident_gb(self) -> float:
        """Say how much memory the actor's process holds; 0 when it does not answer."""
        vitals = self._actor.resident_gb.remote()
        with contextlib.suppress(self._session.ray.exceptions.RayError, TimeoutError):
            async with asyncio.timeout(VITALS_SECONDS):
                return float(await _answer(vitals))
        return 0.0

    async def leave(self) -> None:
        """Send an idle actor away: it has nothing to finish."""
        await self.kill()

    async def kill(self) -> None:
        """Stop the actor and everything that it started, and wait until it is gone."""
        self._session.ray.kill(self._actor, no_restart=True)
        if self._host == socket.gethostname():
            await _gone(self._pid)

    def _lost(self, tasks: Sequence[Task], error: Exception) -> FarmError:
        labels = ", ".join(task.label for task in tasks)
        if _is_out_of_memory(self._session.ray, error):
            return OutOfMemoryError(
                f"{labels}: Ray stopped the worker on {self._host} for want of memory",
                hint="it is tried again where there is more; or ask for a smaller frame",
            )
        if self._is_silent(error) or _is_node_gone(error):
            return LostError(
                f"{labels}: the machine {self._host} went away",
                hint="the task is tried again on another machine, and nothing is held against it",
            )
        words = self._session.last_words(self._pid)
        return CrashError(
            f"{labels}: the worker {self._host}:{self._pid} died{words}",
            hint="the task is tried again on a new worker",
        )

    def _is_silent(self, error: Exception) -> bool:
        """Tell whether nobody can say what became of the worker: its machine does not answer.

        Where a machine is still there, Ray says how the worker on it ended.
        """
        ray = self._session.ray
        if isinstance(error, ray.exceptions.ActorUnavailableError):
            ray.kill(self._actor, no_restart=True)  # it may yet be at work beyond a broken line
            return True
        return False


class _Listener:
    """Ask an actor how far it is, until told to stop."""

    def __init__(self, actor: RayThing, batch: int, tell: Tell) -> None:
        self._actor = actor
        self._batch = batch
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    async def _listen(self) -> None:
        news = self._actor.news
        seen = 0
        while True:
            fresh: list[tuple[int, Progress]] = unpack(
                await _answer(news.remote(self._batch, seen))
            )  # type: ignore[assignment]  # ActorHand.news packed them
            for index, progress in fresh:
                self._tell(index, progress)
            seen += len(fresh)
            await asyncio.sleep(LISTEN_EVERY_SECONDS)


async def _answer(ref: RayThing) -> RayThing:
    """Wait for a reference, whether it is Ray's own or one of a Ray client.

    Who stops waiting leaves the answer be: a Ray client falls over one that was cancelled.
    """
    answer = asyncio.wrap_future(ref.future())
    answer.add_done_callback(_heard)
    return await asyncio.shield(answer)


def _heard(answer: "asyncio.Future[RayThing]") -> None:
    """Take note of an answer that nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()


def _not_hired(error: Exception) -> FarmError:
    if _is_node_gone(error):
        return LostError(
            f"a machine went away while a worker started on it: {first_lines(error)}",
            hint="another one is started",
        )
    return ExecutorError(
        f"Ray cannot start a worker: {first_lines(error)}",
        hint="what the farm needs must be installed wherever Ray runs workers: pip install farm",
    )


def _no_machine(berth: Berth) -> ShortageError:
    wish = f"{berth.cpu:g} cores, {berth.memory_gb:g} GB" + (
        f" and a {berth.gpu}" * bool(berth.gpu)
    )
    return ShortageError(
        f"no machine with {wish} came up in {HIRE_SECONDS / 60:.0f} minutes",
        hint="`ray status` tells what the autoscaler waits for",
    )


def _is_node_gone(error: Exception) -> bool:
    return any(words in str(error) for words in NODE_GONE)


async def _gone(pid: int) -> None:
    """Wait until a process of this machine has ended."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GONE_SECONDS
    while _is_alive(pid) and loop.time() < deadline:  # noqa: ASYNC110  # no event tells of it
        await asyncio.sleep(0.01)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _is_out_of_memory(ray: RayThing, error: Exception) -> bool:
    words = "running low on memory"  # what Ray says of an actor that it stopped for that
    return isinstance(error, ray.exceptions.OutOfMemoryError) or words in str(error)

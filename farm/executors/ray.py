"""Tasks on Ray, the default: warm actors on this machine or on a cluster.

The only file that imports ray, and only once an executor is opened. Ray places, starts and
supervises the workers; tasks and outcomes travel as small packed values, pictures never do.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from farm.errors import CrashError, ExecutorError, FarmError, LostError, OutOfMemoryError
from farm.executors.base import Offer, Report
from farm.executors.berth import Berth
from farm.executors.hand import ActorHand
from farm.executors.machine import GB, cores, threads_env
from farm.executors.pool import Answer, Pool, Tell
from farm.executors.wire import pack_body, unpack
from farm.task import Outcome, Progress, Task

NODE_GONE = "node has died"  # as Ray words it: the machine went, not the worker alone
OBJECT_STORE_BYTES = 80 << 20  # near Ray's least: only tasks and outcomes pass through it
LISTEN_AFTER_SECONDS = 0.2  # a task that is done sooner is not asked how far it is
LISTEN_EVERY_SECONDS = 0.1
GONE_SECONDS = 10.0  # how long the end of a process is waited for
ANY_GPU = "any"
RayThing = Any  # ray has no types: its module, an actor, a method
SESSIONS = "/tmp"  # noqa: S108  # mkdtemp makes our own; a longer path is too long for sockets
LAST_LINES = 8

LOCAL_ENV = {  # for a Ray of our own; read once, when ray is imported and its daemons start
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),  # nobody else on this machine may talk to it
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # it listens on the loopback address only
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_process_group_cleanup_enabled": "1",  # what a worker started goes with it
}


class RayExecutor:
    """Run tasks in Ray actors: on a Ray of our own with `workers` cores, or at `address`.

    The address may also come from RAY_ADDRESS. A Ray that this program started before is used as
    it is, and left running.
    """

    def __init__(
        self, store_uri: str, *, workers: int | None = None, address: str | None = None
    ) -> None:
        self._store_uri = store_uri
        self._session = _Session(
            workers=workers or cores(), address=address or os.environ.get("RAY_ADDRESS") or "local"
        )
        self._pool: Pool | None = None
        self._offer = Offer(cpu=0, memory_gb=0)

    async def open(self) -> Offer:
        """Start or join Ray, and say what it has; raises ExecutorError."""
        if self._pool is None:
            self._offer = await self._session.open()
            self._pool = Pool(offer=self._offer, hire=self._hire)
        return self._offer

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        if self._pool is None:
            raise ExecutorError("the ray executor is not open", hint="open it first")
        return await self._pool.perform(task, report=report)

    async def close(self) -> None:
        """Stop every worker, and Ray too if it is our own; wait until they are gone."""
        pool, self._pool = self._pool, None
        if pool:
            await pool.close()
        await self._session.close()

    async def _hire(self, berth: Berth) -> "RayHand":
        return await RayHand.hire(self._session, berth, store_uri=self._store_uri)


class RayHand:
    """One actor, seen from the driver."""

    def __init__(
        self, session: "_Session", actor: RayThing, *, store_uri: str, where: tuple[str, int]
    ) -> None:
        self._session = session
        self._actor = actor
        self._store_uri = store_uri
        self._host, self._pid = where
        self._batch = 0

    @classmethod
    async def hire(cls, session: "_Session", berth: Berth, *, store_uri: str) -> "RayHand":
        """Have Ray start an actor of one kind, and wait until it is there."""
        ray, env = session.ray, threads_env(round(berth.cpu))
        kind = ray.remote(concurrency_groups={"talk": 1})(ActorHand)
        actor = kind.options(**_claims(berth)).remote(env)
        try:
            return cls(session, actor, store_uri=store_uri, where=await actor.where.remote())
        except ray.exceptions.RayError as error:
            raise ExecutorError(
                f"Ray cannot start a worker: {_first_lines(error)}",
                hint="the farm's own package must be installed wherever Ray runs workers",
            ) from error

    async def run(self, tasks: Sequence[Task], *, tell: Tell) -> list[Answer]:
        """Do the tasks one by one; raises LostError or OutOfMemoryError when the actor dies."""
        self._batch += 1
        loop = asyncio.get_running_loop()
        listener = _Listener(self._actor, self._batch, tell)
        timer = loop.call_later(LISTEN_AFTER_SECONDS, listener.start)
        try:
            answers: list[Answer] = unpack(  # type: ignore[assignment]  # ActorHand.run packed them
                await self._actor.run.remote(self._batch, self._store_uri, pack_body(list(tasks)))
            )
        except self._session.ray.exceptions.RayError as error:
            raise self._lost(tasks, error) from error
        else:
            return answers
        finally:
            timer.cancel()
            listener.stop()

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
        words = self._session.last_words(self._pid)
        kind = LostError if NODE_GONE in str(error) else CrashError
        return kind(
            f"{labels}: the worker {self._host}:{self._pid} died{words}",
            hint="the task is tried again on a new worker",
        )


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
        news = self._actor.news.options(concurrency_group="talk")
        seen = 0
        while True:
            fresh: list[tuple[int, Progress]] = unpack(await news.remote(self._batch, seen))  # type: ignore[assignment]  # ActorHand.news packed them
            for index, progress in fresh:
                self._tell(index, progress)
            seen += len(fresh)
            await asyncio.sleep(LISTEN_EVERY_SECONDS)


class _Session:
    """A connection to Ray, and Ray itself where it is our own.

    The kernel ends Ray's daemons when the thread that started them ends: that is how nothing
    outlives a driver that was killed. So they are started in a thread of their own that lives as
    long as the session does.
    """

    def __init__(self, *, workers: int, address: str) -> None:
        self._workers = workers
        self._address = address
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="farm-ray")
        self._folder = ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._opened = False
        self._connected = False
        self.ray: RayThing = None  # the module, once it is imported

    async def open(self) -> Offer:
        self._opened = True
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._start)

    async def close(self) -> None:
        if self._opened:
            self._opened = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._stop)
            self._thread.shutdown()

    def _start(self) -> Offer:
        local = self._address == "local"
        if local:
            for name, value in LOCAL_ENV.items():
                os.environ.setdefault(name, value)
        import ray  # noqa: PLC0415  # seconds that only a run with work to do should pay

        self.ray = ray
        logging.getLogger("ray").setLevel(logging.ERROR)
        # Ray prints the raylet's remarks to our stdout; what matters comes back as an exception.
        ray._private.worker._worker_logs_enabled = False  # noqa: SLF001  # there is no other way
        if not ray.is_initialized():
            self._connect(self._own_ray() if local else {"address": self._address})
            self._connected = True
        return _offer(self.ray.nodes())

    def _connect(self, where: dict[str, object]) -> None:
        try:
            self.ray.init(**where, log_to_driver=False, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
            raise ExecutorError(
                f"Ray cannot be used at {self._address}: {_first_lines(error)}",
                hint="check the address, or run with `--executor local`",
            ) from error

    def _own_ray(self) -> dict[str, object]:
        """Say how to start a Ray of our own, and set a guard on it."""
        self._folder = tempfile.mkdtemp(prefix="farm-ray-", dir=SESSIONS)
        self._guard = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-P", "-m", "farm.executors.guard", self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is not for it
        )
        return {
            "address": "local",
            "num_cpus": self._workers,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            "_temp_dir": self._folder,
        }

    def _stop(self) -> None:
        if self._connected:
            self.ray.shutdown()
        if self._guard:
            self._guard.communicate()

    def last_words(self, pid: int) -> str:
        """Return the end of what a worker of our own Ray wrote to stderr."""
        for path in Path(self._folder or "/nowhere").glob(f"session_*/logs/worker-*-{pid}.err"):
            lines = path.read_text(errors="replace").splitlines()
            words = [line for line in lines if not line.startswith(":")]  # Ray's own marks
            return "\n".join(["; its last words:", *words[-LAST_LINES:]]) if words else ""
        return ""


def _claims(berth: Berth) -> dict[str, object]:
    """Say in Ray's words what a kind of worker holds while it lives."""
    claims: dict[str, object] = {
        "num_cpus": berth.cpu,
        "memory": int(berth.memory_gb * GB),
        "max_restarts": 0,
        "max_task_retries": 0,
    }
    if berth.gpu:
        claims["num_gpus"] = 1
        if berth.gpu != ANY_GPU:
            claims["accelerator_type"] = berth.gpu
    return claims


def _offer(nodes: list[dict[str, Any]]) -> Offer:  # as Ray lists them
    """Add up what the living machines have."""
    resources = [node["Resources"] for node in nodes if node["Alive"]]
    gpus: Counter[str] = Counter()
    for node in resources:
        gpus[_gpu_kind(node)] += int(node.get("GPU", 0))
    return Offer(
        cpu=sum(node.get("CPU", 0.0) for node in resources),
        memory_gb=sum(node.get("memory", 0.0) for node in resources) / GB,
        gpus={kind: count for kind, count in gpus.items() if count},
    )


def _gpu_kind(node: dict[str, float]) -> str:
    prefix = "accelerator_type:"
    kinds = [name.removeprefix(prefix) for name in node if name.startswith(prefix)]
    return kinds[0] if kinds else ANY_GPU


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


def _first_lines(error: Exception) -> str:
    return "\n".join(str(error).strip().splitlines()[:3])

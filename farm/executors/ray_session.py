"""A connection to Ray: to a cluster, or to a Ray of our own that ends with its driver."""

import asyncio
import logging
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from farm.errors import ExecutorError
from farm.executors import ray_demand

RayThing = Any  # ray has no types: its module, an actor, a method
OBJECT_STORE_BYTES = 80 << 20  # near Ray's least: only tasks and outcomes pass through it
SESSIONS = "/tmp"  # noqa: S108  # mkdtemp makes our own; a longer path is too long for sockets
LAST_LINES = 8
KNOCK_SECONDS = 10.0
LOCAL = "local"
PACKAGES = ("farm", "functions")
NOT_SHIPPED = ["**/__pycache__/**", "**/*.pyc", "**/*.nbi", "**/*.nbc"]

LOCAL_ENV = {  # for a Ray of our own; read when ray is imported, and when its daemons start
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),  # nobody else on this machine may talk to it
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # it listens on the loopback address only
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_process_group_cleanup_enabled": "1",  # what a worker started goes with it
    "RAY_gcs_server_port_wait_time_s": "120",  # a busy machine is slow, not broken
}


class RaySession:
    """A connection to Ray, and Ray itself where it is our own.

    The kernel ends Ray's daemons when the thread that started them ends: that is how nothing
    outlives a driver that was killed. So they are started in a thread of their own that lives as
    long as the session does.
    """

    def __init__(self, *, workers: int, address: str, ship: bool = True) -> None:
        self.address = address
        self.ray: RayThing = None  # the module, once it is imported
        self._name = secrets.token_hex(8)  # among the drivers of a cluster
        self._workers = workers
        self._ship = ship and "FARM_SUBMISSION" not in os.environ  # then it was sent already
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="farm-ray")
        self._folder = ""
        self._guard: subprocess.Popen[bytes] | None = None
        self._opened = False
        self._connected = False

    @property
    def is_cluster(self) -> bool:
        """Tell whether this Ray is somebody else's."""
        return self.address != LOCAL

    async def open(self) -> list[dict[str, Any]]:
        """Start or join Ray; return its machines as Ray lists them. Raises ExecutorError."""
        self._opened = True
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._start)

    async def close(self) -> None:
        """Leave Ray, and stop it if it is our own."""
        if self._opened:
            self._opened = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._stop)
            self._thread.shutdown()

    async def ask(self, bundles: Sequence[dict[str, float]], *, seconds: float) -> None:
        """Tell the autoscaler what will be wanted for so long, in the place of what was before.

        Raises ExecutorError.
        """
        if self.is_cluster and self._connected:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._ask, bundles, seconds)

    def last_words(self, pid: int) -> str:
        """Return the end of what a worker of our own Ray wrote to stderr."""
        for path in Path(self._folder or "/nowhere").glob(f"session_*/logs/worker-*-{pid}.err"):
            lines = path.read_text(errors="replace").splitlines()
            words = [line for line in lines if not line.startswith(":")]  # Ray's own marks
            return "\n".join(["; its last words:", *words[-LAST_LINES:]]) if words else ""
        return ""

    def _start(self) -> list[dict[str, Any]]:
        _knock(self.address)
        if not self.is_cluster:
            for name, value in LOCAL_ENV.items():
                os.environ.setdefault(name, value)
        import ray  # noqa: PLC0415  # seconds that only a run with work to do should pay

        self.ray = ray
        logging.getLogger("ray").setLevel(logging.ERROR)
        # Ray prints the raylet's remarks to our stdout; what matters comes back as an exception.
        ray._private.worker._worker_logs_enabled = False  # noqa: SLF001  # there is no other way
        if not ray.is_initialized():
            self._connect(self._joining() if self.is_cluster else self._own_ray())
            self._connected = True
        nodes: list[dict[str, Any]] = self.ray.nodes()
        return nodes

    def _connect(self, where: dict[str, object]) -> None:
        try:
            self.ray.init(**where, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
            hint = "check the address, or run with `--executor local`"
            if "ray[client]" in str(error):
                hint = "a ray:// address needs `pip install 'farm[cluster]'`; HOST:PORT does not"
            raise ExecutorError(
                f"Ray cannot be used at {self.address}: {first_lines(error)}", hint=hint
            ) from error

    def _joining(self) -> dict[str, object]:
        """Say how to join a cluster, and what of ours its workers are to have."""
        where: dict[str, object] = {"address": self.address}
        if not self.address.startswith("ray://"):
            where["configure_logging"] = False
        if self._ship:
            where["runtime_env"] = {"py_modules": own_packages(), "excludes": NOT_SHIPPED}
        return where

    def _own_ray(self) -> dict[str, object]:
        """Say how to start a Ray of our own, and set a guard on it."""
        _read_environment_again()
        self._folder = tempfile.mkdtemp(prefix="farm-ray-", dir=SESSIONS)
        self._guard = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-P", "-m", "farm.executors.guard", self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is not for it
        )
        return {
            "address": LOCAL,
            "num_cpus": self._workers,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES,
            "configure_logging": False,
            "_temp_dir": self._folder,
        }

    def _ask(self, bundles: Sequence[dict[str, float]], seconds: float) -> None:
        try:
            ray_demand.ask(self.ray, bundles, driver=self._name, seconds=seconds)
        except self.ray.exceptions.RayError as error:
            raise ExecutorError(
                f"the autoscaler cannot be told what is wanted: {first_lines(error)}",
                hint="the farm must be installed on the cluster's head: pip install farm",
            ) from error

    def _stop(self) -> None:
        if self._connected:
            self.ray.shutdown()
            self._connected = False
        if self._guard:
            self._guard.communicate()


def _read_environment_again() -> None:
    """Let Ray see LOCAL_ENV even if somebody imported it before there was any.

    Else this driver would not know the token that its own daemons ask for.
    """
    from ray._private import ray_constants  # noqa: PLC0415  # as in RaySession._start
    from ray._raylet import (  # type: ignore[attr-defined]  # noqa: PLC0415  # its stub is not whole
        AuthenticationTokenLoader,
        Config,
    )

    ray_constants.ENABLE_RAY_CLUSTER = False
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


def _knock(address: str) -> None:
    """See that somebody listens: Ray itself would try for many minutes, deaf to Ctrl-C."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdecimal():
        return  # a word, such as `auto`, that Ray looks up
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
    except OSError as error:
        raise ExecutorError(
            f"Ray cannot be used at {address}: nobody answers there ({error.strerror or error})",
            hint="check the address, or run with `--executor local`",
        ) from error


def own_packages() -> list[str]:
    """List the folders of the farm's own code, which travels to where it is to run."""
    return [str(Path(spec.origin or "").parent) for spec in map(find_spec, PACKAGES) if spec]


def first_lines(error: Exception) -> str:
    """Return the beginning of what Ray says, which can be long."""
    return "\n".join(str(error).strip().splitlines()[:3])

"""What a machine does once, before its first worker: fetch weights, compile kernels.

Workers of one machine start side by side. The first to come runs the hooks, the others wait until
they are done; a hook that failed is run again by the next.
"""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from farm.digest import digest_value
from farm.errors import ExecutorError


def set_up_node(hooks: Sequence[str], *, folder: Path | None = None) -> None:
    """Run each hook, named `module:function`, once in this machine's life; raises ExecutorError."""
    for hook in hooks:
        home = folder or Path(tempfile.gettempdir()) / f"farm-node-{os.getuid()}"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = home / digest_value([node_name(), hook])[:24]
        with _alone(done.with_suffix(".lock")):
            if not done.exists():
                _run(hook)
                done.touch()


def node_name() -> str:
    """Name this machine's present life: that of its raylet on Ray, else that of its boot."""
    raylet = os.environ.get("RAY_RAYLET_PID", "")
    life = _start_of(raylet) if raylet else _boot()
    return f"{socket.gethostname()}:{raylet}:{life}"


def _run(hook: str) -> None:
    module, _, name = hook.partition(":")
    try:
        getattr(import_module(module), name)()
    except Exception as error:  # a hook may be anyone's code: whatever it raises is told
        raise ExecutorError(
            f"{socket.gethostname()} cannot be set up: {hook}: {type(error).__name__}: {error}",
            hint="node_setup names a function without parameters, as in `package.module:function`",
        ) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that the kernel gives back when its holder dies."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_of(pid: str) -> str:
    """Return when a process was started, in ticks since boot: field 22 of proc(5)'s stat."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""

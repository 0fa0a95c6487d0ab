"""A Ray cluster of this machine alone: the real autoscaler, with nodes that pretend to have GPUs.

Every node is a real raylet with a process tree of its own. Killing it is a preemption.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from farm.executors.guard import _stop_all
from tests.contract.machines import descendants, living

HEAD_ID = "f" * 51 + "00000"
ROOT = Path(__file__).parents[2]
UP_SECONDS = 180.0  # on a machine that has much else to do
AT_WORK_SECONDS = 240.0
EMPTY_HOOKS: dict[str, list[str]] = {
    name: []
    for name in (
        "head_setup_commands", "worker_setup_commands", "setup_commands",
        "initialization_commands", "head_start_ray_commands", "worker_start_ray_commands",
        "cluster_synced_files", "rsync_exclude", "rsync_filter",
    )
}  # fmt: skip


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where drivers join it, and what their environment must hold."""

    address: str
    folder: str
    env: dict[str, str]

    def raylets(self) -> dict[int, bool]:
        """List the raylets by process id; True for the head's."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode().split("\0")
            except OSError:
                continue
            if words[0].endswith("/raylet") and any(self.folder in word for word in words):
                found[int(path.parent.name)] = "--head" in words
        return found

    def nodes(self) -> list[int]:
        """List the raylets of the nodes that the autoscaler brought up."""
        return sorted(pid for pid, head in self.raylets().items() if not head)

    def at_work(self) -> int:
        """Wait until a worker of a node is at a task; return that node's raylet."""
        return self._at_work()[0]

    def worker_at_work(self) -> int:
        """Wait until a worker of a node is at a task; return its process."""
        return self._at_work()[1]

    def _at_work(self) -> tuple[int, int]:
        deadline = time.monotonic() + AT_WORK_SECONDS
        while time.monotonic() < deadline:
            for node in self.nodes():
                for pid, name in living(descendants(node)).items():
                    if "ActorHand.run" in name:
                        return node, pid
            time.sleep(0.05)
        raise AssertionError("no node works")

    def preempt(self, raylet: int) -> None:
        """Take a node away as a cloud does: with everything that runs on it."""
        for pid in (raylet, *descendants(raylet)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def configuration(*, gcs: str, most: int, resources: dict[str, float]) -> dict[str, object]:
    """Write what the autoscaler may start: up to `most` nodes with these resources."""
    return {
        "cluster_name": "pretended",
        "max_workers": most,
        "idle_timeout_minutes": 0.1,
        "upscaling_speed": 10,
        "provider": {
            "type": "external",
            "module": "tests.chaos.pretended_nodes.PretendedNodes",
            "head_node_id": HEAD_ID,
            "launch_multiple": True,
            "disable_node_updaters": True,
            "gcs_address": gcs,
        },
        "available_node_types": {
            "ray.head.default": {"resources": {"CPU": 0}, "node_config": {}, "max_workers": 0},
            "worker": {
                "resources": {"object_store_memory": 80_000_000, "memory": 2 << 30, **resources},
                "node_config": {},
                "min_workers": 0,
                "max_workers": most,
            },
        },
        "head_node_type": "ray.head.default",
        "file_mounts": {},
        "file_mounts_sync_continuously": False,
        "auth": {},
        "docker": {},
        **EMPTY_HOOKS,
    }


@contextmanager
def autoscaled(
    *,
    most: int,
    resources: dict[str, float],
    cpus: int = 0,
    words: tuple[str, ...] = (),
    extra_path: str = "",
) -> Iterator[Cluster]:
    """Start a head whose autoscaler brings nodes up on demand; nothing of it outlives the block."""
    folder = tempfile.mkdtemp(prefix="farm-chaos-", dir="/tmp")
    address = f"127.0.0.1:{_free_port()}"
    env = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "RAY_process_group_cleanup_enabled": "1",
        "PYTHONPATH": extra_path,
    }
    config = Path(folder) / "autoscaler.json"
    config.write_text(json.dumps(configuration(gcs=address, most=most, resources=resources)))
    heads_own = {
        "AUTOSCALER_UPDATE_INTERVAL_S": "1",
        "RAY_FAKE_CLUSTER": "1",
        "RAY_enable_autoscaler_v2": "1",
        "RAY_CLOUD_INSTANCE_ID": HEAD_ID,
        "RAY_OVERRIDE_NODE_ID_FOR_TESTING": HEAD_ID,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), extra_path))),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
    }
    command = [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
        f"--port={address.rpartition(':')[2]}",
        "--node-ip-address=127.0.0.1",
        f"--autoscaling-config={config}",
        f"--num-cpus={cpus}",
        f"--temp-dir={folder}",
        "--object-store-memory=80000000",
        f"--dashboard-agent-listen-port={_free_port()}",  # Ray's default may be another cluster's
        *(words or ("--include-dashboard=false",)),
    ]
    with (Path(folder) / "head.log").open("wb") as log:
        head = subprocess.Popen(
            command,
            env=os.environ | env | heads_own,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    cluster = Cluster(address=address, folder=folder, env=env)
    try:
        _wait_until_up(cluster, head)
        yield cluster
    finally:
        head.kill()
        head.wait()
        deadline = time.monotonic() + 20
        while _stop_all(folder, spare=os.getpid()) and time.monotonic() < deadline:
            time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(cluster: Cluster, head: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + UP_SECONDS
    log = Path(cluster.folder) / "head.log"
    while "Ray runtime started" not in log.read_text(errors="replace"):
        assert head.poll() is None, log.read_text(errors="replace")[-2000:]
        assert time.monotonic() < deadline, "the head did not come up"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])

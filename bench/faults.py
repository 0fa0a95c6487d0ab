"""What a fault costs: seconds until work goes on, task-seconds wasted, dollars lost.

Real Ray, real workers, a real driver: a list of tasks that take a few seconds each is worked off in
a cluster of two nodes on this machine, and one thing is broken on the way. What is lost is read
from the ledger: attempts that came to nothing, and what was under way when a driver died. Faults of
S3 last ten seconds; the store lies in a bucket of a real server on this machine then.

    python -m bench.faults [--tasks 16] [--seconds 3] [--fault "worker killed"]
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.errors import FarmError
from farm.executors import open_executor
from farm.ledger import Event, Ledger, read_events
from farm.ledger_file import NoLedgerError
from farm.store import open_store
from farm.task import Needs, Task
from tests.chaos.night import uploads
from tests.s3.proxy import Proxy
from tests.s3.server import KEY, SECRET, Server

USD_PER_HOUR = 1.0
CORES = 2  # of each of the two nodes
PATIENCE_SECONDS = 300.0
OUTAGE_SECONDS = 10.0
DISK_MB = 24
BYTES = 2 << 20  # what a task keeps: a dozen of them fill the small disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """A list of equal tasks, its place, and the cluster that works it off."""

    folder: Path
    cluster: Any  # ray.cluster_utils.Cluster has no types
    tasks: int
    seconds: float
    uri: str
    server: Server | None = None
    proxy: Proxy | None = None

    @property
    def ledger(self) -> Path:
        """Where the drivers write what happened."""
        return self.folder / "ledger.sqlite"

    @property
    def store(self) -> Path:
        """Where the outcomes are kept."""
        return self.folder / "store"

    def drive(self) -> "subprocess.Popen[bytes]":
        """Start a driver as a program of its own."""
        words = [str(self.ledger), self.cluster.address, str(self.tasks), str(self.seconds)]
        return subprocess.Popen(
            [sys.executable, "-m", "bench.faults", "--drive", *words, self.uri],
            stdout=subprocess.DEVNULL,
        )

    def events(self) -> list[Event]:
        """Read what happened so far."""
        try:
            return list(read_events(self.ledger))
        except NoLedgerError:
            return []

    def wait_for(self, made: int, driver: "subprocess.Popen[bytes]") -> None:
        """Wait until so many tasks are made."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and driver.poll() is None:
            if sum(event.kind == "made" for event in self.events()) >= made:
                return
            time.sleep(0.05)
        raise SystemExit("the driver ended, or took too long, before anything could be broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one fault cost."""

    recover_seconds: float
    away_seconds: float
    wasted_seconds: float
    seconds: float
    made: int
    twice: int

    @property
    def usd(self) -> float:
        """Price the wasted seconds of one core each."""
        return self.wasted_seconds / 3600 * USD_PER_HOUR


Break = Callable[[Night, "subprocess.Popen[bytes]"], "subprocess.Popen[bytes]"]
"""Breaks something; returns the driver that goes on, which may be another one."""


def main() -> None:
    """Break one thing after another, and print what each cost."""
    parser = argparse.ArgumentParser(description="What faults cost.")
    parser.add_argument("--tasks", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--fault", choices=[*FAULTS, *STORE_FAULTS])
    parser.add_argument("--drive", nargs=5, help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.drive:
        ledger, address, tasks, seconds, uri = wish.drive
        todo = [task(number, float(seconds)) for number in range(int(tasks))]
        raise SystemExit(asyncio.run(drive(Path(ledger), address, todo, uri)))
    print(
        f"{wish.tasks} tasks of {wish.seconds:g} s on 2 nodes of {CORES} cores, $1 an hour a core"
    )
    breaks = FAULTS | STORE_FAULTS
    for name in [wish.fault] if wish.fault else breaks:
        with ExitStack() as all_of_it:
            folder = Path(all_of_it.enter_context(TemporaryDirectory(prefix="farm-faults-")))
            store: dict[str, Any] = {"uri": f"file:{folder / 'store'}"}
            if name in STORE_FAULTS:
                store = all_of_it.enter_context(bucket(folder))
            nodes = all_of_it.enter_context(cluster())
            night = Night(
                folder=folder, cluster=nodes, tasks=wish.tasks, seconds=wish.seconds, **store
            )
            try:
                loss = suffer(night, breaks[name])
            except PermissionError as error:
                print(f"{name:<17} not tried: {error}", flush=True)
                continue
        print(
            f"{name:<17} {loss.recover_seconds:6.1f} s to recover, {loss.wasted_seconds:6.1f} "
            f"task-seconds wasted, ${loss.usd:.6f} lost; {loss.made} made, {loss.twice} twice, "
            f"all in {loss.seconds:.1f} s, S3 away for {loss.away_seconds:.1f} s",
            flush=True,
        )


def suffer(night: Night, break_: Break) -> Loss:
    """Let a driver work, break something in the middle, and see it through."""
    driver = night.drive()
    try:
        night.wait_for(night.tasks // 4, driver)
        time.sleep(night.seconds / 2)  # into the middle of what runs now
        broken = time.time()
        driver = break_(night, driver)
        mended = time.time()
        while driver.wait(timeout=PATIENCE_SECONDS) != 0:
            driver = night.drive()
    finally:
        with suppress(ProcessLookupError):
            driver.kill()
        driver.wait()
    loss = loss_of(night.events(), broken=broken, tasks=night.tasks)
    if night.server:
        after = [e.at - broken for e in night.events() if e.kind == "made" and e.at > mended]
        recovered = max(loss.recover_seconds, min(after, default=0.0))
        loss = replace(loss, recover_seconds=recovered, away_seconds=mended - broken)
    return loss


def loss_of(events: list[Event], *, broken: float, tasks: int) -> Loss:
    """Read from the ledger what the fault cost.

    All is well again when the last task that was lost is under way once more, or with a store
    that was away when it keeps the next outcome.
    """
    started: dict[tuple[str, str], float] = {}
    lost: set[str] = set()
    wasted, recovered, made = 0.0, 0.0, []
    for event in events:
        label = event.run, event.key
        if event.kind == "started":
            before = any(key == event.key for _, key in started)
            if event.key in lost or before:
                recovered = max(recovered, event.at - broken)
            started[label] = event.at
        elif event.kind == "burnt":
            wasted += event.at - started.pop(label)
            lost.add(event.key)
        elif event.kind == "made":
            del started[label]
            made.append(event.key)
    wasted += sum(max(0.0, broken - at) for at in started.values())
    assert len(set(made)) >= tasks - len(started), "the list was not finished"
    return Loss(
        recover_seconds=recovered, away_seconds=0.0, wasted_seconds=wasted,
        seconds=events[-1].at - events[0].at,
        made=len(made), twice=len(made) - len(set(made)),
    )  # fmt: skip


async def drive(path: Path, address: str, todo: list[Task], uri: str) -> int:
    """Work the list off; 1 if something ended the run before its end."""
    with Ledger(path) as ledger:
        crew = Crew(
            store=open_store(uri),
            executor=open_executor("ray", store_uri=uri, cluster=address),
            budget=Budget(cap_usd=len(todo)),
            listeners=(ledger.write,),
            show="faults",
        )
        async with crew:
            done = await asyncio.gather(*map(crew.do, todo), return_exceptions=True)
    for answer in done:
        if isinstance(answer, FarmError):
            print(answer, file=sys.stderr)
    return int(any(isinstance(answer, BaseException) for answer in done))


def task(number: int, seconds: float) -> Task:
    """Make one task of the list."""
    return Task(
        stage="probe",
        version=1,
        params={"value": number, "seconds": seconds, "steps": 10, "write_bytes": BYTES + number},
        shot=f"sh{number:03}",
        needs=Needs(cpu=1, memory_gb=0.25, minutes=seconds / 60),
        usd=seconds / 3600 * USD_PER_HOUR,
    )


def nothing(_night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Break nothing, to see what that costs."""
    return driver


def kill_worker(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Kill the worker of a task under way."""
    workers = {str(event.body.get("worker", "")) for event in night.events()}
    for pid in (int(worker.rpartition(":")[2]) for worker in workers if ":" in worker):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            return driver
    raise SystemExit("no worker was found")


def kill_driver(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Kill the driver, and start the same command again."""
    driver.kill()
    driver.wait()
    return night.drive()


def lose_node(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Take the second node away with all that runs on it."""
    (node,) = night.cluster.worker_nodes
    night.cluster.remove_node(node, allow_graceful=False)
    return driver


def fill_disk(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Let the store's disk fill up, and free it when the driver has given up."""
    driver.kill()
    driver.wait()
    blown = night.store.rename(night.folder / "moved")
    night.store.mkdir()
    size = f"size={DISK_MB}m"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(night.store)],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        raise PermissionError("mounting a small disk needs more rights than this user has")
    try:
        subprocess.run(["cp", "-a", f"{blown}/.", str(night.store)], check=True)
        stopped = night.drive().wait(timeout=PATIENCE_SECONDS)
        assert stopped, "the disk was not full"
        subprocess.run(["cp", "-a", f"{night.store}/.", str(blown)], check=True)
    finally:
        subprocess.run(["umount", str(night.store)], check=True)
    night.store.rmdir()
    blown.rename(night.store)
    return night.drive()


def stop_server(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
    """Kill the S3 server, and start it again after ten seconds."""
    assert night.server
    night.server.stop()
    time.sleep(OUTAGE_SECONDS)
    night.server.start()
    return driver


def bad_way(**terms: Any) -> Break:  # noqa: ANN401  # what a proxy's fault takes
    """Break the way to the server for ten seconds."""

    def break_(night: Night, driver: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        assert night.proxy
        fault = night.proxy.misbehave(**terms)
        time.sleep(OUTAGE_SECONDS)
        night.proxy.behave()
        assert fault.met, "nothing was asked of the server meanwhile"
        return driver

    return break_


FAULTS: dict[str, Break] = {
    "nothing": nothing,
    "worker killed": kill_worker,
    "driver killed": kill_driver,
    "node lost": lose_node,
    "disk full": fill_disk,
}
STORE_FAULTS: dict[str, Break] = {
    "nothing, on S3": nothing,
    "S3 stopped": stop_server,
    "S3 slow by 1 s": bad_way(manner="slow", seconds=1.0),
    "S3 says 503": bad_way(),
    "uploads cut short": bad_way(manner="cut_upload", when=uploads),
}


@contextmanager
def bucket(folder: Path) -> Iterator[dict[str, Any]]:
    """Run an S3 server behind a proxy that can misbehave; give what a night needs of them."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_CONFIG_FILE": os.devnull,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "FARM_CACHE": str(folder / "cache"),
    }  # fmt: skip
    server = Server(folder=folder / "server")
    server.folder.mkdir()
    server.start()
    proxy = Proxy(server.endpoint)
    try:
        yield {"uri": server.new_place(proxy.endpoint).uri, "server": server, "proxy": proxy}
    finally:
        proxy.close()
        server.stop()


@contextmanager
def cluster() -> Iterator[Any]:  # Any: ray.cluster_utils has no types
    """Run a Ray cluster of two nodes on this machine, and take it down."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415  # a heavy library in a leaf

    nodes = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": CORES, "include_dashboard": False},
    )
    try:
        nodes.add_node(num_cpus=CORES)
        nodes.wait_for_nodes()
        yield nodes
    finally:
        nodes.shutdown()


if __name__ == "__main__":
    main()

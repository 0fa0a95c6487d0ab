"""A night: one list is rendered from a bucket, and thing after thing breaks while it is."""

import json
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.s3.conftest import Site
from tests.s3.machine import Machine
from tests.s3.proxy import Request

PATIENCE_SECONDS = 420.0
SHOT = "  - {{shot: sq010_sh{number:04}, seed: {number}, prompt: A red ball bounces in a studio}}\n"
LIST = """
show: night
defaults: {{takes: 1, rate: 2, duration: 1s, judge: {{rounds: 1}}}}
delivery: {{resolution: 96x54, handles: 0, movies: [], exr: {{compression: zip}}}}
budget: {{usd: {usd}}}
shots:
"""


def shots(count: int, *, usd: float) -> str:
    """Write a list of so many shots of two tiny frames each."""
    return LIST.format(usd=usd) + "".join(SHOT.format(number=n * 10) for n in range(1, count + 1))


@dataclass(kw_only=True)
class Night:
    """A driver at work on one list, and what can break around it.

    `broken` names what was broken, in order. The account of the show is looked at with every fault.
    """

    site: Site
    machine: Machine
    tasks: int
    usd: float
    driver: subprocess.Popen | None = None
    drivers: int = 0
    broken: list[str] = field(default_factory=list)

    def drive(self) -> None:
        """Start the command, which is the same every time."""
        self.driver = self.machine.start()
        self.drivers += 1

    @property
    def made(self) -> int:
        return sum(event.kind == "made" for event in self.machine.events())

    def kept(self) -> Counter:
        """Count how often each outcome was written into the bucket, whoever heard of it."""
        return Counter(
            {
                path.rpartition("/")[2]: count
                for path, count in self.site.proxy.stored.items()
                if "/outcomes/" in path
            }
        )

    def after(self, share: float) -> None:
        """Wait until such a share of all tasks is made."""
        deadline, count = time.monotonic() + PATIENCE_SECONDS, share * self.tasks
        assert self.driver
        while self.made < count:
            assert time.monotonic() < deadline, f"{self.made} of {count} after {self.broken}"
            if self.driver.poll() is not None:
                raise AssertionError((self.broken, self.driver.communicate()[1][-3000:]))
            time.sleep(0.1)

    def breaks(self, name: str) -> None:
        """Note what is about to break, while the driver is alive and work is left to do."""
        assert self.driver
        assert self.driver.poll() is None, f"the list was done before: {name}"
        self.broken.append(name)
        self.check_account()

    def check_account(self) -> None:
        """See that what all drivers have drawn together is within the cap."""
        store = self.site.machine()
        account = store.read_note("accounts/night")
        if account:
            assert account["spent"] + sum(account["drawn"].values()) <= self.usd * 1e6 + 1

    def kill_driver(self) -> None:
        """Kill the driver in mid-work, and start the same command again."""
        self.breaks("driver killed")
        assert self.driver
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()
        self.drive()

    def stop_server(self, seconds: float) -> None:
        """Kill the S3 server, and start it again with what it had."""
        self.breaks("server stopped")
        self.site.server.stop()
        time.sleep(seconds)
        self.site.server.start()

    def ends(self, *, code: int) -> str:
        """Wait for the driver's end, and return what it said."""
        assert self.driver
        out, err = self.driver.communicate(timeout=PATIENCE_SECONDS)
        assert self.driver.returncode == code, (self.driver.returncode, self.broken, err[-3000:])
        assert "Traceback" not in err
        return out + err

    @contextmanager
    def proxy(self, name: str, **terms: object) -> Iterator[None]:
        """Let the way to the server be bad for a while, and until something has met it."""
        self.breaks(name)
        fault = self.site.proxy.misbehave(**terms)
        try:
            yield
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not fault.met:
                assert time.monotonic() < deadline, f"nothing met: {name}"
                time.sleep(0.02)
        finally:
            self.site.proxy.faults.remove(fault)


def every(count: int) -> Callable[[Request], bool]:
    """Choose every so-many-th request."""
    met, lock = [0], threading.Lock()

    def choose(_: Request) -> bool:
        with lock:
            met[0] += 1
            return met[0] % count == 0

    return choose


def uploads(request: Request) -> bool:
    """Choose the uploads of bytes."""
    return request[0] == "PUT" and "/cas/" in request[1]


@contextmanager
def small_disk(folder: Path, *, mb: int) -> Iterator[bool]:
    """Mount a small disk; False where this user may not."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mb}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill a disk to its last byte; return the file that does it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return ballast


def summary(said: str) -> dict:
    """Read the closing object of `--json`."""
    value: dict = json.loads(said[said.index("{") : said.rindex("}") + 1])
    return value

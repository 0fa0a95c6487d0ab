"""A machine that shares nothing with others but a bucket: a folder, a cache, a ledger."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from farm.ledger import Event, read_events
from farm.ledger_file import NoLedgerError

FARM = str(Path(sys.executable).with_name("farm"))

LIST = """
show: night
defaults: {takes: 2, rate: 8, duration: 1s, judge: {rounds: 1}}
delivery: {resolution: 192x108}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces in a studio"}
  - {shot: sq010_sh0020, prompt: "A green cube spins in a studio"}
"""


@dataclass(slots=True, kw_only=True)
class Machine:
    """A folder with a list, a cache and a ledger; the store is the only thing shared."""

    folder: Path
    store: str
    env: dict[str, str] = field(default_factory=dict)
    text: str = LIST
    executor: tuple[str, ...] = ("--executor", "local")
    started: list[subprocess.Popen] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        mine = {"FARM_CACHE": str(self.folder / "cache"), "FARM_STORE": self.store}
        return {**os.environ, **mine, **self.env}

    @property
    def ledger(self) -> Path:
        return self.folder / ".farm" / "ledger.sqlite"

    def start(self, *words: str) -> subprocess.Popen:
        (self.folder / "night.yaml").write_text(self.text)
        command = [FARM, "render", "night.yaml", *self.executor, "--yes", "--json", *words]
        process = subprocess.Popen(
            command, cwd=self.folder, env=self.environ, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.started.append(process)
        return process

    def render(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    def stop(self) -> None:
        """End what still runs."""
        for process in self.started:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def events(self) -> list[Event]:
        try:
            return list(read_events(self.ledger))
        except NoLedgerError:
            return []

    def wait_for(self, wanted: Callable[[Event], bool], *, seconds: float = 300) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if any(wanted(event) for event in self.events()):
                return
            time.sleep(0.05)
        raise AssertionError("the event never came")

    def pixels(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.folder / "renders").rglob("*"))
            if path.suffix in (".exr", ".mp4", ".png")
        }


def made_by(*machines: Machine) -> Counter:
    """Count how often each piece of work was finished."""
    events = [event for machine in machines for event in machine.events()]
    return Counter((e.shot, e.stage, e.part, e.key) for e in events if e.kind == "made")


def kill_last_worker(machine: Machine, *, seconds: float = 60) -> None:
    """Kill the worker that finished the last task: most likely it is at work on the next one.

    All that finished any may have ended a moment ago: then the next one to finish is waited for.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        made = [event for event in machine.events() if event.kind == "made"]
        for event in reversed(made):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(str(event.body["worker"]).rpartition(":")[2]), signal.SIGKILL)
                return
        time.sleep(0.05)
    raise AssertionError("no worker was left to kill")

"""Drives the installed `farm` command as a user would, on small frames."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from farm.ledger import Event, read_events
from farm.ledger_file import NoLedgerError
from farm.store import open_store
from farm.task import Outcome
from functions.models.previz.warm import warm

FARM = str(Path(sys.executable).with_name("farm"))

BALL = "A red ball bounces in a studio"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@dataclass(slots=True, kw_only=True)
class Set:
    """A folder with a shot list in it, and what the farm makes of it."""

    folder: Path
    started: list[subprocess.Popen] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "night.yaml"

    def write(self, text: str) -> None:
        self.path.write_text(text)

    def circle(self, *shots: str) -> None:
        """Let a person circle the first takes: what random weights make pleases no judge."""
        store = open_store(f"file:{self.folder / '.farm'}")
        for shot in shots:
            store.write_note(f"picks/night/{shot}", {"take": "t01"})

    def farm(self, *words: str, timeout: float = 600) -> Ran:
        done = subprocess.run(
            [FARM, *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    def render(self, *words: str, executor: str = "local") -> Ran:
        words = ("render", self.path.name, "--executor", executor, "--yes", "--json", *words)
        return self.farm(*words)

    def start(self, *words: str, executor: str = "local") -> subprocess.Popen:
        """Start a render and go on; it leads a process group of its own."""
        command = [FARM, "render", self.path.name, "--executor", executor, "--yes", "--json"]
        process = subprocess.Popen(
            [*command, *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def events(self) -> list[Event]:
        try:
            return list(read_events(self.folder / ".farm" / "ledger.sqlite"))
        except NoLedgerError:
            return []

    def made(self) -> Counter:
        """Count how often each piece of work was finished, over all runs."""
        return Counter((e.shot, e.stage, e.part, e.key) for e in self.events() if e.kind == "made")

    def told(self, stage: str, shot: str) -> dict[str, Event]:
        """Return what was told of a shot's finished tasks of a stage, by their parts."""
        events = [e for e in self.events() if (e.kind, e.stage, e.shot) == ("made", stage, shot)]
        return {event.part: event for event in events}

    def outcome(self, event: Event) -> Outcome:
        """Return what the store remembers of a finished task."""
        kept = open_store(f"file:{self.folder / '.farm'}").recall(event.key)
        assert kept
        return kept

    def pixels(self) -> dict[str, str]:
        """Digest every delivered picture by its path in the delivery."""
        return {
            str(path.relative_to(self.folder / "renders")): digest(path)
            for path in sorted((self.folder / "renders").rglob("*"))
            if path.suffix in (".exr", ".mp4", ".png")
        }

    def wait_for(self, wanted: Callable[[Event], bool], *, seconds: float = 300) -> Event:
        """Wait until the ledger tells an event; it can be read while a run goes on."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for event in self.events():
                if wanted(event):
                    return event
            time.sleep(0.02)
        raise AssertionError("the event never came")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def one_shot(**more: str) -> str:
    """Write a list of one small shot; `more` are lines of the shot."""
    lines = "".join(f"    {name}: {value}\n" for name, value in more.items())
    return (
        "show: night\n"
        "defaults: {takes: 2, rate: 8}\n"
        "delivery: {resolution: 192x108}\n"
        "shots:\n"
        f"  - shot: sq010_sh0010\n    prompt: {BALL}\n    duration: 1s\n{lines}"
    )


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Compile the kernels before any test counts on a worker that answers soon."""
    warm()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Set]:
    place = Set(folder=tmp_path)
    yield place
    for process in place.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

"""A run whose driver lives on the cluster's head: sent, followed, asked about, stopped.

Ray's job server comes with `ray[default]`, the extra `cluster`; without it these are skipped.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from farm.store import open_store
from tests.chaos.cluster import Cluster, _free_port, autoscaled
from tests.end_to_end.conftest import FARM, Ran

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("aiohttp_cors") is None, reason="needs `pip install farm[cluster]`"
    ),
]
LIST = """
show: far
defaults: {model: previz, takes: 1, aspect: "16:9", duration: 1s, rate: 8}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces in a studio"}
  - {shot: sq010_sh0020, prompt: "A blue box stands on a plain"}
"""


@dataclass(frozen=True)
class Place:
    """A laptop: a folder with a list, and a cluster that it knows."""

    folder: Path
    cluster: Cluster
    dashboard: str

    def farm(self, *words: str, timeout: float = 600) -> Ran:
        done = subprocess.run(
            [FARM, *words],
            cwd=self.folder,
            env=os.environ | self.cluster.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    @property
    def store(self) -> str:
        return f"file:{self.folder.parent / 'shared' / 'store'}"

    def submit(self, *words: str) -> Ran:
        known = ("--cluster", self.dashboard, "--store", self.store, "--json")
        return self.farm("submit", "night.yaml", *known, *words)


@pytest.fixture(scope="module")
def head() -> Iterator[tuple[Cluster, str]]:
    port = _free_port()
    words = (
        "--include-dashboard=true", "--dashboard-host=127.0.0.1", f"--dashboard-port={port}"
    )  # fmt: skip
    path = os.environ.get("PYTHONPATH", "")
    with autoscaled(most=0, resources={"CPU": 1}, cpus=2, words=words, extra_path=path) as cluster:
        yield cluster, f"127.0.0.1:{port}"


@pytest.fixture
def place(head: tuple[Cluster, str], tmp_path: Path) -> Place:
    folder = tmp_path / "laptop"
    folder.mkdir()
    (folder / "night.yaml").write_text(LIST)
    return Place(folder=folder, cluster=head[0], dashboard=head[1])


def test_a_submitted_run_is_driven_by_the_head_and_followed_from_here(place: Place) -> None:
    sent = place.submit("--until", "judge")
    assert sent.code == 0, sent.err
    watched = place.farm("watch", "night.yaml", "--store", place.store)
    logs = place.farm("logs", "night.yaml", "--store", place.store)
    assert watched.code == 0, watched.out + watched.err + logs.out
    assert "sq010_sh0010  done" in watched.out
    assert f"{sent.json['run']} ended" in watched.out
    summary = json.loads(logs.out[logs.out.rindex('{\n  "') if '{\n  "' in logs.out else 0 :])
    assert summary["failed"] == 0
    status = place.farm("status", "night.yaml", "--store", place.store, "--json").json
    assert [shot["state"] for shot in status["shots"]] == ["done", "done"]
    assert not (place.folder / ".farm").exists()  # nothing was driven from here


def test_a_submitted_run_is_stopped_from_here_and_goes_on_when_sent_again(place: Place) -> None:
    assert place.submit().code == 0
    note = open_store(place.store)
    deadline = time.monotonic() + 400
    while not note.read_note("standing/far") and time.monotonic() < deadline:
        time.sleep(0.5)
    cancelled = place.farm("cancel", "night.yaml", "--store", place.store)
    assert "was told to stop" in cancelled.out, cancelled.err
    watched = place.farm("watch", "night.yaml", "--store", place.store)
    assert watched.code == 130, watched.out
    assert place.submit("--until", "judge").code == 0
    again = place.farm("watch", "night.yaml", "--store", place.store)
    assert again.code == 0, again.out


def test_a_ray_client_far_away_hears_progress_and_of_deaths(tmp_path: Path) -> None:
    port = _free_port()
    words = ("--include-dashboard=false", f"--ray-client-server-port={port}")
    code = (
        "import asyncio, sys\n"
        "from farm.executors.ray import RayExecutor\n"
        "from farm.task import Task\n"
        "def probe(**params): return Task(stage='probe', version=1, params=params)\n"
        "async def main(address, uri):\n"
        "    ray = RayExecutor(uri, address=address)\n"
        "    print((await ray.open()).cpu)\n"
        "    tell = lambda _, step: print('step', step.done)\n"
        "    await ray.perform(probe(value=1, seconds=2, steps=4), report=tell)\n"
        "    try: await ray.perform(probe(crash=True), report=tell)\n"
        "    except Exception as error: print(type(error).__name__)\n"
        "    await ray.close()\n"
        "asyncio.run(main(*sys.argv[1:]))\n"
    )
    path = os.environ.get("PYTHONPATH", "")
    with autoscaled(most=0, resources={"CPU": 1}, cpus=2, words=words, extra_path=path) as cluster:
        ran = subprocess.run(
            [sys.executable, "-c", code, f"ray://127.0.0.1:{port}", str(tmp_path)],
            env=os.environ | cluster.env,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    said = ran.stdout.split("\n")
    assert said[:2] == ["2.0", "step 1"], ran.stderr
    assert "CrashError" in said
    assert "InvalidStateError" not in ran.stderr


def test_what_was_never_submitted_is_told_apart(place: Place) -> None:
    ran = place.farm("watch", "night.yaml", "--store", place.store)
    assert ran.code == 2
    assert "was submitted" in ran.err
    assert "--store" in ran.err


def test_a_cluster_that_does_not_answer_is_named(place: Place) -> None:
    words = ("--cluster", f"127.0.0.1:{_free_port()}", "--store", place.store)
    ran = place.farm("submit", "night.yaml", *words)
    assert ran.code == 1
    assert "does not take the call" in ran.err
    assert "Traceback" not in ran.err

"""The real autoscaler, with pretended GPU nodes: it follows demand, and losing a node is free."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farm.digest import digest_bytes, digest_file
from farm.ledger import read_events
from farm.store import open_store
from farm.task import Needs, Task
from tests.chaos.cluster import Cluster, autoscaled
from tests.end_to_end.conftest import FARM

ROOT = Path(__file__).parents[2]
TASKS, SECONDS = 8, 4.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with autoscaled(most=4, resources={"CPU": 1, "GPU": 1, "accelerator_type:L4": 1}) as started:
        yield started


class Night:
    """A driver in a process of its own, and what it told."""

    def __init__(self, cluster: Cluster, uri: str) -> None:
        words = [cluster.address, uri, str(TASKS), str(SECONDS), "L4"]
        self._driver = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.autoscaled_night", *words],
            env=os.environ | cluster.env,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.told: list[dict[str, object]] = []

    def until(self, kind: str) -> dict[str, object]:
        """Listen until something is told."""
        assert self._driver.stdout
        for line in self._driver.stdout:
            self.told.append(json.loads(line))
            if self.told[-1]["kind"] == kind:
                return self.told[-1]
        raise AssertionError(self._driver.communicate()[1])

    def of(self, kind: str) -> list[dict[str, object]]:
        """List what was told of a kind."""
        return [each for each in self.told if each["kind"] == kind]

    def end(self) -> None:
        """Let the driver close its farm."""
        _, stderr = self._driver.communicate("\n", timeout=240)
        assert self._driver.returncode == 0, stderr


def _wait_for(cluster: Cluster, count: int, *, seconds: float) -> float:
    began = time.monotonic()
    while (there := len(cluster.nodes())) != count and time.monotonic() < began + seconds:
        time.sleep(0.1)
    assert there == count
    return time.monotonic() - began


@pytest.mark.slow
def test_every_promise_of_an_executor_holds_on_a_cluster_of_somebody_elses() -> None:
    with autoscaled(most=0, resources={"CPU": 1}, cpus=2) as cluster:
        words = ["-k", "ray and not interrupt and not choosing", "-p", "no:cacheprovider"]
        suite = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/contract/test_executor.py", *words],
            env=os.environ | cluster.env | {"RAY_ADDRESS": cluster.address},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert suite.returncode == 0, suite.stdout[-3000:]


@pytest.mark.slow
def test_nodes_come_with_the_demand_and_go_with_it_and_a_lost_one_is_free(
    cluster: Cluster, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    uri = f"file:{tmp_path / 'store'}"
    assert cluster.nodes() == []
    night = Night(cluster, uri)
    assert night.until("opened")["gpus"] == {"L4": 4}
    night.until("expected")
    up = _wait_for(cluster, 4, seconds=240)
    night.until("made")
    cluster.preempt(cluster.at_work())
    digests = night.until("done")["digests"]
    gone = _wait_for(cluster, 0, seconds=240)
    night.end()
    record_testsuite_property("seconds_to_four_nodes", up)
    record_testsuite_property("seconds_to_none", gone)

    lost = night.of("retried")
    assert 1 <= len(lost) <= 4  # what ran on the node, or was sent there before Ray knew
    assert {each["because"] for each in lost} == {"lost"}
    assert {each["error"] for each in lost} == {"LostError"}
    assert len(night.of("made")) == TASKS
    assert not night.of("failed")
    assert isinstance(digests, list)
    assert len(set(digests)) == TASKS
    _check_all_is_kept(uri)


@pytest.mark.slow
def test_drivers_of_one_cluster_add_up_and_a_dead_one_is_not_waited_for(cluster: Cluster) -> None:
    one, two = _asking(cluster, gpus=2, seconds=600.0), _asking(cluster, gpus=1, seconds=20.0)
    assert [_said(one), _said(two)] == ["heard", "heard"]
    _wait_for(cluster, 3, seconds=60)
    two.kill()  # it takes nothing back
    two.wait()
    _wait_for(cluster, 2, seconds=60)
    one.communicate("\n", timeout=60)
    _wait_for(cluster, 0, seconds=60)


def _asking(cluster: Cluster, *, gpus: int, seconds: float) -> "subprocess.Popen[str]":
    words = [cluster.address, str(gpus), str(seconds)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.asking_driver", *words],
        env=os.environ | cluster.env,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _said(driver: "subprocess.Popen[str]") -> str:
    assert driver.stdout
    return driver.stdout.readline().strip()


def _check_all_is_kept(uri: str) -> None:
    store = open_store(uri)
    for number in range(TASKS):
        params = {"value": number, "seconds": SECONDS, "steps": 10, "write_bytes": 1000}
        outcome = store.recall(Task(stage="probe", version=1, params=params, needs=Needs()).key)
        assert outcome
        artifact = outcome.outputs["bytes"]
        assert digest_bytes(store.get(artifact)) == artifact.digest


SHOW = """
show: aurora
defaults: {model: previz, takes: 2, aspect: "16:9", duration: 1s, rate: 8}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces in a studio"}
delivery: {resolution: 160x90, handles: 0, movies: [], exr: {compression: zip}}
"""
NODES = """
ship = false
[pools.nodes]
executor = "ray"
cluster = "{address}"
cpu = 1
memory_gb = 2
limit = 3
"""


@pytest.mark.slow
def test_a_show_on_nodes_that_go_away_is_the_same_to_the_byte(tmp_path: Path) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    for folder in (calm, rough):
        folder.mkdir()
        (folder / "night.yaml").write_text(SHOW)
    assert _render(calm, {}, "--executor", "local").wait(900) == 0
    with autoscaled(most=3, resources={"CPU": 1}) as cluster:
        (rough / "farm.toml").write_text(NODES.format(address=cluster.address))
        driver = _render(rough, cluster.env)
        cluster.preempt(cluster.at_work())
        assert driver.wait(900) == 0
        _wait_for(cluster, 0, seconds=240)
    events = list(read_events(rough / ".farm" / "ledger.sqlite"))
    assert "local" not in {event.body.get("executor") for event in events}
    assert any(e.kind == "retried" and e.body["because"] == "lost" for e in events)
    made = Counter(event.key for event in events if event.kind == "made")
    assert set(made.values()) == {1}
    assert {event.body["pool"] for event in events if event.kind == "made"} == {"nodes"}
    assert _frames(rough) == _frames(calm)
    assert len(_frames(calm)) == 8


def _render(folder: Path, env: dict[str, str], *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [FARM, "render", "night.yaml", "--yes", *words],
        cwd=folder,
        env=os.environ | env,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "said.txt").open("wb"),
    )


def _frames(folder: Path) -> dict[str, str]:
    exrs = sorted((folder / "renders").rglob("*.exr"))
    return {path.name: digest_file(path) for path in exrs}

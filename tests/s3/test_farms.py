"""Several farms on several machines, each with its own folder, cache and ledger, and one bucket."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest

from farm.ledger import read_events
from tests.s3.conftest import Site
from tests.s3.machine import FARM, Machine, kill_last_worker, made_by
from tests.s3.planted import Collector, telling, tells
from tests.s3.server import READER, READER_SECRET, free_ports

CREW = """
import asyncio, sys
from pathlib import Path
from farm.crew.crew import Crew
from farm.executors.local import LocalExecutor
from farm.ledger import Ledger
from farm.store import open_store
from farm.task import Needs, Task

def task(n):
    needs = Needs(cpu=1, memory_gb=0.1)
    return Task(stage="probe", version=1, params={"value": n, "seconds": 0.05}, needs=needs)

async def main(folder, uri):
    store = open_store(uri)
    executor = LocalExecutor(store.uri, workers=2, processes=False)
    with Ledger(folder / "ledger.db") as ledger:
        async with Crew(
            store=store, executor=executor, listeners=(ledger.write,), lanes=store.lanes
        ) as crew:
            await asyncio.gather(*(crew.do(task(n)) for n in range(40)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture
def machines(site: Site) -> Iterator[Callable[..., Machine]]:
    made: list[Machine] = []

    def machine(**env: str) -> Machine:
        folder = site.folder / f"machine{len(made)}"
        folder.mkdir()
        made.append(Machine(folder=folder, store=site.place.uri, env=env))
        return made[-1]

    yield machine
    for each in made:
        each.stop()


def test_two_farms_on_one_bucket_make_each_task_once(site: Site):
    folders = [site.folder / name for name in ("east", "west")]
    farms = []
    for folder in folders:
        folder.mkdir()
        farms.append(
            subprocess.Popen(
                [sys.executable, "-c", CREW, str(folder), site.place.uri],
                env={**os.environ, "FARM_CACHE": str(folder / "cache")},
            )
        )
    assert [farm.wait(timeout=600) for farm in farms] == [0, 0]
    events = [event for folder in folders for event in read_events(folder / "ledger.db")]
    made = Counter(event.key for event in events if event.kind == "made")
    assert len(made) == 40
    assert set(made.values()) == {1}
    assert sum(event.kind == "reused" for event in events) == 40
    assert site.listed("leases") == []


@pytest.mark.slow
def test_two_machines_share_one_show_and_deliver_the_same_bytes(machines):
    east, west = machines(), machines()
    running = [east.start(), west.start()]
    for process in running:
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
    assert set(made_by(east, west).values()) == {1}
    assert east.pixels() == west.pixels()
    assert len(east.pixels()) > 16
    assert made_by(east)
    assert made_by(west)


@pytest.mark.slow
def test_when_a_driver_is_killed_the_other_takes_over_its_leases_and_nothing_is_made_twice(
    machines,
):
    east, west = machines(), machines()
    dying = east.start()
    east.wait_for(lambda event: event.kind == "made")
    os.killpg(dying.pid, signal.SIGKILL)
    dying.wait()
    finished = made_by(east)
    code, _, err = west.render()
    assert code == 0, err
    assert set(made_by(east, west).values()) == {1}
    assert not finished.keys() & made_by(west).keys()
    waited = [e for e in west.events() if e.kind == "waiting" and e.body["on"] == "another farm"]
    assert waited
    assert west.pixels()


@pytest.mark.slow
def test_a_token_that_expires_in_mid_run_loses_nothing(machines, site):
    machine = machines()
    running = machine.start()
    machine.wait_for(lambda event: event.kind == "made")
    site.proxy.misbehave(status=400, code="ExpiredToken", when=lambda r: "/night/" in r[1])
    _, err = running.communicate(timeout=600)
    assert running.returncode == 1
    assert "token has expired" in err
    assert "run the same command again" in err
    assert "Traceback" not in err
    finished = made_by(machine)
    site.proxy.behave()
    code, out, err = machine.render()
    assert code == 0, err
    assert json.loads(out)["delivered"] == 2
    assert set(made_by(machine).values()) == {1}
    assert finished.keys() <= made_by(machine).keys()


@pytest.mark.slow
def test_a_server_that_is_stopped_for_ten_seconds_is_waited_for(machines, site):
    machine = machines()
    running = machine.start()
    machine.wait_for(lambda event: event.kind == "started")
    site.server.stop()
    time.sleep(10)
    site.server.start()
    _, err = running.communicate(timeout=600)
    assert running.returncode == 0, err
    assert set(made_by(machine).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "planted/wrong"}, "the secret key is wrong"),
        ({"AWS_ACCESS_KEY_ID": READER, "AWS_SECRET_ACCESS_KEY": READER_SECRET}, "may not do that"),
    ],
)
def test_the_command_says_what_is_wrong_with_the_keys(env, said, machines):
    code, _, err = machines(**env).render()
    assert code == 1
    assert said in err
    assert "hint:" in err
    assert "Traceback" not in err
    assert "planted" not in err


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["local", "ray"])
def test_secrets_are_nowhere_in_what_a_run_leaves_or_tells(executor, machines, site):
    """Plant the keys, kill a worker, and search ledger, report, manifests, frames, logs, figures.

    What Ray keeps in its own folder is searched by the night in tests/chaos.
    """
    collector, port = Collector(), free_ports()["s3"]
    machine = machines(
        FARM_LOG="log.jsonl", FARM_METRICS=f"127.0.0.1:{port}", FARM_TRACES=collector.address
    )
    machine.executor = ("--executor", executor)
    running = machine.start()
    machine.wait_for(lambda event: event.kind == "made")
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        figures = answer.read()
    kill_last_worker(machine)
    out, err = running.communicate(timeout=600)
    assert running.returncode == 0, err
    ran = subprocess.run(
        [FARM, "report", "night.yaml"], cwd=machine.folder, env=machine.environ,
        capture_output=True, check=True,
    )  # fmt: skip
    collector.close()
    owner, bucket = site.server.owner, site.place.bucket
    objects = [
        owner.get_object(Bucket=bucket, Key=site.place.prefix + key)["Body"].read()
        for key in site.listed()
    ]
    names = {path.name for path in machine.folder.rglob("*")}
    assert {"log.jsonl", "manifest.json", "ledger.sqlite"} <= names
    assert any(name.endswith(".html") for name in names)
    assert b"farm_" in figures
    assert len(objects) > 20
    assert collector.heard
    said = (out.encode(), err.encode(), ran.stdout, ran.stderr, figures)
    assert not any(map(tells, (*said, *objects, *collector.heard)))
    assert list(telling(machine.folder)) == []

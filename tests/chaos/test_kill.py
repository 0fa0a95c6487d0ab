"""Whatever is killed, whenever: the same command again delivers the same bytes, nothing twice."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from farm.ledger import Event
from tests.end_to_end.conftest import Set, compiled, place  # noqa: F401  # the fixtures

LIST = """
show: night
defaults: {takes: 2, rate: 8, duration: 1s, judge: {rounds: 1}}
delivery: {resolution: 768x432}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces in a studio", extend: {to: 2s}}
  - {shot: sq010_sh0020, prompt: "A green cube spins in a studio", loop: true}
"""


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Deliver the list undisturbed, by one worker: who shares the work changes no byte."""
    undisturbed = Set(folder=tmp_path_factory.mktemp("calm"))
    undisturbed.write(LIST)
    ran = undisturbed.render("--workers", "1")
    assert ran.code == 0, ran.err
    return undisturbed.pixels()


def assert_made_whole(disturbed: Set, calm: dict[str, str]) -> None:
    """Run the same command again, and compare every byte and every count."""
    finished = disturbed.made()
    ran = disturbed.render()
    assert ran.code == 0, ran.err
    assert disturbed.pixels() == calm
    assert set(disturbed.made().values()) == {1}
    assert finished.keys() <= disturbed.made().keys()
    assert disturbed.farm("verify", "renders").code == 0
    assert not list(disturbed.folder.rglob("*.part"))


def test_a_driver_killed_in_stage_after_stage_loses_no_finished_work(place, calm):  # noqa: F811
    place.write(LIST)
    for stage in ("draft", "extend", "master", "collect"):
        begun = begins(place, stage)
        process = place.start()
        place.wait_for(begun)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert set(place.made().values()) <= {1}, stage
    assert_made_whole(place, calm)


def test_a_killed_driver_on_ray_loses_no_finished_work(place, calm):  # noqa: F811
    place.write(LIST)
    process = place.start(executor="ray")
    place.wait_for(lambda event: event.kind == "started" and event.stage == "master")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert_made_whole(place, calm)


@pytest.mark.parametrize("executor", ["local", "ray"])
def test_a_killed_worker_costs_its_task_and_nothing_else(executor, place, calm):  # noqa: F811
    place.write(LIST)
    process = place.start(executor=executor)
    place.wait_for(lambda event: event.kind == "progress" and event.stage == "master")
    while process.poll() is None and not retried(place):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker_of(place), signal.SIGKILL)
        time.sleep(1)
    out, err = process.communicate(timeout=600)
    assert process.returncode == 0, err
    assert out
    assert retried(place)
    assert_made_whole(place, calm)


def test_ctrl_c_stops_cleanly_and_leaves_no_worker(place, calm):  # noqa: F811
    place.write(LIST)
    process = place.start(executor="ray")
    place.wait_for(lambda event: event.kind == "started" and event.stage == "master")
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not processes_of_session(process.pid)
    assert_made_whole(place, calm)


def test_two_runs_at_once_make_each_task_once(place, calm):  # noqa: F811
    place.write(LIST)
    first, second = place.start(), place.start()
    for process in (first, second):
        _, err = process.communicate(timeout=600)
        assert process.returncode == 0, err
    assert place.pixels() == calm
    assert set(place.made().values()) == {1}


def begins(place: Set, stage: str) -> Callable[[Event], bool]:  # noqa: F811
    """Tell when a stage begins in a run that is still to come."""
    past = {event.run for event in place.events()}
    return lambda event: event.run not in past and (event.kind, event.stage) == ("started", stage)


def retried(place: Set) -> bool:  # noqa: F811
    return any(event.kind == "retried" for event in place.events())


def worker_of(place: Set) -> int:  # noqa: F811
    """Name the process that finished the last task: most likely it is at work on the next one."""
    finished = [str(event.body["worker"]) for event in place.events() if event.kind == "made"]
    return int(finished[-1].rpartition(":")[2])


def processes_of_session(leader: int) -> list[int]:
    """List the processes that the driver started, other than itself."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[3]) == leader and int(stat.parent.name) != leader:
            found.append(int(stat.parent.name))
    return found

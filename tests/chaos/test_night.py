"""A night on which everything breaks: the same bytes, nothing made twice, within the budget."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.cluster import Cluster, autoscaled
from tests.chaos.night import Night, every, fill, shots, small_disk, summary, uploads
from tests.end_to_end.conftest import compiled  # noqa: F401  # the fixture
from tests.s3.conftest import Site, site  # noqa: F401  # the fixture
from tests.s3.machine import Machine, kill_last_worker, made_by
from tests.s3.planted import telling

SHOTS, FEW = 50, 3
TASKS_A_SHOT = 5
USD = 2.0
POOL = """
ship = false
[pools.nodes]
executor = "ray"
cluster = "{address}"
gpu = "L4"
cpu = 2
memory_gb = 4
usd_per_hour = 3.6
spot = true
limit = 3
"""


def night_of(count: int, site: Site, folder: Path, **more: object) -> tuple[Night, Machine]:  # noqa: F811
    """Prepare a night of so many shots, and the same list done undisturbed on this machine."""
    text = shots(count, usd=USD)
    for name in ("calm", "rough"):
        (folder / name).mkdir()
    calm = Machine(folder=folder / "calm", store=f"file:{folder / 'calm' / '.farm'}", text=text)
    rough = Machine(folder=folder / "rough", store=site.place.uri, text=text, **more)
    code, _, err = calm.render()
    assert code == 0, err
    assert sum(made_by(calm).values()) == count * TASKS_A_SHOT
    return Night(site=site, machine=rough, tasks=count * TASKS_A_SHOT, usd=USD), calm


def check(night: Night, calm: Machine, *, said: str) -> None:
    """Compare every byte and every count with the undisturbed run."""
    made, events = made_by(night.machine), night.machine.events()
    assert summary(said)["delivered"] * TASKS_A_SHOT == night.tasks
    assert night.machine.pixels() == calm.pixels()
    assert set(made.values()) == {1}, made.most_common(3)
    assert set(night.kept().values()) == {1}, night.kept().most_common(3)
    assert night.kept().keys() == {event.key for event in calm.events() if event.kind == "made"}
    night.check_account()
    spent = sum(event.body["usd"] for event in events if event.kind in ("made", "burnt"))
    assert 0 < spent <= night.usd


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with autoscaled(most=3, resources={"CPU": 2, "GPU": 1, "accelerator_type:L4": 1}) as started:
        yield started


def test_a_few_shots_survive_a_bad_night(site: Site, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "farm.toml").write_text("usd_per_hour = 3.6\n")
    night, calm = night_of(FEW, site, tmp_path)
    try:
        night.drive()
        night.after(0.05)
        with (
            night.proxy("slow", manner="slow", seconds=0.2, when=every(3)),
            night.proxy("503", when=every(4)),
            night.proxy("cut uploads", manner="cut_upload", times=3, when=uploads),
        ):
            night.after(0.3)
        night.breaks("worker killed")
        kill_last_worker(night.machine)
        night.after(0.45)
        night.kill_driver()
        night.after(0.6)
        night.stop_server(2)
        said = night.ends(code=0)
    finally:
        night.machine.stop()
    check(night, calm, said=said)


@pytest.mark.slow
def test_fifty_shots_survive_a_night_on_which_everything_breaks(
    site: Site,  # noqa: F811
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    night, calm = night_of(SHOTS, site, tmp_path, executor=(), env=cluster.env)
    (night.machine.folder / "farm.toml").write_text(POOL.format(address=cluster.address))
    disk = night.machine.folder / "cache"
    with small_disk(disk, mb=64) as mounted:
        if not mounted:
            pytest.skip("mounting a small disk needs more rights than this user has")
        try:
            night.drive()
            night.after(0.03)
            with night.proxy("slow", manner="slow", seconds=0.5, when=every(3)):
                night.after(0.1)
            with night.proxy("503", when=every(3)):
                night.after(0.18)
            with night.proxy("cut uploads", manner="cut_upload", times=12, when=uploads):
                night.after(0.25)
            night.breaks("worker killed")
            os.kill(cluster.worker_at_work(), signal.SIGKILL)
            night.after(0.35)
            night.breaks("node lost")
            cluster.preempt(cluster.at_work())
            night.after(0.45)
            night.kill_driver()
            night.after(0.55)
            night.stop_server(10)
            night.after(0.65)
            night.breaks("disk full")
            ballast = fill(disk)
            assert "no room left" in night.ends(code=1)
            ballast.unlink()
            night.drive()
            night.after(0.75)
            night.breaks("node lost with the driver")
            cluster.preempt(cluster.at_work())
            night.kill_driver()
            said = night.ends(code=0)
        finally:
            night.machine.stop()
        check(night, calm, said=said)
        assert list(telling(night.machine.folder, Path(cluster.folder))) == []  # Ray's logs too
    assert night.drivers == 4

"""The reference itself as a model, through the whole farm, on a server of ours: bills count."""

import os
import signal

import pytest

from farm.media.exr import read_exr
from tests.end_to_end.conftest import Set
from tests.unit.luma_server import luma_server

pytest.importorskip("luma_agents")

LIST = """show: night
defaults: {takes: 2, rate: 24, model: ray-3.2, judge: {rounds: 1, accept: 0}}
delivery: {resolution: 192x108}
shots:
  - {shot: sh0010, prompt: A red ball circles above a grey plain, duration: 0.5s}
"""


@pytest.fixture
def luma(monkeypatch):
    with luma_server() as server:
        monkeypatch.setenv("LUMA_BASE_URL", server.url)
        monkeypatch.setenv("LUMA_AGENTS_API_KEY", "a key")
        yield server


def circled(place: Set) -> None:
    place.write(LIST)
    place.circle("sh0010")


@pytest.mark.slow
def test_takes_are_bought_once_judged_mastered_and_delivered(place: Set, luma):
    circled(place)
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    assert sum(path.endswith(".exr") for path in place.pixels()) == 12
    assert ran.json["usd"] == pytest.approx(2 * 0.15)
    assert len(luma.bills) == 2
    assert place.render("--workers", "2").json["tasks_made"] == 0
    assert len(luma.bills) == 2


@pytest.mark.slow
def test_a_farm_killed_while_it_waits_adopts_what_it_paid_for(place: Set, luma):
    circled(place)
    luma.looks = 10**6
    farm = place.start("--workers", "2")
    place.wait_for(lambda event: event.stage == "draft" and event.kind == "started")
    while luma.looked < 4:
        pass
    os.killpg(farm.pid, signal.SIGKILL)
    farm.wait()
    before = len(luma.bills)
    luma.looks = 0
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    assert before == len(luma.bills) == 2


@pytest.mark.slow
def test_a_cap_holds_for_bought_takes_too(place: Set, luma):
    circled(place)
    place.write(LIST + "budget: {usd: 0.20}\n")
    ran = place.render("--workers", "2")
    assert ran.code in (0, 3)
    assert len(luma.bills) == 1
    assert ran.json["usd"] <= 0.20


@pytest.mark.slow
def test_hdr_is_delivered_and_reframed_in_the_light_that_the_service_generated(place: Set, luma):
    text = LIST.replace("ray-3.2", "ray-3.2-hdr").replace("takes: 2", "takes: 1")
    circled(place)
    place.write(text.replace("0.5s}", '0.5s, reframe: {aspect: "9:16"}}'))
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    assert (len(luma.bills), ran.json["usd"]) == (1, pytest.approx(0.90))
    read = [read_exr(path) for path in (place.folder / "renders").rglob("*.1001.exr")]
    assert [header["farm_hdr"] for _, header in read] == ["native", "native"]
    upright, wide = sorted((pixels for pixels, _ in read), key=lambda pixels: pixels.shape[1])
    assert (upright.shape[:2], wide.shape[:2]) == ((192, 108), (108, 192))
    assert wide.max() > 10
    assert upright.mean() == pytest.approx(wide[:, 66:126].astype(float).mean(), rel=0.05)


@pytest.mark.slow
def test_a_loop_is_bought_as_one_and_its_seam_is_judged(place: Set, luma):
    text = LIST.replace("takes: 2", "takes: 1").replace("0.5s}", "5s, loop: true}")
    circled(place)
    place.write(text)
    ran = place.render("--workers", "2")
    assert ran.code == 0, ran.err
    (bill,) = luma.bills
    assert bill["video"]["loop"] is True
    assert "loop" in place.told("seam", "sh0010")
    assert sum(path.endswith(".exr") for path in place.pixels()) == 120


@pytest.mark.slow
def test_what_was_paid_for_and_never_came_is_on_the_account_once_and_not_asked_again(place, luma):
    luma.lost = 2
    place.write(LIST + "budget: {usd: 0.40}\n")
    ran = place.render("--workers", "1")
    assert ran.code == 1, ran.err
    assert ran.json["usd"] == pytest.approx(0.30)
    assert "may have been paid for" in ran.err
    again = place.render("--workers", "1")
    assert (again.code, again.json["usd"], len(luma.bills)) == (1, 0, 2)

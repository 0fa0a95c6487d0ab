"""The page, the XML and the line in which a run is told."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from farm.report.gather import gather, pick_note
from farm.report.junit import junit
from farm.report.page import page_of
from farm.report.story import ShotTale, Story
from farm.report.summary import Summary, closing_line, duration, money, plain
from farm.route.shoot import ShotResult
from farm.store import open_store
from tests.unit.told_show import told_show


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    told = told_show(tmp_path_factory.mktemp("told"))
    return page_of(gather(told.shot_list, told.settings)).decode()


def test_the_page_shows_prompts_takes_scores_critique_and_faults(page):
    words = [
        "A &lt;b&gt;red&lt;/b&gt; ball &amp; a lantern",
        *("t02", "0.84", "circled by the judge", "seed 77", "hardly anything moves"),
        *("the ball is &lt;too&gt; slow", "the joint shows in light"),
        *("every take failed", "hint: oil it", "/out/told/sh010/v001", "not begun", "$2.00"),
    ]
    for said in words:
        assert said in page, said


def test_the_page_lists_the_words_that_were_not_understood(page):
    assert "did not understand: lantern" in page


def test_the_page_stands_alone(page):
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(link.startswith(("data:image/", "#")) for link in links)
    assert "<script" not in page
    assert page.count("data:image/jpeg") == 2 + 3  # two posters, three stills of the circled take


def test_a_person_s_pick_is_shown_as_theirs(tmp_path):
    told = told_show(tmp_path)
    store = open_store(told.settings.store)
    store.write_note(pick_note("told", "sh010"), {"take": "t01", "by": "<ada>"})
    written = page_of(gather(told.shot_list, told.settings)).decode()
    assert "circled by &lt;ada&gt;" in written


def test_a_page_is_written_even_where_the_store_has_lost_everything(tmp_path):
    told = told_show(tmp_path)
    for folder in ("objects", "outcomes"):
        shutil.rmtree(tmp_path / ".farm" / folder, ignore_errors=True)
    assert b"sh010" in page_of(gather(told.shot_list, told.settings))


def test_junit_has_one_case_a_shot():
    story = Story("night\x00", shots={
        "a": ShotTale(name="a", state="delivered", folder="/out/a", spent_seconds=2),
        "b": ShotTale(name="b", state="failed", problem="<jam>\x1b", hint="oil"),
        "c": ShotTale(name="c", state="waiting"),
    })  # fmt: skip
    suite = ET.fromstring(junit(story))  # noqa: S314  # our own words
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    failure = suite.find("testcase[@name='b']/failure")
    assert failure is not None
    assert failure.get("message") == "<jam>\ufffd"


def summary(**changes) -> Summary:
    shots = (
        ShotResult(shot="a", variant="", state="delivered", take="t02", score=0.8, version="v001",
                   folder=Path("/out/a")),
        ShotResult(shot="b", variant="x", state="failed", problem="jam", hint="oil"),
    )  # fmt: skip
    fields = {"takes": 1, "tasks_made": 41, "tasks_reused": 7, "tasks_failed": 0, "usd": 1.84,
              "seconds": 131.2, "exit_code": 1}  # fmt: skip
    return Summary(shots=shots, **{**fields, **changes})


def test_a_run_ends_in_one_line_with_numbers():
    said = "2 shots, 1 take, 41 tasks made, 7 reused, 0 failed, $1.84, 2m11s"
    assert closing_line(summary()) == said


def test_programs_get_the_closing_object():
    said = plain(summary())
    assert {"shots", "delivered", "failed", "tasks_made", "tasks_reused", "usd", "seconds"} <= set(
        said
    )
    assert said["shots"][0]["folder"] == "/out/a"
    assert said["shots"][1]["folder"] is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.84, "0.8s"), (9.99, "10.0s"), (45, "45s"), (59.7, "1m00s"), (11100, "3h05m")],
)
def test_time_is_written_as_people_say_it(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(("usd", "said"), [(0, "$0.00"), (0.001, "<$0.01"), (1234.5, "$1,234.50")])
def test_money_is_written_to_the_cent(usd, said):
    assert money(usd) == said

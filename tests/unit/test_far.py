"""A run whose driver is elsewhere: what is sent, what is remembered of it, and what it tells."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from farm.cli.verbs import app
from farm.errors import SpecError
from farm.executors import ray_jobs
from farm.executors.ray_jobs import Standing, new_lines
from farm.ledger import Event
from farm.report.standing import Beacon, note_of
from farm.store import open_store

LIST = """
show: far
defaults: {model: previz, takes: 1, duration: 1s, rate: 8}
shots:
  - {shot: sq010_sh0010, prompt: "A red ball bounces"}
  - {shot: sq010_sh0020, prompt: "A blue box stands"}
"""


class Jobs:
    """A cluster that remembers what it was sent, and answers as it is told."""

    sent: ClassVar[list[dict[str, object]]] = []
    standings: ClassVar[list[Standing]] = []
    stopped: ClassVar[list[str]] = []

    def __init__(self, address: str) -> None:
        self.address = address

    def send(
        self, words: Sequence[str], *, name: str, folder: Path, env: Mapping[str, str]
    ) -> None:
        self.sent.append({"words": list(words), "name": name, "folder": folder, "env": dict(env)})

    def standing(self, name: str) -> Standing:  # noqa: ARG002  # all stand alike
        return self.standings.pop(0) if len(self.standings) > 1 else self.standings[0]

    def log(self, name: str) -> str:
        return f"{name} says\nhello\n"

    def stop(self, name: str) -> bool:
        self.stopped.append(name)
        return True


@pytest.fixture(autouse=True)
def cluster(monkeypatch: pytest.MonkeyPatch) -> type[Jobs]:
    monkeypatch.setattr(ray_jobs, "RayJobs", Jobs)
    monkeypatch.setattr("farm.cli.far.POLL_SECONDS", 0.0)
    Jobs.sent, Jobs.standings, Jobs.stopped = [], [Standing(state="ended")], []
    return Jobs


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "night.yaml").write_text(LIST)
    return tmp_path / "night.yaml"


def farm(*words: object) -> tuple[int, str, BaseException | None]:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    return ran.exit_code, ran.output, ran.exception


def submit(place: Path, *words: object) -> dict[str, str]:
    store = place.parent / "store"
    code, said, fault = farm(
        "submit", place, "--cluster", "head:8265", "--store", store, "--json", *words
    )
    assert code == 0, (said, fault)
    return json.loads(said)


def shine(place: Path, *events: Event) -> None:
    store = open_store(str(place.parent / "store"))
    beacon = Beacon(store, show="far", shots=["sq010_sh0010", "sq010_sh0020"], sender="farm-far-1")
    for event in events:
        beacon.hear(event)
    beacon.close()


def event(kind: str, shot: str = "", **body: object) -> Event:
    return Event(at=1.0, kind=kind, shot=shot, body=body)


def test_what_is_sent_is_the_same_command_with_the_same_store(place, cluster):
    run = submit(place, "--until", "judge", "--only", "sq010_sh0010", "--set", "defaults.takes=2")
    (sent,) = cluster.sent
    words = sent["words"]
    assert words[:4] == ["render", "night.yaml", "--store", f"file:{place.parent / 'store'}"]
    for pair in (["--cluster", "auto"], ["--until", "judge"], ["--only", "sq010_sh0010"],
                 ["--set", "defaults.takes=2"]):  # fmt: skip
        assert pair[1] == words[words.index(pair[0]) + 1]
    assert sent["folder"] == place.parent
    assert sent["env"] == {"FARM_SUBMISSION": run["run"]}  # and no secret


def test_a_store_far_away_asks_where_deliveries_go(place, monkeypatch):
    code, _, fault = farm("submit", place, "--cluster", "h:1", "--store", "s3://bucket/farm")
    assert (code, type(fault)) == (1, SpecError)
    assert "--out" in fault.hint


def test_the_last_run_of_a_show_is_the_one_that_is_meant(place, cluster):
    first, second = submit(place), submit(place)
    store = place.parent / "store"
    assert farm("cancel", place, "--store", store)[0] == 0
    assert farm("cancel", place, "--store", store, "--run", first["run"])[0] == 0
    assert cluster.stopped == [second["run"], first["run"]]
    code, said, _ = farm("logs", place, "--store", store)
    assert (code, said) == (0, f"{second['run']} says\nhello\n")


def test_what_was_not_submitted_is_told_with_what_to_give(place):
    code, _, fault = farm("logs", place, "--store", place.parent / "store")
    assert (code, type(fault)) == (1, SpecError)
    assert "--store" in fault.hint


@pytest.mark.parametrize(
    ("state", "events", "code"),
    [
        ("ended", [event("delivered", "sq010_sh0010"), event("delivered", "sq010_sh0020")], 0),
        ("failed", [event("shot_failed", "sq010_sh0010", problem="no", hint="")], 1),
        ("failed", [], 1),
        ("stopped", [], 130),
        ("unknown", [], 1),
    ],
)
def test_watching_ends_as_the_run_did(place, cluster, state, events, code):
    submit(place)
    shine(place, event("run_started", show="far"), *events)
    cluster.standings = [Standing(state="running"), Standing(state=state)]
    got, said, _ = farm("watch", place, "--store", place.parent / "store")
    assert got == code, said
    assert state in said


def test_the_standing_in_the_store_is_what_status_prints_where_no_ledger_is(place, monkeypatch):
    shine(place, event("run_started", show="far"), event("delivered", "sq010_sh0010"))
    note = open_store(str(place.parent / "store")).read_note(note_of("far"))
    assert note["sender"] == "farm-far-1"
    words = ("status", place, "--store", place.parent / "store")
    told = json.loads(farm(*words, "--json")[1])
    assert [shot["state"] for shot in told["shots"]] == ["delivered", "new"]
    assert "on another machine" in farm(*words)[1]


def test_a_log_is_told_on_from_where_it_was_left():
    assert list(new_lines("a\nb\n", "a\nb\nc\n")) == ["c"]
    assert list(new_lines("a\nb\n", "z\n")) == ["z"]

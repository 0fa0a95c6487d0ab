"""`farm top` draws a run from its ledger, while it goes on and afterwards."""

from pathlib import Path

import pytest

import farm.cli
from farm.ledger import Event, Ledger

LIST = """
show: aurora
shots:
  - {shot: sq010_sh0010, prompt: A red ball bounces in a studio, duration: 1s}
"""
SHOT = "sq010_sh0010"


def say(folder: Path, *events: Event) -> None:
    with Ledger(folder / ".farm" / "ledger.sqlite", run="night") as ledger:
        for event in events:
            ledger.write(event)


def draft(kind: str, **body) -> Event:
    return Event(at=1e9, kind=kind, shot=SHOT, stage="draft", part="t01", key="k1", body=body)


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("FARM_STORE", raising=False)
    path = tmp_path / "shots.yaml"
    path.write_text(LIST)
    (tmp_path / ".farm").mkdir()
    return path


def top(path: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        farm.cli.main(["top", str(path), *words])
    return int(ended.value.code or 0)


def test_a_show_that_was_never_run_is_said_so(shots, capsys):
    assert top(shots, "--once") == 0
    assert "nothing was run yet" in capsys.readouterr().out


def test_what_is_at_work_is_listed_and_what_waits_is_not(shots, capsys):
    start = Event(at=1e9, kind="run_started", body={"show": "aurora"})
    say(shots.parent, start, draft("queued"))
    top(shots, "--once")
    assert "t01" not in capsys.readouterr().out
    say(shots.parent, draft("started"), draft("progress", done=3, total=4))
    top(shots, "--once")
    said = capsys.readouterr().out
    assert "t01" in said
    assert "75%" in said


def test_a_run_that_is_over_ends_the_watch(shots, capsys):
    start = Event(at=1e9, kind="run_started", body={"show": "aurora"})
    say(shots.parent, start, draft("made", seconds=2, usd=0.5), Event(at=2e9, kind="run_ended"))
    assert top(shots) == 0
    said = capsys.readouterr().out
    assert "has ended: 1 task made" in said
    assert "$0.50" in said

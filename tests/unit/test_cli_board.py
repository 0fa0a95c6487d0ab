"""What a run looks like while it goes on."""

import pytest
from rich.console import Console

from farm.cli.board import Board
from farm.cli.progress import Teller, line_of
from farm.ledger import Event


def event(kind: str, label: str = "", *, key: str = "k", **body) -> Event:
    shot, stage, part = (*label.split(), "", "", "")[:3]
    return Event(at=0, kind=kind, shot=shot, stage=stage, part=part, key=key, body=body)


def drawn(board: Board) -> str:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(board)
    return console.export_text()


def board_of(*events: Event, shots: int = 2, rows: int = 24) -> Board:
    board = Board("night", [f"sh{n}" for n in range(shots)], minutes={}, rows=rows)
    for each in events:
        board.hear(each)
    return board


def test_every_shot_has_a_row_from_the_start():
    said = drawn(board_of())
    assert "night  0 tasks made, 0 reused, 0 failed, $0.00" in said
    assert [line.split()[0] for line in said.splitlines()[2:]] == ["sh0", "sh1"]


def test_cells_say_how_far_every_stage_is():
    said = drawn(
        board_of(
            event("made", "sh0 draft t01", key="a", seconds=1.0, usd=0.5),
            event("started", "sh0 draft t02", key="b"),
            event("progress", "sh0 draft t02", key="b", done=6, total=24),
            event("started", "sh1 draft t01", key="c"),
            event("failed", "sh1 draft t01", key="c", problem="it jammed"),
        )
    )
    assert "1/2  62%" in said
    assert "failed" in said
    assert "1 task made, 0 reused, 1 failed, $0.50" in said


def test_takes_are_shown_with_their_scores_and_the_circled_one_marked():
    verdict = {"circled": "t02", "scores": {"t01": 0.5, "t02": 0.81}}
    said = drawn(board_of(event("verdict", "sh0", **verdict)))
    assert "t01 0.50" in said
    assert "(t02 0.81)" in said


def test_a_great_show_fits_the_terminal_and_what_is_busy_comes_first():
    board = board_of(event("started", "sh90 draft t01"), shots=100, rows=5)
    said = drawn(board)
    assert len(said.splitlines()) == 2 + 5 + 1
    assert "sh90" in said
    assert "and 95 shots more" in said


def test_the_time_left_is_reckoned_from_the_plan(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("farm.cli.board.time.monotonic", lambda: now[0])
    minutes = {("sh0", "draft", "t01"): 1.0, ("sh0", "master", "0-9"): 3.0}
    board = Board("night", ["sh0"], minutes=minutes)
    assert board.seconds_left() is None
    board.hear(event("started", "sh0 draft t01", minutes=1.0))
    now[0] += 30
    board.hear(event("made", "sh0 draft t01", seconds=30.0))
    assert board.seconds_left() == pytest.approx(90.0)


def test_a_line_is_said_once_and_without_its_label_twice():
    failed = event("failed", "sh0 draft t01", problem="sh0 draft t01: it jammed", hint="oil it")
    assert line_of(failed) == "sh0 draft t01: failed: it jammed\n  hint: oil it"
    halted = event("shot_failed", "sh0", state="stopped", problem="no money", hint="give some")
    assert line_of(halted) == "sh0: stopped: no money\n  hint: give some"
    assert line_of(event("made", "sh0 master 0-9", seconds=62.0)) == "sh0 master 0-9: made in 1m02s"
    assert line_of(event("progress", "sh0 draft t01", done=1, total=2)) == ""


def test_plain_lines_tell_no_verdict_that_was_known_before(capsys):
    teller = Teller()
    teller.hear(event("reused", "sh0 judge r1"))
    teller.hear(event("verdict", "sh0", circled="t01", accepted=True, scores={"t01": 0.9}))
    assert capsys.readouterr().err == ""
    teller.hear(event("made", "sh1 judge r1", seconds=1.0))
    teller.hear(event("verdict", "sh1", circled="t01", accepted=False, scores={"t01": 0.4}))
    assert capsys.readouterr().err.splitlines() == [
        "sh1 judge r1: made in 1.0s",
        "sh1: circled t01 (0.40), below what is accepted",
    ]

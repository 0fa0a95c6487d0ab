"""The words of every command's help, kept: a change shows, and is read."""

import os
from pathlib import Path

import pytest

import farm.cli
from farm.cli.verbs import app

GOLDEN = Path(__file__).parent / "help"
VERBS = [command.callback.__name__ for command in app.registered_commands if command.callback]


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_says_what_it_said(verb, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(SystemExit) as ended:
        farm.cli.main([word for word in (verb, "--help") if word])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    golden = GOLDEN / f"{verb or 'farm'}.txt"
    if os.environ.get("FARM_GOLDEN") == "write":
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text("utf-8"), "FARM_GOLDEN=write renews it; read the difference"


def test_there_is_no_golden_of_a_verb_that_is_gone():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {"farm", *VERBS}

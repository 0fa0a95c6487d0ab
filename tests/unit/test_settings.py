"""Where the farm keeps, delivers and runs."""

from pathlib import Path

import pytest

from farm.errors import SpecError
from farm.settings import Choices, find_settings, local_path


def settle(folder: Path, flags: Choices | None = None, **environ: str):
    return find_settings(folder / "night.yaml", flags or Choices(), environ=environ)


def test_everything_lies_beside_the_list_by_default(tmp_path):
    settings = settle(tmp_path)
    assert settings.store == f"file:{tmp_path}/.farm"
    assert settings.out == tmp_path / "renders"
    assert settings.ledger == tmp_path / ".farm/ledger.sqlite"
    assert (settings.executor, settings.workers, settings.usd_per_hour) == ("ray", None, 0.0)


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path):
    (tmp_path / "farm.toml").write_text('store = "a"\nout = "b"\nexecutor = "local"\nworkers = 3\n')
    said = {"FARM_STORE": str(tmp_path / "c"), "FARM_OUT": str(tmp_path / "d")}
    settings = settle(tmp_path, Choices(store=str(tmp_path / "e")), **said)
    assert settings.store == f"file:{tmp_path}/e"
    assert settings.out == tmp_path / "d"
    assert (settings.executor, settings.workers) == ("local", 3)


def test_paths_of_the_file_count_from_where_it_lies(tmp_path):
    (tmp_path / "farm.toml").write_text('store = "kept"\nout = "given"\n')
    (tmp_path / "shows" / "one").mkdir(parents=True)
    settings = settle(tmp_path / "shows" / "one")
    assert settings.store == f"file:{tmp_path}/kept"
    assert settings.out == tmp_path / "given"
    assert settings.ledger == tmp_path / "kept/ledger.sqlite"


def test_paths_of_flags_count_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = settle(tmp_path / "elsewhere", Choices(store="here", out="there"))
    assert (settings.store, settings.out) == (f"file:{tmp_path}/here", tmp_path / "there")


def test_the_ledger_of_a_far_store_lies_beside_the_list(tmp_path):
    settings = settle(tmp_path, Choices(store="s3://bucket/farm"))
    assert settings.store == "s3://bucket/farm"
    assert settings.ledger == tmp_path / ".farm/ledger.sqlite"


@pytest.mark.parametrize(
    ("line", "place", "hint"),
    [
        ("# a show\nstroe = 'a'", "farm.toml:2 stroe:", "'store'"),
        ("executor = 'rya'", "farm.toml:1 executor:", "'ray'"),
        ("workers = 'many'", "farm.toml:1 workers:", "whole number"),
        ("workers = 0", "farm.toml:1 workers:", "whole number"),
        ("workers = true", "farm.toml:1 workers:", "whole number"),
        ("usd_per_hour = -1", "farm.toml:1 usd_per_hour:", "dollars"),
        ("out = 3", "farm.toml:1 out:", "text"),
        ("licences_read = 'wan'", "farm.toml:1 licences_read:", "models whose licences"),
        ("store = ", "farm.toml:", "TOML"),
    ],
)
def test_a_wrong_farm_toml_is_refused_with_the_place_and_a_hint(tmp_path, line, place, hint):
    (tmp_path / "farm.toml").write_text(line)
    with pytest.raises(SpecError) as fault:
        settle(tmp_path)
    assert place in fault.value.problem
    assert hint in fault.value.hint


def test_an_unknown_executor_is_refused_wherever_it_is_named(tmp_path):
    with pytest.raises(SpecError, match="FARM_EXECUTOR"):
        settle(tmp_path, FARM_EXECUTOR="moon")
    with pytest.raises(SpecError, match="--executor"):
        settle(tmp_path, Choices(executor="moon"))


@pytest.mark.parametrize(
    ("uri", "path"),
    [("file:/a/b", "/a/b"), ("file:///a/b", "/a/b"), ("/a/b", "/a/b"), ("s3://bucket/b", None)],
)
def test_a_store_on_this_machine_has_a_path(uri, path):
    assert local_path(uri) == (Path(path) if path else None)

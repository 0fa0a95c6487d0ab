"""What of a model's weights is here, what would be fetched, and what a plan says of it."""

from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import Card
from farm.cards.sets import Weights
from farm.cards.shelf import Shelf, content_of
from farm.cards.stock import stock_of
from farm.cli.shelves import stock_line
from functions.models.weights import pin, record
from tests.end_to_end.conftest import Set

COMMIT = "0" * 40


@pytest.fixture
def card() -> Card:
    sets = {
        "base": Weights(hub="studio/base", revision=COMMIT, gb=30),
        "look": Weights(hub="studio/look", gb=1),
        "more": Weights(hub="studio/more", gb=2),
    }
    return card_for("ltx").model_copy(update={"weights": sets})


def lay(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "a.safetensors").write_bytes(bytes(10))


def test_a_stock_tells_what_is_here_what_comes_from_where_and_what_comes_from_nowhere(
    card, tmp_path
):
    lay(tmp_path / "shelf/studio/look")
    found = stock_of(card, Shelf(places=(str(tmp_path / "shelf"), "hub"), kept=tmp_path / "kept"))
    assert found.here == {"look": 1}
    assert (found.to_fetch, found.places) == ({"base": 30}, {"base": "hub"})
    assert found.nowhere == ("more",)
    assert found.unpinned == ("look", "more")
    assert found.minutes == pytest.approx(4)
    line = stock_line(found)
    for words in ("1.0 GB here", "30.0 GB to fetch from hub (base), about 4m00s", "more"):
        assert words in line


def test_pinning_a_folder_puts_its_content_into_the_key(card, tmp_path):
    shelf = Shelf(places=(str(tmp_path / "shelf"),), kept=tmp_path / "kept")
    lay(tmp_path / "shelf/studio/look")
    assert pin(card, "look", shelf=shelf) == tmp_path / "shelf/studio/look"
    assert stock_of(card, Shelf(places=shelf.places, kept=tmp_path / "other")).unpinned == ("more",)


def test_what_lies_beside_a_set_is_no_part_of_its_content(card, tmp_path):
    one = Weights(hub="studio/look", files=("a.*",), gb=1)
    contents = set()
    for name in ("x", "y"):
        lay(tmp_path / name / "studio/look")
        (tmp_path / name / "studio/look/b.safetensors").write_bytes(name.encode())
        record(tmp_path / name / "studio/look")
        contents.add(content_of(one, Shelf(places=(str(tmp_path / name),), kept=tmp_path / "k")))
    assert len(contents) == 1


def test_check_and_plan_tell_of_the_weights_that_the_shots_need(monkeypatch, tmp_path):
    monkeypatch.delenv("FARM_WEIGHTS", raising=False)
    monkeypatch.setenv("FARM_WEIGHTS_CACHE", str(tmp_path / "kept"))
    place = Set(folder=tmp_path)
    shot = "shot: s1, prompt: a ball, duration: 1s, model: wan-2.1, rate: 16"
    place.write(f"show: a\nshots:\n  - {{{shot}}}\n")
    assert "28.9 GB to fetch from hub (base), about 3m" in place.farm("check", "night.yaml").out
    place.write(f"show: a\nshots:\n  - {{{shot}, loop: true}}\n")
    told = place.farm("check", "night.yaml")
    assert "36.1 GB to fetch from hub (base, vace), about 4m" in told.out
    (stock,) = place.farm("plan", "night.yaml", "--json").json["weights"]
    assert (stock["model"], stock["unpinned"]) == ("wan-2.1", [])
    assert stock["minutes"] == pytest.approx(4.81, abs=0.01)

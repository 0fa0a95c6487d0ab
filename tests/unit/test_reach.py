"""Weights that no place has are refused before work is begun; what may come is not."""

from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import Weights
from farm.cards.reach import weight_refusals
from farm.cards.shelf import Shelf

PIN = "0" * 40


def reach(tmp_path: Path, *places: str, **sets: Weights) -> list:
    weights = sets or {"base": Weights(hub="some/model", gb=1)}
    card = card_for("previz").model_copy(update={"weights": weights})
    return weight_refusals(card, Shelf(places=places, kept=tmp_path / "kept"))


def test_a_model_without_weights_is_never_refused(tmp_path):
    assert not weight_refusals(card_for("previz"), Shelf(places=("hub",), kept=tmp_path))


def test_weights_that_nobody_has_are_refused_with_how_to_get_them(tmp_path):
    (refusal,) = reach(tmp_path, "hub")
    assert refusal.field == "model"
    assert "some/model" in refusal.problem
    assert "FARM_WEIGHTS=FOLDER" in refusal.hint


def test_a_folder_that_has_them_is_enough(tmp_path):
    folder = tmp_path / "shelf"
    (folder / "some/model/vae").mkdir(parents=True)
    assert reach(tmp_path, str(folder))
    (folder / "some/model/vae/weights.safetensors").write_bytes(b"x")
    assert not reach(tmp_path, str(folder))


@pytest.mark.parametrize("place", ["s3://bucket/weights", "https://mirror.example"])
def test_a_mirror_is_taken_at_its_word(tmp_path, place):
    assert not reach(tmp_path, place)


def test_the_hub_serves_what_is_pinned_to_a_commit(tmp_path):
    pinned = Weights(hub="some/model", revision=PIN, gb=1)
    assert not reach(tmp_path, "hub", base=pinned)
    assert reach(tmp_path, "hub", base=pinned, more=Weights(hub="other/model", gb=1))


def test_a_folder_of_the_workers_is_not_held_against_a_model(tmp_path):
    assert not reach(tmp_path, str(tmp_path / "mounted-on-the-workers-alone"))

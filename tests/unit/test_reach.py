"""Weights that no place has are refused before work is begun; what may come is not."""

from pathlib import Path

import pytest

from farm.cards import card_for
from farm.cards.card import Weights
from farm.cards.reach import weight_refusals, wishes_of
from farm.cards.shelf import Shelf
from farm.shots.spec import Shot

PIN = "0" * 40


def reach(tmp_path: Path, *places: str, **sets: Weights) -> list:
    weights = sets or {"base": Weights(hub="some/model", gb=1)}
    card = card_for("previz").model_copy(update={"weights": weights})
    return weight_refusals(card, Shelf(places=places, kept=tmp_path / "kept"), frozenset())


def needed(model: str, *, references: bool = False, **asked: object) -> set[str]:
    """Name the sets of weights that a shot has loaded."""
    shot = Shot(shot="s1", prompt="a fox", duration="2s", model=model, **asked)
    wishes = wishes_of(shot, references=references)
    return {name for name, one in card_for(model).weights.items() if one.serves(wishes)}


def test_a_model_without_weights_is_never_refused(tmp_path):
    shelf = Shelf(places=("hub",), kept=tmp_path)
    assert not weight_refusals(card_for("previz"), shelf, frozenset())


PLAIN_HDR = {"base", "latent_upsampler", "hdr"}
TRACK = {"frame": 1001, "path": ((0.1, 0.5), (0.9, 0.5)), "guides": "subject"}


@pytest.mark.parametrize(
    ("model", "asked", "sets"),
    [
        ("ltx-hdr", {}, PLAIN_HDR),
        ("ltx-hdr", {"extend": {"to": "4s"}, "loop": True}, PLAIN_HDR),
        ("ltx-hdr", {"annotations": [TRACK]}, PLAIN_HDR | {"tracks"}),
        ("ltx-hdr", {"edit": {"plate": "a.mov", "strength": "adhere_1"}}, PLAIN_HDR | {"control"}),
        ("ltx-hdr", {"edit": {"plate": "a.mov", "strength": "flex_2"}},
         PLAIN_HDR | {"control", "depth"}),
        ("ltx-hdr", {"edit": {"plate": "a.mov", "strength": "reimagine_3"}},
         PLAIN_HDR | {"control", "people", "pose"}),
        ("ltx-2", {"camera": {"moves": ["dolly_in"]}},
         {"base", "latent_upsampler", "camera.dolly_in"}),
        ("wan-2.1", {}, {"base"}),
        ("wan-2.1", {"loop": True}, {"base", "vace"}),
        ("wan-2.1", {"references": True}, {"base", "vace"}),
        ("wan-2.2", {"edit": {"plate": "a.mov"}}, {"base", "few_steps"}),
        ("wan-2.2", {"continues": "s0"}, {"base", "few_steps", "image"}),
        ("animatediff", {}, {"base", "motion"}),
        ("animatediff", {"references": True}, {"base", "motion", "references"}),
    ],
)  # fmt: skip
def test_a_shot_needs_the_weights_of_what_it_asks_and_no_others(model, asked, sets):
    assert needed(model, **asked) == sets


def test_what_no_shot_asks_for_is_not_held_against_a_model(tmp_path):
    own = Weights(hub="some/model", revision=PIN, gb=1)
    control = Weights(hub="some/control", gb=1, asked_by=("edit",))
    assert not reach(tmp_path, "hub", base=own, control=control)
    card = card_for("previz").model_copy(update={"weights": {"base": own, "control": control}})
    shelf = Shelf(places=("hub",), kept=tmp_path / "kept")
    (refusal,) = weight_refusals(card, shelf, frozenset({"edit"}))
    assert "some/control" in refusal.problem


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

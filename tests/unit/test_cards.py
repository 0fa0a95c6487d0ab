"""Cards: what a model can do is data, and what it cannot do is refused by name."""

from farm.cards import card_for, load_cards
from farm.cards.permits import length_refusal, shot_refusals, size_refusal
from farm.shots.spec import Edit, Shot


def shot(**more: object) -> Shot:
    return Shot(shot="sh0010", prompt="a ball", duration="1s", **more)


def test_every_card_says_where_its_figures_come_from():
    for card in load_cards().values():
        assert card.sources


def test_the_fingerprint_names_every_library_that_changes_pixels():
    card = card_for("previz")
    assert all(f"{name} " in card.engine.fingerprint for name in card.pixels)


def test_previz_does_a_plain_shot():
    assert shot_refusals(shot(), references=False) == []


def test_an_unknown_model_is_refused_with_the_nearest_name():
    (refusal,) = shot_refusals(shot(model="previs"), references=False)
    assert refusal.field == "model"
    assert "previz" in refusal.hint


def test_what_a_model_cannot_do_is_refused_by_name():
    (refusal,) = shot_refusals(
        shot(model="skyreels-v2", edit=Edit(plate="a.mov")), references=False
    )
    assert refusal.field == "edit"
    assert "skyreels-v2 cannot do edit" in refusal.problem
    assert "wan-2.1" in refusal.hint


def test_reference_pictures_are_refused_where_the_model_takes_none():
    (refusal,) = shot_refusals(shot(characters=["hero"]), references=True)
    assert "reference" in refusal.problem


def test_footage_longer_than_the_model_makes_is_refused():
    card = card_for("previz")
    assert length_refusal(card, frames=card.limits.frames, field="duration") is None
    refusal = length_refusal(card, frames=card.limits.frames + 1, field="duration")
    assert refusal
    assert str(card.limits.frames) in refusal.problem


def test_masters_go_up_to_8k():
    card = card_for("previz")
    assert size_refusal(card, (7680, 4320)) is None
    assert size_refusal(card, (16384, 16384))


def test_chunks_are_smaller_the_larger_the_frame():
    card = card_for("previz")
    assert card.chunk_frames((3840, 2160)) < card.chunk_frames((1920, 1080))
    assert card.chunk_frames((8192, 8192)) == 1

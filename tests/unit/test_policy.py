"""What may be used and how far it goes: refused before it costs anything, naming who could."""

import pytest

from farm.cards import card_for, load_cards
from farm.cards.bounds import bound_refusals
from farm.cards.card import Licence
from farm.cards.policy import Policy, licence_refusals, licences_read
from farm.errors import SpecError
from farm.shots.spec import Annotation, Edit, Extend, Keyframe, Shot
from functions.hdr import READINGS
from functions.upscalers import UPSCALERS


def shot(model: str = "ray-3.2", **more: object) -> Shot:
    return Shot(**({"shot": "sh0010", "prompt": "a ball", "duration": "5s", "model": model} | more))


def licensed(**more: object) -> object:
    licence = Licence.model_validate({"name": "Studio Community", "commercial": True} | more)
    return card_for("previz").model_copy(update={"licence": licence})


@pytest.mark.parametrize(
    ("terms", "policy", "said"),
    [
        ({}, {}, ""),
        ({}, {"licences": "permissive"}, "not a permissive licence"),
        ({"name": "Apache-2.0"}, {"licences": "permissive"}, ""),
        ({"commercial": False}, {}, "no commercial use"),
        ({"revenue_cap_usd": 1e7}, {"revenue_usd": 2e7}, "free below 10,000,000"),
        ({"revenue_cap_usd": 1e7}, {"revenue_usd": 1e6}, ""),
        ({"revenue_cap_usd": 1e7}, {}, ""),
        ({"territories_excluded": ("EU", "GB")}, {"territory": "de"}, "grants nothing in DE"),
        ({"territories_excluded": ("EU", "GB")}, {"territory": "GB"}, "grants nothing in GB"),
        ({"territories_excluded": ("EU", "GB")}, {"territory": "US"}, ""),
        ({"unread": True}, {"read": ("other",)}, "nobody has read Studio Community"),
        ({"unread": True}, {"read": ("previz",)}, ""),
        ({"unread": True}, {"read": ("previz",), "licences": "permissive"}, "not a permissive"),
    ],
)
def test_a_policy_reads_a_licence(terms: dict, policy: dict, said: str):
    fault = Policy(**policy).fault(licensed(**terms))
    assert (said in fault) if said else fault == ""


def test_a_model_against_the_policy_is_refused_and_those_allowed_are_named():
    (refusal,) = licence_refusals(shot(), Policy(licences="permissive"))
    assert refusal.field == "model"
    assert "ray-3.2 may not be used" in refusal.problem
    assert "wan-2.1" in refusal.hint
    assert "ray-3.2" not in refusal.hint
    assert licence_refusals(shot("wan-2.1"), Policy(licences="permissive")) == []


@pytest.mark.parametrize("model", ["skyreels-v2", "ltx-video"])
def test_an_unread_licence_says_where_to_read_it_and_how_to_say_so(model: str):
    (refusal,) = licence_refusals(shot(model), Policy())
    assert card_for(model).licence.terms in refusal.hint
    assert f'licences_read = ["{model}"] in farm.toml' in refusal.hint
    assert licence_refusals(shot(model), Policy(read=(model,))) == []


def test_a_misspelt_model_among_the_licences_that_were_read_is_told():
    assert licences_read(["skyreels-v2"]) == ("skyreels-v2",)
    with pytest.raises(SpecError, match="no model 'skyreel-v2'") as fault:
        licences_read(["skyreel-v2"])
    assert "'skyreels-v2'" in fault.value.hint


def said(model: str, frames: int = 80, **more: object) -> dict[str, str]:
    keyed = more.pop("keyed", ())
    references = more.pop("references", 0)
    found = bound_refusals(
        card_for(model), shot(model, **more), frames=frames, keyed=keyed, references=references
    )
    return {refusal.field: f"{refusal.problem}; {refusal.hint}" for refusal in found}


def test_what_lies_within_is_not_refused():
    assert said("ray-3.2", frames=120, rate="24") == {}
    assert said("wan-2.1", rate="16") == {}


def test_another_rate_is_refused_with_who_could():
    told = said("wan-2.1", rate="24")["rate"]
    assert "16 frames a second, not 24" in told
    assert "previz" in told


def test_an_aspect_that_a_service_does_not_have_is_refused():
    told = said("ray-3.2", aspect="2.39:1")["aspect"]
    assert "21:9" in told
    assert "wan-2.1" in told


def test_a_take_longer_than_one_go_is_refused():
    assert "240 frames in one go, not 241" in said("ray-3.2", frames=241)["duration"]


def test_a_loop_of_another_length_is_refused():
    assert "closes a loop of 120 frames, not 96" in said("ray-3.2", frames=96, loop=True)["loop"]
    assert said("ray-3.2", frames=120, loop=True) == {}


def test_what_a_service_cannot_do_at_once_is_refused():
    keyframe = Keyframe(frame="first", image="a.png")
    told = said("ray-3.2", frames=120, loop=True, keyframes=[keyframe], keyed=(0,))["loop"]
    assert "loop and keyframes in the same shot" in told
    told = said("ray-3.2", frames=120, loop=True, extend=Extend(to="8s"))["loop"]
    assert "loop and extend" in told


def test_a_keyframe_in_the_middle_is_refused_where_only_ends_are_taken():
    keyframes = [Keyframe(frame="first", image="a.png"), Keyframe(frame=1030, image="b.png")]
    told = said("wan-2.2", rate="16", keyframes=keyframes, keyed=(0, 29))
    assert "keyframes[1]" in told
    assert "ray-3.2" in told["keyframes[1]"]


def test_too_many_references_are_refused():
    assert (
        "takes 4 reference pictures, not 5"
        in said("wan-2.1", rate="16", references=5)["characters"]
    )


@pytest.mark.parametrize("mark", [{"guides": "camera"}, {}])
def test_a_mark_for_the_camera_is_refused_where_marks_lead_subjects(mark):
    arrow = {"frame": 1001, "arrow": [[0.2, 0.5], [0.8, 0.5]]}
    asked = shot("ltx-hdr", rate="24", annotations=[{**arrow, **mark}])
    (refusal,) = bound_refusals(card_for("ltx-hdr"), asked, frames=24)
    assert refusal.field == "annotations[0]"
    assert "never the camera" in refusal.problem
    assert "previz" in refusal.hint
    led = shot("ltx-hdr", rate="24", annotations=[{**arrow, "guides": "subject"}])
    assert not bound_refusals(card_for("ltx-hdr"), led, frames=24)


def test_a_region_in_new_footage_is_refused_where_it_is_meant_for_plates():
    mark = Annotation(frame=1001, region=((0.0, 0.0), (0.5, 0.5)))
    told = said("wan-2.1", rate="16", annotations=[mark])["annotations[0].region"]
    assert "give a plate" in told
    assert "previz" in told
    plate = Edit(plate="a.mov")
    assert said("wan-2.1", rate="16", annotations=[mark], edit=plate) == {}


def test_a_package_that_is_not_there_is_named(monkeypatch):
    card = card_for("wan-2.1").model_copy(update={"pixels": ("diffusers", "nothing-such")})
    (refusal,) = bound_refusals(card, shot("wan-2.1", rate="16"), frames=80)
    assert "needs nothing-such" in refusal.problem


def test_every_pinned_commit_is_whole_and_every_set_has_a_size():
    for card in load_cards().values():
        for one in card.weights.values():
            assert len(one.revision) in (0, 40)
            assert one.gb > 0


def test_only_a_model_that_generates_light_says_so():
    pictures = [c for c in load_cards().values() if c.family in ("wan", "skyreels", "luma")]
    assert pictures
    for card in pictures:
        assert (card.can.hdr == "reconstructed") == (card.reading == "reconstructed")
        assert card.reading in READINGS.names()
        assert card.upscaler in UPSCALERS.names()


def test_the_engine_names_the_commits_of_its_weights():
    engine = card_for("wan-2.1").engine
    assert "base=0fad780a534b" in engine.revision
    assert "guidance 5" in engine.fingerprint

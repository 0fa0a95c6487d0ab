"""What previz reads out of prompts."""

import pytest

from functions.models.previz.language import Reading, read

QUICKSTART = (
    "A red ball rolls into a sunlit courtyard, hits a stack of wooden crates, and they topple"
)


def nouns(reading: Reading) -> list[str]:
    return [thing.noun for thing in reading.things]


def deeds(reading: Reading) -> list[tuple[str, str, str]]:
    named = nouns(reading)
    return [
        (named[deed.actors[0]], deed.verb, named[deed.target] if deed.target >= 0 else "")
        for deed in reading.deeds
    ]


def test_the_quickstart_sentence_is_read_whole() -> None:
    reading = read(QUICKSTART)
    assert nouns(reading) == ["ball", "crate"]
    assert reading.things[0].colours == ("red",)
    assert reading.things[1].finish == "wood"
    assert reading.things[1].group == "stack"
    assert deeds(reading) == [
        ("ball", "roll", ""),
        ("ball", "hit", "crate"),
        ("crate", "topple", ""),
    ]
    assert (reading.place, reading.time, reading.not_understood) == ("courtyard", "day", ())


def test_pronouns_mean_who_they_meant() -> None:
    reading = read("A chrome ring spins above dark water at dusk, neon spheres orbit it")
    assert deeds(reading) == [("ring", "spin", ""), ("sphere", "orbit", "ring")]
    assert (reading.place, reading.time) == ("water", "dusk")


def test_the_colour_of_a_place_is_not_the_colour_of_the_subject() -> None:
    reading = read("An astronaut walks across a red desert at golden hour")
    assert reading.things[0].colours == ()
    assert (reading.place, reading.place_colour, reading.time) == ("desert", "red", "golden_hour")


@pytest.mark.parametrize(
    ("prompt", "noun", "verb", "place"),
    [
        ("Ein roter Ball rollt in einen sonnigen Innenhof", "ball", "roll", "courtyard"),
        ("Una pelota roja rueda por la playa", "ball", "roll", "beach"),
        ("Un chien court dans la forêt", "dog", "run", "forest"),
        ("一个红色的球在海滩上滚动", "ball", "roll", "beach"),
        ("красный мяч катится по двору", "ball", "roll", "courtyard"),
        ("赤いボールが砂漠で転がる", "ball", "roll", "desert"),
    ],
)
def test_other_languages_have_a_base_vocabulary(
    prompt: str, noun: str, verb: str, place: str
) -> None:
    reading = read(prompt)
    assert nouns(reading)[0] == noun
    assert reading.deeds[0].verb == verb
    assert reading.place == place


def test_an_unknown_noun_gets_a_stand_in_and_is_named() -> None:
    reading = read("A purple flurbington spins in a studio")
    assert (reading.things[0].noun, reading.things[0].stand_in) == ("flurbington", True)
    assert reading.things[0].colours == ("purple",)
    assert reading.not_understood == ("flurbington",)


def test_counts_sizes_and_groups_are_read() -> None:
    reading = read("Three huge elephants and a row of 7 tiny dominoes")
    assert [(t.noun, t.count, t.size) for t in reading.things] == [
        ("elephant", 3, "huge"),
        ("domino", 7, "tiny"),
    ]


def test_what_is_denied_is_left_out() -> None:
    assert nouns(read("A boat on the sea, no people")) == ["boat"]


def test_clothes_colour_who_wears_them() -> None:
    reading = read("A woman in a red dress dances in the rain under a street lamp")
    assert reading.things[0].colours == ("red",)
    assert nouns(reading) == ["woman", "street_lamp"]
    assert reading.weather == ("rain",)


def test_a_field_of_flowers_is_a_place() -> None:
    reading = read("A butterfly flies over a field of sunflowers")
    assert (reading.place, reading.flavour, nouns(reading)) == ("field", "sunflower", ["butterfly"])


def test_the_cast_stands_for_its_descriptions() -> None:
    reading = read("hero walks", cast=[("hero", "an astronaut in a scuffed orange suit")])
    assert nouns(reading) == ["astronaut"]
    assert reading.things[0].colours == ("orange",)
    assert deeds(reading) == [("astronaut", "walk", "")]


def test_camera_words_are_moves_not_subjects() -> None:
    reading = read("slow push in on a lighthouse, low angle, wide shot")
    assert (reading.moves, reading.height, reading.framing) == (("push_in",), "low", "wide")
    assert nouns(reading) == ["lighthouse"]


@pytest.mark.parametrize(
    ("prompt", "seen"),
    [
        ("A golden ring turns above calm water, static camera", ["ring"]),
        ("A golden ring turns, camera dolly in and orbit right", ["ring"]),
        ("The camera slowly circles a red car", ["car"]),
        ("A dog runs while the camera pulls back", ["dog"]),
        ("A car drives past the camera", ["car"]),
        ("A man holds a camera", ["man", "camera"]),
        ("A robot drops the camera", ["robot", "camera"]),
        ("An old camera on a table", ["camera", "table"]),
    ],
)
def test_the_camera_that_films_is_not_in_the_picture(prompt: str, seen: list[str]) -> None:
    assert nouns(read(prompt)) == seen


def test_a_glass_of_red_wine_is_one_glass() -> None:
    assert nouns(read("A glass of red wine on a wooden table")) == ["drinking_glass", "table"]


def test_emoji_are_read_by_their_names() -> None:
    assert nouns(read("🐶 🚗 🔥")) == ["dog", "car", "fire"]

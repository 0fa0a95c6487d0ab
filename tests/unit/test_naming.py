"""Names that travel through any program and shell."""

import pytest

from farm.naming import Address, safe, take_name, version_name


def test_takes_and_versions_are_counted_from_one() -> None:
    assert (take_name(3), take_name(64), version_name(1), version_name(1000)) == (
        "t03", "t64", "v001", "v1000",
    )  # fmt: skip


def test_a_shot_with_a_variant_has_a_folder_of_its_own() -> None:
    address = Address(show="aurora", shot="sq010_sh0010", variant="tonic_9x16")
    assert str(address.folder) == "aurora/tonic_9x16/sq010_sh0010"
    name = address.frame_file("v001", 1001)
    assert name == "aurora_tonic_9x16_sq010_sh0010_v001.1001.exr"
    assert address.label == "tonic_9x16/sq010_sh0010"


def test_a_shot_without_a_variant_leaves_it_out() -> None:
    address = Address(show="aurora", shot="sh1")
    assert str(address.folder) == "aurora/sh1"
    assert address.frame_file("v002", 7) == "aurora_sh1_v002.0007.exr"
    assert address.frame_file("v002", 100000) == "aurora_sh1_v002.100000.exr"
    assert address.label == "sh1"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("aurora", "aurora"),
        ("../../etc", "etc"),
        ("a/b\\c", "a_b_c"),
        ("schöne Grüße", "sch_ne_Gr_e"),
        (".hidden", "hidden"),
        ("赤い", "_"),
        ("", "_"),
        ("2.39x1", "2.39x1"),
    ],
)
def test_names_never_leave_their_folder_or_hide(text: str, name: str) -> None:
    assert safe(text) == name

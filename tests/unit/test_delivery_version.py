"""Versions on disk."""

from pathlib import Path

from farm.delivery.version import content_digest, next_version, published_versions
from farm.naming import version_number

from .delivered import publish_small


def test_published_versions_are_read_from_their_manifests(tmp_path: Path) -> None:
    shot = publish_small(tmp_path).parent
    assert published_versions(shot) == {"v001": "c" * 64}


def test_damaged_and_foreign_folders_keep_their_numbers(tmp_path: Path) -> None:
    for name in ("v001", "v007", ".v008.part", "old", "v01"):
        (tmp_path / name).mkdir()
    (tmp_path / "v001" / "manifest.json").write_text("[1]")
    assert published_versions(tmp_path) == {"v001": "", "v007": ""}
    assert next_version(published_versions(tmp_path), "a") == "v008"


def test_a_shot_that_was_never_published_begins_with_v001(tmp_path: Path) -> None:
    assert next_version(published_versions(tmp_path / "gone"), "a") == "v001"


def test_the_order_of_a_recipe_does_not_matter() -> None:
    assert content_digest({"a": 1, "b": 2}) == content_digest({"b": 2, "a": 1.0})


def test_only_version_names_are_versions() -> None:
    names = ("v001", "v1000", "v000", "v1", "v001x", "V001", "")
    assert [version_number(name) for name in names] == [1, 1000, None, None, None, None, None]

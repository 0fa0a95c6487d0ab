"""Paths stay in the list's folder, or in the roots that the user allows."""

import pytest

from farm.shots.faults import ListFaults
from farm.shots.load import load_shot_list


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "show"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "hero.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(b"")
    (tmp_path / "plates").mkdir()
    (tmp_path / "plates" / "p.png").write_bytes(b"")
    return folder


def listed(folder, image, **how):
    path = folder / "list.yaml"
    path.write_text(
        "show: x\nshots:\n  - shot: a\n    prompt: b\n    duration: 1s\n"
        f"    keyframes: [{{frame: 1001, image: {image}}}]\n"
    )
    return load_shot_list(path, **how)


def refused(folder, image, **how):
    with pytest.raises(ListFaults) as caught:
        listed(folder, image, **how)
    fault = caught.value.faults[0]
    assert (fault.line, fault.column, fault.path) == (6, 38, "a.keyframes[0].image")
    return fault


@pytest.mark.parametrize("image", ["refs/hero.png", "./refs/../refs/hero.png"])
def test_a_file_in_the_folder_is_fine(folder, image):
    assert listed(folder, image).shots[0].keyframes[0].image == image


@pytest.mark.parametrize("image", ["../secret.png", "refs/../../secret.png", "/etc/hostname", "/"])
def test_a_path_that_leaves_the_folder_is_refused(folder, image):
    fault = refused(folder, image)
    assert fault.problem == f"'{image}' leaves the list's folder"
    assert "--root" in fault.hint


def test_a_link_that_leaves_the_folder_is_refused(folder, tmp_path):
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "out").symlink_to(tmp_path)
    problem = "is a link that leaves the list's folder"
    assert refused(folder, "link.png").problem == f"'link.png' {problem}"
    assert refused(folder, "out/secret.png").problem == f"'out/secret.png' {problem}"


def test_a_link_within_the_folder_is_fine(folder):
    (folder / "link.png").symlink_to(folder / "refs" / "hero.png")
    assert listed(folder, "link.png").shots


def test_a_root_lets_paths_and_links_lead_into_it(folder, tmp_path):
    plates = tmp_path / "plates"
    (folder / "link.png").symlink_to(plates / "p.png")
    assert listed(folder, "../plates/p.png", roots=(plates,)).shots
    assert listed(folder, f"{plates}/p.png", roots=(plates,)).shots
    assert listed(folder, "link.png", roots=(plates,)).shots
    refused(folder, "../secret.png", roots=(plates,))


def test_a_folder_whose_name_begins_like_the_lists_is_outside(folder, tmp_path):
    (tmp_path / "show2").mkdir()
    (tmp_path / "show2" / "a.png").write_bytes(b"")
    assert "leaves" in refused(folder, "../show2/a.png").problem


@pytest.mark.parametrize(
    ("image", "problem", "hint"),
    [
        ("refs/hero.pgn", "there is no file 'refs/hero.pgn'", "did you mean refs/hero.png?"),
        ("refs", "'refs' is a folder", "name a file in it"),
        (r"refs\hero.png", r"there is no file 'refs\\hero.png'", "write it as refs/hero.png"),
        ("https://example.org/a.png", "'https://example.org/a.png' is an address", "download it"),
        ("loop.png", "there is no file 'loop.png'", "check the path"),
    ],
)
def test_what_is_no_file_is_refused(folder, image, problem, hint):
    (folder / "loop.png").symlink_to("loop.png")
    fault = refused(folder, image)
    assert fault.problem == problem
    assert hint in fault.hint


def test_a_path_too_long_for_the_disk_is_refused(folder):
    assert refused(folder, "x" * 900).problem.endswith("cannot be a path")


def test_a_characters_references_are_checked_in_every_variant(folder):
    path = folder / "list.yaml"
    path.write_text(
        "show: x\n"
        "characters: {hero: {description: d, references: ['refs/{who}.png']}}\n"
        "shots: [{shot: a, prompt: '{who}', duration: 1s}]\n"
        "sweep: {matrix: {who: [hero, villain]}}\n"
    )
    with pytest.raises(ListFaults) as caught:
        load_shot_list(path)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (2, 50)
    assert fault.path == "characters.hero.references[0]"
    assert fault.problem == "there is no file 'refs/villain.png'"

"""Bytes that rot, and disks that fill: what is not whole is found and made again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Set, compiled, one_shot, place  # noqa: F401  # the fixtures


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Set:
    """Deliver one shot, of which every test damages a copy."""
    whole = Set(folder=tmp_path_factory.mktemp("delivered"))
    whole.write(one_shot())
    ran = whole.render("--workers", "1")
    assert ran.code == 0, ran.err
    return whole


def largest(place: Set) -> Path:  # noqa: F811
    """Find the largest object in the store: a master frame, a clip or a movie."""
    objects = [path for path in (place.folder / ".farm" / "cas").rglob("*") if path.is_file()]
    return max(objects, key=lambda path: path.stat().st_size)


def damage(path: Path, how: str) -> None:
    path.chmod(0o644)
    if how == "truncated":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "gone":
        path.unlink()
    else:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(b"\xff\x00\xff\x00")


@pytest.mark.parametrize("how", ["truncated", "altered", "gone"])
def test_a_damaged_artifact_is_made_again(how, place, delivered):  # noqa: F811
    shutil.copytree(delivered.folder, place.folder, dirs_exist_ok=True)
    whole = place.pixels()
    damage(largest(place), how)
    for path in sorted((place.folder / "renders").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    ran = place.render("--workers", "1")
    assert ran.code == 0, ran.err
    assert ran.json["tasks_made"] >= 1
    assert place.pixels() == whole


def test_a_full_disk_ends_with_a_clear_error_and_an_intact_store(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs more rights than this user has")
    try:
        place = Set(folder=small)
        place.write(one_shot().replace("192x108", "960x540"))
        ran = place.render("--out", str(tmp_path / "out"))
        assert ran.code not in (0, 130)
        assert "Traceback" not in ran.err
        assert "room left" in ran.err
        assert "free some space" in ran.err
        whole = [p for p in (small / ".farm" / "cas").rglob("*") if p.is_file()]
        assert whole
        subprocess.run(["mount", "-o", "remount,size=900m", str(small)], check=True)
        again = place.render("--out", str(tmp_path / "out"))
        assert again.code == 0, again.err
        assert set(place.made().values()) == {1}
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)

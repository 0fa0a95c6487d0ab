"""Verification finds every fault that can be planted in a delivery, and says which it is."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from farm.delivery.manifest import read_manifest, write_manifest
from farm.delivery.verify import deliveries_under, verify
from farm.digest import digest_file, digest_value
from farm.frames import FrameRange
from farm.media.exr import write_exr
from farm.media.header import delivery_header

from .delivered import SLATE, publish_small
from .media_pictures import noise

STEM = "aurora_tonic_9x16_sq010_sh0010_v001"


def exr(folder: Path, number: int) -> Path:
    return folder / f"exr/{STEM}.{number}.exr"


def problems(folder: Path, *, pixels: bool = False) -> list[str]:
    return [str(fault) for fault in verify(folder, pixels=pixels).faults]


def swap(folder: Path) -> None:
    one, other = exr(folder, 1001), exr(folder, 1002)
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def same_size(folder: Path, number: int) -> None:
    """Flip one bit in the middle of a file."""
    path = exr(folder, number)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def link(folder: Path) -> None:
    path = exr(folder, 1003)
    path.rename(folder.parent / "elsewhere.exr")
    path.symlink_to(folder.parent / "elsewhere.exr")


def cut(path: Path, by: int) -> None:
    os.truncate(path, path.stat().st_size - by)


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda f: exr(f, 1002).unlink(), r"1002\.exr: missing"),
    "extra": (lambda f: (f / "exr/notes.txt").write_text("x"), "notes.txt: not in the manifest"),
    "cut off": (lambda f: cut(exr(f, 1002), 7), "1002.exr: cut off"),
    "empty": (lambda f: os.truncate(exr(f, 1002), 0), "1002.exr: cut off: 0 bytes"),
    "grown": (lambda f: exr(f, 1004).open("ab").write(b"x"), "1004.exr: grown"),
    "altered": (lambda f: same_size(f, 1003), "1003.exr: altered"),
    "movie": (lambda f: (f / f"{STEM}_review.mp4").write_bytes(b"A movie"), "mp4: altered"),
    "renamed": (lambda f: exr(f, 1001).rename(exr(f, 1000)), "1000.exr: not in the manifest"),
    "linked": (link, "1003.exr: a symbolic link"),
    "manifest gone": (lambda f: (f / "manifest.json").unlink(), "has no manifest.json"),
    "manifest cut": (lambda f: cut(f / "manifest.json", 9), "manifest.json.*cannot be read"),
    "a folder": (lambda f: (exr(f, 1001).unlink(), exr(f, 1001).mkdir()), "1001.exr: missing"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return publish_small(tmp_path)


def test_a_whole_delivery_has_no_fault(folder: Path) -> None:
    verified = verify(folder, pixels=True)
    assert verified.faults == ()
    assert (verified.files, verified.frames) == (6, 4)
    assert verified.size == sum(
        p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"
    )


@pytest.mark.parametrize("name", PLANTED)
def test_every_planted_fault_is_found_and_named(folder: Path, name: str) -> None:
    plant, said = PLANTED[name]
    plant(folder)
    found = problems(folder)
    assert any(re.search(said, problem) for problem in found), found
    assert len(found) <= 2, "nothing else is blamed"


def test_frames_swapped_with_their_names_are_found(tmp_path: Path) -> None:
    folder = publish_small(tmp_path, strict=True)  # uncompressed: both are of one size
    swap(folder)
    found = problems(folder)
    assert sum("renamed or swapped" in problem for problem in found) == 2
    assert sum("imageCounter" in problem for problem in found) == 2


def reseal(folder: Path, **changed: object) -> None:
    """Write the manifest anew, as a forger with the right tools would."""
    manifest = read_manifest(folder)
    (folder / "manifest.json").unlink()
    write_manifest(folder, replace(manifest, **changed))  # type: ignore[arg-type]


def test_an_edited_manifest_breaks_its_seal(folder: Path) -> None:
    path = folder / "manifest.json"
    raw = json.loads(path.read_text())
    raw["lineage"]["seed"] = "8"
    path.write_text(json.dumps(raw))
    assert "altered after it was sealed" in problems(folder)[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"manifest": 1}', '{"manifest": 2}'])
def test_what_is_no_manifest_is_a_fault_and_no_crash(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert len(problems(folder)) == 1


def test_a_sealed_manifest_with_wrong_fields_is_a_fault(folder: Path) -> None:
    body = {"manifest": 1, "show": "x", "frames": "1-2", "surprise": True}
    text = json.dumps({**body, "seal": digest_value(body)})
    (folder / "manifest.json").write_text(text)
    assert "not a whole manifest" in problems(folder)[0]


def test_a_gap_in_the_frame_range_is_found(folder: Path) -> None:
    files = read_manifest(folder).files
    exr(folder, 1002).unlink()
    reseal(folder, files=tuple(file for file in files if file.frame != 1002))
    assert problems(folder) == ["a gap: frame 1002 of 1001-1004 is not in the manifest"]


def test_frames_outside_the_range_and_doubles_are_found(folder: Path) -> None:
    files = read_manifest(folder).files
    reseal(folder, files=(*files, files[0]), frames=FrameRange(1001, 1003))
    found = problems(folder)
    assert "frame 1004 lies outside 1001-1003" in found
    assert "frame 1001 is in the manifest 2 times" in found


def test_a_manifest_may_not_point_outside(folder: Path) -> None:
    files = read_manifest(folder).files
    reseal(folder, files=(replace(files[0], path="../../secret"), *files[1:]))
    assert any("points outside" in problem for problem in problems(folder))


def replant(folder: Path, number: int, write: Callable[[Path], object]) -> None:
    """Replace a frame and put its new digest into the manifest: only its content can tell."""
    path = exr(folder, number)
    path.unlink()
    write(path)
    files = tuple(
        replace(file, size=path.stat().st_size, sha256=digest_file(path))
        if file.frame == number
        else file
        for file in read_manifest(folder).files
    )
    reseal(folder, files=files)


def header(number: int = 1002, **changed: object) -> dict:
    return delivery_header(SLATE, frame=number) | changed


REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)
WRITTEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "number": (
        lambda p: write_exr(p, noise(), compression="zip", header=header(1003)),
        "imageCounter 1003, where 1002",
    ),
    "colours": (
        lambda p: write_exr(p, noise(), compression="zip", header=header(chromaticities=REC709)),
        "not ACES2065-1",
    ),
    "no colours": (lambda p: write_exr(p, noise(), compression="zip"), "chromaticities are None"),
    "size": (
        lambda p: write_exr(p, noise(20, 48), compression="zip", header=header()),
        "height 20, where 27",
    ),
    "rate": (
        lambda p: write_exr(
            p, noise(), compression="zip", header=header(framesPerSecond=SLATE.rate.value + 1)
        ),
        "framesPerSecond 25, where 24",
    ),
    "compression": (
        lambda p: write_exr(p, noise(), compression="piz", header=header()),
        "compression piz, where zip",
    ),
    "no EXR": (lambda p: p.write_bytes(b"x" * 1000), "not a whole EXR"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_frame_that_is_not_what_it_should_be_is_found(folder: Path, name: str) -> None:
    write, said = WRITTEN[name]
    replant(folder, 1002, write)
    assert any(said in problem for problem in problems(folder)), problems(folder)


def test_nan_pixels_are_found_when_pixels_are_looked_at(folder: Path) -> None:
    def write(path: Path) -> None:
        write_exr(path, noise(), compression="zip", header=header())
        with OpenEXR.File(str(path)) as opened:
            said = {k: v for k, v in opened.header().items() if k not in ("channels", "dataWindow")}
        pixels = noise().astype(np.float16)
        pixels[3, 3] = np.nan
        OpenEXR.File(said, {"RGB": pixels}).write(str(path))

    replant(folder, 1002, write)
    assert problems(folder) == []
    (found,) = problems(folder, pixels=True)
    assert "3 values are not finite" in found


def test_strict_containers_are_held_to_the_standard(tmp_path: Path) -> None:
    folder = publish_small(tmp_path, strict=True)
    assert problems(folder, pixels=True) == []
    replant(folder, 1002, lambda p: write_exr(p, noise(), compression="none", header=header()))
    assert any("not a strict ACES container" in problem for problem in problems(folder))


def test_all_deliveries_under_a_folder_are_found(tmp_path: Path) -> None:
    folder = publish_small(tmp_path)
    assert deliveries_under(tmp_path / "out") == [folder]
    assert deliveries_under(folder) == [folder]
    assert deliveries_under(tmp_path / "nowhere") == []

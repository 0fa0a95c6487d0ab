"""What is delivered beside the EXRs: asked for in a list, made by one command, read by others."""

import json
import subprocess
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from farm.media.colorspace import to_screen
from farm.media.exr import read_exr
from tests.end_to_end.conftest import Set

pytestmark = pytest.mark.slow

LIST = """
show: night
defaults: {takes: 1, rate: 12, judge: {rounds: 1}}
delivery:
  resolution: 256x144
  handles: 2
  rate: 24
  exr: {compression: zip}
  movies: [review, hdr10, prores4444]
  sequences: [tiff]
  stills: [avif]
cut:
  transitions: [{into: sh0020, kind: dissolve, duration: 0.25s}]
shots:
  - shot: sh0010
    prompt: "A red ball bounces in a studio"
    frames: 1001-1006
    reframe: {aspect: "9:16", follow: ball}
  - {shot: sh0020, prompt: "A green cube spins in a studio", frames: 1001-1006}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Set:
    pytest.importorskip("opentimelineio", reason="pip install 'farm[editorial]' brings it")
    made = Set(folder=tmp_path_factory.mktemp("delivered"))
    made.write(LIST)
    ran = made.render()
    assert ran.code == 0, ran.err
    return made


def version(place: Set, shot: str) -> Path:
    return place.folder / "renders" / "night" / shot / "v001"


def ffmpeg() -> str:
    found = pytest.importorskip("imageio_ffmpeg", reason="another program than ours must decode")
    return str(found.get_ffmpeg_exe())


def decoded(path: Path, shape: tuple[int, ...], matrix: str) -> np.ndarray:
    see = f"scale=in_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int"
    done = subprocess.run(
        [ffmpeg(), "-v", "error", "-i", str(path), "-vf", see, "-f", "rawvideo", "-pix_fmt",
         "rgb48le", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(done.stdout, "<u2").reshape(-1, *shape)


def test_every_movie_shows_the_delivered_light(place: Set) -> None:
    folder = version(place, "sh0010")
    frames = sorted((folder / "exr").glob("*.exr"))
    assert len(frames) == 20, "10 frames with handles, at twice the rate"
    light = [read_exr(path)[0] for path in frames]
    for kind, screen, matrix, most in (
        ("hdr10.mp4", "pq", "bt2020", 5.0),
        ("prores4444.mov", "rec709", "bt709", 1.0),
    ):
        (path,) = folder.glob(f"*_{kind}")
        seen = decoded(path, light[0].shape, matrix)
        truth = np.stack([to_screen(frame, screen) for frame in light])
        assert np.abs(seen.astype(int) - truth).mean() / 64 < most


def test_the_light_of_the_movie_is_in_the_manifest_and_in_the_movie(place: Set) -> None:
    folder = version(place, "sh0010")
    lineage = json.loads((folder / "manifest.json").read_text())["lineage"]
    told = lineage["movies"]["hdr10"]
    (path,) = folder.glob("*_hdr10.mp4")
    command = [ffmpeg(), "-hide_banner", "-i", str(path), "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert f"MaxCLL={told['max_cll']}, MaxFALL={told['max_fall']}" in said
    assert lineage["retime"][:2] == ["12", "24"]
    assert lineage["pieces"][0]["judged"] in ("good", "poor")


def test_the_header_knows_the_camera_of_the_frames_that_were_rendered(place: Set) -> None:
    first = min((version(place, "sh0010") / "exr").glob("*.exr"))
    with OpenEXR.File(str(first)) as file:
        header = dict(file.header())
    assert np.asarray(header["worldToCamera"]).shape == (4, 4)
    assert header["farm_hdr"] == "native"


def test_a_reframed_shot_is_a_variant_of_its_own(place: Set) -> None:
    frames = sorted((version(place, "9x16/sh0010") / "exr").glob("*.exr"))
    assert len(frames) == 20
    assert read_exr(frames[0])[0].shape == (256, 144, 3)


def test_the_cut_is_delivered_with_its_timelines(place: Set) -> None:
    folder = version(place, "cut")
    assert {path.suffix for path in folder.iterdir()} == {
        ".mp4",
        ".otio",
        ".fcpxml",
        ".edl",
        ".json",
    }
    import opentimelineio as otio  # noqa: PLC0415  # an extra

    (path,) = folder.glob("*.otio")
    for clip in otio.adapters.read_from_file(str(path)).find_clips():
        media = clip.media_references()
        assert (folder / media["proxy"].target_url).resolve().is_file()
        first = media["exr"].target_url_for_image_number(0)
        assert (folder / first).resolve().is_file()


def test_all_of_it_is_whole_and_is_mended_when_it_is_not(place: Set) -> None:
    assert place.farm("verify", "renders", "--pixels").code == 0
    (victim,) = version(place, "sh0020").glob("exr/*.1003.exr")
    data = victim.read_bytes()
    victim.unlink()
    assert place.farm("verify", "renders").code == 1
    ran = place.farm("render", place.path.name, "--executor", "local", "--yes")
    assert "mended" in ran.err
    assert "1 damaged file" in ran.err
    assert victim.read_bytes() == data
    assert place.farm("verify", "renders").code == 0

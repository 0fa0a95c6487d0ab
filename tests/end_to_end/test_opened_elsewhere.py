"""A delivery opened by programs that know nothing of ours: ffmpeg, ffprobe, OpenImageIO, OpenEXR's.

`infra/test_tools.sh`, which `make test` runs, installs them where it can.
"""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from farm.media.codecs import CODECS
from farm.media.colorspace import to_display, to_screen
from farm.media.exr import read_exr, read_layers
from tests.end_to_end.conftest import Set

SIZE, COUNT = (256, 144), 3
LIST = """
show: night
defaults: {takes: 1, rate: 24000/1001, judge: {rounds: 1}}
delivery:
  resolution: 256x144
  movies: [review, h264, hdr10, hlg, hevc12, prores4444, prores4444xq_pq, dnxhr]
  sequences: [tiff, dpx]
  stills: [avif, webp, gif]
  exr: {compression: zip, layers: [beauty, depth, motion, cryptomatte, normal]}
shots:
  - {shot: sh0010, prompt: "A red ball bounces in a studio", frames: 1001-1003}
"""
STRICT = (
    LIST.partition("  movies")[0]
    + """  movies: []
  exr: {compression: none, container: st2065-4}
shots:
  - {shot: sh0010, prompt: "A red ball bounces in a studio", frames: 1001-1003}
"""
)
PACKAGES = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg"}
TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67", "rec709": "bt709"}
CODED = {
    "review": ("h264", "yuv420p"),
    "h264": ("h264", "yuv420p"),
    "hdr10": ("hevc", "yuv420p10le"),
    "hlg": ("hevc", "yuv420p10le"),
    "hevc12": ("hevc", "yuv444p12le"),
    "prores4444": ("prores", "yuv444p12le"),
    "prores4444xq_pq": ("prores", "yuv444p12le"),
    "dnxhr": ("dnxhd", "yuv444p10le"),
}
NAMED = (
    "24000 / 1001",
    "'lin_ap0_scene'",
    "'Z': float",
    "worldToCamera: m44f",
    "cryptomatte/",
    "'forward.u': float",
    "farm_hdr: string 'native'",
)
"""What OpenEXR's own program must say of a frame."""

MOST_OFF = {"h264": 1.5, "hdr10": 3.0, "hlg": 3.0, "hevc12": 4.0}
"""The mean error that is allowed, in codes of each movie's own depth; 1 for all others."""


def program_of(name: str) -> str:
    """Where a program of this machine is; the test is skipped where there is none."""
    program = shutil.which(name)
    if program is None:
        package = PACKAGES.get(name, "openexr")
        pytest.skip(f"{name} is not installed: run infra/test_tools.sh, or install {package}")
    return program


def told(name: str, *words: str | Path) -> bytes:
    """What a program answers when all is well."""
    command = [program_of(name), *map(str, words)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def told_of(frame: Path) -> str:
    """What `exrinfo` says of a frame that it finds nothing wrong with.

    Its exit status is not asked: 3.1.5 ends with a random one, for any file, one time in five.
    """
    command = [program_of("exrinfo"), "-a", "-s", str(frame)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode >= 0, "a signal ended it"
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Set:
    made = Set(folder=tmp_path_factory.mktemp("elsewhere"))
    for text, out in ((LIST, "renders"), (STRICT, "strict")):
        made.write(text)
        ran = made.render("--out", out)
        assert ran.code == 0, ran.err
    return made


@pytest.fixture(scope="module")
def folder(place: Set) -> Path:
    return place.folder / "renders/night/sh0010/v001"


def frames(folder: Path) -> list[Path]:
    found = sorted((folder / "exr").glob("*.exr"))
    assert len(found) == COUNT
    return found


def movie(folder: Path, kind: str) -> Path:
    (path,) = folder.glob(f"*_{kind}.m*")
    return path


def stream(path: Path) -> dict:
    said = told(
        "ffprobe", "-v", "error", "-select_streams", "v", "-show_streams", "-of", "json", path
    )
    return json.loads(said)["streams"][0]


def decoded(path: Path, *, matrix: str = "", pixels: str = "rgb48le") -> bytes:
    see = f"scale=in_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int"
    filters = ["-vf", see] if matrix else []
    return told(
        "ffmpeg", "-v", "error", "-i", path, *filters, "-f", "rawvideo", "-pix_fmt", pixels, "-"
    )


def codes_of(raw: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(raw, "<u2").reshape(-1, SIZE[1], SIZE[0], 3)


@pytest.mark.parametrize("kind", CODED)
def test_ffprobe_finds_each_movie_as_it_was_asked_for(folder: Path, kind: str) -> None:
    found = stream(movie(folder, kind))
    screen = CODECS[kind].screen if kind in CODECS else "rec709"
    assert (found["codec_name"], found["pix_fmt"]) == CODED[kind]
    assert (found["width"], found["height"]) == SIZE
    assert found["color_transfer"] == TRANSFERS[screen]
    assert found["color_primaries"] == ("bt709" if screen == "rec709" else "bt2020")
    assert found["r_frame_rate"] == "24000/1001"
    assert int(found["nb_frames"]) == COUNT
    if kind != "review":
        assert found["tags"]["timecode"] == "00:00:41:17"


@pytest.mark.parametrize("kind", ["hdr10", "hevc12", "prores4444xq_pq"])
def test_ffprobe_finds_the_mastering_screen_and_the_measured_light(folder: Path, kind: str) -> None:
    sides = {side["side_data_type"]: side for side in stream(movie(folder, kind))["side_data_list"]}
    light = json.loads((folder / "manifest.json").read_text())["lineage"]["movies"][kind]
    level = sides["Content light level metadata"]
    assert (level["max_content"], level["max_average"]) == (light["max_cll"], light["max_fall"])
    assert light["max_cll"] > 100, "a studio's lamps are brighter than paper"
    assert sides["Mastering display metadata"]["max_luminance"] == "10000000/10000"


@pytest.mark.parametrize("kind", [kind for kind in CODED if kind != "review"])
def test_ffmpeg_decodes_each_movie_to_the_light_of_the_exrs(folder: Path, kind: str) -> None:
    codec = CODECS[kind]
    matrix = "bt709" if codec.screen == "rec709" else "bt2020"
    seen = codes_of(decoded(movie(folder, kind), matrix=matrix))
    truth = np.stack([to_screen(read_exr(path)[0], codec.screen) for path in frames(folder)])
    off = np.abs(seen.astype(int) - truth).mean() / 65535 * (2**codec.bits - 1)
    assert len(seen) == COUNT
    assert off < MOST_OFF.get(kind, 1.0)


def test_ffmpeg_reads_the_exrs_bit_by_bit(folder: Path) -> None:
    for path in frames(folder):
        planes = np.frombuffer(decoded(path, pixels="gbrpf32le"), "<f4")
        green, blue, red = planes.reshape(3, SIZE[1], SIZE[0])
        assert np.array_equal(np.stack([red, green, blue], -1), read_exr(path)[0])


@pytest.mark.parametrize("kind", ["tiff", "dpx"])
def test_ffmpeg_and_openimageio_read_the_pictures_alike(folder: Path, kind: str) -> None:
    oiio = pytest.importorskip("OpenImageIO", reason="pip install 'farm[test]' brings it")
    pictures = sorted((folder / kind).iterdir())
    for path, light in zip(pictures, frames(folder), strict=True):
        truth = to_screen(read_exr(light)[0], "rec709")
        assert np.array_equal(oiio.ImageBuf(str(path)).get_pixels(oiio.UINT16), truth)
        assert np.array_equal(codes_of(decoded(path))[0], truth)


def test_ffmpeg_shows_every_still(folder: Path) -> None:
    first = to_display(read_exr(frames(folder)[COUNT // 2])[0]).astype(int)
    for kind, most in (("webp", 4.0), ("gif", 12.0)):
        raw = np.frombuffer(
            decoded(folder / f"night_sh0010_v001_still.{kind}", pixels="rgb24"), "u1"
        )
        shown = raw.reshape(-1, SIZE[1], SIZE[0], 3)
        assert min(np.abs(one.astype(int) - first).mean() for one in shown) < most
    avif = stream(folder / "night_sh0010_v001_still.avif")
    assert (avif["codec_name"], avif["pix_fmt"]) == ("av1", "yuv420p10le")
    assert avif["color_transfer"] == "smpte2084"


def test_openimageio_reads_every_layer_and_the_header(folder: Path) -> None:
    oiio = pytest.importorskip("OpenImageIO", reason="pip install 'farm[test]' brings it")
    for number, path in enumerate(frames(folder), 1001):
        picture = oiio.ImageBuf(str(path))
        pixels, spec = picture.get_pixels(oiio.FLOAT), picture.spec()
        layers, header = read_layers(path)
        for name, values in layers.items():
            assert np.array_equal(pixels[..., spec.channelindex(name)], values), name
        rgb = pixels[..., [spec.channelindex(name) for name in "RGB"]]
        assert np.array_equal(rgb, read_exr(path)[0])
        assert spec.getattribute("FramesPerSecond") == (24000, 1001)
        assert spec.getattribute("oiio:ColorSpace") == "lin_ap0_scene"
        assert spec.getattribute("farm_frame") == number
        matrix = spec.getattribute("worldtocamera")
        assert np.allclose(matrix, header["worldToCamera"])


def test_openexrs_own_programs_find_every_frame_in_order(folder: Path, tmp_path: Path) -> None:
    for path in frames(folder):
        said = told_of(path)
        for words in NAMED:
            assert words in said
        assert "time 00:00:41:" in told("exrheader", path).decode()
        told("exrmaketiled", path, tmp_path / "tiled.exr")
        assert (tmp_path / "tiled.exr").stat().st_size > 0, "every pixel was decoded"


def test_the_strict_container_is_one_to_openexrs_converter_too(place: Set, tmp_path: Path) -> None:
    plain = frames(place.folder / "renders/night/sh0010/v001")
    for path, same in zip(frames(place.folder / "strict/night/sh0010/v001"), plain, strict=True):
        said = told_of(path)
        assert "acesImageContainerFlag: int 1" in said
        assert "compression 'none'" in said
        assert "farm_" not in said
        told("exr2aces", path, tmp_path / "aces.exr")
        assert np.array_equal(read_exr(tmp_path / "aces.exr")[0], read_exr(path)[0])
        assert np.array_equal(read_exr(same)[0], read_exr(path)[0])

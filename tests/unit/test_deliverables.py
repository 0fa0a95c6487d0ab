"""Movies, sequences and stills: decoded again by another program, and compared with the light."""

import re
import struct
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import AVIF, CODECS, SEQUENCES, STILLS, Codec
from farm.media.colorspace import nits_of_pq, to_display, to_screen
from farm.media.hdr import Levels, LightMeter, add_light_boxes, sei_messages, with_sei
from farm.media.movie import encode_movie, encode_review, movie_facts, read_movie
from farm.media.sound import Sound, read_wav, write_wav
from farm.media.still import write_dpx, write_gif, write_tiff, write_webp
from farm.shots.spec import Delivery

HEIGHT, WIDTH, COUNT = 136, 256, 5
RATE = Rate.parse("24000/1001")
LOUD = Sound(
    (0.5 * np.sin(np.arange(10010)[:, None] * [0.05, 0.11])).astype(np.float32), 48000
)  # as long as five frames

MOST_OFF = {
    "h264": 2.0, "hdr10": 4.0, "hlg": 4.0, "hevc12": 10.0, "prores4444": 1.0,
    "prores4444_pq": 1.0, "prores4444xq": 1.0, "prores4444xq_pq": 1.0, "dnxhr": 1.2,
    "dnxhr_pq": 1.2,
}  # fmt: skip
"""The mean error that is allowed, in codes of each movie's own depth, on a hard little picture."""


def light(number: int = 0) -> NDArray[np.float16]:
    """A frame with smooth light, a hard edge, colour, and a sun of 12."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    level = 0.4 + 0.35 * np.sin(x / 17 + number / 3) * np.cos(y / 11)
    level += np.where((x - 50 - 3 * number) ** 2 + (y - 40) ** 2 < 15**2, 12, 0)
    return np.stack([level, level * 0.8, level * 0.5 + 0.1 * x / WIDTH], -1).astype(np.float16)


def ffmpeg() -> str:
    found = pytest.importorskip("imageio_ffmpeg", reason="another program than ours must decode")
    return str(found.get_ffmpeg_exe())


def decoded(path: Path, *, matrix: str = "") -> NDArray[np.uint16]:
    """Decode a movie or picture with the ffmpeg program, to 16-bit codes."""
    see = ["-vf", f"scale=in_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int"]
    done = subprocess.run(
        [ffmpeg(), "-v", "error", "-i", str(path), *(see if matrix else []), "-f", "rawvideo",
         "-pix_fmt", "rgb48le", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(done.stdout, "<u2").reshape(-1, HEIGHT, WIDTH, 3)


def told(path: Path) -> str:
    """What the ffmpeg program says of a file."""
    command = [ffmpeg(), "-hide_banner", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def codes(codec: Codec) -> list[NDArray[np.uint16]]:
    return [to_screen(light(number), codec.screen) for number in range(COUNT)]


def written(path: Path, codec: Codec, *, sound: Sound | None = None) -> object:
    *_, done = encode_movie(path, iter(codes(codec)), codec, rate=RATE, sound=sound)
    return done


@pytest.mark.parametrize("kind", CODECS)
def test_every_movie_shows_the_exrs_light_through_the_same_transform(
    kind: str, tmp_path: Path
) -> None:
    codec, path = CODECS[kind], tmp_path / f"a.{CODECS[kind].container}"
    written(path, codec)
    matrix = "bt2020" if codec.screen in ("pq", "hlg") else "bt709"
    seen = decoded(path, matrix=matrix)
    off = np.abs(seen.astype(int) - np.stack(codes(codec)))
    assert len(seen) == COUNT
    assert off.mean() / 65535 * (2**codec.bits - 1) < MOST_OFF[kind]
    ours = np.stack(list(read_movie(path)))
    assert np.abs(ours.astype(int) - np.stack(codes(codec))).mean() < off.mean() + 200


@pytest.mark.parametrize("kind", CODECS)
def test_every_movie_says_its_colours_its_rate_and_its_light(kind: str, tmp_path: Path) -> None:
    codec, path = CODECS[kind], tmp_path / f"a.{CODECS[kind].container}"
    done = written(path, codec, sound=LOUD)
    said = told(path)
    assert "23.98 fps" in said
    assert {"pq": "smpte2084", "hlg": "arib-std-b67", "rec709": "bt709"}[codec.screen] in said
    assert ("AAC" in said.upper()) if codec.container == "mp4" else ("pcm_s24le" in said)
    assert movie_facts(path).rate == RATE.value
    if codec.screen == "pq":
        assert f"MaxCLL={done.levels.brightest}, MaxFALL={done.levels.average}" in said
        assert "max_luminance=1000.0" in said
        assert "r(0.6800,0.3200)" in said
    else:
        assert "MaxCLL" not in said


@pytest.mark.parametrize("kind", ["hdr10", "prores4444xq_pq", "dnxhr"])
def test_the_same_pictures_give_the_same_movie(kind: str, tmp_path: Path) -> None:
    one, other = tmp_path / "a.mov", tmp_path / "b.mov"
    written(one, CODECS[kind], sound=LOUD)
    written(other, CODECS[kind], sound=LOUD)
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("kind", ["prores4444", "dnxhr_pq", "hdr10"])
def test_a_movie_has_the_timecode_of_its_frames(kind: str, tmp_path: Path) -> None:
    codec, path = CODECS[kind], tmp_path / f"a.{CODECS[kind].container}"
    frames = iter(codes(codec))
    list(encode_movie(path, frames, codec, rate=RATE, sound=LOUD, first=1001))
    assert re.search(r"timecode\s*: 00:00:41:17", told(path))


def test_the_levels_of_light_are_measured_not_assumed() -> None:
    meter = LightMeter()
    dark = np.zeros((10, 10, 3), np.uint16)
    pq_100_nits = round(0.508078 * 65535)
    dark[0, 0] = [0, pq_100_nits, 0]
    meter.see(dark)
    assert meter.levels == Levels(brightest=100, average=1)
    meter.see(np.full((10, 10, 3), pq_100_nits, np.uint16))
    assert meter.levels == Levels(brightest=100, average=100)


def test_pq_is_read_as_the_standard_has_it() -> None:
    nits = nits_of_pq(np.array([0.0, 0.508078, 0.7518271, 1.0]))
    assert nits == pytest.approx([0, 100, 1000, 10000], rel=1e-4)


def test_an_sei_message_stands_before_the_first_slice_and_hides_no_start_code() -> None:
    message = sei_messages(Levels(brightest=3, average=1))
    assert message.startswith(b"\0\0\0\1")
    assert b"\0\0\1" not in message[4:]
    assert b"\0\0\0" not in message[4:]
    parameters, slice_ = b"\0\0\0\1\x42\1abc", b"\0\0\1\x26\1def"
    assert with_sei(parameters + slice_, message) == parameters + message + slice_
    with pytest.raises(TaskError, match="no picture"):
        with_sei(parameters, message)


def test_boxes_of_light_are_refused_where_they_would_move_the_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    pictures = iter([to_display(light())])
    list(encode_review(path, pictures, rate=RATE))  # its index comes first
    with pytest.raises(TaskError, match="index"):
        add_light_boxes(path, Levels(brightest=1, average=1))
    path.write_bytes(struct.pack(">I4s", 8, b"mdat") + struct.pack(">I4s", 8, b"moov"))
    with pytest.raises(TaskError, match="no picture"):
        add_light_boxes(path, Levels(brightest=1, average=1))


def test_a_movie_without_frames_or_with_uneven_ones_is_refused(tmp_path: Path) -> None:
    codec = CODECS["prores4444"]
    with pytest.raises(TaskError, match="at least one frame"):
        list(encode_movie(tmp_path / "a.mov", iter([]), codec, rate=RATE))
    frames: Iterator[NDArray[np.uint16]] = iter([codes(codec)[0], codes(codec)[0][:-2]])
    with pytest.raises(TaskError, match="another size"):
        list(encode_movie(tmp_path / "a.mov", frames, codec, rate=RATE))


def test_what_is_no_movie_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    path.write_bytes(b"nothing at all")
    with pytest.raises(TaskError, match=r"a\.mov cannot be read"):
        movie_facts(path)


def test_sound_is_carried_whole(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", LOUD)
    back = read_wav(tmp_path / "a.wav")
    assert np.abs(back.samples - LOUD.samples).max() < 2**-23
    path = tmp_path / "a.mov"
    written(path, CODECS["dnxhr"], sound=back)
    done = subprocess.run(
        [ffmpeg(), "-v", "error", "-i", str(path), "-f", "f32le", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    heard = np.frombuffer(done.stdout, np.float32).reshape(-1, 2)
    assert np.abs(heard - LOUD.samples).max() < 1e-6


def test_a_piece_of_sound_is_silent_beyond_its_end() -> None:
    piece = LOUD.cut(0.2, 0.1)
    assert len(piece.samples) == 4800
    assert np.array_equal(piece.samples[:410], LOUD.samples[9600:])
    assert not piece.samples[410:].any()
    assert LOUD.cut(-0.1, 0.05).samples.any() == np.False_


def test_a_tiff_and_a_dpx_hold_the_very_codes(tmp_path: Path) -> None:
    oiio = pytest.importorskip("OpenImageIO", reason="another reader than ours")
    shown = to_screen(light(), "rec709")
    write_tiff(tmp_path / "a.tif", shown)
    write_dpx(
        tmp_path / "a.dpx", shown, rate=Fraction(24000, 1001), frame=1001, timecode="00:00:41:17"
    )
    for name in ("a.tif", "a.dpx"):
        picture = oiio.ImageBuf(str(tmp_path / name))
        assert np.array_equal(picture.get_pixels(oiio.UINT16), shown)
    spec = oiio.ImageBuf(str(tmp_path / "a.dpx")).spec()
    assert spec.getattribute("dpx:Transfer") == "ITU-R 709-4"
    assert spec.getattribute("dpx:TimeCode") == "00:00:41:17"
    assert spec.getattribute("dpx:FramePosition") == 1001
    assert spec.getattribute("dpx:FrameRate") == pytest.approx(24000 / 1001)
    assert np.array_equal(decoded(tmp_path / "a.dpx")[0], shown)


def test_stills_for_the_web_are_read_by_others(tmp_path: Path) -> None:
    picture = to_display(light())
    write_webp(tmp_path / "a.webp", picture)
    write_gif(tmp_path / "a.gif", [to_display(light(n)) for n in range(COUNT)], rate=Fraction(24))
    for name, most in (("a.webp", 3.0), ("a.gif", 4.0)):
        seen = decoded(tmp_path / name)
        assert len(seen) == (COUNT if name == "a.gif" else 1)
        assert np.abs(seen[0] / 257 - picture).mean() < most


def test_an_avif_is_hdr(tmp_path: Path) -> None:
    path, shown = tmp_path / "a.avif", to_screen(light(), "pq")
    for _ in encode_movie(path, iter([shown]), AVIF, rate=Rate.parse(1)):
        pass
    said = told(path)
    assert "smpte2084" in said
    assert "yuv420p10le" in said
    assert np.abs(decoded(path, matrix="bt2020")[0].astype(int) - shown).mean() / 64 < 4


def test_a_list_can_ask_for_all_that_can_be_made_and_nothing_else() -> None:
    def words(field: str) -> set[str]:
        kind = Delivery.model_json_schema()["properties"][field]["items"]
        return set(kind["enum"])

    assert words("movies") == {"review", *CODECS}
    assert words("sequences") == set(SEQUENCES)
    assert words("stills") == set(STILLS)


def test_every_movie_has_a_title_that_says_its_depth_or_screen() -> None:
    for codec in CODECS.values():
        assert re.search(r"bits|ProRes|DNxHR|HDR10|HLG", codec.title)

"""Movies: encoded as every player, editor and grading room takes them, and read. The room of PyAV.

The same pictures give the same bytes: the encoders' threads are counted, and no file says when.
"""

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import Codec
from farm.media.hdr import Levels, LightMeter, add_light_boxes, sei_messages, with_sei
from farm.media.refused import refused
from farm.media.sound import Sound

Picture = NDArray[np.uint8]
Codes = NDArray[np.uint16]

OPTIONS = {"crf": "18", "preset": "veryfast", "profile": "high", "x264-params": "mbtree=0"}
"""Without macroblock trees: x264's AVX-512 code for them gives other bytes on every run."""

THREADS = 4
"""x264 cuts its work among its threads, so their number is part of the result: always the same."""

VIDEO_RANGE = 1
BT709, BT2020, PQ, HLG = 1, 9, 16, 18
"""Code points of ITU-T H.273, as FFmpeg has them too."""

COLOURS = {
    "srgb": (BT709, BT709, BT709),
    "rec709": (BT709, BT709, BT709),
    "pq": (BT2020, PQ, BT2020),
    "hlg": (BT2020, HLG, BT2020),
}
"""Primaries, transfer and matrix by screen."""

_MATRICES = {BT709: Colorspace.ITU709, BT2020: 9}
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def write_review(path: Path, frames: Iterator[Picture], *, rate: Rate) -> int:
    """Write a whole review movie; return how many frames it holds."""
    return max(encode_review(path, frames, rate=rate), default=0)


def encode_review(
    path: Path, frames: Iterator[Picture], *, rate: Rate, sound: Sound | None = None
) -> Iterator[int]:
    """Write sRGB pictures, (height, width, 3), as a movie; yield the number written so far.

    H.264, high profile, 4:2:0, BT.709, ready to stream; odd sizes get one more line or column.
    """
    codec = Codec(
        title="H.264 for review", encoder="libx264", layout="yuv420p", bits=8, container="mp4",
        screen="srgb", options=OPTIONS,
    )  # fmt: skip
    with _told(path):
        writer = _Writer(path, codec, rate=rate, fast_start=True)
        yield from writer.write(frames, sound)


@dataclass(slots=True)
class Written:
    """What a movie came to: how many frames, and the levels of light where it is PQ."""

    frames: int = 0
    levels: Levels | None = None


def encode_movie(  # noqa: PLR0913  # a movie is these things
    path: Path,
    frames: Iterator[Codes],
    codec: Codec,
    *,
    rate: Rate,
    sound: Sound | None = None,
    first: int | None = None,
) -> Iterator[Written]:
    """Write 16-bit codes of the codec's screen, (height, width, 3); yield how far it is.

    `first` is the first frame's number, which its timecode track counts from.

    PQ is measured on the way, and the file says its MaxCLL and MaxFALL with the screen that it was
    made on; the last that is yielded says them too.
    """
    meter = LightMeter() if codec.screen == "pq" else None

    def seen() -> Iterator[Codes]:
        for frame in frames:
            if meter:
                meter.see(frame)
            yield frame

    with _told(path):
        writer = _Writer(path, codec, rate=rate, meter=meter, first=first)
        done = Written()
        for count in writer.write(seen(), sound):
            done.frames = count
            yield done
    if meter:
        done.levels = meter.levels
        if codec.container in ("mp4", "mov"):
            add_light_boxes(path, meter.levels)
    yield done


class _told:  # noqa: N801  # reads as a word: with _told(path)
    """Tell what FFmpeg refuses in the farm's own words."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, av.error.FFmpegError):
            raise refused(self._path, error) from error


class _Writer:
    """One movie on its way to disk."""

    def __init__(  # noqa: PLR0913  # the same
        self,
        path: Path,
        codec: Codec,
        *,
        rate: Rate,
        fast_start: bool = False,
        meter: LightMeter | None = None,
        first: int | None = None,
    ) -> None:
        self._first = first
        self._path, self._codec, self._rate, self._meter = path, codec, rate, meter
        self._flags = "+faststart" if fast_start else ""

    def write(self, frames: Iterator[Any], sound: Sound | None) -> Iterator[int]:
        """Encode everything; yield the number of frames so far."""
        first = next(frames, None)
        if first is None:
            raise TaskError(f"{self._path.name}: a movie needs at least one frame")
        shape = self._even(first).shape
        options = {"fflags": "+bitexact"} | ({"movflags": self._flags} if self._flags else {})
        with av.open(str(self._path), "w", format=self._codec.container, options=options) as movie:
            stream = _stream(movie, self._codec, shape=shape, rate=self._rate)
            if self._first is not None:
                stream.metadata["timecode"] = self._rate.timecode(self._first)
            track = _sound_track(movie, sound, self._codec) if sound else None
            late: list[Any] = []
            put = late.append if self._late else movie.mux
            for number, picture in enumerate(chain([first], frames)):
                frame = _frame(self._even(picture), self._codec, shape=shape, number=number)
                _each(put, stream.encode(frame))
                yield number + 1
            _each(put, stream.encode(None))
            for packet in late:
                movie.mux(_with_levels(packet, self._meter))
            if track and sound:
                _each(movie.mux, _encoded_sound(track, sound))

    @property
    def _late(self) -> bool:
        """Say whether packets wait until all light is measured, for the stream to say it."""
        return self._meter is not None and self._codec.encoder == "libx265"

    def _even(self, picture: Any) -> Any:  # noqa: ANN401  # 8 or 16 bits
        return even(picture) if self._codec.subsampled else np.ascontiguousarray(picture)


def _each(put: Callable[[Any], object], packets: Any) -> None:  # noqa: ANN401  # av has no static types
    for packet in packets:
        put(packet)


def _with_levels(packet: Any, meter: LightMeter | None) -> Any:  # noqa: ANN401  # the same
    if meter is None or not packet.is_keyframe:
        return packet
    said = av.Packet(with_sei(bytes(packet), sei_messages(meter.levels)))
    said.pts, said.dts, said.time_base = packet.pts, packet.dts, packet.time_base
    said.stream, said.is_keyframe, said.duration = packet.stream, True, packet.duration
    return said


def _stream(movie: Any, codec: Codec, *, shape: tuple[int, ...], rate: Rate) -> Any:  # noqa: ANN401  # the same
    os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells its settings on stderr otherwise
    stream = movie.add_stream(codec.encoder, rate=rate.value)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = codec.layout
    stream.options = dict(codec.options)
    stream.thread_count = THREADS
    context = stream.codec_context
    context.flags |= av.codec.context.Flags.bitexact
    context.time_base = 1 / rate.value
    context.gop_size = max(1, round(rate.value))
    if codec.tag:
        context.codec_tag = codec.tag
    primaries, transfer, matrix = COLOURS[codec.screen]
    context.color_primaries, context.color_trc = primaries, transfer
    context.colorspace, context.color_range = matrix, VIDEO_RANGE
    return stream


def _frame(picture: Any, codec: Codec, *, shape: tuple[int, ...], number: int) -> Any:  # noqa: ANN401  # the same
    if picture.shape != shape:
        raise TaskError(f"frame {number} of the movie is another size than the first")
    primaries, transfer, matrix = COLOURS[codec.screen]
    given = "rgb24" if picture.dtype == np.uint8 else "rgb48le"
    frame = av.VideoFrame.from_ndarray(picture, format=given).reformat(
        format=codec.layout,
        dst_colorspace=_MATRICES[matrix],
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACT,
        threads=1,
    )
    frame.color_primaries, frame.color_trc = primaries, transfer
    frame.pts = number
    return frame


def even(picture: NDArray[Any]) -> NDArray[Any]:
    """Repeat the last line or column where the height or width is odd."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)


def _sound_track(movie: Any, sound: Sound, codec: Codec) -> Any:  # noqa: ANN401  # the same
    """Open a track of sound: AAC for MP4, 24-bit PCM for editing."""
    name = "aac" if codec.container == "mp4" else "pcm_s24le"
    track = movie.add_stream(name, rate=sound.rate)
    track.layout = "stereo" if sound.samples.shape[1] == 2 else "mono"
    if name == "aac":
        track.bit_rate = 256_000
        track.codec_context.flags |= av.codec.context.Flags.bitexact
    return track


def _encoded_sound(track: Any, sound: Sound) -> Iterator[Any]:  # noqa: ANN401  # the same
    """Encode the whole of a sound."""
    flat = np.ascontiguousarray(sound.samples.T, np.float32)
    frame = av.AudioFrame.from_ndarray(flat, format="fltp", layout=track.layout.name)
    frame.sample_rate, frame.pts = sound.rate, 0
    frame.time_base = Fraction(1, sound.rate)
    yield from track.encode(frame)
    yield from track.encode(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieFacts:
    """What a movie says of itself; colours are H.273's code points, 2 where nothing is said."""

    width: int
    height: int
    rate: Fraction
    frames: int
    codec: str
    layout: str
    bits: int
    primaries: int
    transfer: int
    matrix: int
    full_range: bool


def movie_facts(path: Path) -> MovieFacts:
    """Read what a movie says of itself; raises TaskError for what is no movie."""
    with _opened(path) as movie:
        return _facts(movie.streams.video[0])


def read_movie(path: Path, *, matrix: int = 0) -> Iterator[Codes]:
    """Yield every frame as 16-bit codes of full range, (height, width, 3).

    `matrix` is the code point to read colours by where the movie says none: HD's, if 0.
    """
    with _opened(path) as movie:
        stream = movie.streams.video[0]
        stream.thread_type = "AUTO"
        facts = _facts(stream)
        by = facts.matrix if facts.matrix in _MATRICES else matrix or BT709
        try:
            for frame in movie.decode(stream):
                yield _codes(frame, by)
        except av.error.FFmpegError as error:
            raise TaskError(f"{path.name} cannot be read to its end: {error}") from error


def _codes(frame: Any, matrix: int) -> Codes:  # noqa: ANN401  # the same
    wide = frame.format.name.startswith(("yuv", "nv", "p0"))
    rgb = frame.reformat(
        format="rgb48le",
        src_colorspace=_MATRICES[matrix] if wide else None,
        dst_color_range=ColorRange.JPEG if wide else None,
        interpolation=_EXACT,
        threads=1,
    )
    codes: Codes = rgb.to_ndarray()
    return codes


def _facts(stream: Any) -> MovieFacts:  # noqa: ANN401  # the same
    context = stream.codec_context
    rate = stream.average_rate or stream.base_rate or Fraction(24)
    if context.format is None:
        raise TaskError("this file cannot be read as a movie: nothing in it can be decoded")
    depth = max(part.bits for part in context.format.components)
    return MovieFacts(
        width=context.width,
        height=context.height,
        rate=Fraction(rate),
        frames=int(stream.frames),
        codec=str(context.name),
        layout=str(context.pix_fmt),
        bits=int(depth),
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        matrix=int(context.colorspace),
        full_range=int(context.color_range) == 2,
    )


def _opened(path: Path) -> Any:  # noqa: ANN401  # the same
    try:
        movie = av.open(str(path))
    except (av.error.FFmpegError, ValueError, struct.error) as error:
        raise TaskError(f"{path.name} cannot be read as a movie: {error}") from error
    if not movie.streams.video:
        movie.close()
        raise TaskError(f"{path.name} holds no pictures")
    return movie

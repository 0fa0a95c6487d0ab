"""Movies for looking at: H.264 in MP4, as any player, browser and editor takes it."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from farm.errors import FullError, TaskError
from farm.frames import Rate

Picture = NDArray[np.uint8]

OPTIONS = {"crf": "18", "preset": "veryfast", "profile": "high", "x264-params": "mbtree=0"}
"""Without macroblock trees: x264's AVX-512 code for them gives other bytes on every run."""

THREADS = 4
"""x264 cuts its work among its threads, so their number is part of the result: always the same."""

BT709 = 1
VIDEO_RANGE = 1
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def write_review(path: Path, frames: Iterator[Picture], *, rate: Rate) -> int:
    """Write a whole review movie; return how many frames it holds."""
    return max(encode_review(path, frames, rate=rate), default=0)


def encode_review(path: Path, frames: Iterator[Picture], *, rate: Rate) -> Iterator[int]:
    """Write sRGB pictures, (height, width, 3), as a movie; yield the number written so far.

    High profile, 4:2:0, BT.709, ready to stream; odd sizes get one more line or column. The same
    pictures give the same bytes.
    """
    first = next(frames, None)
    if first is None:
        raise TaskError(f"{path.name}: a movie needs at least one frame")
    try:
        yield from _encode(path, chain([first], frames), shape=_even(first).shape, rate=rate)
    except av.error.FFmpegError as error:
        kind = FullError if "No space left" in str(error) else TaskError
        raise kind(f"{path.name} could not be written: {error}") from error


def _encode(
    path: Path, frames: Iterator[Picture], *, shape: tuple[int, ...], rate: Rate
) -> Iterator[int]:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as movie:
        stream = _stream(movie, shape=shape, rate=rate)
        for number, picture in enumerate(frames):
            movie.mux(stream.encode(_frame(_even(picture), shape=shape, number=number)))
            yield number + 1
        movie.mux(stream.encode(None))


def _stream(movie: Any, *, shape: tuple[int, ...], rate: Rate) -> Any:  # noqa: ANN401  # av has no static types
    stream = movie.add_stream("libx264", rate=rate.value)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.options = OPTIONS
    stream.thread_count = THREADS
    context = stream.codec_context
    context.flags |= av.codec.context.Flags.bitexact
    context.time_base = 1 / rate.value
    context.gop_size = max(1, round(rate.value))
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = VIDEO_RANGE
    return stream


def _frame(picture: Picture, *, shape: tuple[int, ...], number: int) -> Any:  # noqa: ANN401  # av has no static types
    if picture.shape != shape:
        raise TaskError(f"frame {number} of the movie is another size than the first")
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACT,
        threads=1,
    )
    frame.pts = number
    return frame


def _even(picture: Picture) -> Picture:
    """Repeat the last line or column where the height or width is odd."""
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)

"""Review movies: decoded again, they are what went in; the same pictures give the same bytes."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.movie import encode_review, write_review


def pictures(count: int, height: int = 54, width: int = 96) -> Iterator[np.ndarray]:
    y, x = np.mgrid[:height, :width]
    for number in range(count):
        blue = np.full_like(x, number * 9 % 256)
        yield np.stack([(x * 2 + number * 3) % 256, y * 4 % 256, blue], -1).astype(np.uint8)


@pytest.mark.parametrize("rate", ["24", "25", "24000/1001", "30000/1001", "60", "12", "1001/30"])
def test_every_frame_is_there_at_the_exact_rate(tmp_path: Path, rate: str) -> None:
    file = tmp_path / "a.mp4"
    assert write_review(file, pictures(13), rate=Rate.parse(rate)) == 13
    with av.open(str(file)) as movie:
        stream = movie.streams.video[0]
        times = [frame.time for frame in movie.decode(video=0)]
        assert stream.average_rate == Fraction(rate)
    assert len(times) == 13
    assert times == pytest.approx([n / float(Fraction(rate)) for n in range(13)], abs=1e-4)


def test_any_player_can_show_it(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    write_review(file, pictures(5), rate=Rate.parse(24))
    with av.open(str(file)) as movie:
        context = movie.streams.video[0].codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        colours = (context.color_primaries, context.color_trc, context.colorspace)
        assert (*colours, context.color_range) == (1, 1, 1, 1)
        assert not {"creation_time", "encoder"} & set(movie.metadata)
    data = file.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before it is all there"


@pytest.mark.parametrize(("height", "width"), [(53, 95), (54, 95), (2, 2), (1, 1), (270, 480)])
def test_odd_sizes_are_padded_to_even_ones(tmp_path: Path, height: int, width: int) -> None:
    file = tmp_path / "a.mp4"
    write_review(file, pictures(3, height, width), rate=Rate.parse(24))
    with av.open(str(file)) as movie:
        stream = movie.streams.video[0]
        assert (stream.height, stream.width) == (height + height % 2, width + width % 2)


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    for number in range(6):
        file = tmp_path / f"{number}.mp4"
        write_review(file, pictures(24, 270, 480), rate=Rate.parse(24))
    assert len({file.read_bytes() for file in tmp_path.glob("*.mp4")}) == 1


def test_colours_come_back_as_they_went_in(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    for color in ([200, 60, 30], [20, 180, 90], [250, 250, 250], [0, 0, 0]):
        flat = np.full((64, 64, 3), color, np.uint8)
        write_review(file, iter([flat] * 3), rate=Rate.parse(24))
        with av.open(str(file)) as movie:
            shown = next(movie.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(shown[32, 32].astype(int) - color).max() <= 3


def test_progress_is_told_frame_by_frame(tmp_path: Path) -> None:
    told = encode_review(tmp_path / "a.mp4", pictures(4), rate=Rate.parse(24))
    assert list(told) == [1, 2, 3, 4]


def test_a_movie_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="at least one frame"):
        write_review(tmp_path / "a.mp4", iter([]), rate=Rate.parse(24))


def test_a_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    mixed = [*pictures(2), *pictures(1, 20, 20)]
    with pytest.raises(TaskError, match="frame 2"):
        write_review(tmp_path / "a.mp4", iter(mixed), rate=Rate.parse(24))


def test_a_movie_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises((TaskError, OSError)):
        write_review(tmp_path / "gone" / "a.mp4", pictures(2), rate=Rate.parse(24))

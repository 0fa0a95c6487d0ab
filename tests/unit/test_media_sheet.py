"""What people look at: the contact sheet, the slate, and the letters on both."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from farm.errors import TaskError
from farm.media.lettering import fitted, width_of, wrapped, write
from farm.media.scale import fit, shrink
from farm.media.sheet import CIRCLE, Row, contact_sheet, write_jpeg, write_png
from farm.media.slate import Burn, burn_in

GREY = np.full((90, 160, 3), 128, np.uint8)
AXES = tuple((f"axis_{number}", number / 12) for number in range(12))
HARD = [
    "",
    "A red ball",
    "赤いボールが日の当たる中庭に転がり込む" * 20,
    "كرة حمراء تتدحرج في فناء مشمس " * 10,
    "x" * 5000,
    "tabs\tand\nlines\r\nand \x00 zero \u202e and emoji 🙂🏀",
    "\ud800",
]


def row(take: str = "t01", **changed: object) -> Row:
    return Row(take=take, pictures=(GREY,) * 5, score=0.8, axes=AXES, **changed)  # type: ignore[arg-type]


def sheet(*rows: Row, **words: str) -> np.ndarray:
    return contact_sheet(
        list(rows), **{"title": "aurora sh0010", "prompt": "A red ball", "note": ""} | words
    )


def painted(picture: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return (picture == color).all(axis=-1)


def test_only_the_circled_take_is_marked() -> None:
    drawn = painted(sheet(row("t01"), row("t02", circled=True), row("t03")), CIRCLE)
    lines = np.flatnonzero(drawn.any(axis=1))
    third = (drawn.shape[0] - 160) / 3
    assert drawn.any()
    assert lines.max() - lines.min() < third * 1.2
    assert not painted(sheet(row("t01"), row("t02")), CIRCLE).any()


def test_every_picture_of_every_take_is_there() -> None:
    shown = painted(sheet(row("t01"), row("t02")), (128, 128, 128))
    assert shown.sum() >= 10 * GREY.shape[0] * GREY.shape[1]


def test_a_broken_take_is_dimmed() -> None:
    shown = painted(sheet(row("t01", broken=True, note="frozen: nothing moves")), (128, 128, 128))
    assert shown.sum() < GREY.shape[0] * GREY.shape[1]


@pytest.mark.parametrize("text", HARD)
def test_any_words_can_stand_on_a_sheet(text: str) -> None:
    drawn = sheet(row(text[:40] or "t", note=text), title=text, prompt=text, note=text)
    assert drawn.shape[0] < 1000


def test_takes_of_different_shapes_share_a_sheet() -> None:
    tall = Row(take="t02", pictures=(np.zeros((160, 90, 3), np.uint8),) * 2)
    assert sheet(row(), tall).dtype == np.uint8


@pytest.mark.parametrize("rows", [[], [Row(take="t01", pictures=())]])
def test_a_sheet_of_nothing_is_refused(rows: list[Row]) -> None:
    with pytest.raises(TaskError):
        sheet(*rows)


def test_pictures_are_written_the_same_every_time_and_read_back(tmp_path: Path) -> None:
    drawn = sheet(row(circled=True))
    for name in ("a.png", "b.png"):
        write_png(tmp_path / name, drawn)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert np.array_equal(cv2.imread(str(tmp_path / "a.png"))[..., ::-1], drawn)
    write_jpeg(tmp_path / "a.jpeg", GREY)
    assert cv2.imread(str(tmp_path / "a.jpeg")).shape == GREY.shape


@pytest.mark.parametrize("text", HARD)
def test_lines_fit_their_room(text: str) -> None:
    lines = wrapped(text, size=20, room=300, lines=3)
    assert len(lines) <= 3
    assert all(width_of(line, size=20) <= 300 for line in lines)
    assert width_of(fitted(text, size=20, room=100), size=20) <= 100


def test_wrapping_keeps_every_word_where_there_is_room() -> None:
    text = "one two three four five six seven eight nine ten"
    assert " ".join(wrapped(text, size=20, room=120, lines=20)) == text


def test_letters_of_other_scripts_are_drawn() -> None:
    blank = np.zeros((40, 400, 3), np.uint8)
    drawn = []
    for text in ("é", "Ж", "赤", "한"):
        picture = blank.copy()
        write(picture, text, (10, 30), size=24, color=(255, 255, 255))
        drawn.append(picture.tobytes())
    assert len(set(drawn)) == 4


def test_the_slate_covers_only_the_foot() -> None:
    picture = np.full((540, 960, 3), 200, np.uint8)
    burnt = burn_in(picture, Burn(title="a", note="b"), frame="1001", timecode="00:00:41:17")
    assert np.array_equal(burnt[:490], picture[:490])
    assert (burnt[500:] != 200).all(axis=-1).all()
    assert (picture == 200).all(), "the picture that was given stays as it is"


def test_every_frame_shows_its_own_number() -> None:
    picture = np.full((540, 960, 3), 200, np.uint8)
    burn = Burn(title="a", note="b")
    frames = {
        burn_in(picture, burn, frame=str(n), timecode="00:00:00:00").tobytes() for n in range(9)
    }
    assert len(frames) == 9


def test_pictures_too_small_to_read_get_no_slate() -> None:
    tiny = np.full((54, 96, 3), 200, np.uint8)
    assert burn_in(tiny, Burn(title="a", note="b"), frame="1", timecode="0") is tiny


@pytest.mark.parametrize(
    ("size", "fitted_size"),
    [
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((1920, 1080), (1920, 1080)),
        ((95, 53), (95, 53)),
        ((4096, 1714), (1920, 804)),
        ((4000, 4000), (1080, 1080)),
        ((3000, 10), (1920, 6)),
    ],
)
def test_pictures_are_fitted_into_1080p_either_way_up(
    size: tuple[int, int], fitted_size: tuple[int, int]
) -> None:
    assert fit(size, within=(1920, 1080)) == fitted_size


def test_shrinking_keeps_the_light() -> None:
    bright = np.zeros((100, 200, 3), np.float16)
    bright[40:60, 90:110] = 1000
    small = shrink(bright, (20, 10))
    assert small.shape == (10, 20, 3)
    assert small.mean() == pytest.approx(bright.astype(np.float32).mean(), rel=1e-4)

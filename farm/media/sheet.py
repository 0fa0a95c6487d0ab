"""The contact sheet of a shot: its takes as rows, with their scores, and the circled one marked."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from farm.errors import TaskError
from farm.media.lettering import BOLD, Color, Picture, fitted, width_of, wrapped, write

EDGE, GAP, PANEL = 40, 10, 380
LINE, AXIS_LINE = 30, 19
MOST_AXES = 8
PAPER: Color = (21, 23, 27)
CARD: Color = (31, 34, 40)
BRIGHT: Color = (240, 240, 242)
DIM: Color = (158, 163, 172)
FAINT: Color = (62, 67, 76)
CIRCLE: Color = (255, 190, 60)
POOR, FAIR, GOOD = (226, 96, 84), (222, 178, 84), (108, 192, 132)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One take: its pictures, what it scored, and what there is to say of it.

    `axes` are pairs of a name and a score from 0 to 1; `score` is None for a take that was never
    judged; a `broken` take was thrown out.
    """

    take: str
    pictures: tuple[Picture, ...]
    score: float | None = None
    axes: tuple[tuple[str, float], ...] = ()
    note: str = ""
    circled: bool = False
    broken: bool = False


def contact_sheet(rows: list[Row], *, title: str, prompt: str, note: str) -> Picture:
    """Draw the sheet as an sRGB picture, (height, width, 3)."""
    if not rows or not all(row.pictures for row in rows):
        raise TaskError("a contact sheet needs takes, and pictures of each")
    tall = max(picture.shape[0] for row in rows for picture in row.pictures)
    wide = max(sum(picture.shape[1] + GAP for picture in row.pictures) for row in rows)
    width = max(900, 2 * EDGE + PANEL + wide)
    said = wrapped(prompt, size=22, room=width - 2 * EDGE, lines=4)
    top = EDGE + 48 + LINE * len(said) + 44
    height = max(tall, _panel_height(rows)) + 2 * GAP
    sheet = np.full((top + len(rows) * (height + GAP) + EDGE, width, 3), PAPER, np.uint8)
    _head(sheet, title, said, note)
    for number, row in enumerate(rows):
        y = top + number * (height + GAP)
        _row(sheet[y : y + height, EDGE : width - EDGE], row)
    return sheet


def write_png(path: Path, picture: Picture) -> None:
    """Write an sRGB picture as PNG."""
    _write_picture(path, picture, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def write_jpeg(path: Path, picture: Picture) -> None:
    """Write an sRGB picture as JPEG, small enough to stand in a page."""
    _write_picture(path, picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


def _write_picture(path: Path, picture: Picture, options: list[int]) -> None:
    kept, coded = cv2.imencode(path.suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not kept:
        raise TaskError(f"{path.name} could not be encoded")
    path.write_bytes(coded.tobytes())


def _panel_height(rows: list[Row]) -> int:
    shown = max(min(len(row.axes), MOST_AXES) for row in rows)
    return 78 + AXIS_LINE * -(-shown // 2) + (AXIS_LINE if any(row.note for row in rows) else 0)


def _head(sheet: Picture, title: str, prompt: list[str], note: str) -> None:
    room = sheet.shape[1] - 2 * EDGE
    said = fitted(title, size=34, weight=BOLD, room=room)
    write(sheet, said, (EDGE, EDGE + 26), size=34, color=BRIGHT, weight=BOLD)
    for number, line in enumerate(prompt):
        write(sheet, line, (EDGE, EDGE + 68 + LINE * number), size=22, color=BRIGHT)
    y = EDGE + 72 + LINE * len(prompt)
    write(sheet, fitted(note, size=16, room=room), (EDGE, y), size=16, color=DIM)


def _row(card: Picture, row: Row) -> None:
    """Draw one take on its card: the panel on the left, then the pictures."""
    card[:] = CARD
    _panel(card, row)
    x = PANEL
    for picture in row.pictures:
        tall, wide = picture.shape[:2]
        y = (card.shape[0] - tall) // 2
        card[y : y + tall, x : x + wide] = picture // 3 if row.broken else picture
        x += wide + GAP
    if row.circled:
        cv2.rectangle(card, (1, 1), (card.shape[1] - 2, card.shape[0] - 2), CIRCLE, 3)


def _panel(card: Picture, row: Row) -> None:
    write(card, row.take, (26, 48), size=30, color=BRIGHT, weight=BOLD)
    if row.circled:
        _circle(card, width_of(row.take, size=30, weight=BOLD))
        write(card, "circled", (26 + 96, 46), size=17, color=CIRCLE, weight=BOLD)
    _score(card, row)
    shown = sorted(row.axes, key=lambda axis: axis[1])[:MOST_AXES]
    chosen = [axis for axis in row.axes if axis in shown]
    for number, axis in enumerate(chosen):
        _axis(card, axis, x=26 + 172 * (number % 2), y=88 + AXIS_LINE * (number // 2))
    if row.note:
        y = 88 + AXIS_LINE * -(-len(chosen) // 2)
        note = fitted(row.note, size=14, room=PANEL - 52)
        write(card, note, (26, y), size=14, color=POOR if row.broken else DIM)


def _circle(card: Picture, wide: int) -> None:
    """Draw the ring of a grease pencil around the take's name: not closed, and twice at its end."""
    center, axes = (26 + wide // 2, 37), (wide // 2 + 17, 25)
    cv2.ellipse(card, center, axes, -8, -60, 292, CIRCLE, 3, cv2.LINE_AA)
    cv2.ellipse(card, center, (axes[0] + 4, axes[1] + 1), -14, 230, 320, CIRCLE, 3, cv2.LINE_AA)


def _score(card: Picture, row: Row) -> None:
    if row.broken:
        text, color = "broken", POOR
    elif row.score is None:
        text, color = "not judged", DIM
    else:
        text, color = f"{row.score:.2f}", _grade(row.score)
    size = 34 if row.score is not None and not row.broken else 20
    at = (PANEL - 26, 48)
    write(card, text, at, size=size, color=color, weight=BOLD, anchor="right")


def _axis(card: Picture, axis: tuple[str, float], *, x: int, y: int) -> None:
    """Write an axis with a bar as long as its score."""
    name, score = axis
    write(card, fitted(name.replace("_", " "), size=13, room=86), (x, y), size=13, color=DIM)
    left, wide = x + 92, 36
    cv2.rectangle(card, (left, y - 8), (left + wide, y - 3), FAINT, -1)
    cv2.rectangle(card, (left, y - 8), (left + round(wide * score), y - 3), _grade(score), -1)
    write(card, f"{score:.2f}", (left + wide + 6, y), size=12, color=BRIGHT)


def _grade(score: float) -> Color:
    if score >= 0.75:
        return GOOD
    return FAIR if score >= 0.5 else POOR

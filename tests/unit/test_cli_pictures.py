"""Takes are shown in the terminal that there is, in the protocol that it speaks."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from farm.cli.pictures import drawn, way_of
from farm.ledger import Event
from farm.report.agreement import agreement, pick_event


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def picture() -> np.ndarray:
    shades = np.zeros((50, 120, 3), np.uint8)
    shades[:, :60] = (250, 20, 10)
    shades[25:, 60:] = (10, 30, 240)
    return shades


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "xterm-kitty", "TMUX": "1,2"}, "blocks"),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "none"),
        ({"TERM": "dumb"}, "none"),
        ({}, "none"),
        ({"FARM_PICTURES": "sixel"}, "sixel"),
        ({"TERM": "xterm-kitty", "FARM_PICTURES": "none"}, "none"),
    ],
)
def test_the_terminal_says_what_it_can(environ: dict[str, str], way: str) -> None:
    assert way_of(environ, Screen()) == way


def test_what_is_no_terminal_gets_no_pictures() -> None:
    assert way_of({"TERM": "xterm-kitty"}, io.StringIO()) == "none"


def test_kitty_gets_a_png_in_chunks(picture) -> None:
    noisy = np.random.default_rng(1).integers(0, 255, (80, 120, 3), np.uint8)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", drawn(noisy, "kitty"))
    assert parts[0][0] == "a=T,f=100,m=1"
    assert parts[-1][0] == "m=0"
    assert all(len(chunk) <= 4096 for _, chunk in parts)
    png = base64.b64decode("".join(chunk for _, chunk in parts))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), noisy)
    assert drawn(picture, "kitty").count("\x1b_G") == 1


def test_iterm_gets_a_png(picture) -> None:
    coded = re.fullmatch(r"\x1b\]1337;File=inline=1;[^:]*:(.*)\x07", drawn(picture, "iterm"))
    found = np.asarray(Image.open(io.BytesIO(base64.b64decode(coded[1]))))
    np.testing.assert_array_equal(found, picture)


def unsixel(text: str) -> np.ndarray:
    """Read sixels back, by the standard's own rules."""
    head = re.match(r'\x1bP0;1q"1;1;(\d+);(\d+)', text)
    width, height = int(head[1]), int(head[2])
    table, shown = {}, np.zeros((height + 6, width, 3), float)
    x = y = colour = 0
    body = text[head.end() :].removesuffix("\x1b\\")
    piece = r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)"
    for found in re.finditer(piece, body):
        number, r, g, b, chosen, run, repeated, single, back, down = found.groups()
        if number:
            table[int(number)] = (int(r), int(g), int(b))
        elif chosen:
            colour = int(chosen)
        elif back or down:
            x, y = 0, y + 6 * bool(down)
        else:
            bits, wide = ord(repeated or single) - 63, int(run or 1)
            for row in range(6):
                if bits >> row & 1:
                    shown[y + row, x : x + wide] = table[colour]
            x += wide
    return shown[:height] * 2.55


def test_sixels_are_the_picture(picture) -> None:
    np.testing.assert_allclose(unsixel(drawn(picture, "sixel")), picture, atol=3)


def test_half_blocks_are_the_picture_made_small(picture) -> None:
    lines = drawn(picture, "blocks").splitlines()
    cells = [re.findall(r"38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀", line) for line in lines]
    assert {len(row) for row in cells} == {72}
    assert len(lines) == 15
    assert [int(v) for v in cells[0][3][:3]] == [250, 20, 10]
    assert [int(v) for v in cells[-1][-3][3:]] == [10, 30, 240]
    assert all(line.endswith("\x1b[0m") for line in lines)
    assert not drawn(picture, "none")


def picked(shot: str, take: str | None, judged: str, *, show: str = "q") -> Event:
    note = {"take": take, "why": "", "by": "ann"} if take else None
    return pick_event(at=1.0, show=show, shot=shot, note=note, judged=judged)


def test_agreement_counts_the_last_pick_of_every_shot_of_the_show() -> None:
    events = [
        picked("a", "t01", "t02"), picked("a", "t02", "t02"), picked("b", "t01", "t03"),
        picked("c", "t01", ""), picked("d", "t01", "t01"), picked("d", None, "t01"),
        picked("a", "t01", "t09", show="other"),
    ]  # fmt: skip
    found = agreement(events, show="q")
    assert (found.agreed, found.chosen) == (1, 2)
    assert found.said == "people and the judge agree on 1 of 2 shots that both chose"
    assert not agreement([], show="q").said

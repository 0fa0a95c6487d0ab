"""Pictures in a terminal: in the protocol that it speaks, or else in coloured half blocks."""

import base64
import io
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TextIO, get_args

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Picture = NDArray[np.uint8]

Way = Literal["kitty", "iterm", "sixel", "blocks", "none"]
CHUNK = 4096
COLOURS = 64
COLUMNS = 72
"""The width of a picture in half blocks; protocols for pixels show it as it is."""

_KITTY = ("xterm-kitty", "xterm-ghostty")
_ITERM = ("iTerm.app", "WezTerm", "mintty", "vscode")
_SIXEL = ("foot", "mlterm", "contour", "yaft-256color", "xterm-sixel")


def way_of(environ: Mapping[str, str] = os.environ, out: TextIO | None = None) -> Way:
    """Find out how this terminal shows pictures; `FARM_PICTURES` says otherwise."""
    told = environ.get("FARM_PICTURES", "")
    if told in get_args(Way):
        return told  # type: ignore[return-value]  # one of the words, as just seen
    term = environ.get("TERM", "")
    if not (out or sys.stdout).isatty() or "NO_COLOR" in environ or term in {"", "dumb"}:
        return "none"
    if "TMUX" in environ or term.startswith("screen"):
        return "blocks"  # a multiplexer lets colours through, and no pictures
    if "KITTY_WINDOW_ID" in environ or term in _KITTY:
        return "kitty"
    if environ.get("TERM_PROGRAM") in _ITERM or environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    return "sixel" if term.startswith(_SIXEL) else "blocks"


def drawn(picture: "Picture", way: Way) -> str:
    """Write an sRGB picture, (height, width, 3), as what the terminal shows; nothing for none."""
    from PIL import Image

    image = Image.fromarray(picture)
    if way == "kitty":
        return _kitty(_png(image))
    if way == "iterm":
        coded = base64.b64encode(_png(image)).decode()
        return f"\x1b]1337;File=inline=1;preserveAspectRatio=1:{coded}\x07"
    if way == "sixel":
        return _sixel(image)
    return _blocks(image) if way == "blocks" else ""


def _png(image: "Image") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _kitty(png: bytes) -> str:
    """Write the graphics protocol of kitty: PNG in chunks of 4096 letters."""
    coded = base64.b64encode(png).decode()
    chunks = [coded[at : at + CHUNK] for at in range(0, len(coded), CHUNK)]
    last = len(chunks) - 1
    heads = (
        f"a=T,f=100,m={int(n < last)}" if n == 0 else f"m={int(n < last)}" for n in range(last + 1)
    )
    return "".join(f"\x1b_G{head};{chunk}\x1b\\" for head, chunk in zip(heads, chunks, strict=True))


def _sixel(image: "Image") -> str:
    """Write sixels (DEC STD 070): six rows a band, one colour after the other."""
    import numpy as np

    few = image.quantize(COLOURS)
    table, codes = few.getpalette() or [], np.asarray(few)
    colours = len(table) // 3
    told = [
        f"#{n};2;{';'.join(str(round(v * 100 / 255)) for v in table[3 * n : 3 * n + 3])}"
        for n in range(colours)
    ]
    height, width = codes.shape
    bands = ("".join(_band(codes[top : top + 6])) for top in range(0, height, 6))
    return f'\x1bP0;1q"1;1;{width};{height}{"".join(told)}{"-".join(bands)}\x1b\\'


def _band(rows: "NDArray[np.uint8]") -> Iterator[str]:
    import numpy as np

    for colour in np.unique(rows):
        bits = ((rows == colour) << np.arange(len(rows))[:, None]).sum(0)
        ends = np.flatnonzero(np.diff(bits, append=-1)) + 1
        runs = np.diff(ends, prepend=0)
        letters = (chr(63 + int(bits[end - 1])) for end in ends)
        yield f"#{colour}" + "".join(
            f"!{run}{letter}" if run > 3 else letter * int(run)
            for run, letter in zip(runs, letters, strict=True)
        ) + "$"  # fmt: skip


def _blocks(image: "Image") -> str:
    """Write upper half blocks: two pixels a letter, one its colour and one its ground."""
    import numpy as np

    height = max(2, 2 * round(COLUMNS * image.height / image.width / 2))
    pixels = np.asarray(image.resize((COLUMNS, height)))
    lines = []
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        cells = (
            f"\x1b[38;2;{r};{g};{b};48;2;{s};{h};{c}m\u2580"
            for (r, g, b), (s, h, c) in zip(upper.tolist(), lower.tolist(), strict=True)
        )
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)

"""Values with units: what `5s`, `35mm`, `f/2.8` and `180deg` mean."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from farm.frames import FrameRange, Rate
from farm.shots.faults import Refused, shown

NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
FRAMES = r"[0-9]{1,7}\s*-\s*[0-9]{1,7}"
RATE = r"[0-9]{1,6}\s*(?:/\s*[0-9]{1,6})?"
FASTEST = 240
FILLED = r".*\{[A-Za-z0-9_]+\}.*"
"""What editors also let pass: a text that a sweep fills."""


def _unit(
    pattern: str, template: str, example: str, span: tuple[float, float]
) -> Callable[[object], float]:
    shape = re.compile(pattern)
    low, high = span

    def read(value: object) -> float:
        match = shape.fullmatch(value.strip()) if isinstance(value, str) else None
        if not match:
            raise Refused(f"{shown(value)} {_lack(value)}", f"write it as {_spelled(value)}")
        number = float(match[1])
        if not low <= number <= high:
            ends = f"{template.format(f'{low:g}')} to {template.format(f'{high:g}')}"
            raise Refused(f"{shown(value)} is outside {ends}", f"an example is {example}")
        return number

    def _spelled(value: object) -> str:
        bare = re.fullmatch(NUMBER, str(value).strip())
        fits = bare is not None and low <= float(bare[1]) <= high
        return template.format(str(value).strip()) if fits else example

    return read


def _lack(value: object) -> str:
    bare = re.fullmatch(NUMBER, str(value).strip()) and not isinstance(value, bool)
    return "has no unit" if bare else "is not a value with its unit"


def _schema(pattern: str, example: str) -> WithJsonSchema:
    shape = f"^(?:{pattern}|{FILLED})$"
    return WithJsonSchema({"type": "string", "pattern": shape, "examples": [example]})


def _write(template: str) -> PlainSerializer:
    return PlainSerializer(lambda number: template.format(f"{number:.12g}"), return_type=str)


Seconds = Annotated[
    float,
    BeforeValidator(_unit(NUMBER + r"\s*s", "{}s", "5s", (0.01, 3600))),
    _write("{}s"),
    _schema(NUMBER + r"\s*s", "5s"),
]
Millimetres = Annotated[
    float,
    BeforeValidator(_unit(NUMBER + r"\s*mm", "{}mm", "35mm", (14, 200))),
    _write("{}mm"),
    _schema(NUMBER + r"\s*mm", "35mm"),
]
FStop = Annotated[
    float,
    BeforeValidator(_unit(r"f/" + NUMBER, "f/{}", "f/2.8", (1.2, 16))),
    _write("f/{}"),
    _schema("f/" + NUMBER, "f/2.8"),
]
Degrees = Annotated[
    float,
    BeforeValidator(_unit(NUMBER + r"\s*deg", "{}deg", "180deg", (45, 360))),
    _write("{}deg"),
    _schema(NUMBER + r"\s*deg", "180deg"),
]


def _frames(value: object) -> FrameRange:
    if isinstance(value, FrameRange):
        return value
    if not isinstance(value, str) or not re.fullmatch(FRAMES, value.strip()):
        last = 1000 + value if type(value) is int and 0 < value < 10**6 else 1096
        raise Refused(f"{shown(value)} is not a frame range", f"write it as 1001-{last}")
    try:
        return FrameRange.parse(value)
    except ValueError as cause:
        raise Refused(str(cause), "the first frame comes first, as in 1001-1096") from cause


def _rate(value: object) -> Rate:
    if isinstance(value, Rate):
        return value
    hint = "write it as 24 or 24000/1001"
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Refused(f"{shown(value)} is not an exact frame rate", hint)
    if not re.fullmatch(RATE, str(value).strip()):
        raise Refused(f"{shown(value)} is not a frame rate", hint)
    try:
        rate = Rate.parse(value)
    except ValueError as cause:
        raise Refused(str(cause), hint) from cause
    if not 1 <= rate.value <= FASTEST:
        raise Refused(f"{shown(value)} is outside 1 to {FASTEST} frames a second", hint)
    return rate


Frames = Annotated[
    FrameRange,
    BeforeValidator(_frames),
    PlainSerializer(str, return_type=str),
    _schema(FRAMES, "1001-1096"),
]
ExactRate = Annotated[
    Rate,
    BeforeValidator(_rate),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": FASTEST},
                {"type": "string", "pattern": f"^(?:{RATE}|{FILLED})$"},
            ],
            "examples": [24, "24000/1001"],
        }
    ),
]

BOXES = {
    "540p": (960, 540), "720p": (1280, 720), "1080p": (1920, 1080), "1440p": (2560, 1440),
    "2160p": (3840, 2160), "2k": (2048, 1080), "4k": (3840, 2160), "8k": (7680, 4320),
}  # fmt: skip
SMALLEST_EDGE, LARGEST_EDGE = 16, 8192
_BOX = re.compile(r"([0-9]{1,6})\s*x\s*([0-9]{1,6})")


def box_of(resolution: str) -> tuple[int, int]:
    """Read `3840x2160`, `4k` or `1080p` as width and height; raises Refused for anything else."""
    word = resolution.strip().lower()
    if word in BOXES:
        return BOXES[word]
    match = _BOX.fullmatch(word)
    if not match:
        hint = f"write it as 3840x2160, or as one of {', '.join(BOXES)}"
        raise Refused(f"{shown(resolution)} is not a resolution", hint)
    box = int(match[1]), int(match[2])
    if not SMALLEST_EDGE <= min(box) <= max(box) <= LARGEST_EDGE:
        hint = f"both edges lie in {SMALLEST_EDGE} to {LARGEST_EDGE} pixels"
        raise Refused(f"{shown(resolution)} is outside what the farm renders", hint)
    return box


def ratio_of(aspect: str) -> Fraction:
    """Return an aspect's width over its height, exact: `2.39:1` is 239/100."""
    across, down = aspect.split(":")
    return Fraction(across) / Fraction(down)


def _resolution(value: object) -> str:
    if not isinstance(value, str):
        raise Refused(f"{shown(value)} is not a resolution", "write it as 3840x2160, 4k or 1080p")
    box_of(value)
    return value


Resolution = Annotated[
    str,
    BeforeValidator(_resolution),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*(?:[0-9]{1,6}\s*[xX]\s*[0-9]{1,6}|[0-9]{3,4}[pP]|[248][kK])\s*$",
            "examples": ["3840x2160", "4k", "1080p"],
        }
    ),
]


def _keyed_frame(value: object) -> int | str:
    if value in ("first", "last") and isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**7:
        raise Refused(f"{shown(value)} is not a frame", "write its number, or first or last")
    return value


KeyedFrame = Annotated[
    int | str,
    BeforeValidator(_keyed_frame),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, {"enum": ["first", "last"]}]}),
]

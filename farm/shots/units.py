"""Values with units: what `5s`, `35mm`, `f/2.8` and `180deg` mean."""

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from farm.frames import FrameRange, Rate

NUMBER = r"(\d+(?:\.\d+)?)"


def _unit(pattern: str, example: str, low: float, high: float) -> Callable[[object], float]:
    shape = re.compile(pattern)

    def read(value: object) -> float:
        match = shape.fullmatch(value.strip()) if isinstance(value, str) else None
        if not match:
            raise ValueError(f"{value!r} has no unit; write it as {example}")
        number = float(match[1])
        if not low <= number <= high:
            raise ValueError(f"{value} is outside {low:g} to {high:g}")
        return number

    return read


def _write(template: str) -> PlainSerializer:
    return PlainSerializer(lambda number: template.format(f"{number:g}"), return_type=str)


Seconds = Annotated[
    float, BeforeValidator(_unit(NUMBER + r"\s*s", "5s", 0.01, 3600)), _write("{}s")
]
Millimetres = Annotated[
    float, BeforeValidator(_unit(NUMBER + r"\s*mm", "35mm", 14, 200)), _write("{}mm")
]
FStop = Annotated[float, BeforeValidator(_unit(r"f/" + NUMBER, "f/2.8", 1.2, 16)), _write("f/{}")]
Degrees = Annotated[
    float, BeforeValidator(_unit(NUMBER + r"\s*deg", "180deg", 45, 360)), _write("{}deg")
]


def _frames(value: object) -> FrameRange:
    if isinstance(value, FrameRange):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a frame range; write it as 1001-1096")
    return FrameRange.parse(value)


def _rate(value: object) -> Rate:
    if isinstance(value, Rate):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{value!r} is not exact; write it as 24 or 24000/1001")
    return Rate.parse(value)


Frames = Annotated[FrameRange, BeforeValidator(_frames), PlainSerializer(str, return_type=str)]
ExactRate = Annotated[Rate, BeforeValidator(_rate), PlainSerializer(str, return_type=str)]

"""Frames as values: ranges, rates and timecode, exact and inclusive, as an editor counts them."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

FIRST_FRAME = 1001
_RANGE = re.compile(r"\s*(\d{1,9})\s*-\s*(\d{1,9})\s*")
_RATE = re.compile(r"\s*(\d{1,6})(?:\s*/\s*(\d{1,6}))?\s*")


@dataclass(frozen=True, slots=True, order=True)
class FrameRange:
    """The frames from `first` to `last`, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"frame range {self.first}-{self.last} ends before it starts")

    @classmethod
    def parse(cls, text: str) -> "FrameRange":
        """Read `1001-1096`, or a single frame `1001`."""
        if text.strip().isdigit():
            return cls(int(text), int(text))
        match = _RANGE.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a frame range such as 1001-1096")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, count: int, *, first: int = FIRST_FRAME) -> "FrameRange":
        """Make the range of `count` frames that starts at `first`."""
        return cls(first, first + count - 1)

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.first <= frame <= self.last

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def with_handles(self, handles: int) -> "FrameRange":
        """Widen the range by `handles` frames at each end."""
        return FrameRange(self.first - handles, self.last + handles)

    def chunks(self, size: int) -> list["FrameRange"]:
        """Cut the range into pieces of at most `size` frames, as even as can be."""
        pieces = -(-len(self) // size)
        cuts = [self.first + len(self) * i // pieces for i in range(pieces + 1)]
        return [FrameRange(a, b - 1) for a, b in itertools.pairwise(cuts)]


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """Frames a second, exact: 24, 25, 24000/1001."""

    value: Fraction

    @classmethod
    def parse(cls, text: str | int) -> "Rate":
        """Read `24` or `24000/1001`."""
        match = _RATE.fullmatch(str(text))
        if not match or not int(match[1]) or (match[2] and not int(match[2])):
            raise ValueError(f"{text!r} is not a frame rate such as 24 or 24000/1001")
        return cls(Fraction(int(match[1]), int(match[2] or 1)))

    def __str__(self) -> str:
        return str(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def frames_in(self, seconds: float) -> int:
        """Count the frames that `seconds` of footage hold: at least one, nearest whole."""
        return max(1, round(Fraction(seconds).limit_denominator(10**6) * self.value))

    def timecode(self, frame: int) -> str:
        """Write a frame's non-drop timecode `HH:MM:SS:FF`, counted from frame 0."""
        base = round(self.value)
        seconds, within = divmod(frame, base)
        return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{within:02}"

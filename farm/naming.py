"""Every name that the farm gives: takes, versions, frame files, and where a shot is delivered.

Names keep to letters, digits, `_`, `.` and `-`, so that they travel through any program and shell.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

FRAME_DIGITS = 4
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_VERSION = re.compile(r"v(\d{3,})")


def take_name(number: int) -> str:
    """Name a take, counted from 1: `t01`."""
    return f"t{number:02}"


def version_name(number: int) -> str:
    """Name a published version, counted from 1: `v001`."""
    return f"v{number:03}"


def version_number(name: str) -> int | None:
    """Read `v001` as 1, and anything else as None."""
    match = _VERSION.fullmatch(name)
    return int(match[1]) if match and int(match[1]) else None


def safe(text: str) -> str:
    """Turn text into a name: what is not allowed becomes `_`, and it never hides a file."""
    return _UNSAFE.sub("_", text).strip("._-") or "_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Which shot of which show, in which variant of the sweep: what its files are named by."""

    show: str
    shot: str
    variant: str = ""

    @property
    def folder(self) -> PurePosixPath:
        """The shot's folder in a delivery: `<show>/[<variant>/]<shot>`."""
        return PurePosixPath(*self._words)

    @property
    def label(self) -> str:
        """Name the shot for people: `tonic_9x16/sq010_sh0010`."""
        return f"{self.variant}/{self.shot}" if self.variant else self.shot

    def stem(self, version: str) -> str:
        """Begin a file's name: `<show>_[<variant>_]<shot>_<version>`."""
        return "_".join([*self._words, version])

    def frame_file(self, version: str, frame: int) -> str:
        """Name one frame's file: `aurora_sq010_sh0010_v001.1001.exr`."""
        return f"{self.stem(version)}.{frame:0{FRAME_DIGITS}}.exr"

    @property
    def _words(self) -> list[str]:
        return [safe(word) for word in (self.show, self.variant, self.shot) if word]


def bill_name(key: str) -> str:
    """Name the note that holds the bill of a task that calls a service."""
    return f"bills/{key}"


def fee_name(key: str) -> str:
    """Name the note that says that the fee of a task was counted, and how much."""
    return f"fees/{key}"

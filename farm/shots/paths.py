"""Where a list's paths may lead: its own folder, and the roots that the user allows."""

import itertools
import os
import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from farm.shots.faults import shown


class Paths:
    """Look after the paths of one list."""

    def __init__(self, folder: Path, roots: Sequence[Path]) -> None:
        self._folder = folder
        self._allowed = [os.path.realpath(root) for root in (folder, *roots)]
        self._seen: dict[str, tuple[str, str] | None] = {}

    def wrong(self, text: str) -> tuple[str, str] | None:
        """Say what is wrong with a path, and a hint; None where it leads to an allowed file."""
        if text not in self._seen:
            self._seen[text] = self._look(text)
        return self._seen[text]

    def _look(self, text: str) -> tuple[str, str] | None:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
            return f"{shown(text)} is an address", "download it beside the list first"
        try:
            real = os.path.realpath(self._folder / text)
            if not any(_within(real, root) for root in self._allowed):
                return self._outside(text)
            return None if Path(real).is_file() else self._absent(text, Path(real))
        except (OSError, ValueError) as cause:
            return f"{shown(text)} cannot be a path", str(cause)

    def _outside(self, text: str) -> tuple[str, str]:
        lexical = os.path.normpath(self._folder / text)
        inside = _within(lexical, os.path.normpath(self._folder))
        how = "is a link that leaves" if inside else "leaves"
        hint = "move the file into it, or allow its folder with --root"
        return f"{shown(text)} {how} the list's folder", hint

    def _absent(self, text: str, real: Path) -> tuple[str, str]:
        if real.is_dir():
            return f"{shown(text)} is a folder", "name a file in it"
        if "\\" in text:
            return f"there is no file {shown(text)}", f"write it as {text.replace(chr(92), '/')}"
        files = real.parent.iterdir() if real.parent.is_dir() else iter(())
        beside = [file.name for file in itertools.islice(files, 5000) if file.name != real.name]
        near = get_close_matches(real.name, beside, n=1)
        hint = f"did you mean {Path(text).with_name(near[0])}?" if near else "check the path"
        return f"there is no file {shown(text)}", hint


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)

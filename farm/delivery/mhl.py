"""An ASC media hash list beside the manifest, through the society's own library (`ascmhl`).

The library talks on standard output, and its command line asks the network for news of itself; so
its functions are called in a process of their own.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from farm.errors import DeliveryError

FOLDER: Final = "ascmhl"
FORMAT: Final = "xxh128"
INSTALL: Final = "pip install 'farm[editorial]' brings ascmhl"

_SEAL: Final = (
    "import sys; from ascmhl.commands import create_for_folder_subcommand as seal; "
    "seal(sys.argv[1], False, [sys.argv[2]], False, None, None, None, None, None, None)"
)
_CHECK: Final = (
    "import sys; from ascmhl.commands import verify_entire_folder as check; "
    "check(sys.argv[1], False, None, None)"
)


def available() -> bool:
    """Say whether the library is installed."""
    return find_spec("ascmhl") is not None


def seal(folder: Path) -> None:
    """Add a first generation of the media hash list to a version's folder, over all its files."""
    said = _run(_SEAL, str(folder), FORMAT)
    if said or not (folder / FOLDER).is_dir():
        raise DeliveryError(f"no media hash list could be made of {folder}: {said}", hint=INSTALL)


def fault(folder: Path) -> str:
    """Check a folder against its media hash list; the empty string means that all is as it says."""
    return _run(_CHECK, str(folder))


def _run(code: str, *arguments: str) -> str:
    """Run a piece of the library; return what it complains of, in a line."""
    done = subprocess.run(  # noqa: S603  # our own words, and a folder
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1].rpartition("Exception: ")[2] if lines else "the library failed without a word"

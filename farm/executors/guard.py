"""The program that sees a Ray of our own to its end, however its driver ended.

Run as `python -m farm.executors.guard FOLDER`, with a pipe from the driver. When the pipe closes,
whoever still writes to a file in Ray's session folder is stopped, and the folder is removed. The
kernel ends Ray's head with its driver, but Ray's agents linger for a minute, and what a task
started may linger for ever.
"""

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 10.0


def main(folder: str) -> None:
    """Wait for the driver's end, or for its word, then clear up."""
    driver = os.getppid()
    sys.stdin.buffer.read()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and _stop_all(folder, spare=driver):
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def _stop_all(folder: str, *, spare: int) -> int:
    """Stop every process that belongs to the session, save the driver, and count them."""
    pids = [pid for pid in _members(folder) if pid != spare]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return len(pids)


def _members(folder: str) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            if any(_writes_into(process, seat.name, folder) for seat in (process / "fd").iterdir()):
                yield int(process.name)


def _writes_into(process: Path, seat: str, folder: str) -> bool:
    """Tell whether an open file of a process lies in the folder, and is open for writing."""
    with contextlib.suppress(FileNotFoundError):
        if str((process / "fd" / seat).readlink()).startswith(f"{folder}/"):
            flags = re.search(r"flags:\s*([0-7]+)", (process / "fdinfo" / seat).read_text())
            return bool(flags and int(flags[1], 8) & (os.O_WRONLY | os.O_RDWR))
    return False


if __name__ == "__main__":
    main(sys.argv[1])

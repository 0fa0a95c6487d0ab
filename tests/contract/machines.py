"""What the executor suite needs to know of processes: who descends from whom, and who is gone."""

import time
from pathlib import Path


def descendants(pid: int) -> set[int]:
    """List every living process below `pid`."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name_and_rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        children.setdefault(int(name_and_rest[2].split()[1]), []).append(int(stat.parent.name))
    found, ahead = set(), [pid]
    while ahead:
        below = children.get(ahead.pop(), [])
        found.update(below)
        ahead.extend(below)
    return found


def living(pids: set[int]) -> dict[int, str]:
    """Name those of the processes that still run; one that only waits to be reaped does not."""
    return {pid: name for pid in pids if (name := _command(pid))}


def sleepers(seconds: object) -> set[int]:
    """List the child processes that a probe started with these seconds."""
    return {
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if _command(int(path.parent.name)) == f"sleep {seconds}"
    }


def wait_until_gone(pids: set[int], *, seconds: float) -> dict[int, str]:
    """Wait until the processes have ended; return those that have not."""
    deadline = time.monotonic() + seconds
    while (left := living(pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""

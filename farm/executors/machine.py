"""What this machine has to offer: cores and memory, as far as this process may use them."""

import os
from pathlib import Path

GB = 1 << 30
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def cores() -> int:
    """Count the cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux can tell
        return os.cpu_count() or 1


def memory_gb() -> float:
    """Return the memory of this machine, or the container's limit where that is less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(physical, _container_limit(physical)) / GB


def resident_gb(pid: int) -> float:
    """Return the memory that a process of this machine holds; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / GB


def threads_env(threads: int) -> dict[str, str]:
    """Name the environment in which numerical libraries keep to so many threads."""
    names = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return dict.fromkeys(names, str(max(1, threads)))


def _container_limit(physical: int) -> int:
    try:
        return int(_CGROUP_LIMIT.read_text())
    except (OSError, ValueError):  # no such limit, or the word "max"
        return physical

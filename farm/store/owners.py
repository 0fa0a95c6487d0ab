"""Who owns a lease: a name that tells this machine's farms apart, and whether one is gone.

A name is `host:pid:random:where`. The last word holds what proves that its owner ran under this
kernel and counted its processes as we do: the kernel's boot, the name space of process ids, and
when the process started. Two machines, or two containers, with one host name differ in it, and so
does a process that was given the id of a dead one. Where the kernel tells no such things, the word
is empty, and a lease simply runs out.
"""

import os
import secrets
import socket
from functools import cache
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
NAME_SPACE = Path("/proc/self/ns/pid")
STARTED, STATE = 19, 0  # fields of /proc/PID/stat after the program's name, counted from 0


def owner_name() -> str:
    """Name this farm among all that share a store."""
    pid = os.getpid()
    word = f"{_kernel()}.{_started(pid)}" if _kernel() else ""
    return f"{socket.gethostname()}:{pid}:{secrets.token_hex(4)}:{word}"


def is_gone(owner: str) -> bool:
    """Tell whether an owner ran on this machine and surely does no more."""
    words = owner.split(":")
    if len(words) != 4 or not words[1].isdecimal():
        return False
    kernel, _, started = words[3].rpartition(".")
    return bool(kernel) and kernel == _kernel() and started != _started(int(words[1]))


@cache
def _kernel() -> str:
    """Name the running kernel and our name space of process ids; empty where that is not told."""
    try:
        boot = BOOT.read_text().strip().replace("-", "")[:16]
        return f"{boot}.{NAME_SPACE.stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the boot; empty when it is dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        alone = len(os.listdir(f"/proc/{pid}/task")) == 1
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    dead = fields[STATE] in "ZX" and alone  # nobody has asked yet how it ended
    return "" if dead else fields[STARTED]

"""Locks between farms on one folder: the kernel holds them, and drops them when a farm dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def locked(path: str, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file at `path`, alone or with other sharers; waits until it is free."""
    seat = open_lock(path)
    try:
        fcntl.flock(seat, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(seat)


def open_lock(path: str) -> int:
    """Open a lock file, making it and its folder where they are not there yet."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags, 0o666)


def is_free(path: str) -> bool:
    """Tell whether nobody holds the lock file at `path`; a file that is gone is free."""
    try:
        seat = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(seat)

"""What the disk says, in the farm's words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from farm.errors import FullError, StoreError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def disk(uri: str) -> Iterator[None]:
    """Turn what the disk refuses into a FullError or a StoreError."""
    try:
        yield
    except OSError as error:
        raise fault(error, uri=uri) from error


def fault(error: OSError, *, uri: str) -> StoreError:
    """Say what a refusal of the disk means to the store at `uri`."""
    if error.errno in FULL:
        return FullError(
            f"{uri} has no room left ({error.strerror})",
            hint="free some space or run `farm gc`, then run the same command again",
        )
    where = f" at {error.filename}" if error.filename else ""
    return StoreError(
        f"{uri} cannot be used: {error.strerror or error}{where}",
        hint="check that the folder is there and that you may write to it, or choose another store",
    )

"""How the kernels are compiled: numba without fast-math, so the same bits come out of every machine.

A kernel allocates nothing, so nothing counts references (`_nrt=False`): two threads that count cost
more than the light. It releases the interpreter's lock; frames are spread over threads by `render`, not by
numba, because numba's own thread pools survive neither a fork nor two renders at once. `entry` is for the few kernels
that Python calls: numba keeps their machine code on disk, under a key that holds the text of all kernels.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

OPTIONS: dict[str, Any] = {  # Any: numba's own types leave `_nrt` out
    "error_model": "numpy",
    "nogil": True,
    "_nrt": False,
}


def kernel(function: F) -> F:
    """Compile a function that other kernels call."""
    return cast("F", njit(**OPTIONS)(function))


def inlined(function: F) -> F:
    """Compile a function that is small, or called from one place, into its caller."""
    return cast("F", njit(**OPTIONS, forceinline=True)(function))


def merged(function: F) -> F:
    """Copy a function into the one place that calls it: it is never compiled on its own."""
    return cast("F", njit(**OPTIONS, inline="always")(function))


def entry(function: F) -> F:
    """Compile a function that Python calls, and remember the machine code on disk.

    Numba looks only at the file of the function itself to tell whether what it remembers is stale;
    so an entry must be made inside a function that takes `kernels_stamp()` as its argument and reads it.
    """
    return cast("F", njit(**OPTIONS, cache=True)(function))


PLACES = 0x7FFFFFFF


@inlined
def forward(place: int) -> int:
    """Return a place in an array that is not counted from the end, cut to the bits that it may have.

    The compiler then knows it, and leaves out the questions that it else asks before every use of the place, and of
    those that follow from it.
    """
    return place & PLACES


def kernels_stamp() -> int:
    """Return a number that changes with the text of any kernel, or of the snapshot's constants."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), here.parent / "snapshot.py"]
    text = b"".join(path.read_bytes() for path in files)
    return int.from_bytes(hashlib.sha256(text).digest()[:6])

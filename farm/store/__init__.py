"""Where everything is remembered: bytes by digest, outcomes by key, leases and notes."""

import re
from collections.abc import Callable

from farm.errors import StoreError
from farm.registry import Registry
from farm.store.base import Store

STORES: Registry[Callable[[str], Store]] = Registry(
    "store", {"file": "farm.store.local:LocalStore"}
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(?://)?(.*)", re.DOTALL)


def open_store(uri: str) -> Store:
    """Open the store at `file:PATH` or at a plain path; nothing is made until it is written to."""
    match = _SCHEME.fullmatch(uri)
    scheme, place = match.groups() if match else ("file", uri)
    if not place:
        raise StoreError(f"{uri!r} names no place", hint="give a folder, such as .farm")
    if scheme not in STORES.names():
        raise StoreError(
            f"a store at {uri} cannot be opened: {scheme}: is not supported yet",
            hint="give a folder, such as .farm or file:/mnt/farm",
        )
    return STORES.get(scheme)(place)

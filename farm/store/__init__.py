"""Where everything is remembered: bytes by digest, outcomes by key, leases and notes."""

import re
from collections.abc import Callable

from farm.errors import StoreError
from farm.registry import Registry
from farm.store.base import Store

STORES: Registry[Callable[[str], Store]] = Registry(
    "store", {"file": "farm.store.local:LocalStore", "s3": "farm.store.s3:S3Store"}
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(?://)?(.*)", re.DOTALL)


def open_store(uri: str) -> Store:
    """Open the store at a plain path, `file:PATH` or `s3://BUCKET/PREFIX`.

    Nothing is made until it is written to.
    """
    match = _SCHEME.fullmatch(uri)
    scheme, place = match.groups() if match else ("file", uri)
    if not place:
        raise StoreError(f"{uri!r} names no place", hint="give a folder, such as .farm")
    if scheme not in STORES.names():
        raise StoreError(
            f"a store at {uri} cannot be opened: {scheme}: is not supported yet",
            hint="give a folder, such as .farm or file:/mnt/farm, or a bucket: s3://bucket/prefix",
        )
    return STORES.get(scheme)(place)

"""A store in a bucket behind a proxy that can be told to misbehave."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from farm.store.s3 import S3Store
from farm.store.s3_place import Place
from tests.contract.stores import store_in
from tests.s3.proxy import Proxy, Request
from tests.s3.server import Server


@dataclass(kw_only=True)
class Site:
    """A place in a bucket, reached through a proxy; every `machine` has a cache of its own."""

    place: Place
    proxy: Proxy
    folder: Path
    server: Server
    machines: list[S3Store] = field(default_factory=list)

    def machine(self, *, seconds: float = 20.0, cap: int = 10**9) -> S3Store:
        cache = self.folder / f"cache{len(self.machines)}"
        self.machines.append(store_in(self.place, cache=cache, seconds=seconds, cap=cap))
        return self.machines[-1]

    def asked(self, call: Callable[[], object]) -> list[Request]:
        """Make a call, and return the requests that it took."""
        before = len(self.proxy.requests)
        call()
        return self.proxy.requests[before:]

    def listed(self, folder: str = "") -> list[str]:
        prefix = self.place.prefix + folder
        rows = self.server.owner.list_objects_v2(Bucket=self.place.bucket, Prefix=prefix)
        return [row["Key"].removeprefix(self.place.prefix) for row in rows.get("Contents", ())]


@pytest.fixture
def site(s3_server: Server, s3_keys: None, tmp_path: Path) -> Iterator[Site]:
    proxy = Proxy(s3_server.endpoint)
    place = s3_server.new_place(proxy.endpoint)
    yield Site(place=place, proxy=proxy, folder=tmp_path, server=s3_server)
    proxy.close()

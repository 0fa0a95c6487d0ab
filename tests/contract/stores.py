"""The stores of the contract suite, each with its clock and the ways to harm its bytes."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from farm.store.base import Store
from farm.store.local import LocalStore
from farm.store.s3 import S3Store
from farm.store.s3_bucket import Bucket
from farm.store.s3_cache import Cache
from farm.store.s3_patience import Patience
from farm.store.s3_place import Place
from farm.task import Artifact
from tests.s3.proxy import Proxy
from tests.s3.server import Server


class Clock(Protocol):
    """Seconds that pass when they are told to."""

    now: float


class Shelf(Protocol):
    """Where the store keeps its bytes, seen by somebody who should not be there."""

    def harm(self, artifact: Artifact, data: bytes) -> None: ...
    def lose(self, artifact: Artifact) -> None: ...
    def touch(self, artifact: Artifact) -> None: ...
    def holds(self, artifact: Artifact) -> bool: ...
    def written(self, artifact: Artifact) -> object: ...
    def strays(self) -> list[str]: ...
    def is_empty(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Rig:
    """A store, its clock, a way to see it as a second farm would, and a way to harm its bytes."""

    store: Store
    clock: Clock
    again: Callable[[], Store]
    shelf: Shelf


class TestClock:
    __test__ = False

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Folder:
    place: Path

    def harm(self, artifact: Artifact, data: bytes) -> None:
        self._at(artifact).chmod(0o644)
        self._at(artifact).write_bytes(data)

    def lose(self, artifact: Artifact) -> None:
        self._at(artifact).unlink()

    def touch(self, artifact: Artifact) -> None:
        self._at(artifact).touch()

    def holds(self, artifact: Artifact) -> bool:
        return self._at(artifact).exists()

    def written(self, artifact: Artifact) -> object:
        return self._at(artifact).stat().st_ino

    def strays(self) -> list[str]:
        return [p.name for p in self.place.parent.iterdir() if p != self.place]

    def is_empty(self) -> bool:
        return not self.place.exists()

    def _at(self, artifact: Artifact) -> Path:
        return self.place / "cas" / artifact.digest[:2] / artifact.digest


@dataclass(frozen=True, kw_only=True)
class Pail:
    """A bucket; what this machine has of it in its cache is thrown away with every harm."""

    client: object
    bucket: str
    prefix: str
    cache: Path

    def harm(self, artifact: Artifact, data: bytes) -> None:
        self._lose_cache()
        self.client.put_object(Bucket=self.bucket, Key=self._key(artifact), Body=data)

    def lose(self, artifact: Artifact) -> None:
        self._lose_cache()
        self.client.delete_object(Bucket=self.bucket, Key=self._key(artifact))

    def touch(self, artifact: Artifact) -> None:
        source = {"Bucket": self.bucket, "Key": self._key(artifact)}
        self.client.copy_object(
            Bucket=self.bucket, Key=self._key(artifact), CopySource=source,
            MetadataDirective="REPLACE", Metadata={"by": "somebody"},
        )  # fmt: skip

    def holds(self, artifact: Artifact) -> bool:
        return self._key(artifact) in self._keys()

    def written(self, artifact: Artifact) -> object:
        rows = self.client.list_objects_v2(Bucket=self.bucket, Prefix=self._key(artifact))
        return [(row["Key"], row["LastModified"], row["ETag"]) for row in rows["Contents"]]

    def strays(self) -> list[str]:
        return [key for key in self._keys() if not key.startswith(self.prefix)]

    def is_empty(self) -> bool:
        return not self._keys()

    def _lose_cache(self) -> None:
        shutil.rmtree(self.cache / "cas", ignore_errors=True)

    def _key(self, artifact: Artifact) -> str:
        return f"{self.prefix}cas/{artifact.digest[:2]}/{artifact.digest}"

    def _keys(self) -> list[str]:
        parent = self.prefix.partition("/")[0]
        answer = self.client.list_objects_v2(Bucket=self.bucket, Prefix=parent)
        return [row["Key"] for row in answer.get("Contents", ())]


@contextmanager
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    clock, place = TestClock(), tmp_path / "store"

    def again() -> LocalStore:
        return LocalStore(str(place), clock=clock)

    yield Rig(store=again(), clock=clock, again=again, shelf=Folder(place=place))


@contextmanager
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    server: Server = request.getfixturevalue("s3_server")
    request.getfixturevalue("s3_keys")
    proxy = Proxy(server.endpoint)
    place = server.new_place(proxy.endpoint)

    def again() -> S3Store:
        return store_in(place, cache=tmp_path / "cache")

    shelf = Pail(
        client=server.owner, bucket=place.bucket, prefix=place.prefix, cache=tmp_path / "cache"
    )
    yield Rig(store=again(), clock=proxy.clock, again=again, shelf=shelf)
    proxy.close()


def store_in(place: Place, *, cache: Path, cap: int = 10**9, seconds: float = 20.0) -> S3Store:
    """Open a store as `open_store` does, with a cache and a patience of one's own."""
    reached = Bucket(place, patience=Patience(seconds=seconds))
    return S3Store("", bucket=reached, cache=Cache(str(cache), cap=cap))


RIGS = {"file": folder, "s3": bucket}

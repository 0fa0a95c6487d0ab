"""The bytes of a store in a bucket: sealed by their digest, read through this machine's cache."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from farm.errors import MissingError
from farm.store.s3_bucket import Bucket, Found, TakenError
from farm.store.s3_cache import Cache
from farm.store.s3_downloads import download, read_range
from farm.store.s3_records import Stone
from farm.store.s3_shelves import Shelves
from farm.store.s3_uploads import SINGLE, upload
from farm.task import Artifact

T = TypeVar("T")
R = TypeVar("R")

FOLDER = "cas"
SMALL = 256 << 10
"""Up to here it is cheaper to send the bytes than to ask whether they are there."""

OLD = 1800.0
"""Seconds after which an object that is wanted again is renewed: the garbage collector leaves alone
what is younger than an hour."""

LARGEST_COPY = 5 << 30  # what S3 copies onto itself in one request; more is sent again
UPLOADS = 4
MOST_WAITING = 8
LOOKS = 16


class Vault:
    """Keeps and fetches bytes. Files are sent in the background: `stones` waits for them."""

    def __init__(self, bucket: Bucket, cache: Cache, *, single: int = SINGLE) -> None:
        self.bucket = bucket
        self.cache = cache
        self.shelves = Shelves(bucket, FOLDER)
        self._single = single
        self._known: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._sending: dict[str, Future[None]] = {}
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._senders: ThreadPoolExecutor | None = None
        self._lookers: ThreadPoolExecutor | None = None

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep bytes, in the bucket by the time this returns."""
        artifact = self.cache.keep(data, kind=kind)
        key = self.shelves.key(artifact.digest)
        if len(data) > SMALL and self._is_there(artifact):
            return artifact
        try:
            etag = self.bucket.put(key, data, digest=artifact.digest, only_new=True)
        except TakenError:
            if self._is_there(artifact):
                return artifact
            etag = self.bucket.put(key, data, digest=artifact.digest)
        self._know(artifact.digest, etag)
        return artifact

    def put_file(self, path: Path, *, kind: str, digest: str = "") -> Artifact:
        """Keep a file: on this machine at once, in the bucket before an outcome may name it."""
        artifact = self.cache.keep_file(path, kind=kind, digest=digest)
        with self._lock:
            sending = self._sending.get(artifact.digest)
            if sending and not (sending.done() and sending.exception()):
                return artifact
            self._senders = self._senders or ThreadPoolExecutor(UPLOADS, "upload")
        self._room.acquire()
        sent = self._senders.submit(self._send, artifact)
        with self._lock:
            self._sending[artifact.digest] = sent
        return artifact

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes; raises MissingError (and drops them) if gone or altered."""
        data = self.cache.get(artifact)
        return data if data is not None else self._fetch(artifact).read_bytes()

    def path(self, artifact: Artifact) -> Path:
        """Return a verified, read-only file on this machine."""
        return self.cache.path(artifact) or self._fetch(artifact)

    def get_range(self, artifact: Artifact, *, start: int, size: int) -> bytes:
        """Fetch some bytes; they are verified only where the cache has all of them."""
        if path := self.cache.path(artifact):
            with open(path, "rb") as file:
                file.seek(start)
                return file.read(size)
        self._wait_for(artifact)
        size = min(size, artifact.size - start)
        try:
            key = self.shelves.key(artifact.digest)
            return read_range(self.bucket, key, start=start, size=size) if size > 0 else b""
        except TakenError:
            raise self._missing(artifact) from None

    def stones(self, artifacts: Iterable[Artifact]) -> list[Stone]:
        """Say which objects hold these bytes; raises MissingError where one is not whole.

        Waits for those that are still on their way. What was kept long ago and is wanted again is
        renewed, so that no sweep takes it.
        """
        wanted = list(artifacts)
        for artifact in wanted:
            self._wait_for(artifact)
        etags = dict(zip(wanted, self._looks(self._etag, wanted), strict=True))
        for artifact, etag in etags.items():
            if not etag:
                raise self._missing(artifact)
        return [Stone(digest=a.digest, size=a.size, etag=etag) for a, etag in etags.items()]

    def are_whole(self, stones: Iterable[Stone]) -> bool:
        """Tell whether all of these bytes lie in the bucket as they were kept."""
        doubtful = []
        for stone in stones:
            answered, found = self.shelves.look(stone.digest)
            if answered and found is None:
                return False
            if found is None or (found.etag, found.size) != (stone.etag, stone.size):
                doubtful.append(stone)
        return all(self._looks(self._is_whole, doubtful))

    def _looks(self, look: Callable[[T], R], items: list[T]) -> Iterable[R]:
        """Ask the bucket about many things at once."""
        if len(items) < 2:
            return map(look, items)
        with self._lock:
            self._lookers = self._lookers or ThreadPoolExecutor(LOOKS, "look")
        return self._lookers.map(look, items)

    def _send(self, artifact: Artifact) -> None:
        try:
            if not self._is_there(artifact):
                key, path = self.shelves.key(artifact.digest), self.path(artifact)
                etag = upload(
                    self.bucket, key, str(path), digest=artifact.digest, single=self._single
                )
                self._know(artifact.digest, etag)
        finally:
            self._room.release()

    def _wait_for(self, artifact: Artifact) -> None:
        """Wait until a file is in the bucket, if it is on its way; raises what went wrong."""
        with self._lock:
            sending = self._sending.get(artifact.digest)
        if sending:
            sending.result()
            with self._lock:
                self._sending.pop(artifact.digest, None)

    def _etag(self, artifact: Artifact) -> str:
        etag, at = self._known.get(artifact.digest, ("", 0.0))
        if etag and time.monotonic() - at < OLD / 2:
            return etag
        return self._known[artifact.digest][0] if self._is_there(artifact) else ""

    def _know(self, digest: str, etag: str) -> None:
        self._known[digest] = (etag, time.monotonic())

    def _is_there(self, artifact: Artifact) -> bool:
        """Tell whether the bytes are in the bucket, whole and young: old ones are renewed."""
        found = self.bucket.head(self.shelves.key(artifact.digest))
        if found is None or not self._holds(found, artifact.digest, artifact.size):
            return False
        etag = found.etag
        if found.now - found.modified > OLD:
            if found.size > LARGEST_COPY:
                return False
            try:
                etag = self.bucket.touch(found, digest=artifact.digest)
            except TakenError:
                return False
        self._know(artifact.digest, etag)
        return True

    def _is_whole(self, stone: Stone) -> bool:
        found = self.bucket.head(self.shelves.key(stone.digest))
        if found is None:
            return False
        same = (found.etag, found.size) == (stone.etag, stone.size)
        return same or self._holds(found, stone.digest, stone.size)

    def _holds(self, found: Found, digest: str, size: int) -> bool:
        """Tell whether an object holds what its name says: by its seal, or else by its bytes.

        Bytes without a seal were written by somebody else; whole ones are sealed, others dropped.
        """
        if found.digest == digest and found.size == size:
            return True
        with self.cache.shelf.scratch() as scratch:
            path = scratch / "doubtful"
            try:
                _, seen = download(self.bucket, found.key, str(path), size=found.size)
                if seen == digest:
                    self.bucket.touch(found, digest=digest)
                    return found.size == size
                self.bucket.delete(found.key, only=found.etag)
            except TakenError:  # it is being written just now
                return False
        return False

    def _fetch(self, artifact: Artifact) -> Path:
        """Bring bytes to this machine; raises MissingError, dropping what is not what it should."""
        self._wait_for(artifact)
        key = self.shelves.key(artifact.digest)

        def fetch(path: str) -> None:
            found, digest = download(self.bucket, key, path, size=artifact.size)
            if digest != artifact.digest:
                self.bucket.delete(key, only=found.etag)
                raise MissingError(
                    f"the {artifact.kind} {artifact.digest} in {self.bucket.place.uri} was altered "
                    "or cut short; it has been dropped",
                    hint="run the same command again: what is missing is made again",
                )

        try:
            self.cache.fetched(artifact, fetch)
        except TakenError:
            raise self._missing(artifact) from None
        return self.cache.path(artifact) or self._fetch(artifact)

    def _missing(self, artifact: Artifact) -> MissingError:
        return MissingError(
            f"{self.bucket.place.uri} has no {artifact.kind} {artifact.digest}",
            hint="run the same command again: what is missing is made again",
        )

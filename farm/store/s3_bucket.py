"""A bucket: the one door to boto3. Requests are patient, conditional where asked, and checked.

Times are the server's own, in seconds of the epoch: nobody's clock is compared with another's.
"""

import base64
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, BinaryIO, TypeVar

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from farm.digest import digest_bytes
from farm.errors import StoreError
from farm.store.s3_faults import fault, is_absent, is_passing, is_taken, status_of
from farm.store.s3_listing import read_quickly
from farm.store.s3_patience import Patience
from farm.store.s3_place import Place

T = TypeVar("T")
CONNECTIONS = 64
MOST_DELETED = 1000  # the protocol's limit for one request
SEALED = "sha256"
PIECE = 256 << 10
"""Bytes that are read at a time: hashed and written while the processor still has them at hand."""

BRIEF = 24


class TakenError(Exception):
    """A conditional request came too late: somebody else wrote first, or took it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as the server describes it: what `digest` its bytes were sealed with, if any.

    `modified` is when it was written, `now` when this was said: both by the server's clock.
    """

    key: str
    size: int
    etag: str
    modified: float
    now: float = 0.0
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A small object with its bytes."""

    found: Found
    data: bytes


class Bucket:
    """What the farm asks of a bucket; keys are counted from the place's prefix.

    Every method raises StoreError, or FullError, with what a person can do about it.
    """

    def __init__(self, place: Place, *, patience: Patience | None = None) -> None:
        self.place = place
        self.patience = patience or Patience()
        self._opening = threading.Lock()
        self._opened: Any = None  # Any: boto3's clients are made at run time

    def put(
        self, key: str, body: bytes | BinaryIO, *, digest: str = "", only_new: bool = False,
        only_over: str = "",
    ) -> str:  # fmt: skip
        """Write an object whole or not at all, and return its ETag; a file needs its digest.

        The server checks the bytes against their SHA-256. With `only_new` nothing may be there,
        with `only_over` only the object of that ETag; raises TakenError otherwise.
        """
        digest = digest or digest_bytes(body if isinstance(body, bytes) else body.read())
        terms = self._terms(key) | self.place.encryption | _sealed(digest)
        terms |= {"IfNoneMatch": "*"} if only_new else {}
        terms |= {"IfMatch": only_over} if only_over else {}

        def write() -> str:
            if not isinstance(body, bytes):
                body.seek(0)
            return str(self._client.put_object(Body=body, **terms)["ETag"])

        return self._ask(write, doing=f"writing {_brief(key)}")

    def get(self, key: str) -> Fetched | None:
        """Fetch a small object, or None."""

        def read() -> Fetched:
            answer = self._client.get_object(**self._terms(key))
            return Fetched(data=answer["Body"].read(), found=_found(key, answer))

        return self._ask_for(read, doing=f"reading {_brief(key)}")

    def head(self, key: str) -> Found | None:
        """Describe an object, or return None."""

        def look() -> Found:
            try:
                answer = self._client.head_object(**self._terms(key), ChecksumMode="ENABLED")
            except ClientError as error:
                if status_of(error) in (301, 400, 403):  # HEAD is answered without a reason
                    self._client.get_object(**self._terms(key), Range="bytes=0-0")
                raise
            return _found(key, answer)

        return self._ask_for(look, doing=f"looking at {_brief(key)}")

    def stream(
        self, key: str, *, start: int = 0, end: int | None = None, etag: str = ""
    ) -> tuple[Found, Iterator[bytes]]:
        """Begin to read an object from `start` up to `end`, if it is the one of that ETag.

        Asks once, and patiently is the caller's to be.
        """
        span = {"Range": f"bytes={start}-{end - 1}"} if end is not None else {}
        terms = self._terms(key) | span | ({"IfMatch": etag} if etag else {})
        answer = self._client.get_object(**terms)
        return _found(key, answer), answer["Body"].iter_chunks(PIECE)

    def listing(self, prefix: str) -> Iterator[Found]:
        """List the objects under a prefix, in order, a page of a thousand at a time."""
        terms = {"Bucket": self.place.bucket, "Prefix": self.place.prefix + prefix}
        more: str | None = None
        while True:
            paged = terms | ({"ContinuationToken": more} if more else {})
            answer = self._ask(
                lambda paged=paged: self._client.list_objects_v2(**paged),  # type: ignore[misc]  # mypy has no type for a default
                doing=f"listing {prefix}",
            )
            yield from (self._listed(row) for row in answer.get("Contents", ()))
            more = answer.get("NextContinuationToken")
            if not more:
                return

    def delete(self, key: str, *, only: str = "", seconds: float = 0.0) -> bool:
        """Remove an object, or only the one of an ETag; False if it is another one by now."""
        terms = self._terms(key) | ({"IfMatch": only} if only else {})
        try:
            self._ask(
                lambda: self._client.delete_object(**terms),
                doing=f"removing {_brief(key)}",
                seconds=seconds,
            )
        except TakenError:
            return False
        return True

    def delete_all(self, keys: list[str]) -> None:
        """Remove many objects with few requests."""
        for at in range(0, len(keys), MOST_DELETED):
            names = [{"Key": self.place.prefix + key} for key in keys[at : at + MOST_DELETED]]
            terms = {"Bucket": self.place.bucket, "Delete": {"Objects": names, "Quiet": True}}
            answer = self._ask(
                lambda terms=terms: self._client.delete_objects(**terms),  # type: ignore[misc]  # as above
                doing="removing objects",
            )
            if refused := answer.get("Errors"):
                raise StoreError(
                    f"{self.place.uri} cannot be swept ({refused[0].get('Code')})",
                    hint="let the role delete under the prefix (see infra/aws)",
                )

    def touch(self, found: Found, *, digest: str) -> str:
        """Write an object over itself, so that it counts as young; return its ETag."""
        source = {"Bucket": self.place.bucket, "Key": self.place.prefix + found.key}
        terms = self._terms(found.key) | self.place.encryption
        answer = self._ask(
            lambda: self._client.copy_object(
                **terms, CopySource=source, CopySourceIfMatch=found.etag,
                MetadataDirective="REPLACE", Metadata={SEALED: digest}, ChecksumAlgorithm="SHA256",
            ),
            doing=f"renewing {_brief(found.key)}",
        )  # fmt: skip
        return str(answer["CopyObjectResult"]["ETag"])

    def multipart(self, name: str, key: str = "", /, **terms: Any) -> dict[str, Any]:  # noqa: ANN401  # what boto3 takes
        """Make one of the requests of a multipart upload."""
        more = self._terms(key) if key else {"Bucket": self.place.bucket}
        call: Callable[..., dict[str, Any]] = getattr(self._client, name)
        return self._ask(lambda: call(**more, **terms), doing=f"uploading {_brief(key)}".rstrip())

    def ask(self, call: Callable[[], T], *, doing: str) -> T:
        """Make a request that is not one of the above as patiently."""
        return self._ask(call, doing=doing)

    @property
    def _client(self) -> Any:  # noqa: ANN401  # boto3's clients are made at run time
        if self._opened is None:
            with self._opening:
                self._opened = self._opened or _client(self.place)
        return self._opened

    def _terms(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.place.bucket, "Key": self.place.prefix + key}

    def _ask(self, call: Callable[[], T], *, doing: str, seconds: float = 0.0) -> T:
        try:
            return self.patience.with_(call, passes=is_passing, seconds=seconds)
        except (BotoCoreError, ClientError, OSError) as error:
            if is_taken(error) or is_absent(error):  # S3 says 404 where what to write over is gone
                raise TakenError(f"{self.place.uri}: {doing}: somebody was faster") from None
            raise fault(error, uri=self.place.uri, doing=doing) from error

    def _ask_for(self, call: Callable[[], T], *, doing: str) -> T | None:
        def look() -> T | None:
            try:
                return call()
            except ClientError as error:
                if is_absent(error):
                    return None
                raise

        return self._ask(look, doing=doing)

    def _listed(self, row: dict[str, Any]) -> Found:
        return Found(
            key=row["Key"][len(self.place.prefix) :],
            size=row["Size"],
            etag=row["ETag"],
            modified=_seconds(row["LastModified"]),
        )


def sha256_term(digest: str) -> str:
    """Write a digest as S3 wants its checksums: base64 of the bytes."""
    return base64.b64encode(bytes.fromhex(digest)).decode()


def _client(place: Place) -> Any:  # noqa: ANN401  # as above
    """Make a client that leaves tries and checksums to us: we know what may be asked twice."""
    config = Config(
        signature_version="s3v4",
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": 1},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=10,
        read_timeout=60,
        s3={
            "addressing_style": "path" if place.endpoint else "auto",
            "payload_signing_enabled": False,  # what is signed holds the body's SHA-256 already
        },
    )
    try:
        core = botocore.session.get_session()
        core.register_component("data_loader", _descriptions())
        client = boto3.session.Session(botocore_session=core).client(
            "s3",
            endpoint_url=place.endpoint or None,
            region_name=place.region or None,
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise fault(error, uri=place.uri, doing="opening it") from error
    client.meta.events.register("before-parse.s3.ListObjectsV2", read_quickly)
    return client


@cache
def _descriptions() -> Any:  # noqa: ANN401  # as above
    """Read what botocore knows of services once for all clients: a fifth of a second each."""
    return botocore.loaders.create_loader()


def _sealed(digest: str) -> dict[str, Any]:
    return {"ChecksumSHA256": sha256_term(digest), "Metadata": {SEALED: digest}}


def _brief(key: str) -> str:
    """Name an object for people: a digest is known by its first letters."""
    return key if len(key) < BRIEF else f"{key[:BRIEF]}..."


def _found(key: str, answer: dict[str, Any]) -> Found:
    said = answer["ResponseMetadata"]["HTTPHeaders"]
    whole = answer.get("ContentRange", "").rpartition("/")[2]
    return Found(
        key=key,
        size=int(whole or answer["ContentLength"]),
        etag=answer["ETag"],
        modified=_seconds(answer["LastModified"]),
        now=_seconds(parsedate_to_datetime(said["date"])),
        digest=_seal(answer),
    )


def _seal(answer: dict[str, Any]) -> str:
    """Say what the bytes were sealed with: the checksum that S3 has of them, or what we said."""
    checksum = answer.get("ChecksumSHA256", "")
    if checksum and "-" not in checksum:
        return base64.b64decode(checksum).hex()
    return str(answer.get("Metadata", {}).get(SEALED, ""))


def _seconds(moment: datetime) -> float:
    return moment.timestamp()

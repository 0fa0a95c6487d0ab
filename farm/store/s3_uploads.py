"""Uploads: one write for what is small, parts at once for what is large, going on after a crash.

Nothing is noted on this machine: the parts that a dead worker left are found in the bucket, are
compared with the file, and are sent again only where they differ.
"""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from farm.digest import digest_bytes
from farm.store.s3_bucket import SEALED, Bucket, TakenError, sha256_term

SINGLE = 64 << 20
"""Up to here one write is fastest (measured: 1.6 times parts of 8 MiB for 50 MB EXRs)."""

PART = 32 << 20
AT_ONCE = 4
MOST_PARTS = 10_000

Begun = tuple[str, dict[int, dict[str, Any]]]  # Any: what S3 tells of a part
"""An upload under way: its name, and the parts that arrived by their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a file: its number from 1 on, where it begins, and how long it is."""

    number: int
    start: int
    size: int


def upload(  # noqa: PLR0913  # what, where to, and the two sizes that a test makes small
    bucket: Bucket, key: str, path: str, *, digest: str, single: int = SINGLE, part: int = PART
) -> str:
    """Bring a file into the bucket, checked on arrival by its SHA-256; return its ETag."""
    size = os.path.getsize(path)
    if size <= single:
        with open(path, "rb") as file:  # whole, as http.client sends a file in pieces of 16 KiB
            return bucket.put(key, file.read(), digest=digest)
    parts = list(parts_of(size, part=part))
    begun = _begun(bucket, key)
    try:
        return _send(bucket, key, path, parts, begun or _begin(bucket, key, digest))
    except TakenError:  # somebody took back what was begun
        return _send(bucket, key, path, parts, _begin(bucket, key, digest))


def parts_of(size: int, *, part: int = PART) -> Iterator[Part]:
    """Cut a file into parts: no more than S3 allows, all but the last of one size."""
    part = max(part, -(-size // MOST_PARTS))
    for number, start in enumerate(range(0, size, part), start=1):
        yield Part(number=number, start=start, size=min(part, size - start))


def abort_unfinished(bucket: Bucket, *, before: float, dry_run: bool) -> int:
    """Take back the uploads that nobody finished since `before`; return how many."""
    old = [row for row in _unfinished(bucket, "") if row["Initiated"].timestamp() < before]
    for row in [] if dry_run else old:
        key = row["Key"][len(bucket.place.prefix) :]
        bucket.multipart("abort_multipart_upload", key, UploadId=row["UploadId"])
    return len(old)


def _send(bucket: Bucket, key: str, path: str, parts: list[Part], begun: Begun) -> str:
    """Send the parts that have not arrived, and put all together."""
    name, there = begun

    def send(part: Part) -> dict[str, Any]:
        data = _read(path, part)
        checksum = sha256_term(digest_bytes(data))
        etag = _same(there.get(part.number), data, checksum)
        if not etag:
            answer = bucket.multipart(
                "upload_part", key,
                UploadId=name, PartNumber=part.number, Body=data, ChecksumSHA256=checksum,
            )  # fmt: skip
            etag = answer["ETag"]
        return {"PartNumber": part.number, "ETag": etag, "ChecksumSHA256": checksum}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        sent = list(pool.map(send, parts))
    answer = bucket.multipart(
        "complete_multipart_upload", key, UploadId=name, MultipartUpload={"Parts": sent}
    )
    return str(answer["ETag"])


def _begun(bucket: Bucket, key: str) -> Begun | None:
    """Find an upload of the same bytes that was cut off, with the parts that arrived."""
    rows = [r for r in _unfinished(bucket, key) if r["Key"] == bucket.place.prefix + key]
    if not rows:
        return None
    name = max(rows, key=lambda row: row["Initiated"])["UploadId"]
    answer = bucket.multipart("list_parts", key, UploadId=name)
    return name, {part["PartNumber"]: part for part in answer.get("Parts", ())}


def _begin(bucket: Bucket, key: str, digest: str) -> Begun:
    answer = bucket.multipart(
        "create_multipart_upload", key,
        ChecksumAlgorithm="SHA256", Metadata={SEALED: digest}, **bucket.place.encryption,
    )  # fmt: skip
    return answer["UploadId"], {}


def _unfinished(bucket: Bucket, key: str) -> list[dict[str, Any]]:
    prefix = bucket.place.prefix + key
    rows: list[dict[str, Any]] = bucket.multipart("list_multipart_uploads", Prefix=prefix).get(
        "Uploads", []
    )
    return rows


def _read(path: str, part: Part) -> bytes:
    with open(path, "rb") as file:
        file.seek(part.start)
        return file.read(part.size)


def _same(there: dict[str, Any] | None, data: bytes, checksum: str) -> str:
    """Return the ETag of a part that arrived with just these bytes, or nothing."""
    if not there or there["Size"] != len(data):
        return ""
    known = there.get("ChecksumSHA256")
    md5 = hashlib.md5(data, usedforsecurity=False).digest()
    same = known == checksum if known else there["ETag"].strip('"') == md5.hex()
    return str(there["ETag"]) if same else ""

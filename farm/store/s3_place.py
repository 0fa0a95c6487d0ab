"""Where a store in a bucket lies, as its address says it: bucket, prefix, endpoint, encryption."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from farm.errors import StoreError
from farm.registry import nearest

ENDPOINTS = ("FARM_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Where an endpoint is looked for that the address does not name; boto3 knows the last two."""

TERMS = ("endpoint", "region", "sse", "kms_key")
SSE = ("AES256", "aws:kms", "aws:kms:dsse")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HINT = "write s3://bucket/prefix, or s3://bucket/prefix?endpoint=https://host&region=name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A bucket, the prefix of everything in it (empty or ending in `/`), and how to reach it."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    sse: str = ""
    kms_key: str = ""

    @property
    def uri(self) -> str:
        """Write the place as an address that opens it on any machine; it holds no secret."""
        said = {name: value for name in TERMS if (value := getattr(self, name))}
        terms = f"?{urlencode(said, safe=':/', quote_via=quote)}" if said else ""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + terms

    @property
    def encryption(self) -> dict[str, str]:
        """Name the terms of a write that say how the server encrypts it."""
        terms = {"ServerSideEncryption": self.sse, "SSEKMSKeyId": self.kms_key}
        return {name: value for name, value in terms.items() if value}


def place_in(address: str, *, environ: Mapping[str, str] = os.environ) -> Place:
    """Read what follows `s3:` in an address; raises StoreError for what it may not say.

    Keys and passwords do not belong there, and are refused without being repeated: an address
    is written into ledgers and reports.
    """
    parts = urlsplit(f"s3://{address}")
    if "@" in parts.netloc or ":" in parts.netloc:
        raise StoreError(
            "the store's address holds a name or a password before its bucket",
            hint="keep keys in the environment or in ~/.aws/credentials, where boto3 finds them",
        )
    if not _BUCKET.fullmatch(parts.netloc):
        raise StoreError(f"{parts.netloc!r} is not the name of a bucket", hint=_HINT)
    terms = _terms(parts.query)
    return Place(
        bucket=parts.netloc,
        prefix=f"{path}/" if (path := parts.path.strip("/")) else "",
        endpoint=terms.get("endpoint") or _endpoint(environ),
        region=terms.get("region", ""),
        sse=terms.get("sse", ""),
        kms_key=terms.get("kms_key", ""),
    )


def _terms(query: str) -> dict[str, str]:
    terms = dict(parse_qsl(query))
    for name in terms:
        if name not in TERMS:
            hint = nearest(name, TERMS)
            raise StoreError(f"a store's address cannot say {name!r}", hint=hint)
    if terms.get("sse", SSE[0]) not in SSE:
        raise StoreError(f"sse={terms['sse']} is no encryption", hint=nearest(terms["sse"], SSE))
    if "endpoint" in terms:
        _check_endpoint(terms["endpoint"], where="the store's address")
    return terms


def _endpoint(environ: Mapping[str, str]) -> str:
    for name in ENDPOINTS:
        if environ.get(name):
            _check_endpoint(environ[name], where=name)
            return environ[name].rstrip("/")
    return ""


def _check_endpoint(endpoint: str, *, where: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise StoreError(
            f"{where} names an endpoint that is no address of a server",
            hint="write it as https://host or http://host:port, without a name or a password",
        )

"""Listings of a bucket, read faster than boto3 does: a run begins with hundreds of them."""

import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

_ROW = re.compile(rb"<Contents>(.*?)</Contents>", re.DOTALL)
_FIELD = re.compile(rb"<(Key|LastModified|ETag|Size)>(.*?)</\1>", re.DOTALL)


def read_quickly(
    response_dict: MutableMapping[str, Any],  # Any: a parsed answer has no static types
    customized_response_dict: MutableMapping[str, Any],
    **_: object,
) -> None:
    """Take the rows out of a listing before boto3 sees it, and read them here.

    Called by botocore before it parses an answer; errors are left to it whole, and so is the
    decoding of keys.
    """
    body = response_dict["body"]
    if response_dict["status_code"] != 200 or b"<Contents>" not in body:
        return
    customized_response_dict["Contents"] = [_row(row) for row in _ROW.findall(body)]
    response_dict["body"] = _ROW.sub(b"", body)


def _row(row: bytes) -> dict[str, Any]:
    fields = {name: unescape(value.decode()) for name, value in _FIELD.findall(row)}
    return {
        "Key": fields[b"Key"],
        "Size": int(fields[b"Size"]),
        "ETag": fields[b"ETag"],
        "LastModified": _moment(fields[b"LastModified"]),
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

"""Objects of a bucket as streams, for those who read large ones piece by piece."""

from typing import Any, BinaryIO, cast

from farm.errors import LostError, TaskError

ABSENT = ("404", "NoSuchKey", "NoSuchBucket", "403", "AccessDenied")


def open_object(bucket: str, key: str, *, start: int = 0, endpoint: str | None = None) -> BinaryIO:
    """Open an object for reading from byte `start` on.

    Raises TaskError where it is not there or not ours to read, LostError on a bad line.
    """
    import boto3  # noqa: PLC0415  # a second to import; only who reads from a bucket pays it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  # the same

    client: Any = boto3.client("s3", endpoint_url=endpoint)  # its methods have no static types
    span = {"Range": f"bytes={start}-"} if start else {}
    try:
        return cast("BinaryIO", client.get_object(Bucket=bucket, Key=key, **span)["Body"])
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        kind = TaskError if code in ABSENT else LostError
        raise kind(f"s3://{bucket}/{key}: {code}", hint="is the bucket's name right?") from error
    except BotoCoreError as error:
        raise LostError(
            f"s3://{bucket}/{key}: {error}", hint="is S3 reachable from here?"
        ) from error

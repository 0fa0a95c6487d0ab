"""What a bucket says, in the farm's words: what passes by itself, and what a person must mend."""

from typing import Any

from botocore import exceptions as said

from farm.errors import FullError, StoreError

AGAIN = "; then run the same command again: what was made is kept"

PASSING = (
    said.ConnectionError,
    said.HTTPClientError,
    said.IncompleteReadError,
    said.ResponseStreamingError,
)
"""What goes wrong on the way; a server that cannot be reached is among it."""

PASSING_CODES = frozenset({
    "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "BadDigest",
    "ThrottlingException", "RequestLimitExceeded", "OperationAborted", "IncompleteBody",
    "BandwidthLimitExceeded", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch",
    "ConditionalRequestConflict",
})  # fmt: skip
PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504})

FULL_CODES = frozenset({
    "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageFull",
    "InsufficientStorage", "InsufficientCapacity",
})  # fmt: skip
FULL_STATUS = 507

_KEYS = "give boto3 keys that are good: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE"
_TOKEN = "sign in again (such as `aws sso login`), or renew AWS_SESSION_TOKEN"  # noqa: S105  # a hint
_REGION = "name the bucket's region: AWS_REGION, or ?region=... in the store's address"

_CODES = {
    "NoSuchBucket": ("there is no such bucket", "make the bucket, or correct its name"),
    "InvalidAccessKeyId": ("the access key is not known there", _KEYS),
    "SignatureDoesNotMatch": ("the secret key is wrong", _KEYS),
    "InvalidSecurity": ("the keys are not accepted", _KEYS),
    "ExpiredToken": ("the session's token has expired", _TOKEN),
    "ExpiredTokenException": ("the session's token has expired", _TOKEN),
    "TokenRefreshRequired": ("the session's token has expired", _TOKEN),
    "RequestExpired": ("the session's token has expired", _TOKEN),
    "InvalidToken": ("the session's token is not accepted", _TOKEN),
    "AccessDenied": (
        "these keys may not do that",
        "let their role read, write, list and delete under the prefix (see infra/aws)",
    ),
    "AllAccessDisabled": ("the bucket is closed", "open it, or choose another"),
    "AccountProblem": ("the account may not use it", "see to the account"),
    "RequestTimeTooSkewed": ("this machine's clock is wrong", "set the clock (NTP)"),
    "AuthorizationHeaderMalformed": ("the region is not the bucket's", _REGION),
    "PermanentRedirect": ("the region is not the bucket's", _REGION),
    "IllegalLocationConstraintException": ("the region is not the bucket's", _REGION),
    "InvalidRegion": ("the region is not the bucket's", _REGION),
}
_STATUS = {301: "PermanentRedirect", 307: "PermanentRedirect", 403: "AccessDenied"}

_BEFORE = (
    (said.NoCredentialsError, "boto3 finds no keys", _KEYS),
    (said.PartialCredentialsError, "boto3 finds only half of a pair of keys", _KEYS),
    (said.ProfileNotFound, "AWS_PROFILE names no profile", "correct it, or take it away"),
    (said.SSOError, "the session has ended", _TOKEN),
    (said.TokenRetrievalError, "the session has ended", _TOKEN),
    (said.CredentialRetrievalError, "the keys could not be fetched", _TOKEN),
    (said.NoRegionError, "no region is named", _REGION),
)


def code_of(error: Exception) -> str:
    """Return the server's word for an error; empty where it is none of the server's."""
    return str(_answer(error).get("Error", {}).get("Code", ""))


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error, or 0."""
    return int(_answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_absent(error: Exception) -> bool:
    """Tell whether an object is not there, as far as its bucket is."""
    return code_of(error) in ("NoSuchKey", "404", "NoSuchUpload", "NotFound")


def is_taken(error: Exception) -> bool:
    """Tell whether a condition of a write did not hold."""
    return status_of(error) == 412 or code_of(error) == "PreconditionFailed"


def is_passing(error: Exception) -> bool:
    """Tell whether the same request may succeed in a moment."""
    if isinstance(error, PASSING):
        return True
    return not is_full(error) and (
        code_of(error) in PASSING_CODES or status_of(error) in PASSING_STATUS
    )


def is_full(error: Exception) -> bool:
    """Tell whether there is no room left."""
    return code_of(error) in FULL_CODES or status_of(error) == FULL_STATUS


def fault(error: Exception, *, uri: str, doing: str) -> StoreError:
    """Say what an error means to the store at `uri`; only the server's code is repeated of it."""
    if is_full(error):
        return FullError(
            f"{uri} has no room left ({code_of(error)})",
            hint="raise its quota or run `farm gc`" + AGAIN,
        )
    for kind, problem, hint in _BEFORE:
        if isinstance(error, kind):
            return StoreError(f"{uri} cannot be used: {problem}", hint=hint + AGAIN)
    if isinstance(error, said.ClientError):
        return _answered(error, uri=uri, doing=doing)
    return StoreError(
        f"{uri} cannot be reached ({doing}): {type(error).__name__}",
        hint="check the endpoint and the network" + AGAIN,
    )


def _answered(error: said.ClientError, *, uri: str, doing: str) -> StoreError:
    code = code_of(error)
    code = _STATUS.get(status_of(error), code) if code.isdigit() else code
    problem, hint = _CODES.get(code, ("the server refuses", "see what it means"))
    return StoreError(f"{uri} cannot be used ({doing}, {code}): {problem}", hint=hint + AGAIN)


def _answer(error: Exception) -> dict[str, Any]:  # Any: botocore's answers have no static types
    return error.response if isinstance(error, said.ClientError) else {}

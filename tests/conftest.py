"""Fixtures that many rooms of the tests share."""

from tests.s3.server import s3_keys, s3_server  # noqa: F401  # the fixtures

"""What a driver and its worker process say to each other: pickled values, each after its length."""

import pickle
import struct
from typing import BinaryIO

LENGTH = struct.Struct(">I")


def pack(value: object) -> bytes:
    """Write one value for a pipe: its length, then its body."""
    body = pack_body(value)
    return LENGTH.pack(len(body)) + body


def pack_body(value: object) -> bytes:
    """Write one value where the other end knows its length."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def unpack(body: bytes) -> object:
    """Read back one value; both ends are this very program."""
    value: object = pickle.loads(body)  # noqa: S301  # our own worker wrote it
    return value


def receive(file: BinaryIO) -> object:
    """Wait for one value; raises EOFError when the other end is gone."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    return unpack(file.read(*LENGTH.unpack(head)))

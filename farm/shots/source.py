"""From a file to text: what is not a readable text of a sane size is refused before it is read."""

import codecs
import re
import stat
from pathlib import Path

from farm.shots.faults import Fault, ListFaults

MIB = 1 << 20
MOST_BYTES = 8 * MIB
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def read_text(path: Path) -> str:
    """Read a shot list's text; raises ListFaults where it cannot be one."""
    try:
        raw = _read_bytes(path)
    except OSError as cause:
        reason = cause.strerror or type(cause).__name__
        raise _refused(path, f"cannot be read: {reason.lower()}", "check the path") from cause
    return text_of(raw, file=str(path))


def text_of(raw: bytes, *, file: str) -> str:
    """Decode a shot list's bytes: UTF-8, or UTF-16 and UTF-32 that say so with a mark."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as cause:
        good = raw[: cause.start].decode(encoding, "ignore")
        problem = f"byte 0x{raw[cause.start]:02x} is not {encoding.upper()} text"
        raise _at(file, good, problem, "save the list as UTF-8") from cause
    odd = _UNREADABLE.search(text)
    if odd:
        problem = f"holds the unreadable character U+{ord(odd[0]):04X}"
        hint = "save the list as UTF-8 text, without control characters"
        raise _at(file, text[: odd.start()], problem, hint)
    return text


def _read_bytes(path: Path) -> bytes:
    kind = path.stat()
    if stat.S_ISDIR(kind.st_mode):
        raise _refused(path, "is a folder", "name the shot list inside it")
    if not stat.S_ISREG(kind.st_mode):
        raise _refused(path, "is not a file", "write the list to a file first")
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1) if kind.st_size <= MOST_BYTES else None
    if raw is None or len(raw) > MOST_BYTES:
        size = max(kind.st_size, MOST_BYTES + 1) / MIB
        problem = f"is {size:.1f} MiB; a shot list holds at most {MOST_BYTES // MIB} MiB"
        raise _refused(path, problem, "cut it into several lists, or use a sweep")
    return raw


def _refused(path: Path, problem: str, hint: str) -> ListFaults:
    return ListFaults([Fault(str(path), 0, 0, "", problem, hint)])


def _at(file: str, before: str, problem: str, hint: str) -> ListFaults:
    breaks = list(_BREAK.finditer(before))
    start = breaks[-1].end() if breaks else 0
    return ListFaults([Fault(file, len(breaks) + 1, len(before) - start + 1, "", problem, hint)])

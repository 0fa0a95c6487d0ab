"""What an unquoted word of YAML means: the core schema of YAML 1.2, and nothing that surprises.

Dates, `16:9`, `yes`, `on`, `.nan` and `.inf` stay text.
"""

import math
import re

_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_FIRSTS = frozenset("0123456789+-.")
_WHOLE = re.compile(r"[-+]?[0-9]{1,30}")
_BASED = re.compile(r"0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,4})?"
)


def resolve(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted word."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRSTS:
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return int(text, 0) if _BASED.fullmatch(text) else text

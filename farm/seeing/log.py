"""A structured log: one JSON object a line, with the shot, take and task that it is about."""

import json
import sys
from pathlib import Path
from typing import IO

from farm.digest import Plain
from farm.ledger import Event

STDERR = "-"
LEVELS = {
    "failed": "error", "shot_failed": "error", "stopped": "warning", "retried": "warning",
    "waiting": "warning",
}  # fmt: skip
LEFT_OUT = ("progress",)


class Log:
    """Writes events as lines that log collectors read; appends to a file, or writes to stderr."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._show = ""
        self._file: IO[str] = sys.stderr
        if place != STDERR:
            self._file = Path(place).open("a", encoding="utf-8")  # noqa: SIM115  # closed by `close`

    def hear(self, event: Event) -> None:
        """Write one event down."""
        if event.kind == "run_started":
            self._show = str(event.body.get("show", ""))
        if event.kind not in LEFT_OUT:
            text = json.dumps(_row(event, self._show), ensure_ascii=False, default=dict)
            self._file.write(text + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._place != STDERR:
            self._file.close()


def _row(event: Event, show: str) -> dict[str, Plain]:
    names = {
        "show": show,
        "shot": event.shot,
        "stage": event.stage,
        "part": event.part,
        "take": event.part if event.stage == "draft" else "",
        "task": event.key,
    }
    body = {name: value for name, value in event.body.items() if name not in ("request", "shots")}
    said: dict[str, Plain] = {name: value for name, value in names.items() if value}
    level = LEVELS.get(event.kind, "info")
    return {"at": event.at, "level": level, "event": event.kind, **said, "body": body}

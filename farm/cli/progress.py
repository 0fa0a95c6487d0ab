"""How a run is told while it goes on: a live board on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from farm.digest import Plain
from farm.ledger import Event
from farm.report.summary import duration

Listener = Callable[[Event], None]
REFRESHES_PER_SECOND = 6


@contextmanager
def live(
    show: str, shots: list[str], *, minutes: Mapping[tuple[str, str, str], float]
) -> Iterator[Listener]:
    """Keep a board on the terminal until the work is over, then leave its last state there."""
    from rich.console import Console
    from rich.live import Live

    from farm.cli.board import Board

    console = Console(stderr=True)
    board = Board(show, shots, minutes=minutes, rows=max(4, console.height - 6))
    with Live(board, console=console, refresh_per_second=REFRESHES_PER_SECOND):
        yield board.hear


class Teller:
    """Prints a line on stderr for every event that is worth one; of what is not new, nothing."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if event.kind == "made":
            self._busy.add(event.shot)
        if event.kind in ("verdict", "delivered") and event.shot not in self._busy:
            return
        line = line_of(event)
        if line:
            print(line, file=sys.stderr, flush=True)


def line_of(event: Event) -> str:
    """Write an event as a line; empty for what happens too often to be read."""
    words = _words(event.kind, event.body)
    if not words:
        return ""
    label = " ".join(word for word in (event.shot, event.stage, event.part) if word)
    return f"{label}: {words.replace(f'{label}: ', '', 1)}" if label else words


def _words(kind: str, body: Mapping[str, Plain]) -> str:
    """Choose the words for a kind of event; most have none."""
    match kind:
        case "made":
            said = f"made in {duration(_number(body, 'seconds'))}"
        case "retried":
            wait, because = duration(_number(body, "after_seconds")), body.get("because")
            said = f"again in {wait} ({because}): {body.get('problem', '')}"
        case "waiting":
            said = f"waits for {body.get('on', 'its turn')}"
        case "failed" | "shot_failed" | "stopped" | "late" | "in_time":
            said = _trouble(kind, body)
        case "verdict":
            said = _verdict(body)
        case "mended":
            files = body.get("files")
            count = len(files) if isinstance(files, list) else 0
            said = f"mended {body.get('folder', '')}: {count} damaged files put back as they were"
        case "retimed_poorly":
            said = "the new frames are worse than a plain mix of their neighbours; look at them"
        case "delivered":
            said = f"delivered {body.get('version', '')} in {body.get('folder', '')}"
            if isinstance(missing := body.get("missing"), list) and missing:
                said += f", with slates for {', '.join(map(str, missing))}"
        case _:
            said = ""
    return said


def _trouble(kind: str, body: Mapping[str, Plain]) -> str:
    word = body.get("state", "failed") if kind == "shot_failed" else kind.replace("_", " ")
    hint = f"\n  hint: {body['hint']}" if body.get("hint") else ""
    return f"{word}: {body.get('problem', '')}{hint}"


def _verdict(body: Mapping[str, Plain]) -> str:
    circled, scores = body.get("circled"), body.get("scores")
    if not circled:
        return "no take can be used"
    score = scores.get(str(circled)) if isinstance(scores, Mapping) else None
    said = f"circled {circled}" + (f" ({score:.2f})" if isinstance(score, int | float) else "")
    return said if body.get("accepted") else f"{said}, below what is accepted"


def _number(body: Mapping[str, Plain], name: str) -> float:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else 0.0

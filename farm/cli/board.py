"""The call board: what a run looks like while it goes on, drawn from the events that it tells."""

import threading
import time
from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from farm.ledger import Event
from farm.report.story import DONE, ShotTale, Story, TaskTale
from farm.report.summary import counted, duration, money

COLUMNS = ("draft", "judge", "extend", "loop", "master", "collect")
_COLUMN = {"review": "collect", "sheet": "collect"}
_ORDER = {
    "new": 2,
    "failed": 0,
    "running": 1,
    "waiting": 2,
    "stopped": 2,
    "delivered": 3,
    "done": 3,
}


class Board:
    """Hears events on one thread and is drawn on another.

    `minutes` is what the plan expects to be worked, by shot, stage and part: the time left is
    reckoned from it.
    """

    def __init__(
        self,
        show: str,
        shots: list[str],
        *,
        minutes: Mapping[tuple[str, str, str], float],
        rows: int = 24,
    ) -> None:
        self.story = Story(show, shots={name: ShotTale(name=name) for name in shots})
        self._minutes = dict(minutes)
        self._rows = rows
        self._began = time.monotonic()
        self._first_start: float | None = None
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Take one event in."""
        with self._lock:
            self.story.hear(event)
            if event.kind == "started" and self._first_start is None:
                self._first_start = time.monotonic()

    def __rich__(self) -> RenderableType:
        """Draw shots by stages, the ones that matter most now, under one line of totals."""
        rows = self._rows
        with self._lock:
            tales = sorted(self.story.shots.values(), key=lambda tale: _ORDER[tale.state])
            shown = {tale.name for tale in tales[:rows]}
            drawn = grid([t for t in self.story.shots.values() if t.name in shown])
            rest = Text(f"and {counted(len(tales) - rows, 'shot')} more", style="dim")
            headline = self._headline()
        return Group(headline, drawn, rest) if len(tales) > rows else Group(headline, drawn)

    def _headline(self) -> Text:
        story = self.story
        line = Text.assemble((story.show, "bold"), "  ")
        words = [
            f"{counted(story.made, 'task')} made",
            f"{story.reused:,} reused",
            f"{story.failed:,} failed",
            money(story.usd),
            duration(time.monotonic() - self._began),
        ]
        line.append(", ".join(words))
        left = self.seconds_left()
        if left is not None:
            line.append(f", about {duration(max(1.0, left))} left", style="bold")
        return line

    def seconds_left(self) -> float | None:
        """Reckon the time left: what is to be worked still, at the pace of this run so far."""
        if self._first_start is None or self.story.ended:
            return None
        done = left = 0.0
        known = dict(self._minutes)
        for shot in self.story.shots.values():
            for task in shot.tasks.values():
                label = (shot.name, task.stage, task.part)
                expected = known.pop(label, 0.0) or task.minutes
                if task.state != "reused":
                    done += expected * task.share
                    left += expected * (1 - task.share) * (task.state not in ("failed", "stopped"))
        left += sum(known.values())
        elapsed = time.monotonic() - self._first_start
        return left * elapsed / done if done > 0 and elapsed > 2 else None


def grid(tales: list[ShotTale]) -> Table:
    """Draw shots by stages."""
    stages = [name for name in COLUMNS if any(_tasks(tale, name) for tale in tales)]
    columns = [name for name in COLUMNS if name in stages or name not in ("extend", "loop")]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("", *columns, "takes"):
        table.add_column(name, header_style="dim", no_wrap=True)
    for tale in tales:
        cells = [_cell(_tasks(tale, name)) for name in columns]
        table.add_row(tale.name, *cells, _takes(tale), style="dim" if tale.state == "done" else "")
    return table


def _tasks(tale: ShotTale, column: str) -> list[TaskTale]:
    return [task for task in tale.tasks.values() if _column(task) == column]


def _column(task: TaskTale) -> str:
    if task.stage == "seam":
        return "loop" if task.part.startswith("loop") else "extend"
    return _COLUMN.get(task.stage, task.stage)


def _cell(tasks: list[TaskTale]) -> Text:
    if not tasks:
        return Text("·", style="dim")
    if any(task.state == "failed" for task in tasks):
        return Text("failed", style="red")
    done = sum(task.state in DONE for task in tasks)
    if done == len(tasks):
        fresh = any(task.state == "made" for task in tasks)
        return Text(f"{done}/{done}", style="green" if fresh else "green dim")
    share = sum(task.share for task in tasks) / len(tasks)
    return Text(f"{done}/{len(tasks)} {share:4.0%}", style="yellow")


def _takes(tale: ShotTale) -> Text:
    if tale.state == "failed":
        return Text(tale.problem.splitlines()[0] if tale.problem else "failed", style="red")
    line = Text()
    for name, score in tale.scores.items():
        chosen = name == tale.circled
        line.append(
            f"({name} {score:.2f})" if chosen else f" {name} {score:.2f} ",
            style="bold" if chosen else "dim",
        )
        line.append(" ")
    if tale.folder:
        line.append(tale.version, style="green")
    return line

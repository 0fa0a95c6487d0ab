"""`farm top`: a live board of a show, drawn from its ledger, from wherever that can be read."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli.opening import names_of, open_list, settings_for
from farm.cli.options import ListPath, Roots, Store

if TYPE_CHECKING:
    from rich.console import RenderableType

    from farm.ledger import Event
    from farm.report.story import Story

SECONDS = 1.0


def top(
    shot_list: ListPath,
    store: Store = None,
    once: Annotated[bool, typer.Option("--once", help="Draw it once, and leave.")] = False,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.2, help="How often to look again.")
    ] = SECONDS,
    roots: Roots = None,
) -> None:
    """Watch a run from another terminal.

    It shows what is at work, on which machine, at what cost. It reads the ledger, so it can be
    started and left at any time.
    """
    from rich.console import Console
    from rich.live import Live

    read = open_list(shot_list, roots=roots)
    watch = Watch(read.show, names_of(read), settings_for(shot_list, store=store).ledger)
    console = Console()
    watch.look()
    if once:
        console.print(watch)
        return
    with Live(watch, console=console, auto_refresh=False) as live:
        while True:
            live.refresh()
            if watch.story.ended:
                return
            time.sleep(every)
            watch.look()


class Watch:
    """The story of the last run so far; `look` reads what has happened since."""

    def __init__(self, show: str, shots: list[str], ledger: Path) -> None:
        from farm.report.story import ShotTale, Story

        self.story: Story = Story(show, shots={name: ShotTale(name=name) for name in shots})
        self._ledger = ledger
        self._last = 0
        self._ours: set[str] = set()

    def look(self) -> None:
        """Read the events that came since the last look."""
        for event in self._news():
            self._last = event.number
            if event.kind == "run_started" and event.body.get("show") == self.story.show:
                self._ours.add(event.run)
            if event.run in self._ours:
                self.story.hear(event)

    def __rich__(self) -> "RenderableType":
        """Draw the totals, what is at work, and the shots."""
        from rich.console import Group

        from farm.cli.board import grid
        from farm.cli.watch import totals

        shots = grid(list(self.story.shots.values()))
        at_work = _at_work(self.story)
        return Group(totals(self.story), *at_work, shots)

    def _news(self) -> Iterator["Event"]:
        from farm.ledger import read_events
        from farm.ledger_file import NoLedgerError

        try:
            yield from read_events(self._ledger, after=self._last)
        except NoLedgerError:
            return


def _at_work(story: "Story") -> list["RenderableType"]:
    """List what runs now, the longest first; nothing if nothing does."""
    from rich.table import Table

    from farm.report.summary import duration

    rows = [
        (task.began, name, task)
        for name, tale in story.shots.items()
        for task in tale.tasks.values()
        if task.state == "running" and not story.ended
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("at work", "stage", "part", "since", "done", "try"):
        table.add_column(column, header_style="dim", no_wrap=True)
    for began, name, task in sorted(rows, key=lambda row: row[0]):
        since = duration(max(0.0, time.time() - began))
        table.add_row(name, task.stage, task.part, since, f"{task.share:.0%}", str(task.tries))
    return [table, ""] if rows else []

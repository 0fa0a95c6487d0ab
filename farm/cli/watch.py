"""Verbs that look at what happened, and at what happens now: status, report."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli import say
from farm.cli.opening import open_list, settings_for
from farm.cli.options import AsJson, ListPath, Roots, Store
from farm.digest import Plain

if TYPE_CHECKING:
    from farm.report.story import ShotTale, Story


def status(
    shot_list: ListPath, store: Store = None, roots: Roots = None, as_json: AsJson = False
) -> None:
    """Say how far every shot is, even during a run."""
    from farm.cli.far import standing_of
    from farm.report.gather import story_of
    from farm.report.standing import plain_story

    read = open_list(shot_list, roots=roots)
    settings = settings_for(shot_list, store=store)
    story = story_of(read, settings)
    if not story.runs and (told := standing_of(settings, read.show)):
        _tell_far(told, as_json=as_json)
        return
    if as_json:
        say.as_json(plain_story(story))
        return
    say.table(
        ("shot", "state", "stage", "done", "takes", "circled", "score", "spent"),
        [_row(tale) for tale in story.shots.values()],
    )
    print(totals(story))


def _tell_far(told: Mapping[str, Plain], *, as_json: bool) -> None:
    """Say how a run stands whose ledger lies elsewhere, as its driver keeps it in the store."""
    if as_json:
        say.as_json(dict(told))
        return
    shots = [shot for shot in _listed(told.get("shots")) if isinstance(shot, Mapping)]
    say.table(
        ("shot", "state", "done", "takes", "circled"),
        [
            (
                str(shot["shot"]),
                str(shot["state"]),
                f"{_done(shot)}/{len(_listed(shot['tasks']))}",
                str(len(_listed(shot["takes"])) or ""),
                str(shot["circled"] or ""),
            )
            for shot in shots
        ],
    )
    print(f"run {told['run']} {'has ended' if told['ended'] else 'goes on'}, on another machine")


def _done(shot: Mapping[str, Plain]) -> int:
    tasks = [task for task in _listed(shot["tasks"]) if isinstance(task, Mapping)]
    return sum(task["state"] in ("made", "reused") for task in tasks)


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []


def report(
    shot_list: ListPath,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the page [among the deliveries]."),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write JUnit XML here, one case a shot."),
    ] = None,
    store: Store = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where deliveries lie [renders].")
    ] = None,
    roots: Roots = None,
) -> None:
    """Write one page that shows the whole show.

    Takes with their scores, the critique, what was chosen, seams, costs and lineage, from the
    ledger and the store; and on demand JUnit XML for continuous integration.
    """
    from farm.naming import safe
    from farm.report.gather import gather
    from farm.report.junit import junit as junit_xml
    from farm.report.page import page_of

    read = open_list(shot_list, roots=roots)
    settings = settings_for(shot_list, store=store, out=out)
    gathered = gather(read, settings)
    _write(page or settings.out / f"{safe(read.show)}_report.html", page_of(gathered))
    if junit:
        _write(junit, junit_xml(gathered.story))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(path)


def _row(tale: "ShotTale") -> tuple[str, ...]:
    from farm.report.summary import duration, money

    tasks = list(tale.tasks.values())
    busy = [task for task in tasks if task.state == "running"]
    done = sum(task.state in ("made", "reused") for task in tasks)
    score = tale.scores.get(tale.circled)
    return (
        tale.name,
        tale.state,
        busy[-1].stage if busy else (tasks[-1].stage if tasks else ""),
        f"{done}/{len(tasks)}" if tasks else "",
        str(len(tale.takes) or ""),
        tale.circled,
        f"{score:.2f}" if score is not None else "",
        f"{money(tale.spent_usd)} {duration(tale.spent_seconds)}" if tale.spent_seconds else "",
    )


def totals(story: "Story") -> str:
    """Sum up the last run, and say whether it still goes on."""
    from farm.report.summary import counted, duration, money

    if not story.runs:
        return "nothing was run yet"
    counts = f"{counted(story.made, 'task')} made, {story.reused:,} reused, {story.failed:,} failed"
    silent = duration(max(0.0, time.time() - story.last))
    ended = "was interrupted" if story.interrupted else "has ended"
    state = ended if story.ended else f"last heard of {silent} ago"
    return f"run {story.run} {state}: {counts}, {money(story.usd)}"

"""Verbs that make, and say beforehand what they would make: plan, render."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli import Exit, say
from farm.cli.opening import check_only, names_of, open_list, settings_for
from farm.cli.options import (
    AllowedLicences,
    AsJson,
    By,
    Changes,
    Cluster,
    Executor,
    ListPath,
    Only,
    Out,
    Revenue,
    Roots,
    Store,
    Territory,
    UntilStage,
    Workers,
)
from farm.errors import BudgetError
from farm.settings import Settings

if TYPE_CHECKING:
    from farm.report.summary import Summary
    from farm.run import Plan
    from farm.shots.shot_list import ShotList


def plan(
    shot_list: ListPath,
    store: Store = None,
    until: UntilStage = "collect",
    only: Only = None,
    changes: Changes = None,
    roots: Roots = None,
    licences: AllowedLicences = None,
    revenue: Revenue = None,
    territory: Territory = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what would be made, why, and at what price.

    Nothing is made and nothing is started: the list goes along the same route as in a render, and
    what the store does not hold is priced from the models' cards.
    """
    from farm.cli.plans import plain_plan, print_plan
    from farm.cli.shelves import plain_stock, stock_line, stocks_for
    from farm.run import rehearse

    read = open_list(shot_list, changes, roots)
    check_only(read, only or ())
    settings = settings_for(
        shot_list,
        store=store,
        until=until,
        only=only or (),
        licences=licences,
        revenue=revenue,
        territory=territory,
        by=by,
    )
    found = rehearse(read, settings)
    stock = stocks_for(read, settings)
    if as_json:
        say.as_json({**plain_plan(found), "weights": [plain_stock(one) for one in stock]})
    else:
        print_plan(found)
        for one in stock:
            print(stock_line(one))
    raise typer.Exit(Exit.WRONG if found.refusals else Exit.DELIVERED)


def render(
    shot_list: ListPath,
    store: Store = None,
    out: Out = None,
    executor: Executor = None,
    cluster: Cluster = None,
    workers: Workers = None,
    until: UntilStage = "collect",
    only: Only = None,
    changes: Changes = None,
    roots: Roots = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Spend money without asking first.")
    ] = False,
    licences: AllowedLicences = None,
    revenue: Revenue = None,
    territory: Territory = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make what the list asks for, and deliver it.

    What was made before is reused. A render that was cut off goes on from there when it is run
    again, and prompts that change re-make what they touch.
    """
    from farm.report.summary import closing_line, plain

    read = open_list(shot_list, changes, roots)
    check_only(read, only or ())
    settings = settings_for(
        shot_list,
        store=store,
        out=out,
        executor=executor,
        cluster=cluster,
        workers=workers,
        until=until,
        only=only or (),
        licences=licences,
        revenue=revenue,
        territory=territory,
        by=by,
    )
    try:
        summary = _on_terminal(read, settings, yes=yes) if _terminal() else _plainly(read, settings)
    except KeyboardInterrupt:
        _tell_interrupted(read, settings)
        raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        say.as_json(plain(summary))
    else:
        _tell_ends(summary, path=shot_list)
        print(closing_line(summary))
    raise typer.Exit(summary.exit_code)


def _plainly(read: "ShotList", settings: Settings) -> "Summary":
    from farm.cli.far import SUBMISSION, beacon_for
    from farm.cli.progress import Teller
    from farm.run import render as make

    if SUBMISSION not in os.environ:
        return make(read, settings, listeners=[Teller().hear])
    beacon = beacon_for(read, settings)
    try:
        return make(read, settings, listeners=[Teller().hear, beacon.hear])
    finally:
        beacon.close()


def _on_terminal(read: "ShotList", settings: Settings, *, yes: bool) -> "Summary":
    """Ask before money is spent, then keep a live board."""
    from farm.cli.progress import live
    from farm.run import rehearse
    from farm.run import render as make

    planned = rehearse(read, settings)
    _ask(planned, yes=yes)
    minutes = {(r.shot, r.stage, r.part): r.minutes for r in planned.rows if r.verdict != "reuse"}
    with live(read.show, names_of(read), minutes=minutes) as listener:
        return make(read, settings, listeners=[listener])


def _ask(planned: "Plan", *, yes: bool) -> None:
    from farm.report.summary import money

    usd = sum(row.usd for row in planned.rows if row.verdict != "reuse")
    if usd > 0 and not yes and not typer.confirm(f"This may cost {money(usd)}. Go on?", err=True):
        raise BudgetError("nothing was made, and nothing spent", hint="--yes does not ask")


def _tell_interrupted(read: "ShotList", settings: Settings) -> None:
    from farm.cli.watch import totals
    from farm.report.gather import story_of

    say.aside(f"interrupted; {totals(story_of(read, settings))}")
    say.aside("what was made is kept: the same command goes on from there")


def _tell_ends(summary: "Summary", *, path: Path) -> None:
    """Say what became of every shot; on stderr what keeps those that are not finished."""
    for shot in summary.shots:
        name = "/".join(word for word in (shot.variant, shot.shot) if word)
        if shot.state in ("delivered", "done"):
            words = (name, shot.take, f"{shot.score:.2f}", shot.version, str(shot.folder or ""))
            print("  ".join(word for word in words if word))
        elif shot.state == "waiting" and not shot.problem:
            say.aside(f"{name}: waits for you: farm circle {path} {name} TAKE")
        else:
            hint = f"\n  hint: {shot.hint}" if shot.hint else ""
            say.aside(f"{name}: {shot.state}: {shot.problem}{hint}")


def _terminal() -> bool:
    return sys.stderr.isatty() and sys.stdin.isatty()

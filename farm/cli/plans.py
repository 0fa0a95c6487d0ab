"""How a plan is shown: per shot what is reused, run, or waits for the verdict, and why."""

from collections import Counter
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING

from farm.cli import say
from farm.cli.faults import plain_fault
from farm.digest import Plain
from farm.report.summary import counted, duration, money

if TYPE_CHECKING:
    from farm.run import Plan, PlanRow

CENT = 0.01
_VERBS = {"reuse": "reuse", "run": "run", "depends": "depends on the verdict"}


def print_plan(plan: "Plan") -> None:
    """Print a plan shot by shot, then its sums; refusals go to stderr."""
    for shot, rows in groupby(plan.rows, key=lambda row: row.shot):
        print(shot)
        for line in _lines(list(rows)):
            print(f"  {line}")
    for fault in plan.refusals:
        say.aside(str(fault))
    if not plan.refusals:
        print(totals(plan))
    for line in deadline_lines(plan):
        print(line)


def deadline_lines(plan: "Plan") -> list[str]:
    """Say whether the deadline can be met, on how many machines, and at what price."""
    found = plan.deadline
    if found is None:
        return []
    left, path = duration(60 * found.minutes_left), duration(60 * found.path_minutes)
    if not found.possible:
        return [
            f"the deadline in {left} cannot be met: the longest shot alone takes {path}",
            "  hint: drop or shorten that shot, or give it more time",
        ]
    price = money(sum(row.usd for row in plan.rows if row.verdict != "reuse"))
    needed = ", ".join(f"{n} x {kind or 'core'}" for kind, n in found.needed.items())
    if found.met:
        done = duration(60 * found.finish_minutes)
        return [f"the deadline in {left} can be met: done in {done} at the latest, {price}"]
    late = duration(60 * found.finish_minutes) if isfinite(found.finish_minutes) else "no time"
    said = (
        f"the deadline in {left} asks for {needed or 'nothing'}, {price}; with the machines there"
    )
    return [f"{said} are it may take {late}"]


def totals(plan: "Plan") -> str:
    """Sum a plan up: `3 shots: 7 tasks reused, 34 to run, 5 depend on the verdict, ...`."""
    count = Counter(row.verdict for row in plan.rows)
    work = [row for row in plan.rows if row.verdict != "reuse"]
    shots = len({row.shot for row in plan.rows})
    return (
        f"{counted(shots, 'shot')}: {counted(count['reuse'], 'task')} reused, "
        f"{count['run']:,} to run, {count['depends']:,} that depend on a verdict, "
        f"about {duration(60 * sum(row.minutes for row in work))} of one machine, "
        f"{money(sum(row.usd for row in work))}{_interval(plan)}"
    )


def _interval(plan: "Plan") -> str:
    """Say between which prices it will be, four times in five; cents are not said."""
    usd = plan.usd
    if usd is None or usd.high < CENT:
        return ""
    return f" ({money(usd.low)} to {money(usd.high)}, four times in five)"


def plain_plan(plan: "Plan") -> dict[str, Plain]:
    """Return a plan as a plain value."""
    work = [row for row in plan.rows if row.verdict != "reuse"]
    count = Counter(row.verdict for row in plan.rows)
    return {
        "tasks": [_plain_row(row) for row in plan.rows],
        "reuse": count["reuse"],
        "run": count["run"],
        "depends": count["depends"],
        "minutes": round(sum(row.minutes for row in work), 4),
        "usd": round(sum(row.usd for row in work), 6),
        "usd_low": round(plan.usd.low, 6) if plan.usd else 0.0,
        "usd_high": round(plan.usd.high, 6) if plan.usd else 0.0,
        "deadline": _plain_deadline(plan),
        "refusals": [plain_fault(fault) for fault in plan.refusals],
    }


def _plain_deadline(plan: "Plan") -> Plain:
    found = plan.deadline
    if found is None:
        return None
    finish = found.finish_minutes
    return {
        "minutes_left": round(found.minutes_left, 2),
        "path_minutes": round(found.path_minutes, 2),
        "finish_minutes": round(finish, 2) if isfinite(finish) else None,
        "needed": {kind or "core": count for kind, count in found.needed.items()},
        "possible": found.possible,
        "met": found.met,
    }


def _lines(rows: list["PlanRow"]) -> list[str]:
    """Say a shot's tasks stage by stage; neighbours that fare alike share a line."""
    lines = []
    for (stage, verdict, why), alike in groupby(rows, key=_fate):
        group = list(alike)
        seconds = 60 * sum(row.minutes for row in group)
        work = verdict != "reuse"
        lines.append(
            f"{stage:<8} {_parts([row.part for row in group]):<22} "
            f"{duration(seconds) if work else '':>6} "
            f"{money(sum(row.usd for row in group)) if work else '':>7}  "
            f"{_VERBS[verdict]}{': ' + why if why else ''}"
        )
    return lines


def _fate(row: "PlanRow") -> tuple[str, str, str]:
    """Say what is common to tasks that share a line; what all of them follow is clear enough."""
    return row.stage, row.verdict, "" if row.verdict == "depends" else row.why


def _parts(parts: list[str]) -> str:
    named = [part for part in parts if part]
    if len(named) > 3:
        return f"{named[0]} .. {named[-1]} ({len(parts)})"
    return " ".join(named)


def _plain_row(row: "PlanRow") -> dict[str, Plain]:
    return {
        "shot": row.shot,
        "stage": row.stage,
        "part": row.part,
        "verdict": row.verdict,
        "why": row.why,
        "minutes": round(row.minutes, 4),
        "usd": round(row.usd, 6),
    }

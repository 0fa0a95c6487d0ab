"""One self-contained page that shows a show: no scripts, no links out, everything escaped."""

from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from farm.report.gather import Gathered, ShotView
from farm.report.story import TaskTale
from farm.report.summary import counted, duration, money

WIDEST_BAR = 100.0
_STAGES = ("draft", "judge", "extend", "loop", "seam", "master", "collect", "review", "sheet")


def page_of(gathered: Gathered) -> bytes:
    """Write the page as UTF-8 HTML."""
    pages = Environment(
        loader=PackageLoader("farm.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters |= {"money": money, "duration": duration, "clock": _clock, "score": _score}
    html = pages.get_template("page.html").render(
        show=gathered.shot_list.show,
        source=gathered.shot_list.source.name,
        story=gathered.story,
        shots=gathered.shots,
        totals=totals(gathered),
        costs=costs(gathered),
        delivery=gathered.shot_list.delivery,
        tasks_of=tasks_of,
        asked=asked,
        counted=counted,
    )
    return html.encode("utf-8", "replace")


def totals(gathered: Gathered) -> list[tuple[str, str]]:
    """Sum the show up: what the head of the page says in large figures."""
    tales = [view.tale for view in gathered.shots]
    delivered = sum(tale.state == "delivered" for tale in tales)
    takes, both = sum(len(view.takes) for view in gathered.shots), gathered.agreement
    return [
        (f"{delivered}/{len(tales)}", "shots delivered"),
        (f"{takes:,}", "takes shot"),
        (f"{sum(len(tale.tasks) for tale in tales):,}", "tasks"),
        (duration(sum(tale.spent_seconds for tale in tales)), "machine time, all runs"),
        (money(sum(tale.spent_usd for tale in tales)), "spent, all runs"),
        *([(f"{both.agreed}/{both.chosen}", "people agree with the judge")] if both.chosen else []),
    ]


def costs(gathered: Gathered) -> list[tuple[str, list[tuple[str, float]]]]:
    """List what was spent by stage and by pool, the dearest first; nothing where nothing was."""
    sums = gathered.story.costs
    both = [("stage", sums.stages), ("pool", sums.pools)] if sums.usd else []
    return [(by, sorted(rows.items(), key=lambda row: -row[1])) for by, rows in both]


def tasks_of(view: ShotView) -> list[TaskTale]:
    """List a shot's tasks in the order of the route."""
    order = {stage: place for place, stage in enumerate(_STAGES)}
    return sorted(view.tale.tasks.values(), key=lambda task: (order.get(task.stage, 99), task.part))


def asked(view: ShotView) -> list[str]:
    """Say in a few words what the list asks of the shot, besides its prompt."""
    shot, camera = view.shot, view.shot.camera
    length = f"{shot.frames}" if shot.frames else f"{shot.duration:g}s" if shot.duration else ""
    words = [
        shot.model,
        length,
        f"{shot.rate} fps",
        shot.aspect,
        " + ".join(move.replace("_", " ") for move in camera.moves),
        f"{camera.focal_length:g}mm f/{camera.aperture:g}",
        f"extended to {shot.extend.to:g}s" if shot.extend else "",
        "looped" if shot.loop else "",
        f"continues {shot.continues}" if shot.continues else "",
        f"variant {shot.variant}" if shot.variant else "",
    ]
    return [word for word in words if word]


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else ""


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"

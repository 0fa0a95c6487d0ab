"""Verbs for a run whose driver is elsewhere: submit, watch, logs, cancel."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from farm.cli import Exit, say
from farm.cli.opening import check_only, open_list, settings_for
from farm.cli.options import AsJson, Changes, ListPath, Only, Store, UntilStage
from farm.digest import Plain
from farm.errors import SpecError

if TYPE_CHECKING:
    from farm.executors.ray_jobs import RayJobs
    from farm.report.standing import Beacon
    from farm.settings import Settings
    from farm.shots.shot_list import ShotList

SUBMISSION = "FARM_SUBMISSION"
POLL_SECONDS = 2.0
MOST_REMEMBERED = 20

Head = Annotated[
    str,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="The dashboard of the cluster, as http://head:8265."
    ),
]
Which = Annotated[
    str | None, typer.Option("--run", metavar="NAME", help="Which run, if not the last one.")
]


def submit(
    shot_list: ListPath,
    cluster: Head,
    store: Annotated[
        str, typer.Option(metavar="URI", help="A store that the cluster reaches too.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the head puts deliveries [beside the store]."),
    ] = None,
    until: UntilStage = "collect",
    only: Only = None,
    changes: Changes = None,
    as_json: AsJson = False,
) -> None:
    """Send the whole run to a Ray cluster.

    This machine may be switched off then.

    The list's folder and the farm's own code travel along, and the cluster's head drives the run.
    `farm watch`, `farm status`, `farm logs` and `farm cancel` find it through the store.
    """
    from farm.executors.ray_jobs import RayJobs

    read = open_list(shot_list, changes)
    check_only(read, only or ())
    settings = settings_for(shot_list, store=store, out=out, until=until, only=only or ())
    name = f"farm-{_slug(read.show)}-{uuid4().hex[:6]}"
    words = _words(shot_list, settings, changes or [], given_out=out)
    folder = shot_list.absolute().parent
    RayJobs(cluster).send(words, name=name, folder=folder, env={SUBMISSION: name})
    run: dict[str, Plain] = {
        "run": name, "cluster": cluster, "list": str(shot_list.absolute()), "at": time.time()
    }  # fmt: skip
    _remember(settings, read.show, run)
    if as_json:
        say.as_json(run)
    else:
        print(f"{name} was sent to {cluster}; farm watch {shot_list} --store {settings.store}")


def watch(shot_list: ListPath, store: Store = None, run: Which = None) -> None:
    """Follow a submitted run until it ends, and end as it did."""
    from farm.executors.ray_jobs import OVER, RayJobs

    read = open_list(shot_list)
    settings = settings_for(shot_list, store=store)
    sent = _sent(settings, read.show, run)
    jobs = RayJobs(str(sent["cluster"]))
    seen: dict[str, str] = {}
    while True:
        standing = jobs.standing(str(sent["run"]))
        told = standing_of(settings, read.show)
        for line in _news(told, seen):
            print(line, flush=True)
        if standing.state in OVER:
            break
        time.sleep(POLL_SECONDS)
    print(f"{sent['run']} {standing.state}: {_counts(told)}")
    raise typer.Exit(_exit(standing.state, told))


def logs(
    shot_list: ListPath,
    store: Store = None,
    run: Which = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends.")
    ] = False,
) -> None:
    """Print what the driver of a submitted run has said."""
    from farm.executors.ray_jobs import OVER, new_lines

    jobs, name = _jobs(shot_list, store, run)
    before = ""
    while True:
        over = jobs.standing(name).state in OVER
        now = jobs.log(name)
        for line in new_lines(before, now):
            print(line, flush=True)
        before = now
        if over or not follow:
            return
        time.sleep(POLL_SECONDS)


def cancel(shot_list: ListPath, store: Store = None, run: Which = None) -> None:
    """Stop a submitted run as cleanly as Ctrl-C; keep what was made."""
    jobs, name = _jobs(shot_list, store, run)
    if jobs.stop(name):
        print(f"{name} was told to stop; what was made is kept")
    else:
        say.aside(f"{name} was over already")


def standing_of(settings: "Settings", show: str) -> Mapping[str, Plain]:
    """Return how a show stands as its driver keeps it in the store; empty if none does."""
    from farm.report.standing import note_of
    from farm.store import open_store

    note = open_store(settings.store).read_note(note_of(show))
    status = note.get("status") if isinstance(note, Mapping) else None
    return status if isinstance(status, Mapping) else {}


def _jobs(shot_list: Path, store: str | None, run: str | None) -> "tuple[RayJobs, str]":
    from farm.executors.ray_jobs import RayJobs

    read: ShotList = open_list(shot_list)
    sent = _sent(settings_for(shot_list, store=store), read.show, run)
    return RayJobs(str(sent["cluster"])), str(sent["run"])


def _words(
    shot_list: Path, settings: "Settings", changes: list[str], *, given_out: Path | None
) -> list[str]:
    """Write the command that the head runs, in a copy of the list's folder."""
    from farm.settings import local_path

    home = local_path(settings.store)
    if given_out is None and home is None:
        raise SpecError(
            "where are deliveries to go? The list's folder is a copy on the head",
            hint="give a folder that the head keeps: --out /mnt/renders",
        )
    out = given_out or (home.parent / "renders" if home else Path())
    words = ["render", shot_list.name, "--store", settings.store, "--out", str(out), "--yes"]
    words += ["--until", settings.until, "--json"]
    if not settings.pools:
        words += ["--cluster", "auto"]
    elif not (shot_list.absolute().parent / "farm.toml").is_file():
        raise SpecError(
            "the pools are named in a farm.toml above the list's folder, which does not travel",
            hint="put a farm.toml beside the list",
        )
    for shot in settings.only:
        words += ["--only", shot]
    for change in changes:
        words += ["--set", change]
    return words


def _remember(settings: "Settings", show: str, run: dict[str, Plain]) -> None:
    from farm.store import open_store

    store = open_store(settings.store)
    sent = [*_all_sent(settings, show), run][-MOST_REMEMBERED:]
    store.write_note(_note(show), sent)


def _all_sent(settings: "Settings", show: str) -> list[Mapping[str, Plain]]:
    from farm.store import open_store

    note = open_store(settings.store).read_note(_note(show))
    return [each for each in note if isinstance(each, Mapping)] if isinstance(note, list) else []


def _sent(settings: "Settings", show: str, name: str | None) -> Mapping[str, Plain]:
    """Find a submitted run of a show in the store."""
    sent = [each for each in _all_sent(settings, show) if name in (None, each.get("run"))]
    if not sent:
        which = f"no run {name}" if name else "no run"
        raise SpecError(
            f"{which} of {show} was submitted with the store {settings.store}",
            hint="name the store that `farm submit` was given: --store URI",
        )
    return sent[-1]


def _note(show: str) -> str:
    from farm.naming import safe

    return f"submitted/{safe(show)}"


def _slug(show: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", show).strip("-").lower()[:40] or "show"


def _news(told: Mapping[str, Plain], seen: dict[str, str]) -> Iterator[str]:
    """Yield a line for every shot whose state has changed since."""
    shots = told.get("shots")
    for shot in shots if isinstance(shots, list) else []:
        if isinstance(shot, Mapping):
            name, state = str(shot["shot"]), str(shot["state"])
            if seen.get(name, "new") != state:
                yield "  ".join(w for w in (name, state, str(shot.get("problem") or "")) if w)
            seen[name] = state


def _counts(told: Mapping[str, Plain]) -> str:
    if not told:
        return "it told nothing"
    made, reused, failed = (told.get(f"tasks_{n}", 0) for n in ("made", "reused", "failed"))
    return f"{made} tasks made, {reused} reused, {failed} failed, ${told.get('usd', 0):.2f}"


def _exit(state: str, told: Mapping[str, Plain]) -> Exit:
    """Choose the exit code that the run itself ended with."""
    if state == "stopped":
        return Exit.INTERRUPTED
    listed = told.get("shots")
    shots = listed if isinstance(listed, list) else []
    states = {str(shot["state"]) for shot in shots if isinstance(shot, Mapping)}
    codes = {"failed": Exit.SOME_FAILED, "stopped": Exit.BUDGET, "waiting": Exit.WAITS}
    worst = next((code for word, code in codes.items() if word in states), Exit.DELIVERED)
    return worst if worst or state == "ended" else Exit.SOME_FAILED


def beacon_for(read: "ShotList", settings: "Settings") -> "Beacon":
    """Return what keeps the run's standing in the store where its driver was submitted."""
    from farm.cli.opening import names_of
    from farm.report.standing import Beacon
    from farm.store import open_store

    sender = os.environ.get(SUBMISSION, "")
    return Beacon(open_store(settings.store), show=read.show, shots=names_of(read), sender=sender)

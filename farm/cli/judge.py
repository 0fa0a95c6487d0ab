"""Verbs of choosing: takes shows what was shot and what the judge says; circle overrules it."""

import getpass
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from farm.cli import say
from farm.cli.opening import open_list, settings_for
from farm.cli.options import AsJson, ListPath, Roots, ShotName, Store
from farm.digest import Plain
from farm.errors import SpecError
from farm.registry import nearest
from farm.report.story import DONE

if TYPE_CHECKING:
    from farm.cli.pictures import Way
    from farm.report.agreement import Agreement
    from farm.report.gather import ShotView, TakeView
    from farm.settings import Settings
    from farm.shots.shot_list import ShotList


def takes(
    shot_list: ListPath,
    shot: ShotName,
    store: Store = None,
    roots: Roots = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Show frames, where it can be done.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Show a shot's takes, and what the judge says.

    Frames of each take are shown in the terminal: in the protocol of kitty or iTerm2, as sixels, or
    in coloured half blocks. FARM_PICTURES says which, or none.
    """
    from farm.cli.pictures import way_of

    read = open_list(shot_list, roots=roots)
    settings = settings_for(shot_list, store=store)
    seen, agreed = _look(read, settings, shot), _agreement(read, settings)
    if as_json:
        say.as_json({**_plain(seen), "agreement": agreed.plain()})
        return
    if pictures and (way := way_of()) != "none":
        _show(seen, settings, way)
    axes = list(
        dict.fromkeys(axis.axis for take in seen.takes for axis in take.axes if axis.weight)
    )
    say.table(("take", "score", *axes, ""), [_row(take, axes, seen) for take in seen.takes])
    if seen.chosen_why:
        print(f"\n{seen.circled} is circled by {seen.chosen_by}: {seen.chosen_why}")
    for critique in seen.critiques:
        print(f"\n{critique}")
    words = sorted({word for take in seen.takes for word in take.not_understood})
    if words:
        print(f"\nnot understood: {', '.join(words)}")
    for line in _steps(seen, handles=read.delivery.handles):
        print(line)
    if agreed.said:
        print(f"\n{agreed.said}")


def circle(
    shot_list: ListPath,
    shot: ShotName,
    take: Annotated[
        str,
        typer.Argument(metavar="TAKE", help="The take to master.", show_default=False),
    ] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason, for those who ask.")] = "",
    clear: Annotated[
        bool, typer.Option("--clear", help="Take the pick back: the judge's circle holds again.")
    ] = False,
    store: Store = None,
    roots: Roots = None,
) -> None:
    """Circle a take yourself; it wins over the judge's."""
    from farm.report.gather import pick_note
    from farm.store import open_store

    if clear == bool(take):
        hint = f"farm circle {shot_list} {shot} t02, or --clear to take a pick back"
        raise SpecError("circle takes either the name of a take or --clear", hint=hint)
    read = open_list(shot_list, roots=roots)
    settings = settings_for(shot_list, store=store)
    seen = _look(read, settings, shot)
    names = [each.name for each in seen.takes if each.task.state in DONE]
    if take and take not in names:
        raise SpecError(f"{shot} has no take named {take!r}", hint=nearest(take, names))
    note: Plain = {"take": take, "why": why, "by": _who(), "at": _now()} if take else None
    open_store(settings.store).write_note(pick_note(read.show, seen.tale.name), note)
    _remember(read, settings, seen, note if isinstance(note, dict) else None)
    said = f"{take} is circled" if take else "the judge's circle holds again"
    print(f"{seen.tale.name}: {said}; farm render {shot_list} goes on from there")


def _remember(
    read: "ShotList", settings: "Settings", seen: "ShotView", note: dict[str, Plain] | None
) -> None:
    """Tell the ledger of a pick, beside what the judge had circled."""
    from farm.ledger import Ledger
    from farm.report.agreement import pick_event

    with Ledger(settings.ledger) as ledger:
        ledger.write(
            pick_event(
                at=time.time(),
                show=read.show,
                shot=seen.tale.name,
                note=note,
                judged=seen.tale.circled,
            )
        )


def _agreement(read: "ShotList", settings: "Settings") -> "Agreement":
    from farm.ledger import read_events
    from farm.report.agreement import agreement

    events = read_events(settings.ledger) if settings.ledger.exists() else ()
    return agreement(events, show=read.show)


def _show(seen: "ShotView", settings: "Settings", way: "Way") -> None:
    """Draw the beginning, middle and end of every take."""
    from farm.cli.pictures import drawn
    from farm.report.pictures import strip
    from farm.store import open_store

    store = open_store(settings.store)
    for take in seen.takes:
        picture = strip(store, take.task.key)
        if picture is not None:
            print(f"{take.name}\n{drawn(picture, way)}")


def _steps(seen: "ShotView", *, handles: int) -> list[str]:
    """Say of the circled take what happens in it, step by step, and when."""
    from farm.shots.request import shot_frames

    take = next((take for take in seen.takes if take.name == seen.circled), None)
    if take is None or not take.steps:
        return []
    first = shot_frames(seen.shot).first - (0 if seen.shot.loop else handles)
    said = [
        f"  {step.said}: {step.happened}"
        + (f", frame {first + step.frame}" if step.frame is not None else f" ({step.why})")
        for step in take.steps
    ]
    return [f"\n{take.name}, step by step:", *said]


def _look(read: "ShotList", settings: "Settings", name: str) -> "ShotView":
    """Find what is known of one shot; raises SpecError where nothing is."""
    from farm.report.gather import Source, name_of, story_of, view
    from farm.store import open_store

    named = {name_of(shot): shot for shot in read.shots}
    if name not in named:
        raise SpecError(
            f"{read.source}: there is no shot named {name!r}", hint=nearest(name, named)
        )
    tale = story_of(read, settings).shots[name]
    if not tale.takes:
        hint = f"farm render {read.source} --until judge --only {named[name].shot}"
        raise SpecError(f"{name} has no takes yet", hint=hint)
    source = Source(store=open_store(settings.store), ledger=settings.ledger, pictured=False)
    return view(named[name], tale, source, show=read.show)


def _row(take: "TakeView", axes: list[str], seen: "ShotView") -> tuple[str, ...]:
    scores = {axis.axis: f"{axis.score:.2f}" for axis in take.axes}
    mark = f"circled by {seen.chosen_by}" if take.name == seen.circled else ""
    if take.thrown_out:
        mark = f"thrown out: {', '.join(take.thrown_out)}"
    elif take.task.state == "failed":
        mark = f"failed: {take.task.problem}"
    total = f"{take.score:.2f}" if take.score is not None else ""
    return (take.name, total, *(scores.get(axis, "") for axis in axes), mark)


def _plain(seen: "ShotView") -> dict[str, Plain]:
    return {
        "shot": seen.tale.name,
        "circled": seen.circled or None,
        "chosen_by": seen.chosen_by if seen.circled else None,
        "chosen_why": seen.chosen_why or None,
        "critiques": list(seen.critiques),
        "takes": [_plain_take(take) for take in seen.takes],
    }


def _plain_take(take: "TakeView") -> dict[str, Plain]:
    return {
        "take": take.name,
        "seed": take.seed,
        "state": take.task.state,
        "score": take.score,
        "thrown_out": list(take.thrown_out),
        "axes": {
            axis.axis: {
                "score": axis.score,
                "weight": axis.weight,
                "gate": axis.gate,
                "said": axis.said,
                "frames": list(axis.frames),
            }
            for axis in take.axes
        },
        "steps": [
            {"said": step.said, "happened": step.happened, "frame": step.frame, "why": step.why}
            for step in take.steps
        ],
        "not_understood": list(take.not_understood),
        "key": take.task.key,
    }


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "a person"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

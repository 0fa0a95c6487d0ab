"""What the page needs to know: the list, the ledger's story, and what the store still holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from farm.digest import Plain
from farm.errors import StoreError
from farm.ledger import last_requests, read_events
from farm.report.agreement import Agreement, agreement
from farm.report.pictures import poster, stills
from farm.report.story import ShotTale, Story, TaskTale, tell
from farm.settings import Settings
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot
from farm.store import open_store
from farm.store.base import Store
from farm.task import Outcome

MOST_PICTURED = 300
"""Shows with more shots than this get a page without pictures, or it could not be opened."""

STILLS_AT = (0.0, 0.5, 1.0)
MOST_STILLS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What the judge found about a take on one axis."""

    axis: str
    score: float
    weight: float
    gate: bool
    broken: bool
    said: str
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of the prompt: whether the judge saw it happen, and at which frame, from 0."""

    said: str
    happened: str
    frame: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeView:
    """One take as the page shows it; `not_understood` are words of the prompt."""

    name: str
    score: float | None
    seed: str
    axes: tuple[Axis, ...]
    thrown_out: tuple[str, ...]
    not_understood: tuple[str, ...]
    poster: str
    task: TaskTale
    steps: tuple[StepView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeamView:
    """How well a joint holds."""

    part: str
    score: float
    ok: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotView:
    """One shot as the page shows it.

    `chosen_by` is the judge, or whoever circled the take, and `chosen_why` what they gave as the
    reason.
    """

    shot: Shot
    tale: ShotTale
    takes: tuple[TakeView, ...]
    circled: str
    chosen_by: str
    chosen_why: str
    critiques: tuple[str, ...]
    seams: tuple[SeamView, ...]
    stills: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the page's knowledge comes from, and whether it takes pictures too."""

    store: Store
    ledger: Path
    pictured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The whole show."""

    shot_list: ShotList
    story: Story
    shots: tuple[ShotView, ...]
    agreement: Agreement


def gather(shot_list: ShotList, settings: Settings) -> Gathered:
    """Put together what the list asked, the ledger tells and the store holds."""
    named = {name_of(shot): shot for shot in shot_list.shots}
    story = story_of(shot_list, settings)
    store = open_store(settings.store)
    source = Source(store=store, ledger=settings.ledger, pictured=len(named) <= MOST_PICTURED)
    views = [
        view(named[name], tale, source, show=shot_list.show) for name, tale in story.shots.items()
    ]
    events = read_events(settings.ledger) if settings.ledger.exists() else ()
    return Gathered(
        shot_list=shot_list,
        story=story,
        shots=tuple(views),
        agreement=agreement(events, show=shot_list.show),
    )


def story_of(shot_list: ShotList, settings: Settings) -> Story:
    """Tell what became of every shot of a list, also where nothing was run yet."""
    events = read_events(settings.ledger) if settings.ledger.exists() else ()
    return tell(events, show=shot_list.show, shots=map(name_of, shot_list.shots))


def name_of(shot: Shot) -> str:
    """Name a shot as events do: `tonic_9x16/sq010_sh0010`."""
    return "/".join(word for word in (shot.variant, shot.shot) if word)


def view(shot: Shot, tale: ShotTale, source: Source, *, show: str) -> ShotView:
    """Look one shot up in the store; what is no longer there is left out."""
    store = source.store
    pick = store.read_note(pick_note(show, tale.name))
    verdicts = [_verdict(task, store) for task in sorted(tale.of("judge"), key=lambda t: t.part)]
    drafts = sorted(tale.of("draft"), key=lambda task: task.part)
    posters = _posters(tale, store) if source.pictured else {}
    seeds = _seeds(tale, drafts, source.ledger)
    circled = str(pick["take"]) if isinstance(pick, Mapping) else tale.circled
    return ShotView(
        shot=shot,
        tale=tale,
        takes=tuple(
            _take(
                task,
                store,
                _said_of(task.part, verdicts),
                poster=posters.get(task.part, ""),
                seed=seeds.get(task.part, ""),
            )
            for task in drafts
        ),
        circled=circled,
        chosen_by=_chosen_by(pick, shot),
        chosen_why=str(pick.get("why") or "") if isinstance(pick, Mapping) else "",
        critiques=tuple(str(v["critique"]) for v in verdicts if v.get("critique")),
        seams=tuple(_seams(tale)),
        stills=_stills(tale, circled, store) if source.pictured else (),
    )


def _chosen_by(pick: Plain, shot: Shot) -> str:
    if isinstance(pick, Mapping):
        return str(pick.get("by") or "a person")
    return "the judge, until a person does" if shot.judge.choose == "human" else "the judge"


def pick_note(show: str, name: str) -> str:
    """Name the note that keeps a person's pick of a shot."""
    return f"picks/{show}/{name}"


def _take(
    task: TaskTale, store: Store, said: Mapping[str, Plain], *, poster: str, seed: str
) -> TakeView:
    outcome = recall(store, task.key)
    facts = outcome.facts if outcome else {}
    axes, total = said.get("axes"), said.get("total")
    return TakeView(
        name=task.part,
        score=float(total) if isinstance(total, int | float) else None,
        seed=seed,
        axes=tuple(_axes(axes)) if isinstance(axes, Mapping) else (),
        thrown_out=_words(said.get("broken")),
        not_understood=_words(facts.get("not_understood")),
        poster=poster,
        task=task,
        steps=tuple(_steps(axes)) if isinstance(axes, Mapping) else (),
    )


def _posters(tale: ShotTale, store: Store) -> dict[str, str]:
    """Find the posters that came with the contact sheet, by take."""
    outcomes = [recall(store, task.key) for task in tale.of("sheet")]
    return {
        name.removeprefix("thumb."): poster(store, artifact)
        for outcome in outcomes
        if outcome
        for name, artifact in outcome.outputs.items()
        if name.startswith("thumb.")
    }


def _stills(tale: ShotTale, circled: str, store: Store) -> tuple[str, ...]:
    """Show how the circled take begins and ends, and how its extension or loop does."""
    drafts = [task for task in tale.of("draft") if task.part == circled]
    found: list[str] = []
    for task in [*drafts, *sorted(tale.of("extend", "loop"), key=lambda task: task.part)]:
        outcome = recall(store, task.key)
        if outcome and "clip" in outcome.outputs:
            found += stills(store, outcome.outputs["clip"], at=STILLS_AT)
    return tuple(found[:MOST_STILLS])


def _seeds(tale: ShotTale, drafts: list[TaskTale], ledger: Path) -> dict[str, str]:
    asked = last_requests(ledger, [(tale.name, "draft", task.part) for task in drafts])
    seeds = {}
    for (_, _, part), request in asked.items():
        params = request.get("params")
        seeds[part] = str(params.get("seed", "")) if isinstance(params, Mapping) else ""
    return seeds


def _said_of(take: str, verdicts: list[Mapping[str, Plain]]) -> Mapping[str, Plain]:
    """Find what the last round that judged a take said of it."""
    for verdict in reversed(verdicts):
        takes = verdict.get("takes")
        said = takes.get(take) if isinstance(takes, Mapping) else None
        if isinstance(said, Mapping):
            return said
    return {}


def _axes(axes: Mapping[str, Plain]) -> list[Axis]:
    found = []
    for name, said in axes.items():
        if isinstance(said, Mapping):
            frames = said.get("frames")
            found.append(
                Axis(
                    axis=name,
                    score=_number(said.get("score")),
                    weight=_number(said.get("weight")),
                    gate=bool(said.get("gate")),
                    broken=bool(said.get("broken")),
                    said=str(said.get("said", "")),
                    frames=tuple(int(_number(f)) for f in frames)
                    if isinstance(frames, list)
                    else (),
                )
            )
    return found


def _steps(axes: Mapping[str, Plain]) -> list[StepView]:
    """Read what the judge saw of every step; where a vision critic was asked too, it is told."""
    seen, asked = (_told_steps(axes.get(axis)) for axis in ("steps", "vision"))
    views = []
    for number, step in seen.items():
        frame, sight = step.get("frame"), asked.get(number, {})
        why = str(step.get("why", ""))
        if sight:
            why += f"; the vision critic says {sight.get('happened')}"
        views.append(
            StepView(
                said=str(step.get("said", "")),
                happened=str(step.get("happened", "")),
                frame=frame if isinstance(frame, int) else None,
                why=why,
            )
        )
    return views


def _told_steps(axis: Plain) -> dict[Plain, Mapping[str, Plain]]:
    measured = axis.get("measured") if isinstance(axis, Mapping) else None
    steps = measured.get("steps") if isinstance(measured, Mapping) else None
    rows = steps if isinstance(steps, list) else []
    return {row.get("step"): row for row in rows if isinstance(row, Mapping)}


def _verdict(task: TaskTale, store: Store) -> Mapping[str, Plain]:
    outcome = recall(store, task.key)
    if outcome is None or "verdict" not in outcome.outputs:
        return {}
    try:
        verdict = json.loads(store.get(outcome.outputs["verdict"]))
    except StoreError:
        return {}
    return verdict if isinstance(verdict, dict) else {}


def _seams(tale: ShotTale) -> list[SeamView]:
    return [
        SeamView(
            part=part,
            score=_number(said.get("score")),
            ok=bool(said.get("ok")),
            said=str(said.get("said", "")),
        )
        for part, said in sorted(tale.seams.items())
    ]


def recall(store: Store, key: str) -> Outcome | None:
    """Return what a task left, or None where the store has lost it."""
    try:
        return store.recall(key)
    except StoreError:
        return None


def _number(value: Plain) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _words(value: Plain) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list | tuple) else ()

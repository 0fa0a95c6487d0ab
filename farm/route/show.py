"""The whole show: every shot its own coroutine, and one that fails takes no other with it."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from farm.cards import card_for
from farm.crew.base import Doer
from farm.errors import BudgetError, FarmError, TaskError
from farm.estimates import NOTHING_MEASURED, Estimates
from farm.panel import NOBODY, Panel
from farm.prices import FREE, Prices
from farm.route.cut import Shown, cut_show
from farm.route.extend import frames_to_add, segments
from farm.route.faces import Faces
from farm.route.footage import Footage
from farm.route.outlook import outlook
from farm.route.setup import Setup, draft_box, megapixels, with_handles
from farm.route.shoot import Order, ShotResult, State, shoot
from farm.settings import Until
from farm.shots.cutting import NAME
from farm.shots.request import delivery_size, request_for
from farm.shots.shot_list import ShotList
from farm.shots.spec import Shot

Name = tuple[str, str]
"""A shot's variant and name: unique within a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How far the show goes, where it is delivered, what machines cost, what is known of tasks."""

    out: Path
    publish: bool
    until: Until = "collect"
    only: tuple[str, ...] = ()
    panel: Panel = NOBODY
    prices: Prices = FREE
    estimates: Estimates = NOTHING_MEASURED


class WaitingError(FarmError):
    """A shot that is continued waits for a person to circle a take."""


async def shoot_show(shot_list: ShotList, doer: Doer, terms: Terms) -> tuple[ShotResult, ...]:
    """Shoot every shot of the list that is wanted, and those that they continue."""
    wanted = wanted_shots(shot_list, terms.only)
    ends: dict[Name, asyncio.Future[Footage]] = {
        (shot.variant, shot.continues): asyncio.get_running_loop().create_future()
        for shot in wanted
        if shot.continues
    }
    faces = Faces(wanted)
    known = faces if terms.panel.embedder else None
    async with asyncio.TaskGroup() as group:
        works = [
            group.create_task(_guarded(shot, shot_list, doer, terms, ends, known))
            for shot in wanted
        ]
    results = tuple(work.result() for work in works)
    if shot_list.cut and not terms.only and terms.until == "collect":
        return await _with_cut(shot_list, doer, terms, wanted, results)
    return results


async def _with_cut(
    shot_list: ShotList,
    doer: Doer,
    terms: Terms,
    shots: Sequence[Shot],
    results: tuple[ShotResult, ...],
) -> tuple[ShotResult, ...]:
    """Cut the show together; only a cut that could not be made is a result of its own."""
    shown = [
        Shown(shot=shot, reel=result.reel, why=f"{result.state}: {result.problem}")
        for shot, result in zip(shots, results, strict=True)
    ]
    try:
        await cut_show(shot_list, doer, shown, out=terms.out, prices=terms.prices)
    except FarmError as fault:
        state: State = "stopped" if isinstance(fault, BudgetError) else "failed"
        doer.tell("shot_failed", shot=NAME, state=state, problem=fault.problem, hint=fault.hint)
        failed = ShotResult(
            shot=NAME, variant="", state=state, problem=fault.problem, hint=fault.hint
        )
        return (*results, failed)
    return results


def wanted_shots(shot_list: ShotList, only: Collection[str]) -> list[Shot]:
    """Choose the shots named in `only` (all if empty) with those that they continue."""
    by_name = {_name(shot): shot for shot in shot_list.shots}
    wanted: dict[Name, Shot] = {}
    queue = [s for s in shot_list.shots if not only or s.shot in only or "/".join(_name(s)) in only]
    while queue:
        shot = queue.pop()
        wanted[_name(shot)] = shot
        before = by_name.get((shot.variant, shot.continues or ""))
        if before and _name(before) not in wanted:
            queue.append(before)
    return [shot for shot in shot_list.shots if _name(shot) in wanted]


async def _guarded(  # noqa: PLR0913, PLR0917  # a shot, its show, and what ties it to other shots
    shot: Shot,
    shot_list: ShotList,
    doer: Doer,
    terms: Terms,
    ends: Mapping[Name, "asyncio.Future[Footage]"],
    faces: Faces | None,
) -> ShotResult:
    end = ends.get(_name(shot))
    try:
        setup = replace(
            set_up(shot, shot_list, doer),
            panel=terms.panel,
            prices=terms.prices,
            estimates=terms.estimates,
            faces=faces,
        )
        before = ends.get((shot.variant, shot.continues)) if shot.continues else None
        after = await asyncio.shield(before) if before else None
        order = Order(
            until=terms.until,
            out=terms.out,
            publish=terms.publish,
            announce=end.set_result if end else None,
        )
        result = await shoot(setup, order, after=after)
    except FarmError as fault:
        result = _fallen(shot, fault)
        doer.tell(
            "shot_failed",
            shot=_path(shot),
            state=result.state,
            problem=fault.problem,
            hint=fault.hint,
        )
    doer.hold(_path(shot), 0)
    if faces:
        faces.show(shot, None)  # whoever waits for it waits no longer
    if end and not end.done():
        end.set_exception(_why_not(shot, result))
        end.exception()  # nobody may continue this shot, and then nobody asks
    return result


def set_up(shot: Shot, shot_list: ShotList, doer: Doer) -> Setup:
    """Make a shot ready: its card, its request with handles, its sizes, its outlook."""
    card = card_for(shot.model)
    size = delivery_size(shot_list.delivery.resolution, shot.aspect)
    handles = 0 if shot.loop else shot_list.delivery.handles
    request = with_handles(request_for(shot, shot_list, draft_box=draft_box(card, size)), handles)
    if shot.loop and card.limits.loops:
        request = request.model_copy(update={"loop": True})
    added = frames_to_add(shot, frames=request.frames, handles=handles)
    path = outlook(
        card,
        draft_megapixels=megapixels(request.size, request.frames),
        frame_megapixels=megapixels(size, 1),
        segments=len(segments(added, longest=card.limits.segment_frames)),
        loop=shot.loop,
    )
    return Setup(
        shot=shot,
        shot_list=shot_list,
        card=card,
        request=request,
        size=size,
        outlook=path,
        added=added,
        doer=doer,
    )


def _fallen(shot: Shot, fault: FarmError) -> ShotResult:
    state = {BudgetError: "stopped", WaitingError: "waiting"}.get(type(fault), "failed")
    return ShotResult(
        shot=shot.shot,
        variant=shot.variant,
        state=state,  # type: ignore[arg-type]  # the table above holds states only
        problem=fault.problem,
        hint=fault.hint,
    )


def _why_not(shot: Shot, result: ShotResult) -> FarmError:
    name = _path(shot)
    if result.state == "waiting":
        return WaitingError(f"{name}, which it continues, waits for a person to circle a take")
    if result.state == "stopped":
        return BudgetError(f"{name}, which it continues, was stopped by the budget")
    problem = f"{name}, which it continues, was not made: {result.problem}"
    return TaskError(problem, hint=result.hint)


def _name(shot: Shot) -> Name:
    return (shot.variant, shot.shot)


def _path(shot: Shot) -> str:
    return "/".join(word for word in _name(shot) if word)

"""One shot, from its wish to its delivery: the whole route, as it is told to a newcomer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from farm.route import reframe, retime
from farm.route.choose import Chosen, choose, numbers_of
from farm.route.collect import Package, address_of, collect, draw_sheet
from farm.route.draft import draft
from farm.route.extend import extend
from farm.route.fidelity import check_fidelity, needs_check
from farm.route.footage import Footage
from farm.route.layers import with_layers
from farm.route.loop import loop
from farm.route.master import master
from farm.route.pack import first_delivered, model_note
from farm.route.pieces import Master, Placed, Soundtrack, as_pieces, sequences
from farm.route.reel import Reel
from farm.route.seam import seam
from farm.route.setup import Setup, grouped
from farm.settings import Until

State = Literal["delivered", "done", "waiting", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotResult:
    """What became of a shot. `done` means that it went as far as it was asked with `--until`."""

    shot: str
    variant: str
    state: State
    take: str = ""
    score: float = 0.0
    version: str = ""
    folder: Path | None = None
    problem: str = ""
    hint: str = ""
    reel: Reel | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How far a shot goes and where it is delivered; a rehearsal does not publish.

    `announce` is told the footage that the shot ends with, as soon as a shot that continues this
    one could start; None where no shot does. One that is continued goes that far, whatever
    `until` says: the drafts of the next begin there.
    """

    until: Until
    out: Path
    publish: bool
    announce: Callable[[Footage], None] | None


async def shoot(setup: Setup, order: Order, *, after: Footage | None) -> ShotResult:
    """Take a shot through every stage, from the footage that it continues, if any."""

    async def route(group: asyncio.TaskGroup) -> ShotResult:
        if order.until == "draft" and not order.announce:
            numbers = numbers_of(setup, 1)[: setup.shot.takes.min]
            await draft(setup, setup.request, numbers=numbers, after=after)
            return ShotResult(shot=setup.shot.shot, variant=setup.shot.variant, state="done")
        chosen = await choose(setup, after=after)
        if setup.faces and chosen.circled:
            setup.faces.show(setup.shot, chosen.circled.clip)
        sheet = group.create_task(draw_sheet(setup, chosen))
        if chosen.circled is None:
            return _waiting(setup, chosen)
        if order.until in ("draft", "judge"):
            if order.announce:
                order.announce(await lengthen(setup, chosen.circled.footage, lambda _: None))
            return _result(setup, chosen, "done")
        done = await finish(setup, chosen.circled.footage, group, order.announce)
        if needs_check(setup):
            for chunk in done.masters:
                group.create_task(check_fidelity(setup, done.footage, chunk))
        if order.until == "master":
            return _result(setup, chosen, "done")
        package, (version, folder) = await _deliver(setup, order, group, done, chosen, sheet)
        reel = await _reel(setup, package, version)
        result = _result(setup, chosen, "delivered")
        return replace(result, version=version, folder=folder, reel=reel)

    return await grouped(route)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The masters that are being made, and the footage that they show, piece by piece."""

    masters: list[Master]
    footage: list[Footage]

    def sound(self, setup: Setup) -> Soundtrack | None:
        """Return the sound of the last piece, whose state holds all the frames before it."""
        audio = self.footage[-1].beside.get("audio")
        start = self.masters[0].frames.first / setup.shot.rate.value
        return Soundtrack(artifact=audio, seconds=float(start)) if audio else None


async def _deliver(  # noqa: PLR0913, PLR0917  # one shot's whole luggage
    setup: Setup,
    order: Order,
    group: asyncio.TaskGroup,
    done: Finished,
    chosen: Chosen,
    sheet: "asyncio.Task[Placed]",
) -> tuple[Package, tuple[str, Path | None]]:
    """Deliver the masters, and beside them what is re-composed of them."""
    assert chosen.circled
    package = Package(
        chosen=chosen,
        take=chosen.circled,
        sheet=sheet,
        masters=done.masters,
        pieces=retime.retimed(setup, as_pieces(done.masters), group),
        changes=retime.recipe(setup),
        sound=done.sound(setup),
    )
    own = group.create_task(collect(setup, package, group, out=order.out, publishing=order.publish))
    if setup.shot.reframe:
        other = reframe.reframed_setup(setup)
        pieces = await reframe.reframed(other, as_pieces(done.masters), done.footage, group)
        again = replace(
            package,
            pieces=retime.retimed(other, pieces, group),
            changes={**package.changes, **reframe.recipe(other)},
        )
        await collect(other, again, group, out=order.out, publishing=order.publish)
    return package, await own


async def _reel(setup: Setup, package: Package, version: str) -> Reel:
    """Say what the shot leaves for the cut."""
    pieces = package.pieces
    return Reel(
        address=address_of(setup),
        version=version,
        movies=setup.shot_list.delivery.movies,
        frames=tuple(await sequences(pieces)),
        first=pieces[0].frames.first,
        offset=first_delivered(setup) - pieces[0].frames.first,
        count=sum(len(piece.frames) for piece in pieces),
        handles=setup.delivered_handles,
        loops=setup.shot.loop,
        note=f"{version} {package.take.name}  {model_note(setup.card)}",
        sound=package.sound,
    )


async def finish(
    setup: Setup,
    take: Footage,
    group: asyncio.TaskGroup,
    announce: Callable[[Footage], None] | None,
) -> Finished:
    """Extend and loop the circled take; start the masters of every piece as soon as it is there.

    Money for all of it is held back first: what was judged good is not left lying for want of a
    master.
    """
    setup.doer.hold(setup.name, setup.price_to_finish)
    masters: list[Master] = []
    pieces: list[Footage] = []

    def start(footage: Footage) -> None:
        pieces.append(footage)
        made, first = master(setup, footage, group), pieces[0].start
        masters.extend(with_layers(setup, footage, made, group, start=first))

    ends = await lengthen(setup, take, start)
    if announce:
        announce(ends)
    return Finished(masters=masters, footage=pieces)


async def lengthen(setup: Setup, take: Footage, show: Callable[[Footage], None]) -> Footage:
    """Extend and loop the take; show every piece that stays as it is, and return the last.

    All this is made at draft size, so that a seam is checked before dear pixels are spent. A loop
    changes every frame, so nothing stays until it is closed.
    """
    ends = take
    if not setup.shot.loop:
        show(take)
    async for segment in extend(setup, take, check=partial(_holds, setup)):
        ends = segment
        if not setup.shot.loop:
            show(segment)
    if setup.shot.loop:
        ends = await loop(setup, ends)
        await seam(setup, part="loop", clip=ends.clip)
        show(ends)
    return ends


async def _holds(setup: Setup, part: str, before: Footage, after: Footage) -> tuple[bool, float]:
    said = await seam(setup, part=part, before=before.clip, after=after.clip)
    return said.ok, said.score


def _waiting(setup: Setup, chosen: Chosen) -> ShotResult:
    name = f"{setup.shot_list.source.name} {setup.name}"
    return replace(
        _result(setup, chosen, "waiting"),
        problem="it waits for a person to circle a take",
        hint=f"`farm takes {name}` shows them; `farm circle {name} t01`, then render again",
    )


def _result(setup: Setup, chosen: Chosen, state: State) -> ShotResult:
    shot = setup.shot
    take = chosen.circled.name if chosen.circled else ""
    return ShotResult(
        shot=shot.shot, variant=shot.variant, state=state, take=take, score=chosen.score
    )

"""One run from end to end: opens what a run needs, sends the show along its route, sums it up."""

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TypeVar

from farm.cards.policy import Policy
from farm.crew.base import Listener
from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.crew.rehearsal import PlanRow, Rehearsal
from farm.digest import Plain
from farm.executors import open_executor
from farm.executors.base import Executor
from farm.executors.foretold import Foretold
from farm.ledger import Event, Ledger
from farm.panel import Panel
from farm.report.summary import Summary, plain
from farm.route.refusals import refusals
from farm.route.shoot import ShotResult
from farm.route.show import Terms, shoot_show
from farm.settings import Settings
from farm.shots.faults import Fault, ListFaults
from farm.shots.shot_list import ShotList
from farm.store import open_store
from farm.store.base import Store

__all__ = ["Plan", "PlanRow", "rehearse", "render"]

T = TypeVar("T")

DELIVERED, FAILED, STOPPED, WAITING = 0, 1, 3, 4
EXIT_CODES = (("failed", FAILED), ("stopped", STOPPED), ("waiting", WAITING))
"""Exit codes by the worst that happened to a shot, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do: a row for every task, and what cannot be made at all."""

    rows: tuple[PlanRow, ...]
    refusals: tuple[Fault, ...] = ()


@dataclass(slots=True)
class Tally:
    """Listens to a run and counts its takes."""

    takes: set[tuple[str, str]] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        """Take one event in."""
        if event.stage == "draft" and event.kind in ("made", "reused"):
            self.takes.add((event.shot, event.part))


def render(
    shot_list: ShotList, settings: Settings, *, listeners: Sequence[Listener] = ()
) -> Summary:
    """Make what the list asks for, as far as it is not made already, and deliver it.

    Raises ListFaults for what cannot be made, and KeyboardInterrupt after a clean stop when the
    run is interrupted or told to end.
    """
    faults = refusals(shot_list, policy_of(settings))
    if faults:
        raise ListFaults(faults)
    with Ledger(settings.ledger) as ledger:
        return asyncio.run(_interruptible(_render(shot_list, settings, (ledger.write, *listeners))))


def rehearse(shot_list: ShotList, settings: Settings) -> Plan:
    """Send the show along the same route with a crew that only supposes, and price the work."""
    faults = refusals(shot_list, policy_of(settings))
    if faults:
        return Plan(rows=(), refusals=faults)
    store = open_store(settings.store)
    doer = Rehearsal(store=store, ledger=settings.ledger, lanes=store.lanes)
    asyncio.run(_rehearse(shot_list, doer, _terms(settings, publish=False)))
    return Plan(rows=tuple(doer.rows))


def policy_of(settings: Settings) -> Policy:
    """Say which models may be used."""
    return Policy(
        licences=settings.licences,
        revenue_usd=settings.revenue_usd,
        territory=settings.territory,
    )


async def _rehearse(shot_list: ShotList, doer: Rehearsal, terms: Terms) -> None:
    try:
        await shoot_show(shot_list, doer, terms)
    finally:
        await doer.close()


async def _render(
    shot_list: ShotList, settings: Settings, listeners: Sequence[Listener]
) -> Summary:
    tally, began = Tally(), time.monotonic()
    if settings.weights:
        os.environ.setdefault("FARM_WEIGHTS", " ".join(settings.weights))  # workers read it
    cap = shot_list.budget
    store = open_store(settings.store)
    crew = Crew(
        store=store,
        executor=await _machines(shot_list, settings, store),
        lanes=store.lanes,
        budget=Budget(cap_usd=cap.usd, on_cap=cap.on_cap) if cap else Budget(),
        listeners=(tally.hear, *listeners),
    )
    async with crew:
        crew.tell("run_started", _told(shot_list, settings))
        try:
            shots = await shoot_show(shot_list, crew, _terms(settings, publish=True))
        except asyncio.CancelledError:
            crew.tell("run_ended", interrupted=True)
            raise
        summary = _sum_up(shots, crew, takes=len(tally.takes), seconds=time.monotonic() - began)
        crew.tell("run_ended", plain(summary))
    return summary


async def _machines(shot_list: ShotList, settings: Settings, store: Store) -> Executor:
    """Choose the executor; one whose machines come on demand is told the plan beforehand."""
    executor = open_executor(
        settings.executor,
        store_uri=store.uri,
        workers=settings.workers or None,
        cluster=settings.cluster,
        pools=settings.pools,
    )
    if not (settings.cluster or settings.pools):
        return executor
    doer = Rehearsal(store=store, lanes=store.lanes)
    await _rehearse(shot_list, doer, _terms(settings, publish=False))
    return Foretold(executor, wanted=doer.first_wave)


def _sum_up(shots: tuple[ShotResult, ...], crew: Crew, *, takes: int, seconds: float) -> Summary:
    states = {shot.state for shot in shots}
    return Summary(
        shots=shots,
        takes=takes,
        tasks_made=crew.totals.made,
        tasks_reused=crew.totals.reused,
        tasks_failed=crew.totals.failed,
        usd=crew.totals.usd,
        seconds=seconds,
        exit_code=next((code for state, code in EXIT_CODES if state in states), DELIVERED),
    )


def _terms(settings: Settings, *, publish: bool) -> Terms:
    return Terms(
        until=settings.until,
        only=settings.only,
        out=settings.out,
        panel=Panel.named(os.environ),
        publish=publish,
        usd_per_hour=settings.usd_per_hour,
    )


def _told(shot_list: ShotList, settings: Settings) -> dict[str, Plain]:
    return {
        "list": str(shot_list.source),
        "show": shot_list.show,
        "store": settings.store,
        "out": str(settings.out),
        "executor": settings.executor,
        "until": settings.until,
        "farm": version("farm"),
    }


async def _interruptible(work: Coroutine[None, None, T]) -> T:
    """Let a request to terminate stop the work as cleanly as Ctrl-C does."""
    main = asyncio.current_task()
    assert main
    told_to_end = False

    def end() -> None:
        nonlocal told_to_end
        told_to_end = True
        main.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    try:
        return await work
    except asyncio.CancelledError:
        if told_to_end:
            raise KeyboardInterrupt from None
        raise

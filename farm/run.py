"""One run from end to end: opens what a run needs, sends the show along its route, sums it up."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from math import inf
from typing import TypeVar

from farm.cards.policy import Policy, licences_read
from farm.cards.shelf import PLACES, open_shelf
from farm.crew.base import Listener
from farm.crew.budget import Budget
from farm.crew.crew import Crew
from farm.crew.deadline import Forecast, Watch, forecast, machines_of, wanted_for
from farm.crew.rehearsal import PlanRow, Rehearsal
from farm.delivery.placing import see_that_writable
from farm.digest import Plain
from farm.errors import FarmError
from farm.estimates import Interval, Kind, learn, machine_kind, total
from farm.executors import open_executor
from farm.executors.base import Executor
from farm.executors.foretold import Foretold
from farm.executors.machine import cores
from farm.executors.terms import together
from farm.ledger import Event, Ledger, actuals
from farm.panel import Panel
from farm.prices import Prices, table_of
from farm.report.costs import Costs
from farm.report.summary import Summary, plain
from farm.route.refusals import absent_weights, refusals
from farm.route.shoot import ShotResult
from farm.route.show import Terms, shoot_show
from farm.seeing.listeners import listeners as seeing
from farm.settings import Settings
from farm.sharing import Sharing
from farm.shots.faults import Fault, ListFaults
from farm.shots.shot_list import ShotList
from farm.store import open_store
from farm.store.base import Store
from farm.task import Needs, Task

__all__ = ["Plan", "PlanRow", "rehearse", "render"]

T = TypeVar("T")

DELIVERED, FAILED, STOPPED, WAITING = 0, 1, 3, 4
EXIT_CODES = (("failed", FAILED), ("stopped", STOPPED), ("waiting", WAITING))
"""Exit codes by the worst that happened to a shot, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do: a row for every task, and what cannot be made at all.

    `usd` is the interval in which the price lies four times in five.
    """

    rows: tuple[PlanRow, ...]
    refusals: tuple[Fault, ...] = ()
    deadline: Forecast | None = None
    usd: Interval | None = None


@dataclass(slots=True)
class Tally:
    """Listens to a run: counts its takes, adds up its costs."""

    takes: set[tuple[str, str]] = field(default_factory=set)
    costs: Costs = field(default_factory=Costs)

    def hear(self, event: Event) -> None:
        """Take one event in."""
        self.costs.hear(event)
        if event.stage == "draft" and event.kind in ("made", "reused"):
            self.takes.add((event.shot, event.part))


def render(
    shot_list: ShotList, settings: Settings, *, listeners: Sequence[Listener] = ()
) -> Summary:
    """Make what the list asks for, as far as it is not made already, and deliver it.

    Raises ListFaults for what cannot be made, PlanError where nothing could be delivered, and
    KeyboardInterrupt after a clean stop when the run is interrupted or told to end.
    """
    faults = _refusals(shot_list, settings)
    if faults:
        raise ListFaults(faults)
    show = settings.out / shot_list.show
    if settings.until == "collect" and not show.is_dir():
        see_that_writable(show)
    with Ledger(settings.ledger) as ledger, seeing(os.environ) as seers:
        hearers = (ledger.write, *seers, *listeners)
        return asyncio.run(_interruptible(_render(shot_list, settings, hearers)))


def _name_places(settings: Settings) -> None:
    """Say where weights may come from, as keys and workers read it: in the environment."""
    if settings.weights:
        os.environ.setdefault(PLACES, " ".join(settings.weights))


def _refusals(shot_list: ShotList, settings: Settings) -> tuple[Fault, ...]:
    """List what cannot be made, and whose weights cannot be had by workers on this machine."""
    _name_places(settings)
    faults = refusals(shot_list, policy_of(settings))
    if settings.executor == "local" or (settings.executor == "ray" and not settings.cluster):
        faults += absent_weights(shot_list, open_shelf())
    return faults


def rehearse(shot_list: ShotList, settings: Settings) -> Plan:
    """Send the show along the same route with a crew that only supposes, and price the work."""
    faults = _refusals(shot_list, settings)
    if faults:
        return Plan(rows=(), refusals=faults)
    store = open_store(settings.store)
    doer = Rehearsal(store=store, ledger=settings.ledger, lanes=store.lanes)
    terms = _terms(settings, publish=False)
    asyncio.run(_rehearse(shot_list, doer, terms))
    return Plan(
        rows=tuple(doer.rows),
        deadline=_forecast(doer, settings),
        usd=total(((_kind(task), task.usd) for task in doer.unmade), terms.estimates),
    )


def _kind(task: Task) -> Kind:
    model = task.engine.model if task.engine else ""
    return task.stage, model, machine_kind(task.needs.gpu)


def _forecast(doer: Rehearsal, settings: Settings) -> Forecast | None:
    """Say what the deadline takes, if there is one."""
    if settings.by is None:
        return None
    left = (settings.by - time.time()) / 60
    return forecast(doer.unmade, minutes_left=left, machines=_machines_there(settings))


def _machines_there(settings: Settings) -> dict[str, float]:
    """Count the machines that there are by kind, as far as the settings tell.

    A cluster that nobody set a limit for is taken to grow as far as it is asked to.
    """
    offer = together(settings.pools) if settings.pools else None
    if offer:
        return machines_of(offer)
    if settings.cluster or settings.pools:
        return defaultdict(lambda: inf)
    return {"": float(settings.workers or cores())}


def policy_of(settings: Settings) -> Policy:
    """Say which models may be used."""
    return Policy(
        licences=settings.licences,
        revenue_usd=settings.revenue_usd,
        territory=settings.territory,
        read=licences_read(settings.licences_read),
    )


async def _rehearse(shot_list: ShotList, doer: Rehearsal, terms: Terms) -> None:
    """Rehearse; raises FarmError where the store could not be asked: half a plan is none."""
    try:
        results = await shoot_show(shot_list, doer, terms)
    finally:
        await doer.close()
    if failed := [result for result in results if result.state == "failed"]:
        raise FarmError(failed[0].problem, hint=failed[0].hint)


async def _render(
    shot_list: ShotList, settings: Settings, listeners: Sequence[Listener]
) -> Summary:
    tally, began = Tally(), time.monotonic()
    cap = shot_list.budget
    store = open_store(settings.store)
    doer = await _foresee(shot_list, settings, store)
    crew = Crew(
        store=store,
        executor=_machines(settings, store, doer),
        lanes=store.lanes,
        budget=Budget(cap_usd=cap.usd, on_cap=cap.on_cap) if cap else Budget(),
        listeners=(tally.hear, lambda event: watch.hear(event) if watch else None, *listeners),
        show=shot_list.show,
        sharing=Sharing(limits=settings.limits, weight=settings.weight, priority=settings.priority),
    )
    watch = _watch(crew, settings, doer)
    async with crew:
        crew.tell("run_started", _told(shot_list, settings))
        try:
            shots = await shoot_show(shot_list, crew, _terms(settings, publish=True))
        except asyncio.CancelledError:
            crew.tell("run_ended", interrupted=True)
            raise
        summary = _sum_up(shots, crew, tally, seconds=time.monotonic() - began)
        if summary.exit_code in (DELIVERED, FAILED):
            crew.finished()
        crew.tell("run_ended", plain(summary))
    return summary


def _watch(crew: Crew, settings: Settings, doer: Rehearsal | None) -> Watch | None:
    """Watch over the deadline, if there is one."""
    if settings.by is None or doer is None:
        return None
    there = _machines_there(settings)
    return Watch(by=settings.by, tasks=doer.unmade, machines=there, tell=crew.tell)


async def _foresee(shot_list: ShotList, settings: Settings, store: Store) -> Rehearsal | None:
    """Rehearse the show, if somebody needs to know beforehand what it takes."""
    if not (settings.cluster or settings.pools or settings.by):
        return None
    doer = Rehearsal(store=store, lanes=store.lanes)
    await _rehearse(shot_list, doer, _terms(settings, publish=False))
    return doer


def _machines(settings: Settings, store: Store, doer: Rehearsal | None) -> Executor:
    """Choose the executor; one whose machines come on demand is told the plan beforehand."""
    executor = open_executor(
        settings.executor,
        store_uri=store.uri,
        workers=settings.workers or None,
        cluster=settings.cluster,
        ship=settings.ship,
        pools=settings.pools,
        deadline=settings.by,
    )
    if doer is None or not (settings.cluster or settings.pools):
        return executor
    wanted: Mapping[Needs, int] = doer.first_wave
    if found := _forecast(doer, settings):
        wanted = wanted_for(wanted, found.needed, possible=found.possible)
    return Foretold(executor, wanted=wanted)


def _sum_up(shots: tuple[ShotResult, ...], crew: Crew, tally: Tally, *, seconds: float) -> Summary:
    states = {shot.state for shot in shots}
    return Summary(
        shots=shots,
        takes=len(tally.takes),
        costs=tally.costs.plain(),
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
        prices=Prices(
            usd_per_core_hour=settings.usd_per_hour, usd_per_gpu_hour=_gpu_prices(settings)
        ),
        estimates=learn(actuals(settings.ledger)),
    )


def _gpu_prices(settings: Settings) -> dict[str, float]:
    """Price GPUs by kind: by the cheapest pool that has them, else by the table that is chosen."""
    table = table_of(settings.prices).usd_per_gpu_hour if settings.prices else {}
    pools = [(p.gpu, p.usd_per_hour / p.gpus) for p in settings.pools if p.gpu and p.usd_per_hour]
    return {**table, **dict(sorted(pools, key=lambda pair: -pair[1]))}


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

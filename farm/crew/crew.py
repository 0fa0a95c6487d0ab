"""The crew at work: takes a task through recall, turn, lease and machine to its outcome."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Self

from farm.crew.base import NOTHING, Listener, Totals
from farm.crew.budget import Budget
from farm.crew.clock import Clock, RealClock
from farm.crew.fees import Fees
from farm.crew.lanes import Lanes
from farm.crew.leases import Leases
from farm.crew.limits import Gate
from farm.crew.mend import Makers, is_whole, with_inputs
from farm.crew.meter import Meter
from farm.crew.news import News
from farm.crew.price import actual_usd, burnt_usd
from farm.crew.purse import Purse
from farm.crew.retry import Again, decide
from farm.crew.turns import Turn, Turns
from farm.crew.works import Effort, Work, Works
from farm.digest import Plain
from farm.errors import (
    BudgetError,
    ExecutorError,
    FarmError,
    FullError,
    LostError,
    MissingError,
    StoreError,
    TaskError,
)
from farm.estimates import machine_kind
from farm.executors.base import Executor
from farm.sharing import Sharing
from farm.store.base import Store
from farm.store.owners import owner_name
from farm.task import Outcome, Task

FIRST_POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 2.0
MOST_MENDS = 3


class Crew:
    """Gets tasks done once, whatever happens: on machines, within the budget, and remembered.

    Use it as an asynchronous context manager; the machines are opened when the first task must
    run, and closed, with everything under way cancelled, at the end. With `show`, the cap is that
    of the show's account in the store, whoever else spends from it; without, of this crew alone.
    """

    def __init__(  # noqa: PLR0913  # what a crew works with, handed in once
        self,
        *,
        store: Store,
        executor: Executor,
        budget: Budget | None = None,
        clock: Clock | None = None,
        listeners: tuple[Listener, ...] = (),
        owner: str = "",
        show: str = "",
        sharing: Sharing | None = None,
        lanes: int = 4,
    ) -> None:
        self.store = store
        self.totals = Totals()
        self.budget = budget or Budget()
        self._executor = executor
        self._clock = clock or RealClock()
        self._news = News(self._clock, listeners)
        self._lanes = Lanes(most=lanes)
        self._fees = Fees(store, self._lanes)
        owner = owner or owner_name()
        self._leases = Leases(
            store,
            owner=owner,
            clock=self._clock,
            lanes=self._lanes,
            on_lost=self._lease_lost,
        )
        self._purse: Purse | None = None
        if show and self.budget.cap_usd is not None:
            self._purse = Purse(
                store, show=show, owner=owner, budget=self.budget, lanes=self._lanes,
                clock=self._clock, leases=self._leases,
            )  # fmt: skip
        self._gate = Gate(
            sharing or Sharing(), store=store, owner=owner, leases=self._leases,
            lanes=self._lanes, clock=self._clock,
        )  # fmt: skip
        self._works = Works(self._finish)
        self._makers = Makers()
        self._opening: asyncio.Task[Turns] | None = None
        self._performing: dict[str, Work] = {}
        self._halted: FarmError | None = None
        self._money_is_out = False
        self._turns: Turns | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def do(self, task: Task) -> Outcome:
        """Return what the task left behind; it is made only if nobody ever made it."""
        return await self._works.share(task)

    async def again(self, task: Task) -> Outcome:
        """Make a task again whose artifacts turned out not to be whole."""
        work = self._works.get(task.key)
        if work is None or work.made.done():
            await self._lanes.call(self.store.forget, task.key)
            self._works.forget(task.key)
        return await self.do(task)

    def hold(self, shot: str, usd: float) -> None:
        """Hold money back for what a shot still needs, so that no other shot can spend it."""
        self.budget.hold(shot, usd)

    def tell(  # noqa: PLR0913  # the label is three words
        self, kind: str, body: Mapping[str, Plain] = NOTHING, /, *,
        shot: str = "", stage: str = "", part: str = "", key: str = "", **more: Plain,
    ) -> None:  # fmt: skip
        """Tell the listeners something that only the route knows: what is in `body`, and more."""
        self._news.tell(kind, body, shot=shot, stage=stage, part=part, key=key, **more)

    def finished(self) -> None:
        """Note that the show has nothing left to do: its account is closed with this run."""
        if self._purse:
            self._purse.finished = True

    async def close(self) -> None:
        """Cancel what is under way, give everything back, and let the machines go.

        Each of these is done even if one before it fails, or is interrupted.
        """
        async with contextlib.AsyncExitStack() as last:
            last.push_async_callback(self._lanes.close)
            last.push_async_callback(self._let_machines_go)
            last.push_async_callback(self._leases.close)
            last.push_async_callback(self._close_account)
            last.push_async_callback(self._works.close)

    async def _close_account(self) -> None:
        if self._turns:
            await self._turns.close()
        if self._purse:
            with contextlib.suppress(StoreError):  # then what was drawn counts as spent
                await self._purse.close()

    async def _let_machines_go(self) -> None:
        if self._opening:
            self._opening.cancel()
            await asyncio.wait([self._opening])
            await self._executor.close()

    async def _finish(self, work: Work) -> Outcome:
        task = work.task
        known = await self._lanes.call(self.store.recall, task.key)
        if known:
            return self._reused(task, known, source="store")
        effort = Effort(work=work, task=task, needs=task.needs)
        try:
            return await self._see_through(effort)
        except (FullError, ExecutorError) as error:
            self._halt(error)
            raise

    async def _see_through(self, effort: Effort) -> Outcome:
        """Try, mend and try again, until there is an outcome or no more use in trying."""
        turns = await self._open()
        try:
            effort.needs = turns.within(effort.task)
        except TaskError as error:
            raise self._failed(effort.task, error, reason="not started") from None
        self._news.of(effort.task, "queued")
        while True:
            try:
                return await self._attempt(effort, turns)
            except MissingError as error:
                await self._mend(effort, error)
            except TaskError as error:
                effort.failures = effort.failures.and_(error)
                await self._after(effort, error, turns)

    async def _attempt(self, effort: Effort, turns: Turns) -> Outcome:
        """Wait for a turn and take the lease; if another farm has it, wait for that one."""
        pause = 0.0
        while True:
            if self._halted:
                raise self._halted
            turn = await turns.take(effort.task, effort.needs)
            try:
                held, known = await self._leases.claim(effort.task.key)
                if held:
                    outcome = await self._let_through(effort, turn, turns)
                    turns.had_capacity(effort.needs)
                    return outcome
            finally:
                turns.give_back(turn)
            if not known:
                known = await self._wait_for_other(effort.task, pause)
                pause = min(pause + FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS)
            if known:
                return self._found(effort, known, waited=pause > 0)

    async def _let_through(self, effort: Effort, turn: Turn, turns: Turns) -> Outcome:
        """Perform within the limits that the task counts for; its lease is held meanwhile."""
        try:
            slots = await self._gate.enter(effort.task)
        except BaseException:
            await self._leases.release(effort.task.key)
            raise
        try:
            return await self._perform(effort, turn, turns)
        finally:
            await self._gate.leave(slots)

    async def _perform(self, effort: Effort, turn: Turn, turns: Turns) -> Outcome:
        """Run the task on a machine; its lease is held, and given back whatever happens."""
        task = effort.task
        if effort.needs != task.needs:
            task = replace(task, needs=effort.needs)
        effort.attempts += 1
        self._performing[task.key] = effort.work
        meter = Meter(turn, turns, on_empty=effort.work.interrupt)
        began = self._clock.now()
        try:
            await self._fees.look(task)
            self._tell_start(task, effort.attempts)
            outcome = await effort.work.interruptible(
                self._executor.perform(task, report=meter.starting(self._news.progress))
            )
        except BaseException:
            turn.usd = burnt_usd(
                effort.task, task.needs, seconds=self._clock.now() - began,
                most_usd=self.budget.reserved_usd(turn.name) - task.fee_usd, offer=turns.offer,
            ) + await self._fees.of_failed(task)  # fmt: skip
            self.totals.usd += turn.usd
            self._news.burnt(task, turn.usd)
            await self._leases.release(task.key)
            raise
        finally:
            meter.stop()
            del self._performing[task.key]
            self._news.over(task)
        turn.usd = actual_usd(
            effort.task, task.needs, outcome,
            away_seconds=self._clock.now() - began, offer=turns.offer,
        ) + self._fees.of_made(task, outcome.usd)  # fmt: skip
        self._leases.release_soon(task.key)
        return self._made(task, replace(outcome, usd=turn.usd))

    async def _wait_for_other(self, task: Task, pause: float) -> Outcome | None:
        """Give another farm some time; return its outcome if it is there by then."""
        if not pause:
            self._news.of(task, "waiting", on="another farm")
        await self._clock.sleep(pause or FIRST_POLL_SECONDS)
        return await self._lanes.call(self.store.recall, task.key)

    async def _after(self, effort: Effort, error: TaskError, turns: Turns) -> None:
        """Prepare for the next try; raises the final TaskError if there is none."""
        task = effort.task
        verdict = decide(effort.failures, error, needs=effort.needs, offer=turns.offer)
        if not isinstance(verdict, Again):
            raise self._failed(task, error, reason=verdict.reason) from error
        if verdict.cause == "shortage":
            seconds = turns.pause(effort.needs)
            self._news.fault(task, "waiting", error, on="capacity", seconds=seconds)
            return
        self._news.again(task, error, verdict)
        effort.needs = verdict.needs
        if verdict.after_seconds:
            await self._clock.sleep(verdict.after_seconds)

    async def _mend(self, effort: Effort, error: MissingError) -> None:
        """Have the inputs made again that are not whole, and nothing else."""
        task = effort.task
        effort.mends += 1
        if effort.mends > MOST_MENDS:
            raise self._failed(task, error, reason="the store does not keep its inputs") from error
        self._news.fault(task, "retried", error, because="inputs", after_seconds=0)
        inputs = {}
        for name, artifact in task.inputs.items():
            maker = self._makers.get(artifact)
            inputs[name] = artifact
            if await self._lanes.call(is_whole, self.store, artifact, maker):
                continue
            if maker is None:
                reason = f"nothing in this run makes its input {name}"
                raise self._failed(task, error, reason=reason) from error
            inputs[name] = (await self.again(maker.task)).outputs[maker.output]
        effort.task = with_inputs(task, inputs)

    async def _open(self) -> Turns:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_machines())
        if self._opening.done():
            return self._opening.result()
        return await asyncio.shield(self._opening)

    async def _open_machines(self) -> Turns:
        offer = await self._executor.open()
        self._turns = Turns(
            offer, budget=self.budget, clock=self._clock, on_refusal=self._refused,
            purse=self._purse,
        )  # fmt: skip
        return self._turns

    def _tell_start(self, task: Task, attempt: int) -> None:
        minutes = task.needs.minutes
        self._news.of(
            task, "started", attempt=attempt, usd=task.usd, minutes=minutes, request=task.request
        )

    def _found(self, effort: Effort, outcome: Outcome, *, waited: bool) -> Outcome:
        """Take an outcome that was there under the lease: ours if its machine was lost since."""
        if effort.attempts and not waited:
            return self._made(effort.task, outcome)
        return self._reused(effort.task, outcome, source="another farm" if waited else "store")

    def _made(self, task: Task, outcome: Outcome) -> Outcome:
        self._makers.note(task, outcome)
        self.totals.made += 1
        self.totals.usd += outcome.usd
        self.totals.seconds += outcome.seconds
        outputs = {name: artifact.digest for name, artifact in outcome.outputs.items()}
        self._news.of(
            task, "made",
            seconds=outcome.seconds, usd=outcome.usd, worker=outcome.worker, pool=outcome.pool,
            card_seconds=60 * (task.card_minutes or task.needs.minutes),
            model=task.engine.model if task.engine else "", machine=machine_kind(task.needs.gpu),
            outputs=outputs,
        )  # fmt: skip
        return outcome

    def _reused(self, task: Task, outcome: Outcome, *, source: str) -> Outcome:
        self._makers.note(task, outcome)
        self.totals.reused += 1
        self._news.of(task, "reused", source=source, request=task.request)
        return outcome

    def _failed(self, task: Task, error: FarmError, *, reason: str) -> TaskError:
        self.totals.failed += 1
        named = error.problem.startswith(task.label)
        problem = error.problem if named else f"{task.label}: {error.problem}"
        kind = type(error) if isinstance(error, TaskError) else TaskError
        final = kind(f"{problem} ({reason})", hint=error.hint or "see the report for what it asked")
        self._news.fault(task, "failed", final)
        return final

    def _halt(self, error: FarmError) -> None:
        """Start nothing more: what happened concerns every task."""
        if self._halted is None:
            self._halted = error
            if turns := self._turns:
                turns.refuse_all(error)
            self._tell_stop(error)

    def _refused(self, error: BudgetError) -> None:
        """Note that the money did not reach; stop what runs if the budget says so."""
        if self.budget.on_cap == "cancel_running":
            self._halt(error)
            for work in self._performing.values():
                stopped = f"{work.task.label} was stopped with the money: {error.problem}"
                work.interrupt(BudgetError(stopped, hint=error.hint))
        elif not self._money_is_out:
            self._tell_stop(error)
        self._money_is_out = True

    def _tell_stop(self, error: FarmError) -> None:
        name = type(error).__name__
        self.tell("stopped", error=name, problem=error.problem, hint=error.hint)

    def _lease_lost(self, key: str) -> None:
        if work := self._performing.get(key):
            work.interrupt(
                LostError(
                    f"{work.task.label}: its lease ran out and another farm took it",
                    hint="this machine was asleep, or too busy to renew it",
                )
            )

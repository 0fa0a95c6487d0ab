"""The ledger: what happened, in order, appended and never changed. It decides nothing.

The events that the crew tells, and their bodies:

    queued     it must be made, and waits for its turn
    started    a machine begins a task         attempt, usd, minutes (both expected), request
    progress   it came so far                  done, total, note; a few a second at most
    made       its outcome is in the store     seconds, usd, worker, pool, outputs (name: digest),
                                               card_seconds, model, machine
    reused     somebody had made it before     source ("store" or "another farm"), request
    retried    it will be tried again          error, problem, hint, after_seconds, because ("lost",
                                               "fault", "memory" or "inputs")
    waiting    it waits for something else     on ("another farm"; or "capacity", with error,
                                               problem, hint, seconds)
    burnt      an attempt came to nothing      usd that it cost
    failed     it failed for good              error, problem, hint
    stopped    nothing more is started         error, problem, hint

Those of the route, and of the run that ties all together:

    run_started                                list, show, store, executor, farm (its version) ...
    verdict    a shot's takes were judged      the verdict's facts
    picked     a person circled a take         show, take, judge (its own choice), why, by
    fidelity   a master was compared           ok, score, measured, said
    delivered  a shot's version is published   version, folder ...
    shot_failed                                state (failed, stopped or waiting), problem, hint
    late       the deadline will be missed     by, expected (seconds of the epoch), minutes_late,
                                               problem
    in_time    it can be met again             by, expected, problem
    run_ended                                  the closing object of `farm render --json`

A `request` is taken out of the body when it is written: the ledger keeps the last one of every
(shot, stage, part), so that a plan can say what has changed since. "Made" events are what proves
that no finished task was made twice.
"""

import json
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from farm.digest import Plain
from farm.errors import StoreError
from farm.ledger_file import NoLedgerError, connect, create, faults_of

BATCH_SECONDS = 0.02
PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `run` and `number` are known once it is written."""

    at: float
    kind: str
    shot: str = ""
    stage: str = ""
    part: str = ""
    key: str = ""
    body: Mapping[str, Plain] = field(default_factory=dict)
    run: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run in a ledger: when its first and its last event were, and how many there are."""

    run: str
    began: float
    last: float
    events: int


class Ledger:
    """Appends the events of one run; many runs, at once too, may share a file.

    What was handed to `write` is committed within a few hundredths of a second by a thread of its
    own, and then outlives the program however it ends. Raises StoreError for a damaged file.
    """

    def __init__(self, path: Path, *, run: str = "") -> None:
        self.path = path
        self.run = run or f"{time.strftime('%Y%m%dT%H%M%S')}-{uuid4().hex[:6]}"
        self._fault: StoreError | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        with faults_of(path):
            self._database = create(path)
        self._writer = threading.Thread(target=self._keep_writing, name="ledger", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, event: Event) -> None:
        """Append an event; raises StoreError when an earlier one could not be kept."""
        if self._fault:
            raise self._fault
        self._events.put(event)

    def close(self) -> None:
        """Commit what is left; raises StoreError when something could not be kept."""
        if self._writer.is_alive():
            self._events.put(None)
            self._writer.join()
        self._database.close()
        if self._fault:
            raise self._fault

    def last_request(self, shot: str, stage: str, part: str) -> Mapping[str, Plain] | None:
        """Return the last request that was started or found made under a label, by any run."""
        return last_requests(self.path, [(shot, stage, part)]).get((shot, stage, part))

    def _keep_writing(self) -> None:
        try:
            with faults_of(self.path):
                while batch := self._next_batch():
                    _append(self._database, self.run, batch)
        except StoreError as fault:
            self._fault = fault
        except (TypeError, ValueError) as error:
            self._fault = StoreError(f"an event for the ledger {self.path} is not plain: {error}")

    def _next_batch(self) -> list[Event]:
        """Wait for an event, and for a moment for more; an empty batch ends the writing."""
        first = self._events.get()
        if first is None:
            return []
        batch = [first]
        time.sleep(BATCH_SECONDS)
        while not self._events.empty():
            event = self._events.get()
            if event is None:
                self._events.put(None)
                break
            batch.append(event)
        return batch


def read_events(path: Path, *, run: str | None = None, after: int = 0) -> Iterator[Event]:
    """Yield events in order, of one run or of all, from the one after number `after` on.

    Works while a run goes on; what comes later is found by asking again after the last number.
    """
    where, terms = ("AND run = ?", [run]) if run is not None else ("", [])
    query = f"SELECT * FROM events WHERE number > ? {where} ORDER BY number LIMIT {PAGE}"  # noqa: S608  # no text of others in it
    with faults_of(path), closing(connect(path)) as database:
        while rows := database.execute(query, [after, *terms]).fetchall():
            yield from map(_event, rows)
            after = rows[-1][0]


def runs(path: Path) -> list[Run]:
    """List the runs of a ledger in the order in which they began."""
    query = "SELECT run, min(at), max(at), count(*) FROM events GROUP BY run ORDER BY min(number)"
    with faults_of(path), closing(connect(path)) as database:
        rows = database.execute(query).fetchall()
    return [Run(run=run, began=began, last=last, events=n) for run, began, last, n in rows]


def actuals(path: Path, *, most: int = 20_000) -> list[Event]:
    """Return the last events that tell what tasks really took, the oldest first."""
    query = "SELECT * FROM events WHERE kind = 'made' ORDER BY number DESC LIMIT ?"
    try:
        with faults_of(path), closing(connect(path)) as database:
            return [_event(row) for row in reversed(database.execute(query, [most]).fetchall())]
    except NoLedgerError:
        return []


Label = tuple[str, str, str]
"""Shot, stage and part."""


def last_requests(path: Path, labels: Iterable[Label]) -> dict[Label, Mapping[str, Plain]]:
    """Return the last requests under these labels, where there are any; no file is no request."""
    query = (
        "SELECT request FROM labels JOIN requests USING (key) "
        "WHERE shot = ? AND stage = ? AND part = ?"
    )
    try:
        with faults_of(path), closing(connect(path)) as database:
            found = ((label, database.execute(query, label).fetchone()) for label in labels)
            return {label: json.loads(row[0]) for label, row in found if row}
    except NoLedgerError:
        return {}


def _append(database: sqlite3.Connection, run: str, batch: list[Event]) -> None:
    asked = [event for event in batch if "request" in event.body]
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO events (run, at, kind, shot, stage, part, key, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [_row(run, event) for event in batch],
        )
        database.executemany(
            "INSERT OR IGNORE INTO requests (key, request) VALUES (?, ?)",
            [(event.key, _json(event.body["request"])) for event in asked],
        )
        database.executemany(
            "INSERT OR REPLACE INTO labels (shot, stage, part, key) VALUES (?, ?, ?, ?)",
            [(event.shot, event.stage, event.part, event.key) for event in asked],
        )


def _row(run: str, event: Event) -> tuple[str | float, ...]:
    body = {name: value for name, value in event.body.items() if name != "request"}
    text = _json(body) if body else "{}"
    return (run, event.at, event.kind, event.shot, event.stage, event.part, event.key, text)


def _event(row: tuple[int, str, float, str, str, str, str, str, str]) -> Event:
    number, run, at, kind, shot, stage, part, key, body = row
    return Event(
        at=at, kind=kind, shot=shot, stage=stage, part=part, key=key, body=json.loads(body),
        run=run, number=number,
    )  # fmt: skip


def _json(value: Plain) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)

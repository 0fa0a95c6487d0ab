"""The figures of a run, folded from its events; what exports them knows nothing of a crew."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import Plain
from farm.ledger import Event

State = str
LEDGERS = {
    "lost": "infrastructure", "fault": "fault", "memory": "memory", "inputs": "inputs",
    "capacity": "shortage",
}  # fmt: skip
"""Which book of retries a cause is entered in."""

ENDS = ("made", "reused", "failed", "stopped")
SECONDS = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800)
"""Where a task's time is cut into classes, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure that is exported: its kind, what it says, and the labels it is told by."""

    kind: str
    help: str
    labels: tuple[str, ...] = ()


METRICS: Mapping[str, Metric] = {
    "farm_run_info": Metric(
        kind="gauge", help="The run under way: always 1.", labels=("show", "executor", "version")
    ),
    "farm_tasks": Metric(
        kind="gauge", help="Tasks by what they do now: queued, running, waiting.",
        labels=("stage", "state"),
    ),
    "farm_tasks_finished_total": Metric(
        kind="counter", help="Tasks by what came of them: made, reused, failed, stopped.",
        labels=("stage", "result"),
    ),
    "farm_task_seconds": Metric(
        kind="histogram", help="Seconds that a made task took on its machine.", labels=("stage",)
    ),
    "farm_worker_starts_total": Metric(
        kind="counter", help="Made tasks by whether their worker was warm or had to be started.",
        labels=("start",),
    ),
    "farm_retries_total": Metric(
        kind="counter",
        help="Tries that were in vain, by ledger: infrastructure, shortage, fault, memory, inputs.",
        labels=("ledger",),
    ),
    "farm_fault_seconds_total": Metric(
        kind="counter", help="Seconds lost to faults: tries in vain, and the pauses after them.",
        labels=("ledger",),
    ),
    "farm_usd_total": Metric(
        kind="counter", help="Dollars spent, those for tries in vain included.", labels=("stage",)
    ),
    "farm_shots": Metric(
        kind="gauge", help="Shots by how they ended: delivered, failed.", labels=("state",)
    ),
    "farm_last_event_timestamp_seconds": Metric(
        kind="gauge", help="When the run was last heard of, in seconds of the epoch."
    ),
}  # fmt: skip

Labels = tuple[str, ...]


@dataclass(slots=True)
class Figures:
    """Values by metric and labels: counters of this driver's life, gauges of the run under way.

    `seconds` holds, by stage, how many tasks took no longer than each of SECONDS, and the sum.
    """

    values: dict[str, Counter[Labels]] = field(
        default_factory=lambda: {name: Counter() for name in METRICS}
    )
    seconds: dict[str, tuple[list[int], float]] = field(default_factory=dict)
    _tasks: dict[str, tuple[str, State, float]] = field(default_factory=dict)
    _workers: set[str] = field(default_factory=set)

    def hear(self, event: Event) -> None:
        """Take one event in."""
        self.values["farm_last_event_timestamp_seconds"][()] = event.at  # type: ignore[assignment]  # a Counter may hold fractions
        body = event.body
        match event.kind:
            case "run_started":
                words = tuple(str(body.get(name, "")) for name in ("show", "executor", "farm"))
                self.values["farm_run_info"].clear()
                self.values["farm_run_info"][words] = 1
                self.values["farm_shots"].clear()
            case "run_ended":
                self.values["farm_tasks"].clear()
                self.values["farm_run_info"].clear()
                self._tasks.clear()
            case "queued" | "started" | "waiting":
                self._lost(event) if body.get("on") == "capacity" else None
                self._move(event, {"started": "running"}.get(event.kind, event.kind))
            case "retried":
                self._lost(event)
                self._move(event, "waiting")
            case "made" | "reused" | "failed" | "stopped" if event.key:
                self._end(event)
            case "burnt":
                self._add("farm_usd_total", (event.stage,), _number(body, "usd"))
            case "delivered":
                self._add("farm_shots", ("delivered",), 1)
            case "shot_failed":
                self._add("farm_shots", (str(body.get("state", "failed")),), 1)

    def _move(self, event: Event, state: State) -> None:
        """Let a task be counted under what it does now."""
        self._leave(event.key)
        self._tasks[event.key] = (event.stage, state, event.at)
        self._add("farm_tasks", (event.stage, state), 1)

    def _leave(self, key: str) -> tuple[str, State, float] | None:
        was = self._tasks.pop(key, None)
        if was:
            self._add("farm_tasks", was[:2], -1)
        return was

    def _end(self, event: Event) -> None:
        self._leave(event.key)
        self._add("farm_tasks_finished_total", (event.stage, event.kind), 1)
        if event.kind == "made":
            worker = str(event.body.get("worker", ""))
            warm = worker in self._workers
            self._workers.add(worker)
            self._add("farm_worker_starts_total", ("warm" if warm else "cold",), 1)
            self._add("farm_usd_total", (event.stage,), _number(event.body, "usd"))
            self._time(event.stage, _number(event.body, "seconds"))

    def _time(self, stage: str, seconds: float) -> None:
        counts, total = self.seconds.get(stage, ([0] * (len(SECONDS) + 1), 0.0))
        within = [seconds <= limit for limit in (*SECONDS, float("inf"))]
        counts = [count + more for count, more in zip(counts, within, strict=True)]
        self.seconds[stage] = (counts, total + seconds)

    def _lost(self, event: Event) -> None:
        """Enter a try that was in vain, with the time it took and the pause after it."""
        cause = str(event.body.get("because") or event.body.get("on") or "")
        ledger = LEDGERS.get(cause, "fault")
        was = self._tasks.get(event.key)
        tried = event.at - was[2] if was and was[1] == "running" else 0.0
        pause = _number(event.body, "after_seconds") or _number(event.body, "seconds")
        self._add("farm_retries_total", (ledger,), 1)
        self._add("farm_fault_seconds_total", (ledger,), tried + pause)

    def _add(self, name: str, labels: Labels, amount: float) -> None:
        self.values[name][labels] += amount  # type: ignore[assignment]  # a Counter may hold fractions


def _number(body: Mapping[str, Plain], name: str) -> float:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else 0.0

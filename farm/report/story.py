"""What became of every shot, told by the ledger's events: a pure fold, live or afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from farm.digest import Plain
from farm.ledger import Event
from farm.report.costs import Costs

TaskState = Literal["running", "waiting", "made", "reused", "failed", "stopped"]
ShotState = Literal["new", "running", "waiting", "delivered", "done", "failed", "stopped"]
DONE = ("made", "reused")


@dataclass(slots=True, kw_only=True)
class TaskTale:
    """One task of a shot: what it is, how far it came, and what it took."""

    stage: str
    part: str
    key: str
    state: TaskState = "running"
    done: int = 0
    total: int = 0
    began: float = 0.0
    minutes: float = 0.0
    seconds: float = 0.0
    usd: float = 0.0
    worker: str = ""
    tries: int = 0
    problem: str = ""
    hint: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Return how much of the task is done, 0 to 1."""
        if self.state in DONE:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(slots=True, kw_only=True)
class ShotTale:
    """One shot: its tasks by stage and part, its verdicts and seams by part, and how it ended."""

    name: str
    run: str = ""
    state: ShotState = "new"
    tasks: dict[tuple[str, str], TaskTale] = field(default_factory=dict)
    verdicts: dict[str, Mapping[str, Plain]] = field(default_factory=dict)
    seams: dict[str, Mapping[str, Plain]] = field(default_factory=dict)
    folder: str = ""
    version: str = ""
    problem: str = ""
    hint: str = ""
    spent_usd: float = 0.0
    spent_seconds: float = 0.0

    @property
    def verdict(self) -> Mapping[str, Plain]:
        """Return the last round's verdict, empty before there is one."""
        return self.verdicts[max(self.verdicts, key=_number)] if self.verdicts else {}

    @property
    def circled(self) -> str:
        """Name the circled take, or nothing."""
        return str(self.verdict.get("circled") or "")

    @property
    def scores(self) -> dict[str, float]:
        """Return each take's latest score."""
        found: dict[str, float] = {}
        for part in sorted(self.verdicts, key=_number):
            said = self.verdicts[part].get("scores")
            if isinstance(said, Mapping):
                found |= {n: float(s) for n, s in said.items() if isinstance(s, int | float)}
        return found

    @property
    def takes(self) -> list[str]:
        """Name the takes, in order."""
        return sorted(part for stage, part in self.tasks if stage == "draft")

    def of(self, *stages: str) -> list[TaskTale]:
        """List the tasks of some stages."""
        return [task for task in self.tasks.values() if task.stage in stages]


@dataclass(slots=True)
class Story:
    """Everything that events tell about a show. Shots tell of the last run that touched them.

    `spent_usd`, `spent_seconds` and `costs` add up every run.
    """

    show: str = ""
    shots: dict[str, ShotTale] = field(default_factory=dict)
    made: int = 0
    reused: int = 0
    failed: int = 0
    usd: float = 0.0
    began: float = 0.0
    last: float = 0.0
    run: str = ""
    runs: int = 0
    ended: bool = False
    interrupted: bool = False
    costs: Costs = field(default_factory=Costs)

    def hear(self, event: Event) -> None:
        """Take one event in."""
        self.last = max(self.last, event.at)
        self.costs.hear(event)
        if event.kind == "run_started":
            self._start(event)
        elif event.kind == "run_ended":
            self._end(event)
        elif event.shot:
            self._hear_of(self._shot(event), event)

    def _start(self, event: Event) -> None:
        self.run, self.began, self.ended = event.run, event.at, False
        self.runs += 1
        self.made = self.reused = self.failed = 0
        self.usd, self.interrupted = 0.0, False

    def _end(self, event: Event) -> None:
        """Take each shot's end from the run's closing object."""
        self.ended, self.interrupted = True, bool(event.body.get("interrupted"))
        for tale in self.shots.values():
            if self.interrupted and tale.state == "running":
                tale.state = "stopped"
        rows = event.body.get("shots")
        for row in rows if isinstance(rows, list | tuple) else ():
            if isinstance(row, Mapping):
                name = "/".join(w for w in (_text(row, "variant"), _text(row, "shot")) if w)
                tale = self.shots.setdefault(name, ShotTale(name=name, run=event.run))
                tale.state = _state(_text(row, "state"), tale.state)
                tale.problem, tale.hint = _text(row, "problem"), _text(row, "hint")

    def _shot(self, event: Event) -> ShotTale:
        """Find the shot's tale, beginning it anew when another run comes to it."""
        tale = self.shots.setdefault(event.shot, ShotTale(name=event.shot))
        if tale.state == "new" or tale.run != event.run:
            tale = ShotTale(
                name=event.shot,
                run=event.run,
                state="running",
                spent_usd=tale.spent_usd,
                spent_seconds=tale.spent_seconds,
            )
            self.shots[event.shot] = tale
        return tale

    def _hear_of(self, shot: ShotTale, event: Event) -> None:
        body = event.body
        if event.kind == "verdict":
            shot.verdicts[event.part] = body
        elif event.kind in {"seam", "fidelity"}:
            shot.seams[event.part] = body
        elif event.kind == "delivered":
            shot.state, shot.version = "delivered", _text(body, "version")
            shot.folder = _text(body, "folder")
        elif event.kind == "shot_failed":
            shot.state, shot.problem = (
                _state(_text(body, "state"), "failed"),
                _text(body, "problem"),
            )
            shot.hint = _text(body, "hint")
        elif event.stage:
            self._hear_of_task(shot, event)

    def _hear_of_task(self, shot: ShotTale, event: Event) -> None:
        label = (event.stage, event.part)
        task = shot.tasks.get(label)
        if task is None or task.key != event.key:
            task = TaskTale(stage=event.stage, part=event.part, key=event.key, began=event.at)
            shot.tasks[label] = task
        _tell(task, event)
        if event.kind == "made":
            self.made += 1
            self.usd += task.usd
            shot.spent_usd += task.usd
            shot.spent_seconds += task.seconds
        elif event.kind == "burnt":
            usd = _num(event.body, "usd")
            self.usd += usd
            shot.spent_usd += usd
        self.reused += event.kind == "reused"
        self.failed += event.kind == "failed"


def tell(events: Iterable[Event], *, show: str, shots: Iterable[str] = ()) -> Story:
    """Tell the story of a show from a ledger, which may hold other shows too.

    With `shots`, the story is of these, in their order, also of those that nothing is told of.
    """
    names = list(shots)
    story = Story(show, shots={name: ShotTale(name=name) for name in names})
    ours: set[str] = set()
    for event in events:
        if event.kind == "run_started" and _text(event.body, "show") == show:
            ours.add(event.run)
        if event.run in ours:
            story.hear(event)
    if names:
        story.shots = {name: story.shots[name] for name in names}
    return story


def _tell(task: TaskTale, event: Event) -> None:
    body = event.body
    match event.kind:
        case "started":
            task.state, task.tries, task.minutes = "running", task.tries + 1, _num(body, "minutes")
            task.began = event.at
        case "progress":
            task.state, task.done, task.total = (
                "running", int(_num(body, "done")), int(_num(body, "total")),
            )  # fmt: skip
        case "made":
            task.state, task.seconds, task.usd = "made", _num(body, "seconds"), _num(body, "usd")
            task.worker = _text(body, "worker")
            outputs = body.get("outputs")
            task.outputs = (
                {n: str(d) for n, d in outputs.items()} if isinstance(outputs, Mapping) else {}
            )
        case "reused":
            task.state = "reused"
        case "queued":
            task.state = "waiting"
        case "waiting" | "retried":
            task.state, task.problem = "waiting", _text(body, "problem") or _text(body, "on")
        case "failed" | "stopped":
            task.state = "failed" if event.kind == "failed" else "stopped"
            task.problem, task.hint = _text(body, "problem"), _text(body, "hint")


def _state(word: str, otherwise: ShotState) -> ShotState:
    return cast("ShotState", word) if word in get_args(ShotState) else otherwise


def _text(body: Mapping[str, Plain], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _num(body: Mapping[str, Plain], name: str) -> float:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _number(part: str) -> int:
    digits = "".join(letter for letter in part if letter.isdigit())
    return int(digits or 0)

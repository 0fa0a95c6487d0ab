"""Traces of a run in OpenTelemetry: a span for the run, one for each shot, one for each task."""

from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import StatusCode

from farm.digest import Plain
from farm.ledger import Event

SECOND = 1_000_000_000  # nanoseconds
GOOD = ("made", "reused")


class Traces:
    """Hears events and opens and closes spans at the times that they tell."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": "farm"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("farm")
        self._run: Span | None = None
        self._shots: dict[str, Span] = {}
        self._tasks: dict[str, Span] = {}

    def hear(self, event: Event) -> None:
        """Take one event in."""
        match event.kind:
            case "run_started":
                self._run = self._open(
                    f"run {event.body.get('show', '')}", event, under=None, about={}
                )
            case "run_ended":
                self._end_all(event)
            case "delivered" | "shot_failed":
                self._end_shot(event)
            case "progress":
                return
            case _ if event.key:
                self._hear_of_task(event)
            case _:
                if self._run:
                    self._note(self._run, event)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _hear_of_task(self, event: Event) -> None:
        span = self._tasks.get(event.key)
        if span is None:
            label = " ".join(word for word in (event.stage, event.part) if word)
            about = {
                "shot": event.shot, "stage": event.stage, "part": event.part, "task": event.key,
            }  # fmt: skip
            span = self._open(label, event, under=self._shot(event), about=about)
            self._tasks[event.key] = span
            if event.kind == "queued":
                return
        if event.kind in (*GOOD, "failed", "stopped"):
            span.set_attributes(_attributes(event.body) | {"farm.result": event.kind})
            if event.kind not in GOOD:
                span.set_status(StatusCode.ERROR, str(event.body.get("problem", "")))
            span.end(_nanoseconds(event))
            del self._tasks[event.key]
        else:
            self._note(span, event)

    def _shot(self, event: Event) -> Span | None:
        if event.shot and event.shot not in self._shots:
            self._shots[event.shot] = self._open(
                f"shot {event.shot}", event, under=self._run, about={"shot": event.shot}
            )
        return self._shots.get(event.shot, self._run)

    def _end_shot(self, event: Event) -> None:
        span = self._shot(event)
        self._shots.pop(event.shot, None)
        if span:
            span.set_attributes(_attributes(event.body))
            if event.kind == "shot_failed":
                span.set_status(StatusCode.ERROR, str(event.body.get("problem", "")))
            span.end(_nanoseconds(event))

    def _end_all(self, event: Event) -> None:
        for span in (*self._tasks.values(), *self._shots.values()):
            span.end(_nanoseconds(event))
        self._tasks.clear()
        self._shots.clear()
        if self._run:
            self._run.set_attributes(_attributes(event.body))
            self._run.end(_nanoseconds(event))
            self._run = None

    def _open(
        self, name: str, event: Event, *, under: Span | None, about: Mapping[str, str]
    ) -> Span:
        where = trace.set_span_in_context(under) if under else None
        said = {f"farm.{name}": value for name, value in about.items() if value}
        span = self._tracer.start_span(
            name, context=where, start_time=_nanoseconds(event),
            attributes={**_attributes(event.body), **said},
        )  # fmt: skip
        assert isinstance(span, Span), "a span of the SDK, as the provider is"
        return span

    def _note(self, span: Span, event: Event) -> None:
        span.add_event(event.kind, _attributes(event.body), timestamp=_nanoseconds(event))


def _attributes(body: Mapping[str, Plain]) -> dict[str, str | int | float | bool]:
    """Take the plain words and numbers of a body; what a task asks for lies in the ledger."""
    return {
        f"farm.{name}": value
        for name, value in body.items()
        if isinstance(value, str | int | float | bool)
    }


def _nanoseconds(event: Event) -> int:
    return int(event.at * SECOND)

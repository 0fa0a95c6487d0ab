"""A run is seen from outside as it is: figures, spans and log lines, folded from its events."""

import gzip
import json
import socket
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import URLError

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from farm.crew.crew import Crew
from farm.errors import SpecError
from farm.executors.local import LocalExecutor
from farm.ledger import Event
from farm.seeing.figures import METRICS, Figures
from farm.seeing.listeners import listeners
from farm.seeing.log import Log
from farm.seeing.metrics import Metrics
from farm.seeing.traces import Traces
from farm.store import open_store
from farm.task import Needs, Task

SHOT = "sq010_sh0010"


def event(kind: str, at: float = 100.0, stage: str = "draft", key: str = "k1", **body) -> Event:
    return Event(at=at, kind=kind, shot=SHOT, stage=stage, part="t01", key=key, body=body)


NIGHT = [
    Event(at=90, kind="run_started", body={"show": "aurora", "executor": "ray", "farm": "1"}),
    event("queued", 91),
    event("started", 100, attempt=1),
    event("retried", 130, because="lost", after_seconds=2.0, problem="gone"),
    event("burnt", 130, usd=0.5),
    event("started", 140, attempt=2),
    event("made", 170, seconds=30.0, usd=1.25, worker="m:1"),
    event("started", 171, key="k2"),
    event("made", 175, key="k2", seconds=4.0, usd=0.25, worker="m:1"),
    event("reused", 176, key="k3", source="store"),
    event("queued", 177, key="k4"),
    event("waiting", 178, key="k4", on="capacity", seconds=15.0),
    event("started", 180, key="k5", stage="master"),
    Event(at=190, kind="delivered", shot=SHOT, body={"version": "v001"}),
    Event(at=191, kind="shot_failed", shot="other", body={"problem": "it broke"}),
]


def told(*events: Event) -> Figures:
    figures = Figures()
    for each in events:
        figures.hear(each)
    return figures


def test_tasks_are_counted_by_what_they_do_and_by_what_came_of_them():
    values = told(*NIGHT).values
    assert +values["farm_tasks"] == {("draft", "waiting"): 1, ("master", "running"): 1}
    assert values["farm_tasks_finished_total"] == {("draft", "made"): 2, ("draft", "reused"): 1}
    assert values["farm_worker_starts_total"] == {("cold",): 1, ("warm",): 1}
    assert values["farm_shots"] == {("delivered",): 1, ("failed",): 1}
    assert values["farm_last_event_timestamp_seconds"] == {(): 191}


def test_retries_and_lost_time_are_entered_in_their_ledger_and_burnt_money_counts():
    values = told(*NIGHT).values
    assert values["farm_retries_total"] == {("infrastructure",): 1, ("shortage",): 1}
    lost = values["farm_fault_seconds_total"]
    assert lost == {("infrastructure",): 30 + 2, ("shortage",): 15}
    assert values["farm_usd_total"] == {("draft",): 2.0}


def test_when_a_run_is_over_nothing_is_at_work():
    values = told(*NIGHT, Event(at=200, kind="run_ended", body={})).values
    assert not +values["farm_tasks"]
    assert not values["farm_run_info"]
    assert values["farm_usd_total"]


def test_prometheus_reads_every_metric_with_its_labels():
    metrics = Metrics()
    for each in NIGHT:
        metrics.hear(each)
    served = metrics.serve(port=0)
    try:
        url = f"http://127.0.0.1:{served.port}/metrics"
        text = urllib.request.urlopen(url, timeout=10).read().decode()
    finally:
        served.close()
    with pytest.raises(URLError):
        urllib.request.urlopen(url, timeout=2)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for name, metric in METRICS.items():
        family = families[name.removesuffix("_total")]
        assert family.type == metric.kind
        assert family.samples, name
        labels = set(family.samples[0].labels) - {"le"}
        assert labels == set(metric.labels)
    buckets = {
        sample.labels["le"]: sample.value
        for sample in families["farm_task_seconds"].samples
        if sample.name.endswith("_bucket")
    }
    assert (buckets["1.0"], buckets["5.0"], buckets["60.0"], buckets["+Inf"]) == (0, 1, 2, 2)


def test_a_trace_has_the_run_over_its_shots_over_their_tasks():
    exporter = InMemorySpanExporter()
    traces = Traces(exporter)
    for each in [*NIGHT, event("failed", 195, key="k5", stage="master", problem="it broke")]:
        traces.hear(each)
    traces.hear(Event(at=200, kind="run_ended", body={"usd": 2.0}))
    traces._provider.force_flush()
    said = exporter.get_finished_spans()
    assert len(said) == 8
    spans = {span.name: span for span in said if span.attributes.get("farm.task", "k1") == "k1"}
    run, shot, draft = spans["run aurora"], spans[f"shot {SHOT}"], spans["draft t01"]
    master = next(span for span in said if span.attributes.get("farm.task") == "k5")
    assert shot.parent.span_id == run.context.span_id
    assert draft.parent.span_id == shot.context.span_id
    assert (draft.start_time, draft.end_time) == (91_000_000_000, 170_000_000_000)
    assert [each.name for each in draft.events] == ["started", "retried", "burnt", "started"]
    assert draft.attributes["farm.result"] == "made"
    assert draft.attributes["farm.shot"] == SHOT
    assert not master.status.is_ok
    assert run.attributes["farm.usd"] == 2.0
    traces.close()


def test_a_collector_is_sent_every_span_of_a_run_as_otlp():
    sent: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # as http.server names it
            assert self.path == "/v1/traces"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            sent.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        try:
            with listeners({"FARM_TRACES": f"http://127.0.0.1:{collector.server_port}"}) as (hear,):
                for each in [*NIGHT, Event(at=200, kind="run_ended", body={"usd": 2.0})]:
                    hear(each)
        finally:
            collector.shutdown()
    groups = [group for request in sent for group in request.resource_spans]
    names = {a.key: a.value.string_value for g in groups for a in g.resource.attributes}
    assert names["service.name"] == "farm"
    spans = [span for group in groups for scope in group.scope_spans for span in scope.spans]
    assert {"run aurora", f"shot {SHOT}", "draft t01"} <= {span.name for span in spans}
    (run,) = [span for span in spans if span.name == "run aurora"]
    assert {span.trace_id for span in spans} == {run.trace_id}


def test_a_log_line_says_which_shot_take_and_task(tmp_path):
    log = Log(str(tmp_path / "farm.jsonl"))
    for each in [*NIGHT, event("progress", done=1, total=2)]:
        log.hear(each)
    log.close()
    rows = [json.loads(line) for line in (tmp_path / "farm.jsonl").read_text().splitlines()]
    assert len(rows) == len(NIGHT)
    retried = next(row for row in rows if row["event"] == "retried")
    assert retried["level"] == "warning"
    assert {k: retried[k] for k in ("show", "shot", "take", "task", "stage")} == {
        "show": "aurora", "shot": SHOT, "take": "t01", "task": "k1", "stage": "draft",
    }  # fmt: skip
    assert "take" not in rows[0]


async def test_a_real_crew_tells_figures_that_add_up(tmp_path):
    metrics = Metrics()
    uri = f"file:{tmp_path}"
    needs = Needs(cpu=1, memory_gb=0.1)
    executor = LocalExecutor(uri, workers=1, processes=False)
    async with Crew(store=open_store(uri), executor=executor, listeners=(metrics.hear,)) as crew:
        for value in (1, 2, 1):
            await crew.do(Task(stage="probe", version=1, params={"value": value}, needs=needs))
    values = metrics.figures.values
    assert values["farm_tasks_finished_total"][("probe", "made")] == 2
    assert not +values["farm_tasks"]


@pytest.mark.parametrize(
    ("name", "said", "wrong"),
    [
        ("FARM_METRICS", "often", "is no port"),
        ("FARM_TRACES", "somewhere", "is no address"),
        ("FARM_LOG", "/nowhere/at/all", "cannot be written"),
    ],
)
def test_what_cannot_be_told_is_refused_before_the_run(name, said, wrong):
    with pytest.raises(SpecError, match=wrong), listeners({name: said}):
        pass


def test_a_port_that_is_taken_is_said(tmp_path):
    with socket.socket() as seat:
        seat.bind(("127.0.0.1", 0))
        seat.listen()
        port = seat.getsockname()[1]
        with (
            pytest.raises(SpecError, match="cannot be served"),
            listeners({"FARM_METRICS": f"{port}"}),
        ):
            pass


def test_listeners_are_closed_with_the_run(tmp_path):
    environ = {"FARM_LOG": str(tmp_path / "log"), "FARM_TRACES": "http://127.0.0.1:9"}
    with listeners(environ) as hearers:
        for hear in hearers:
            hear(NIGHT[0])
    assert len(hearers) == 2
    assert json.loads((tmp_path / "log").read_text())["show"] == "aurora"


def test_nobody_listens_unasked():
    with listeners({}) as hearers:
        assert hearers == ()

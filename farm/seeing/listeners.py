"""Who else hears a run, as the environment asks: Prometheus, OpenTelemetry, a log.

FARM_METRICS=9464 or 0.0.0.0:9464    figures for Prometheus at /metrics
FARM_TRACES=http://host:4318         spans by OTLP over HTTP
FARM_LOG=farm.jsonl, or - for stderr a structured log
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from farm.errors import SpecError
from farm.ledger import Event

Listener = Callable[[Event], None]
EXTRA = "pip install 'farm[metrics]'"


@contextmanager
def listeners(environ: Mapping[str, str]) -> Iterator[tuple[Listener, ...]]:
    """Open what the environment asks for, and close it when the run is over."""
    with ExitStack() as stack:
        found = []
        for name, listen in (
            ("FARM_METRICS", _metrics),
            ("FARM_TRACES", _traces),
            ("FARM_LOG", _log),
        ):
            if environ.get(name):
                found.append(listen(environ[name], stack))
        yield tuple(found)


def _metrics(said: str, stack: ExitStack) -> Listener:
    match = re.fullmatch(r"(?:(.+):)?(\d{1,5})", said)
    if not match:
        raise SpecError(f"FARM_METRICS={said} is no port", hint="write 9464, or 0.0.0.0:9464")
    try:
        from farm.seeing.metrics import Metrics  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SpecError("FARM_METRICS needs prometheus-client", hint=EXTRA) from error
    metrics = Metrics()
    try:
        served = metrics.serve(port=int(match[2]), address=match[1] or "127.0.0.1")
    except OSError as error:
        raise SpecError(
            f"FARM_METRICS={said} cannot be served: {error.strerror}", hint="take another port"
        ) from error
    stack.callback(served.close)
    return metrics.hear


def _traces(said: str, stack: ExitStack) -> Listener:
    if not re.match(r"https?://", said):
        raise SpecError(f"FARM_TRACES={said} is no address", hint="write http://host:4318")
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # an extra
            OTLPSpanExporter,
        )

        from farm.seeing.traces import Traces  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise SpecError("FARM_TRACES needs opentelemetry-sdk", hint=EXTRA) from error
    place = said.rstrip("/")
    traces = Traces(OTLPSpanExporter(endpoint=f"{place.removesuffix('/v1/traces')}/v1/traces"))
    stack.callback(traces.close)
    return traces.hear


def _log(said: str, stack: ExitStack) -> Listener:
    from farm.seeing.log import Log  # noqa: PLC0415  # only who asks pays it

    try:
        log = Log(said)
    except OSError as error:
        raise SpecError(
            f"FARM_LOG={said} cannot be written: {error.strerror}", hint="name another file"
        ) from error
    stack.callback(log.close)
    return log.hear

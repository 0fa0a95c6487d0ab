"""Figures of a run for Prometheus, on a port of this machine."""

import threading
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import start_http_server

from farm.ledger import Event
from farm.seeing.figures import METRICS, SECONDS, Figures

FAMILIES = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}


class Metrics:
    """Hears events, and is asked for figures by whoever scrapes."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Take one event in."""
        with self._lock:
            self.figures.hear(event)

    def serve(self, *, port: int, address: str = "127.0.0.1") -> "Served":
        """Answer at `http://address:port/metrics` until closed; port 0 takes a free one."""
        server, thread = start_http_server(port, addr=address, registry=self.registry)
        return Served(server, thread)

    def collect(self) -> Iterator[Metric]:
        """Tell every figure as it is now."""
        with self._lock:
            values = {name: dict(said) for name, said in self.figures.values.items()}
            seconds = dict(self.figures.seconds)
        for name, metric in METRICS.items():
            if metric.kind == "histogram":
                yield _histogram(name, metric.help, metric.labels, seconds)
                continue
            family = FAMILIES[metric.kind](name, metric.help, labels=metric.labels)
            for labels, value in values[name].items():
                family.add_metric(labels, value)
            yield family


class Served:
    """A server of figures; `port` is where it answers."""

    def __init__(self, server: object, thread: threading.Thread) -> None:
        self._server = server
        self._thread = thread
        self.port: int = server.server_address[1]  # type: ignore[attr-defined]  # a WSGI server

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()  # type: ignore[attr-defined]  # the same
        self._server.server_close()  # type: ignore[attr-defined]  # the same
        self._thread.join()


def _histogram(
    name: str, text: str, labels: tuple[str, ...], seconds: dict[str, tuple[list[int], float]]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, text, labels=labels)
    limits = [*(str(float(limit)) for limit in SECONDS), "+Inf"]
    for stage, (counts, total) in seconds.items():
        buckets = [(le, float(count)) for le, count in zip(limits, counts, strict=True)]
        family.add_metric([stage], buckets, sum_value=total)
    return family

"""Write board.json: what a night looks like. Run it with `python infra/grafana/board.py`."""

import json
from pathlib import Path

HERE = Path(__file__).parent
WIDE, HIGH = 8, 8
SOURCE = {"type": "prometheus", "uid": "${source}"}

PANELS = (
    ("stat", "Dollars", "sum(farm_usd_total)", "", "currencyUSD"),
    ("stat", "Dollars an hour", "sum(rate(farm_usd_total[15m])) * 3600", "", "currencyUSD"),
    ("stat", "Shots", "sum by(state) (farm_shots)", "{{state}}", "short"),
    ("timeseries", "Tasks now", "sum by(state) (farm_tasks)", "{{state}}", "short"),
    (
        "timeseries", "Tasks finished an hour",
        "sum by(stage, result) (rate(farm_tasks_finished_total[10m])) * 3600",
        "{{stage}} {{result}}", "short",
    ),
    (
        "timeseries", "Seconds of a task (95 of 100)",
        "histogram_quantile(0.95, sum by(stage, le) (rate(farm_task_seconds_bucket[30m])))",
        "{{stage}}", "s",
    ),
    (
        "timeseries", "Retries an hour by ledger",
        "sum by(ledger) (rate(farm_retries_total[10m])) * 3600", "{{ledger}}", "short",
    ),
    (
        "timeseries", "Seconds lost to faults an hour",
        "sum by(ledger) (rate(farm_fault_seconds_total[10m])) * 3600", "{{ledger}}", "s",
    ),
    (
        "timeseries", "Warm starts",
        (
            'sum(rate(farm_worker_starts_total{start="warm"}[30m]))'
            " / sum(rate(farm_worker_starts_total[30m]))"
        ),
        "", "percentunit",
    ),
    (
        "timeseries", "Silence", "time() - max by(instance) (farm_last_event_timestamp_seconds)",
        "{{instance}}", "s",
    ),
    ("table", "Runs", "farm_run_info", "", "short"),
)  # fmt: skip


def panel(number: int) -> dict[str, object]:
    """Describe a panel: three in a row."""
    kind, title, expression, legend, unit = PANELS[number]
    place = {"x": number % 3 * WIDE, "y": number // 3 * HIGH, "w": WIDE, "h": HIGH}
    target = {
        "refId": "A", "datasource": SOURCE, "expr": expression, "legendFormat": legend,
        "instant": kind != "timeseries", "format": "table" if kind == "table" else "time_series",
    }  # fmt: skip
    return {
        "id": number + 1, "type": kind, "title": title, "gridPos": place, "datasource": SOURCE,
        "targets": [target], "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
    }  # fmt: skip


def board() -> str:
    """Return the board as Grafana imports it."""
    source = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    said = {
        "uid": "farm", "title": "The farm", "tags": ["farm"], "schemaVersion": 39, "version": 1,
        "timezone": "browser", "refresh": "30s", "time": {"from": "now-12h", "to": "now"},
        "templating": {"list": [source]},
        "panels": [panel(number) for number in range(len(PANELS))],
    }  # fmt: skip
    return json.dumps(said, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "board.json").write_text(board(), encoding="utf-8")

"""The ledger: what happened, kept whatever happens."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from farm.errors import FullError, StoreError
from farm.ledger import Event, Ledger, last_requests, read_events, runs


def event(n: int = 0, *, kind: str = "made", **body: object) -> Event:
    return Event(
        at=float(n), kind=kind, shot="sh010", stage="draft", part="t01", key=f"k{n}", body=body
    )  # type: ignore[arg-type]


def test_events_come_back_as_they_were_told_with_their_run_and_number(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path, run="r1") as ledger:
        ledger.write(event(1, usd=1.5, outputs={"clip": "abc"}))
        ledger.write(event(2, kind="failed", problem="Prüfung"))
    first, second = read_events(path)
    assert (first.run, first.number, first.body) == (
        "r1",
        1,
        {"usd": 1.5, "outputs": {"clip": "abc"}},
    )
    assert (second.kind, second.key, second.body) == ("failed", "k2", {"problem": "Prüfung"})


def test_runs_share_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    for run in ("monday", "tuesday"):
        with Ledger(path, run=run) as ledger:
            for n in range(3):
                ledger.write(event(n))
    assert [(r.run, r.began, r.last, r.events) for r in runs(path)] == [
        ("monday", 0, 2, 3),
        ("tuesday", 0, 2, 3),
    ]
    assert len(list(read_events(path, run="tuesday"))) == 3
    assert [e.number for e in read_events(path, after=4)] == [5, 6]


def test_the_last_request_under_a_label_is_known(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.write(event(1, kind="started", request={"params": {"seed": 1}}, attempt=1))
        ledger.write(event(2, kind="started", request={"params": {"seed": 2}}))
        ledger.write(event(1, kind="reused", request={"params": {"seed": 1}}))
    label = ("sh010", "draft", "t01")
    assert last_requests(path, [label, ("no", "such", "label")]) == {label: {"params": {"seed": 1}}}
    assert ledger.last_request(*label) == {"params": {"seed": 1}}
    assert next(read_events(path)).body == {"attempt": 1}


def test_there_is_no_last_request_before_the_first_run(tmp_path: Path) -> None:
    assert last_requests(tmp_path / "ledger.db", [("a", "b", "c")]) == {}
    assert not (tmp_path / "ledger.db").exists()


def test_events_can_be_read_while_a_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.write(event(1))
        deadline = time.monotonic() + 20
        while not list(read_events(path)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(read_events(path))) == 1


def test_two_runs_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def tell(run: str) -> None:
        with Ledger(path, run=run) as ledger:
            for n in range(500):
                ledger.write(event(n))

    threads = [threading.Thread(target=tell, args=(f"r{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.events for r in runs(path)) == [500] * 4


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    code = (
        "import sys, time; from pathlib import Path; from farm.ledger import Event, Ledger\n"
        f"ledger = Ledger(Path({str(path)!r}), run='killed')\n"
        "for n in range(10**9):\n"
        "    ledger.write(Event(at=n, kind='made', key=f'k{n}')); time.sleep(0.001)\n"
    )
    farm = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.exists() and _count(path) > 20):
        time.sleep(0.02)
    os.kill(farm.pid, signal.SIGKILL)
    farm.wait()
    keys = [e.key for e in read_events(path)]
    assert len(keys) > 20
    assert keys == [f"k{n}" for n in range(len(keys))]
    with Ledger(path, run="after") as ledger:
        ledger.write(event(1))
    assert [r.run for r in runs(path)] == ["killed", "after"]


def _count(path: Path) -> int:
    try:
        return sum(1 for _ in read_events(path))
    except StoreError:  # its tables are being made
        return 0


@pytest.mark.parametrize("spoil", ["garbage", "cut", "middle"])
def test_a_damaged_ledger_is_a_clear_error(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        for n in range(2000):
            ledger.write(event(n, text="x" * 50))
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        {
            "garbage": b"not a database at all, not in the least" * 200,
            "cut": data[:middle],
            "middle": data[:4096] + b"\x07" * (middle - 4096) + data[middle:],
        }[spoil]
    )
    with pytest.raises(StoreError, match="is damaged") as error:
        Ledger(path)
    assert "move it away" in error.value.hint


def test_another_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE songs (name TEXT)")
    database.commit()
    database.close()
    with pytest.raises(StoreError, match="is a database, but no ledger"):
        Ledger(path)


def test_reading_where_there_is_no_ledger_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no ledger"):
        list(read_events(tmp_path / "ledger.db"))


def test_a_ledger_without_room_stops_the_run_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger(path)
    pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
    ledger._database.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(FullError, match="no room left for the ledger"):
        tell_until_refused(ledger, text="x" * 1000)
    with pytest.raises(FullError):
        ledger.close()
    keys = [e.key for e in read_events(path)]
    assert keys == [f"k{n}" for n in range(len(keys))]


def test_an_event_that_is_not_plain_is_refused_aloud(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is not plain"):
        tell_until_refused(Ledger(tmp_path / "ledger.db"), bad=object())


def tell_until_refused(ledger: Ledger, **body: object) -> None:
    """Tell events until the ledger raises, for a minute at most."""
    deadline = time.monotonic() + 60
    n = 0
    while time.monotonic() < deadline:
        ledger.write(event(n, **body))
        time.sleep(0.005)
        n += 1

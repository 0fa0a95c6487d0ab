"""The ledger's file: how it is made and opened, and what its faults are called."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from farm.errors import FullError, StoreError

VERSION = 1
MARK = 0x4641524D  # "FARM": tells a ledger from other SQLite files
PATIENCE_SECONDS = 30.0
CHECKED_BYTES = 64 * 2**20
TABLES = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL,
    shot TEXT NOT NULL, stage TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run, number);
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, request TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS labels (
    shot TEXT, stage TEXT, part TEXT, key TEXT NOT NULL, PRIMARY KEY (shot, stage, part))
    WITHOUT ROWID;
"""


class NoLedgerError(StoreError):
    """There is no ledger here yet."""


def create(path: Path) -> sqlite3.Connection:
    """Open a ledger for writing, making it if it is not there; any one thread may use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(
        path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        version = _check(database, path)
        _write_ahead(database)
        database.execute("PRAGMA synchronous = NORMAL")
        if version < VERSION:
            database.executescript(
                f"BEGIN IMMEDIATE; {TABLES} PRAGMA application_id = {MARK};"
                f"PRAGMA user_version = {VERSION}; COMMIT;"
            )
    except BaseException:
        database.close()
        raise
    return database


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger for reading only; raises NoLedgerError if there is none."""
    if not path.exists():
        raise _none(path)
    database = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS
    )
    try:
        version = _check_kind(database, path)
    except BaseException:
        database.close()
        raise
    if not version:
        database.close()
        raise _none(path)
    return database


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Say in the farm's words what SQLite and the disk say."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _named(path, error) from error


def _named(path: Path, error: Exception) -> StoreError:
    said = str(error)
    if "full" in said or "No space" in said or "disk I/O" in said:
        return FullError(
            f"there is no room left for the ledger {path}: {said}",
            hint="free some space and run the same command again",
        )
    if isinstance(error, sqlite3.OperationalError | OSError):
        return StoreError(
            f"the ledger {path} cannot be used: {said}",
            hint="see that the folder can be written and that no other program holds the file",
        )
    return _damaged(path, said)


def _damaged(path: Path, said: str) -> StoreError:
    return StoreError(
        f"the ledger {path} is damaged: {said}",
        hint="move it away: it only tells what happened, and finished work is in the store",
    )


def _none(path: Path) -> NoLedgerError:
    return NoLedgerError(
        f"there is no ledger at {path}", hint="a ledger begins with the first render"
    )


def _check(database: sqlite3.Connection, path: Path) -> int:
    version = _check_kind(database, path)
    if path.stat().st_size <= CHECKED_BYTES:
        verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged(path, verdict)
    return version


def _check_kind(database: sqlite3.Connection, path: Path) -> int:
    """See that this is a ledger that can be read; return its version, 0 if it is still empty."""
    database.execute("BEGIN")  # one look at it: another farm may be making its tables just now
    mark = database.execute("PRAGMA application_id").fetchone()[0]
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    database.execute("ROLLBACK")
    if (tables or version) and mark != MARK:
        raise StoreError(f"{path} is a database, but no ledger", hint="name another file")
    if version > VERSION:
        raise StoreError(f"the ledger {path} is of a newer farm", hint="use that one to read it")
    return version


def _write_ahead(database: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite does not wait for others here, so this does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(sqlite3.OperationalError):
            if database.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        time.sleep(0.01)
    database.execute("PRAGMA journal_mode = WAL")

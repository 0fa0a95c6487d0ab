"""Checkpoints in a store: found by whoever makes the same task again, and by nobody else."""

from pathlib import Path

import pytest

from farm.store import open_store
from functions.checkpoints import StoredCheckpoints


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"file:{tmp_path / 'store'}"


def test_the_last_step_is_found_through_another_opening_of_the_store(uri):
    mine = StoredCheckpoints(open_store(uri), "key")
    assert mine.latest() is None
    mine.keep(2, b"two")
    mine.keep(4, b"four")
    assert StoredCheckpoints(open_store(uri), "key").latest() == (4, b"four")


def test_another_task_does_not_find_it(uri):
    store = open_store(uri)
    StoredCheckpoints(store, "key").keep(2, b"two")
    assert StoredCheckpoints(store, "other").latest() is None
    assert store.recall("key") is None


def test_a_task_that_is_done_forgets_its_steps(uri):
    mine = StoredCheckpoints(open_store(uri), "key")
    mine.keep(2, b"two")
    mine.drop()
    assert mine.latest() is None


def test_a_damaged_checkpoint_counts_as_none(uri, tmp_path):
    store = open_store(uri)
    mine = StoredCheckpoints(store, "key")
    mine.keep(2, b"two")
    kept = store.recall(mine.own_key)
    assert kept
    path = store.path(kept.outputs["latents"])
    path.chmod(0o644)
    path.write_bytes(b"too")
    assert StoredCheckpoints(open_store(uri), "key").latest() is None

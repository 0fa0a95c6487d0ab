"""Leases in a bucket: one heartbeat for all, judged by the server's clock, never two owners."""

import threading
import time

from farm.store.s3_leases import MANY
from tests.s3.conftest import Site

KEYS = [f"{number:064x}" for number in range(40)]


def claim(store, key, owner="east", seconds=60.0) -> bool:
    return store.claim(key, owner=owner, seconds=seconds)


def renew(store, key, owner="east", seconds=60.0) -> bool:
    return store.renew(key, owner=owner, seconds=seconds)


def test_a_round_of_heartbeats_costs_one_write_for_all_leases(site: Site):
    store = site.machine()
    assert all(claim(store, key) for key in KEYS)
    for _ in range(3):
        asked = site.asked(lambda: [renew(store, key) for key in KEYS])
        assert [method for method, _ in asked] == ["PUT"]


def test_of_many_farms_that_want_a_dead_ones_lease_one_gets_it(site: Site):
    claim(site.machine(), KEYS[0], owner="dead")
    site.proxy.clock.now += 62
    won, gate = [], threading.Barrier(6)

    def want(store, owner: str) -> None:
        gate.wait()
        if claim(store, KEYS[0], owner=owner):
            won.append(owner)

    threads = [threading.Thread(target=want, args=(site.machine(), f"farm{n}")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_farm_that_slept_learns_of_every_lease_what_became_of_it(site: Site):
    east, west = site.machine(), site.machine()
    for key in KEYS[:3]:
        claim(east, key)
    site.proxy.clock.now += 62
    assert claim(west, KEYS[0], owner="west")
    assert not renew(east, KEYS[0])
    assert renew(east, KEYS[1])  # nobody wanted it meanwhile
    east.release(KEYS[0], owner="east")
    assert not claim(east, KEYS[0])
    assert not claim(west, KEYS[1], owner="west")
    assert claim(west, KEYS[2], owner="west")  # east has not come back to it, and was dead
    assert not renew(east, KEYS[2])


def test_after_the_server_was_away_nobody_is_taken_for_dead_before_he_can_beat(site: Site):
    east, west = site.machine(), site.machine()
    claim(east, KEYS[0], seconds=120)
    site.proxy.misbehave(times=1)
    assert not claim(west, KEYS[0], owner="west", seconds=120)
    site.proxy.clock.now += 122
    assert not claim(west, KEYS[0], owner="west", seconds=120)
    assert renew(east, KEYS[0], seconds=120)
    west.bucket.patience.troubled_at = float("-inf")
    assert not claim(west, KEYS[0], owner="west", seconds=120)
    site.proxy.clock.now += 122
    assert claim(west, KEYS[0], owner="west", seconds=120)


def test_a_clock_that_is_a_day_off_changes_nothing(site: Site, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 86_400.0)
    claim(site.machine(), KEYS[0])
    assert not claim(site.machine(), KEYS[0], owner="west")


def test_answers_that_are_lost_do_not_lose_the_lease(site: Site):
    store = site.machine()
    site.proxy.misbehave(manner="lose_answer", times=4, when=lambda request: request[0] == "PUT")
    assert claim(store, KEYS[0])
    assert renew(store, KEYS[0])
    assert not claim(site.machine(), KEYS[0], owner="west")
    store.bucket.patience.troubled_at = float("-inf")
    store.release(KEYS[0], owner="east")
    assert site.listed("leases") == []


def test_a_heartbeat_that_was_swept_away_begins_anew(site: Site):
    """S3 answers 404 where a beat should be written over one that is gone."""
    store = site.machine()
    claim(store, KEYS[0])
    site.proxy.misbehave(
        status=404, code="NoSuchKey", times=1, when=lambda r: r[0] == "PUT" and "/beats/" in r[1]
    )
    assert renew(store, KEYS[0])
    assert renew(store, KEYS[0])
    assert not claim(site.machine(), KEYS[0], owner="west")


def test_a_lease_that_could_not_be_given_back_is_given_back_when_the_server_is_well(site: Site):
    store, west = site.machine(), site.machine()
    claim(store, KEYS[0])
    claim(store, KEYS[1])
    store.bucket.patience.troubled_at = time.monotonic()
    assert site.asked(lambda: store.release(KEYS[0], owner="east")) == []
    assert not claim(west, KEYS[0], owner="west")
    store.bucket.patience.troubled_at = float("-inf")
    assert renew(store, KEYS[1])
    assert claim(west, KEYS[0], owner="west")


def test_a_lease_that_is_owed_and_wanted_again_is_kept(site: Site):
    store = site.machine()
    claim(store, KEYS[0])
    store.bucket.patience.troubled_at = time.monotonic()
    store.release(KEYS[0], owner="east")
    assert claim(store, KEYS[0])
    store.bucket.patience.troubled_at = float("-inf")
    assert renew(store, KEYS[0])
    assert not claim(site.machine(), KEYS[0], owner="west")


def test_a_torn_lease_is_free(site: Site):
    store = site.machine()
    store.bucket.put(f"leases/{KEYS[0]}", b"{")
    assert claim(store, KEYS[0])


def test_who_waits_for_many_leases_asks_once_a_second_for_all(site: Site, monkeypatch):
    monkeypatch.setattr("farm.store.s3_leases.LOOK_SECONDS", 3600.0)  # however slow this machine is
    east, west = site.machine(), site.machine()
    for key in KEYS:
        claim(east, key)
        claim(west, key, owner="west")
    asked = site.asked(
        lambda: [(west.recall(key), claim(west, key, owner="west")) for key in KEYS * 3]
    )
    assert len(KEYS) > MANY
    assert len(asked) < 10
    east.release(KEYS[5], owner="east")
    west.leases._looked = float("-inf")  # a second later
    assert claim(west, KEYS[5], owner="west")

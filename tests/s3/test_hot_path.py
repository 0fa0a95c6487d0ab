"""What a run asks of a bucket is counted: a show of thousands must not take thousands of trips."""

import errno
import json
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from farm.digest import digest_bytes, digest_file
from farm.errors import MissingError, StoreError
from farm.store.s3_cache import LEFT_ALONE, Cache, cache_cap
from farm.store.s3_uploads import upload
from farm.task import Artifact, Outcome
from tests.contract.stores import store_in
from tests.s3.conftest import Site


def outcomes(store, count: int) -> list[str]:
    """Remember many outcomes that all stand on one artifact."""
    artifact = store.put(b"light", kind="exr")
    keys = [f"{n % 16:02x}{n:062x}" for n in range(count)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: store.remember(Outcome(key=k, outputs={"a": artifact})), keys))
    return keys


def test_recalling_a_show_lists_shelves_instead_of_asking_for_each_outcome(site: Site, monkeypatch):
    monkeypatch.setattr("farm.store.s3_shelves.WINDOW", 3600.0)  # however slow this machine is
    keys = outcomes(site.machine(), 160)
    store = site.machine()
    unknown = [f"{n % 16:02x}{n:062x}" for n in range(1000, 2000)]
    asked = site.asked(lambda: [store.recall(key) for key in unknown])
    assert len(asked) <= 16 * 3
    asked = site.asked(lambda: [store.recall(key) for key in keys])
    assert len(asked) <= 160 + 16 + 4  # each outcome once, and what they stand on
    asked = site.asked(lambda: [store.recall(key) for key in keys])
    assert len(asked) <= 16 + 4
    next_driver = store_in(site.place, cache=site.folder / "cache1")
    asked = site.asked(lambda: [next_driver.recall(key) for key in keys])
    assert len(asked) <= 16 * 3 + 4


def test_a_record_that_was_altered_on_this_machine_is_read_from_the_bucket(site: Site):
    store = site.machine()
    keys = outcomes(store, 64)
    assert all(store.recall(key) for key in keys)
    for path in (site.folder / "cache0" / "records").rglob("*-*"):
        path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert all(store_in(site.place, cache=site.folder / "cache0").recall(key) for key in keys)


def test_a_listing_never_has_the_last_word_on_a_claimed_task(site: Site):
    east, west = site.machine(), site.machine()
    keys = [f"aa{n:062x}" for n in range(20)]
    assert [key for key in keys if west.recall(key)] == []
    outcome = Outcome(key=keys[0], outputs={"a": east.put(b"light", kind="exr")})
    east.remember(outcome)
    assert west.claim(keys[0], owner="west", seconds=60)
    assert west.recall(keys[0]) == outcome


def test_frames_are_sent_while_the_next_are_made_and_no_outcome_is_kept_before_them(site: Site):
    store = site.machine(seconds=0.3)
    file = site.folder / "frame.exr"
    file.write_bytes(b"light" * 1000)
    site.proxy.misbehave(code="AccessDenied", status=403, when=lambda r: "/cas/" in r[1])
    artifact = store.put_file(file, kind="exr")
    with pytest.raises(StoreError, match="may not do that"):
        store.remember(Outcome(key="aa", outputs={"frame": artifact}))
    site.proxy.behave()
    assert site.listed("outcomes") == []
    store.put_file(store.path(artifact), kind="exr")
    store.remember(Outcome(key="aa", outputs={"frame": artifact}))
    assert site.machine().recall("aa")


def test_an_outcome_that_stands_on_nothing_is_not_kept(site: Site):
    lost = Artifact(digest="ab" * 32, size=5, kind="exr")
    with pytest.raises(MissingError):
        site.machine().remember(Outcome(key="aa", outputs={"frame": lost}))
    assert site.listed() == []


def test_the_last_outcome_under_a_key_counts_and_the_same_costs_no_write(site: Site):
    store = site.machine()
    first = Outcome(key="aa", outputs={"a": store.put(b"one", kind="exr")}, seconds=1)
    store.remember(first)
    store.remember(Outcome(key="aa", outputs=first.outputs, seconds=2))
    assert store.recall("aa") == first
    second = Outcome(key="aa", outputs={"a": store.put(b"two", kind="exr")})
    store.remember(second)
    assert site.machine().recall("aa") == second


def test_a_large_file_goes_in_parts_and_an_upload_that_was_cut_off_goes_on(site: Site):
    data = bytes(range(256)) * (20 << 12) + b"tail"
    file = site.folder / "large.exr"
    file.write_bytes(data)
    store = site.machine(seconds=0.2)
    digest = store.vault.cache.keep(data, kind="exr").digest
    key = store.vault.shelves.key(digest)

    def send() -> None:
        upload(store.bucket, key, str(file), digest=digest, single=1, part=5 << 20)

    site.proxy.misbehave(
        manner="hang_up", when=lambda r: "partNumber=4" in r[1] or "partNumber=5" in r[1]
    )
    with pytest.raises(StoreError):
        send()
    site.proxy.behave()
    asked = site.asked(send)
    again = [path for method, path in asked if method == "PUT"]
    assert len(again) == 2, "only the parts that never arrived"
    artifact = Artifact(digest=digest, size=len(data), kind="exr")
    assert site.machine().get(artifact) == data
    assert site.machine().vault._is_there(artifact)


def test_an_upload_that_was_taken_back_begins_anew(site: Site):
    file = site.folder / "large.exr"
    file.write_bytes(bytes(range(256)) * (6 << 12) + b"tail")
    store = site.machine()
    digest = digest_file(file)
    key = store.vault.shelves.key(digest)
    site.proxy.misbehave(
        status=404, code="NoSuchUpload", times=1, when=lambda r: "partNumber=1" in r[1]
    )
    upload(store.bucket, key, str(file), digest=digest, single=1, part=5 << 20)
    artifact = Artifact(digest=digest, size=file.stat().st_size, kind="exr")
    assert site.machine().get(artifact) == file.read_bytes()


def test_bytes_that_vanish_while_they_come_are_missing(site: Site):
    artifact = site.machine().put(b"light", kind="exr")
    site.proxy.misbehave(status=404, code="NoSuchKey", when=lambda r: r[0] == "GET")
    with pytest.raises(MissingError, match="run the same command again"):
        site.machine().get(artifact)


def test_a_range_is_read_without_the_rest(site: Site):
    artifact = site.machine().put(bytes(range(256)) * 4000, kind="exr")
    store = site.machine()
    asked = site.asked(lambda: store.get_range(artifact, start=255, size=3))
    assert store.get_range(artifact, start=255, size=3) == b"\xff\x00\x01"
    assert store.get_range(artifact, start=artifact.size - 1, size=9) == b"\xff"
    assert [method for method, _ in asked] == ["GET"]
    assert not (site.folder / "cache1" / "cas").exists()


def test_a_large_object_comes_in_ranges_at_once_and_a_cut_costs_the_rest_of_one(
    site: Site, monkeypatch
):
    monkeypatch.setattr("farm.store.s3_downloads.PART", 1 << 20)
    data = bytes(range(256)) * (5 << 12) + b"tail"
    artifact = site.machine().put(data, kind="exr")
    site.proxy.misbehave(manner="cut_download", times=2, when=lambda r: r[0] == "GET")
    store = site.machine()
    asked = site.asked(lambda: store.path(artifact))
    assert store.path(artifact).read_bytes() == data
    assert [method for method, _ in asked].count("GET") == 6 + 2


@pytest.mark.parametrize("part", [1 << 10, 32 << 20], ids=["in ranges", "in one stream"])
@pytest.mark.parametrize("other", [b"night" * 999, b"lights" * 1000, b""])
def test_an_object_that_is_not_what_its_name_says_is_dropped(part, other, site: Site, monkeypatch):
    monkeypatch.setattr("farm.store.s3_downloads.PART", part)
    store = site.machine()
    artifact = store.put(b"light" * 1000, kind="exr")
    store.bucket.put(f"cas/{artifact.digest[:2]}/{artifact.digest}", other)
    reader = site.machine()
    with pytest.raises(MissingError, match="altered or cut short"):
        reader.path(artifact)
    assert site.listed("cas/") == []
    store.bucket.put(f"cas/{artifact.digest[:2]}/{artifact.digest}", b"light" * 1000)
    assert reader.get(artifact) == b"light" * 1000


@pytest.mark.parametrize("part", [1 << 10, 32 << 20], ids=["in ranges", "in one stream"])
def test_a_file_that_cannot_be_written_whole_is_never_taken_for_whole(
    part, site: Site, monkeypatch
):
    monkeypatch.setattr("farm.store.s3_downloads.PART", part)
    data = bytes(range(256)) * 4000
    artifact = site.machine().put(data, kind="exr")
    store = site.machine()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(data) - 1000, before[1]))
    try:
        with pytest.raises(StoreError, match="File too large"):
            store.path(artifact)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.path(artifact).read_bytes() == data


# The cache


def test_what_was_read_once_is_read_here_again(site: Site):
    artifact = site.machine().put(b"light", kind="exr")
    store = site.machine()
    assert store.get(artifact) == b"light"
    assert site.asked(lambda: store.path(artifact)) == []


def test_altered_bytes_in_the_cache_are_fetched_again(site: Site):
    artifact = site.machine().put(b"light", kind="exr")
    store = site.machine()
    path = store.path(artifact)
    path.chmod(0o644)
    path.write_bytes(b"night")
    assert store.get(artifact) == b"light"
    assert store.path(artifact).read_bytes() == b"light"


def test_a_cache_drops_what_was_used_longest_ago(tmp_path):
    cache = Cache(str(tmp_path), cap=1000, left_alone=0)
    kept = [cache.keep(bytes([n]) * 200, kind="exr") for n in range(4)]
    cache.shelf.put(bytes([0]) * 200, kind="exr")  # used again
    kept += [cache.keep(bytes([n]) * 200, kind="exr") for n in range(4, 9)]
    cache.make_room(to=cache.cap)
    there = [n for n, artifact in enumerate(kept) if cache.get(artifact) is not None]
    assert sum(kept[n].size for n in there) <= 1000
    assert there[-1] == 8
    assert 1 not in there


def test_a_cache_on_a_full_disk_drops_half_of_what_it_has_however_large_its_cap_is(tmp_path):
    cache = Cache(str(tmp_path), cap=10**9, left_alone=0)
    kept = [cache.keep(bytes([n]) * 200, kind="exr") for n in range(4)]
    met = []

    def fetch(path: str) -> None:
        met.append(path)
        if len(met) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        Path(path).write_bytes(b"light")

    coming = Artifact(digest=digest_bytes(b"light"), size=5, kind="exr")
    cache.fetched(coming, fetch)
    assert cache.get(coming) == b"light"
    assert sum(cache.get(artifact) is not None for artifact in kept) == 2


def test_a_cache_leaves_alone_what_somebody_may_be_about_to_open(tmp_path):
    cache = Cache(str(tmp_path), cap=100)
    kept = [cache.keep(bytes([n]) * 200, kind="exr") for n in range(4)]
    assert all(cache.path(artifact) for artifact in kept)
    assert LEFT_ALONE > 60


@pytest.mark.parametrize(("said", "cap"), [("", 20e9), ("2.5", 2.5e9), ("-1", 0), ("much", 20e9)])
def test_the_cap_is_said_in_gigabytes(said, cap):
    assert cache_cap({"FARM_CACHE_GB": said}) == cap


def test_a_sequence_is_recalled_from_another_machine_without_fetching_it(site: Site):
    store = site.machine()
    frames = [store.put(bytes([n]), kind="exr") for n in range(30)]
    rows = [
        {"frame": n, "digest": a.digest, "size": a.size, "kind": a.kind}
        for n, a in enumerate(frames)
    ]
    sequence = store.put(json.dumps({"frames": rows}).encode(), kind="sequence")
    store.remember(Outcome(key="aa", outputs={"frames": sequence}))
    other = site.machine()
    asked = site.asked(lambda: other.recall("aa"))
    assert [method for method, _ in asked].count("GET") == 1
    assert not (site.folder / "cache1" / "cas").exists()

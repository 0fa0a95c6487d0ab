"""Garbage in a bucket: what no outcome names and nobody touched lately goes, nothing else."""

import json
from dataclasses import replace

import pytest

from farm.errors import StoreError
from farm.store import open_store
from farm.store.gc import DAY, HOUR, collect_garbage
from farm.store.s3 import S3Store
from farm.store.s3_place import place_in
from farm.task import Artifact, Outcome
from tests.s3.conftest import Site


def remember(store: S3Store, key: str, *pieces: bytes) -> list[Artifact]:
    artifacts = [store.put(piece, kind="exr") for piece in pieces]
    outputs = {f"out{i}": artifact for i, artifact in enumerate(artifacts)}
    store.remember(Outcome(key=key, outputs=outputs))
    return artifacts


def test_bytes_that_no_outcome_names_go_and_named_ones_stay_with_their_frames(site: Site):
    store = site.machine()
    remember(store, "aa", b"named")
    frames = [store.put(piece, kind="exr") for piece in (b"one", b"two")]
    rows = [
        {"frame": i, "digest": a.digest, "size": 3, "kind": "exr"} for i, a in enumerate(frames)
    ]
    sequence = store.put(json.dumps({"frames": rows}).encode(), kind="sequence")
    store.remember(Outcome(key="bb", outputs={"frames": sequence}))
    store.put(b"loose!", kind="exr")
    site.proxy.clock.now += 2 * HOUR
    said = collect_garbage(store, dry_run=True)
    assert collect_garbage(store, dry_run=False) == said
    assert (said.outcomes, said.artifacts, said.freed, said.kept) == (0, 1, 6, 4)
    assert site.machine().recall("aa")
    assert site.machine().recall("bb")
    assert len(site.listed("cas/")) == 4


def test_young_bytes_stay_and_old_ones_that_were_kept_again_count_as_young(site: Site):
    store = site.machine()
    store.put(b"young", kind="exr")
    assert collect_garbage(store, dry_run=False).artifacts == 0
    site.proxy.clock.now += HOUR - 1
    store.put(b"young", kind="exr")
    site.proxy.clock.now += 60
    assert collect_garbage(store, dry_run=False).artifacts == 0
    site.proxy.clock.now += 2 * HOUR
    assert collect_garbage(store, dry_run=False).artifacts == 1


def test_what_a_live_lease_may_still_name_stays(site: Site):
    store = site.machine()
    store.claim("bb", owner="east", seconds=100 * DAY)
    store.put(b"its first frame", kind="exr")
    site.proxy.clock.now += 5 * HOUR
    assert store.renew("bb", owner="east", seconds=100 * DAY)
    assert collect_garbage(site.machine(), keep_days=0, dry_run=False).artifacts == 0
    store.release("bb", owner="east")
    assert collect_garbage(store, dry_run=False).artifacts == 1


def test_old_bytes_that_a_new_outcome_names_are_renewed_before_a_sweep_can_take_them(site: Site):
    store = site.machine()
    (old,) = remember(store, "aa", b"shared")
    store.forget("aa")
    site.proxy.clock.now += 3 * HOUR
    later = site.machine()
    later.remember(Outcome(key="bb", outputs={"out": later.put(b"shared", kind="exr")}))
    later.forget("bb")
    assert collect_garbage(store, dry_run=False).artifacts == 0
    assert later.get(old) == b"shared"


def test_outcomes_that_nobody_asked_for_in_days_go_and_recalled_ones_stay(site: Site):
    store = site.machine()
    remember(store, "aa", b"old")
    (used,) = remember(store, "bb", b"used")
    site.proxy.clock.now += 31 * DAY
    other = site.machine()
    assert other.recall("bb")
    other._used.write()  # as when the run ends
    swept = collect_garbage(store, keep_days=20, dry_run=False)
    assert (swept.outcomes, swept.artifacts) == (1, 1)
    assert site.machine().recall("aa") is None
    assert site.machine().recall("bb")
    assert site.listed("cas/") == [f"cas/{used.digest[:2]}/{used.digest}"]
    site.proxy.clock.now += 40 * DAY
    assert collect_garbage(store, keep_days=20, dry_run=False).outcomes == 1
    assert site.listed("used/") == []


def test_leases_and_uploads_of_the_dead_go_and_those_of_the_living_stay(site: Site):
    store, place = site.machine(), site.place
    store.claim("aa", owner="dead", seconds=60)
    site.server.owner.create_multipart_upload(Bucket=place.bucket, Key=f"{place.prefix}cas/aa/aa")
    site.proxy.clock.now += 2 * DAY
    store.claim("bb", owner="east", seconds=60)
    assert collect_garbage(store, dry_run=False).desks == 1
    assert collect_garbage(store, dry_run=False).desks == 0
    assert site.listed("leases/") == ["leases/bb"]
    assert len(site.listed("beats/")) == 1


def test_the_clock_of_this_machine_does_not_matter(site: Site, monkeypatch):
    store = site.machine()
    store.put(b"young", kind="exr")
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert collect_garbage(store, dry_run=False).artifacts == 0


# The address


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("s3://shows", "s3://shows"),
        ("s3:shows/night/", "s3://shows/night"),
        ("s3://shows/a/b?region=eu-west-1", "s3://shows/a/b?region=eu-west-1"),
        (
            "s3://shows?sse=aws:kms&kms_key=alias/farm&endpoint=https://s3.example.com:9000",
            "s3://shows?endpoint=https://s3.example.com:9000&sse=aws:kms&kms_key=alias/farm",
        ),
    ],
)
def test_a_bucket_is_opened_by_its_address_which_opens_it_again(address, uri, s3_keys):
    assert open_store(address).uri == uri
    assert open_store(uri).uri == uri


def test_an_endpoint_of_the_environment_becomes_part_of_the_address():
    said = {"FARM_S3_ENDPOINT": "http://mine:1", "AWS_ENDPOINT_URL": "http://theirs:2"}
    assert place_in("shows", environ=said).uri == "s3://shows?endpoint=http://mine:1"
    del said["FARM_S3_ENDPOINT"]
    assert place_in("shows", environ=said).endpoint == "http://theirs:2"
    assert place_in("shows?endpoint=http://said:3", environ=said).endpoint == "http://said:3"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://KEY:planted@shows", "a name or a password"),
        ("s3://shows?secret=planted", "cannot say 'secret'"),
        ("s3://shows?endpoint=http://me:planted@host", "an endpoint that is no address"),
        ("s3://shows?endpoint=planted", "an endpoint that is no address"),
        ("s3://Shows", "not the name of a bucket"),
        ("s3://shows?sse=AES265", "did you mean 'AES256'"),
    ],
)
def test_an_address_with_a_secret_or_nonsense_in_it_is_refused_and_not_repeated(address, said):
    with pytest.raises(StoreError, match=said) as fault:
        open_store(address)
    assert "planted" not in str(fault.value)


def test_encryption_is_asked_for_on_the_wire(site: Site):
    """The server here has no keys to encrypt with, and says so: what it is asked is what counts."""
    site.place = replace(site.place, sse="aws:kms", kms_key="alias/farm")
    with pytest.raises(StoreError):
        site.machine(seconds=0.1).put(b"light", kind="exr")
    (asked,) = [said for said in site.proxy.headers if "x-amz-content-sha256" in said][-1:]
    assert asked["x-amz-server-side-encryption"] == "aws:kms"
    assert asked["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/farm"
    assert asked["x-amz-checksum-sha256"]


def test_encryption_is_asked_for_with_every_write():
    place = place_in("shows?sse=aws:kms&kms_key=alias/farm", environ={})
    assert place.encryption == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/farm"}
    assert place_in("shows", environ={}).encryption == {}

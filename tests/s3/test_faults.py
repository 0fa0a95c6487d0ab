"""What goes wrong with a bucket is said with what to do, loses nothing, and goes on when mended."""

import threading
import time

import pytest

import farm.cli
from farm.errors import FarmError, FullError, StoreError
from farm.task import Outcome
from tests.s3.conftest import Site
from tests.s3.server import KEY, READER, READER_SECRET, SECRET

OUTCOME = "ab" * 32


def put(request: tuple[str, str]) -> bool:
    return request[0] == "PUT"


def gets(request: tuple[str, str]) -> bool:
    return request[0] == "GET"


def keep_and_read(site: Site) -> None:
    store = site.machine()
    artifact = store.put(b"light", kind="exr")
    store.remember(Outcome(key=OUTCOME, outputs={"frame": artifact}))
    assert site.machine().get(artifact) == b"light"
    assert site.machine().recall(OUTCOME)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((KEY, "planted/wrong/secret"), "the secret key is wrong"),
        (("AKPLANTEDPLANTEDPLAN", SECRET), "the access key is not known there"),
        (("", ""), "boto3 finds no keys"),
        ((READER, READER_SECRET), "may not do that"),
    ],
)
def test_keys_that_are_no_good_are_said_and_the_same_goes_on_with_good_ones(
    keys, said, site, monkeypatch
):
    for name, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), keys, strict=True):
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    store = site.machine()
    for attempt in (
        lambda: store.put(b"light", kind="exr"),
        lambda: store.put(b"light" * 100_000, kind="exr"),
        lambda: store.claim(OUTCOME, owner="east", seconds=60),
        lambda: store.write_note("picks/a", 1),
    ):
        with pytest.raises(StoreError, match=said) as fault:
            attempt()
        assert "run the same command again" in fault.value.hint
        assert not any(word in str(fault.value) for word in (*keys, KEY, SECRET) if word)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    keep_and_read(site)


def test_a_reader_may_recall_what_others_made(site, monkeypatch):
    store = site.machine()
    store.remember(Outcome(key=OUTCOME, outputs={"frame": store.put(b"light", kind="exr")}))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", READER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", READER_SECRET)
    assert site.machine().recall(OUTCOME)


@pytest.mark.parametrize(
    ("status", "code", "kind", "said"),
    [
        (400, "ExpiredToken", StoreError, "token has expired"),
        (400, "AuthorizationHeaderMalformed", StoreError, "region is not the bucket's"),
        (301, "PermanentRedirect", StoreError, "region is not the bucket's"),
        (507, "XMinioStorageFull", FullError, "has no room left"),
        (403, "QuotaExceeded", FullError, "has no room left"),
        (403, "RequestTimeTooSkewed", StoreError, "clock is wrong"),
        (400, "Surprise", StoreError, "the server refuses"),
    ],
)
def test_refusals_in_mid_run_lose_nothing(status, code, kind, said, site):
    store = site.machine()
    first = store.put(b"first", kind="exr")
    fault = site.proxy.misbehave(
        status=status, code=code, when=lambda request: "/night/" in request[1]
    )
    for attempt in (
        lambda: store.put(b"second", kind="exr"),
        lambda: site.machine().get(first),
        lambda: store.remember(Outcome(key=OUTCOME, outputs={"frame": first})),
    ):
        with pytest.raises(kind, match=said) as error:
            attempt()
        assert error.value.hint
    assert fault.met
    site.proxy.behave()
    assert site.machine().get(first) == b"first"
    keep_and_read(site)


def test_a_bucket_that_is_not_there_is_named(site):
    site.place = type(site.place)(bucket="farm-nowhere", endpoint=site.place.endpoint)
    with pytest.raises(StoreError, match=r"no such bucket[\s\S]*make the bucket"):
        site.machine().recall(OUTCOME)
    with pytest.raises(StoreError, match="no such bucket"):
        site.machine().put(b"light", kind="exr")


def test_a_server_that_cannot_be_reached_is_said_after_patience(site):
    site.place = type(site.place)(bucket="farm-tests", endpoint="http://127.0.0.1:9")
    with pytest.raises(StoreError, match=r"cannot be reached[\s\S]*check the endpoint"):
        site.machine(seconds=0.3).put(b"light", kind="exr")


@pytest.mark.parametrize("manner", ["answer", "hang_up", "cut_upload", "lose_answer"])
def test_what_passes_by_itself_is_waited_out(manner, site):
    fault = site.proxy.misbehave(manner=manner, times=3, when=put)
    keep_and_read(site)
    assert fault.met == 3


def test_a_download_that_is_cut_goes_on_where_it_was_cut(site):
    data = bytes(range(256)) * 20_000
    artifact = site.machine().put(data, kind="exr")
    site.proxy.misbehave(manner="cut_download", times=2, when=gets)
    store = site.machine()
    asked = site.asked(lambda: store.get(artifact))
    assert store.get(artifact) == data
    assert [method for method, _ in asked] == ["GET", "GET", "GET"]


def test_a_server_that_is_away_for_a_while_is_waited_for(site):
    store = site.machine()
    away = site.proxy.misbehave(manner="hang_up")
    threading.Timer(2.0, site.proxy.behave).start()
    began = time.monotonic()
    keep_and_read(site)
    assert time.monotonic() - began > 1.9
    assert away.met
    assert store.put(b"after", kind="exr")


def test_after_a_long_outage_nobody_waits_the_whole_time_again(site):
    """A driver with ten thousand questions must be able to stop."""
    store = site.machine(seconds=1.0)
    assert store.put(b"dark", kind="exr")  # it is at home here: to get there takes time, too
    site.proxy.misbehave(manner="hang_up")
    with pytest.raises(StoreError):
        store.put(b"light", kind="exr")
    before = len(site.proxy.requests)
    for _ in range(5):
        with pytest.raises(StoreError, match="cannot be reached"):
            store.put(b"light", kind="exr")
    assert len(site.proxy.requests) - before == 5, "tried once each"
    site.proxy.behave()
    keep_and_read(site)
    assert store.put(b"light", kind="exr")
    site.proxy.misbehave(times=2)
    assert store.put(b"night", kind="exr")


def test_bytes_that_change_on_the_way_are_refused_by_the_server(site):
    """The server hashes what arrives: a wrong SHA-256 is never kept."""
    store = site.machine(seconds=0.2)
    with pytest.raises(FarmError, match=r"BadDigest|Checksum"):
        store.bucket.put("cas/xx", b"light", digest="00" * 32)
    assert site.listed() == []


def test_a_plan_says_that_the_store_cannot_be_asked(site, tmp_path, capsys):
    path = tmp_path / "shots.yaml"
    path.write_text(
        "show: night\nshots:\n  - {shot: sq010_sh0010, prompt: A red ball, duration: 1s}\n"
    )
    with pytest.raises(SystemExit) as ended:
        farm.cli.main(
            ["plan", str(path), "--store", f"s3://nowhere?endpoint={site.place.endpoint}"]
        )
    assert ended.value.code == 1
    assert "there is no such bucket" in capsys.readouterr().err

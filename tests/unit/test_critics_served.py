"""A vision critic behind the server that transformers itself brings, as a studio would start it."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from functions.critics import endpoint
from tests.unit.test_critics_models import verdict_by
from tests.unit.tiny_critics import build_speaker

NEEDED = ("torch", "transformers", "fastapi", "uvicorn", "openai")
if any(importlib.util.find_spec(name) is None for name in NEEDED):
    pytest.skip("the extras diffusers and test are not installed", allow_module_level=True)

PATIENCE_S = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model, and the server that answers for it."""

    model: str
    url: str
    log: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    model, port = str(build_speaker(folder / "speaker")), _free_port()
    alone = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HOME": str(folder / "home")}
    command = [Path(sys.executable).with_name("transformers"), "serve", model]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = folder / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=os.environ | alone
        )
    try:
        _wait(port, server, log)
        yield Served(model=model, url=f"http://127.0.0.1:{port}/v1", log=log)
    finally:
        server.terminate()
        server.wait(30)


def test_a_model_behind_transformers_own_server_is_shown_the_frames(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is untrained, so it babbles until it is cut off; that harms no verdict, and is said."""
    monkeypatch.setattr(endpoint, "LONGEST_ANSWER_TOKENS", 8)
    verdict = verdict_by(
        {"model": served.model, "door": "endpoint"},
        {"FARM_CRITIC_URL": served.url, "FARM_CRITIC_SECONDS": "120"},
    )
    critic = verdict["critic"]
    assert critic["asked"] >= 2
    assert critic["answered"] == 0
    assert {note.partition(": ")[2] for note in critic["notes"]} == {
        "its answer breaks off in the middle"
    }
    assert verdict["circled"] == "t01"
    assert served.log.read_text().count('"POST /v1/chat/completions HTTP/1.1" 200') >= 2


def test_another_model_than_the_one_it_holds_is_refused_and_said(served: Served) -> None:
    verdict = verdict_by(
        {"model": "somebody/else", "door": "endpoint"}, {"FARM_CRITIC_URL": served.url}
    )
    assert "the server answers 400" in verdict["critique"]
    assert verdict["circled"] == "t01"


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until somebody listens: the model is loaded before."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"the server did not come up: {log.read_text()[-2000:]}")

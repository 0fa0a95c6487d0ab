"""A warm worker that changes its model and changes back gives the bits of fresh workers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny.ltx import set_up_tiny_ltx
from tests.unit import tiny_wan

SERVE = """
import json, sys
from farm.cards import card_for
from farm.shots.request import Request
from farm.task import Task
from functions.worker import perform

store, *models = sys.argv[1:]
for number, model in enumerate(models):
    request = Request(prompt="a red fox", frames=9, rate=24, size=(96, 64))
    task = Task(
        stage="draft", version=1, engine=card_for(model).engine,
        params={"request": request.model_dump(mode="json"), "seed": "7"},
    )
    *_, made = perform(task, f"file:{store}/{number}")
    print(json.dumps({name: one.digest for name, one in made.outputs.items()}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tiny")
    said = set_up_tiny_ltx(folder)
    tiny_wan.write_weights(folder / "shelf")
    tiny_wan.write_card(folder / "cards")
    return {**os.environ, **said}


def served(folder: Path, environment: dict[str, str], *models: str) -> list[dict[str, str]]:
    """Let a process of its own draft with each model in turn; return what each left."""
    ran = subprocess.run(
        [sys.executable, "-c", SERVE, str(folder), *models],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.slow
def test_a_warm_worker_gives_the_bits_of_fresh_ones(environment, tmp_path):
    warm = served(tmp_path / "warm", environment, "ltx-tiny", "wan-tiny", "ltx-tiny", "wan-tiny")
    (fresh_ltx,) = served(tmp_path / "ltx", environment, "ltx-tiny")
    (fresh_wan,) = served(tmp_path / "wan", environment, "wan-tiny")
    assert warm == [fresh_ltx, fresh_wan, fresh_ltx, fresh_wan]
    assert fresh_ltx != fresh_wan

"""A warm worker that serves one family after another makes the bits of a fresh one."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from farm.cards import card_for, load_cards  # noqa: E402  # after the skips
from functions.models.base import CallSheet, State  # noqa: E402
from functions.models.diffusion import loading  # noqa: E402
from functions.models.ltx.model import open_ltx  # noqa: E402
from functions.models.wan.model import open_wan  # noqa: E402
from tests.tiny import wan as tiny_wan  # noqa: E402
from tests.tiny.cards import write_tiny_card  # noqa: E402
from tests.tiny.ltx import HUB, LEVERS, TILING, set_up_tiny_ltx  # noqa: E402
from tests.unit.test_wan import Notes, request, through  # noqa: E402

FAMILIES = {"ltx-tiny": open_ltx, "wan-tiny": open_wan}
UNLIKE = {**LEVERS, "attention": "_native_math"}
AS_IT_FINDS = {"dtype": "float32", "attention": ""}
"""One sets the attention backend, the other takes what it finds: what is left behind would show."""


@pytest.fixture(autouse=True)
def both(tmp_path: Path, monkeypatch):
    environ = set_up_tiny_ltx(tmp_path / "ltx")
    write_tiny_card(Path(environ["FARM_CARDS"]), "ltx", HUB, tiling=TILING, levers=UNLIKE)
    tiny_wan.write_weights(tmp_path / "wan", "vace")
    tiny_wan.write_card(Path(environ["FARM_CARDS"]), "vace", levers=AS_IT_FINDS)
    environ["FARM_WEIGHTS"] = f"{environ['FARM_WEIGHTS']} {tmp_path / 'wan'}"
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    load_cards.cache_clear()
    loading._loaded.cache_clear()
    yield
    load_cards.cache_clear()
    loading._loaded.cache_clear()


def draft(model: str) -> State:
    sheet = CallSheet(card=card_for(model), files={}, checkpoints=Notes())
    rate = "24" if model == "ltx-tiny" else "16"
    size = (128, 72) if model == "ltx-tiny" else (64, 48)
    return through(FAMILIES[model](sheet).draft(request(frames=9, rate=rate, size=size), seed=3))


def fresh(model: str) -> bytes:
    """Draft in a process that has done nothing else."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(draft, model).result().data


def test_ltx_then_wan_then_ltx_are_the_bits_of_fresh_workers():
    alone = {model: fresh(model) for model in FAMILIES}
    for model in ("ltx-tiny", "wan-tiny", "ltx-tiny", "wan-tiny"):
        assert draft(model).data == alone[model], model

"""A master of 3840x2160 in the tiles of the real card: the same bytes on 1, 2 and 4 workers.

Only the weights are tiny and random. Six minutes on two slow cores, and 5 GB of memory:

    pytest -m slow tests/end_to_end/test_tiles_4k.py --durations 0
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from farm.cards import card_for, load_cards
from farm.cards.card import Tiling
from farm.ledger import Event
from farm.media.exr import read_exr
from farm.store import open_store
from farm.tiles import Tile, tiles
from functions.models.diffusion.latents import Latents, unpack
from tests.end_to_end.conftest import Set
from tests.tiny.ltx import LEVERS, set_up_tiny_ltx

pytestmark = pytest.mark.slow

LIST = """
show: night
defaults: {model: ltx-tiny, takes: 2, rate: 24, judge: {rounds: 1, accept: 0.0}}
delivery: {resolution: 4k}
shots:
  - shot: sq010_sh0010
    prompt: "A red ball bounces"
    frames: 1001-1003
"""
SHOT = "sq010_sh0010"
WORKERS = (1, 2, 4)
CANVAS = (3840, 2176)
"""The last level's canvas: a draft of 960x544 doubled twice, 16 rows more than the picture has."""

CELL = 32


@pytest.fixture(scope="module")
def tiling() -> Tiling:
    real = card_for("ltx").tiling
    assert real
    return real


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, tiling: Tiling) -> Iterator[dict[int, Set]]:
    """Render the list once for each number of workers, each time into a store of its own."""
    places = {}
    levers = {**LEVERS, "vae_tiling": True}
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        environ = set_up_tiny_ltx(folder, tiling=tiling.model_dump(), levers=levers)
        for name, value in environ.items():
            patch.setenv(name, value)
        load_cards.cache_clear()
        for workers in WORKERS:
            place = Set(folder=tmp_path_factory.mktemp(f"workers{workers}"))
            place.write(LIST)
            ran = place.render("--workers", str(workers))
            assert ran.code == 0, ran.err
            places[workers] = place
        yield places
    load_cards.cache_clear()


@pytest.fixture(scope="module")
def refined(rendered: dict[int, Set], tiling: Tiling) -> dict[Tile, Latents]:
    """Return the last level's tiles, as one worker made them."""
    told = rendered[1].told("tile", SHOT)
    cut = tiles(CANVAS, edge=tiling.edge, overlap=tiling.overlap, cell=tiling.cell)
    return {tile: latents_of(rendered[1], told[f"0-2 x4 {tile}"]) for tile in cut}


def test_any_number_of_workers_merges_the_same_latents(rendered):
    assert [len(hands(place)) > 1 for place in rendered.values()] == [False, True, True]
    merged = [states(place, "merge") for place in rendered.values()]
    assert set(merged[0]) == {"0-2 x2", "0-2 x4"}
    assert merged[0] == merged[1] == merged[2]


def test_any_number_of_workers_delivers_the_same_exrs(rendered):
    one, two, four = (place.pixels() for place in rendered.values())
    assert sum(name.endswith(".exr") for name in one) == 3
    assert one == two == four


def test_every_frame_is_a_whole_picture_of_3840_by_2160(rendered):
    for path in (rendered[4].folder / "renders").rglob("*.exr"):
        pixels, header = read_exr(path)
        assert pixels.shape == (2160, 3840, 3)
        assert np.isfinite(pixels).all()
        assert pixels.astype(np.float32).std() > 0.01
        assert header["farm_colorspace"] == "ACES2065-1"


def test_the_canvas_is_cut_as_the_real_card_says(rendered, refined, tiling):
    """No side is past the 2048 pixels up to which LTX-2 knows positions; the canvas is."""
    assert len(rendered[1].told("tile", SHOT)) == 2 + 6
    assert len(refined) == 6
    for tile, latents in refined.items():
        assert latents.size == (tile.width, tile.height) == (tiling.edge, tiling.edge)
        assert latents.pieces[0].video.shape[-2:] == (48, 48)


def test_tiles_agree_where_they_overlap(refined):
    """They were refined apart, out of one field of noise; noise of each tile's own would differ."""
    laid = [on_canvas(tile, latents) for tile, latents in refined.items()]
    for one, other in itertools.combinations(laid, 2):
        apart = np.abs(one - other)
        assert not (apart > 0.2).any()
        assert np.isnan(apart).all() or np.nanmean(apart) < 0.02


def test_no_border_of_a_tile_is_left_in_the_merge(rendered, refined):
    place = rendered[1]
    merged = latents_of(place, place.told("merge", SHOT)["0-2 x4"]).pieces[0].video
    for tile, latents in refined.items():
        apart = np.abs(on_canvas(tile, latents) - merged)
        assert np.nanmax(apart) < 0.2
        assert np.nanmean(apart) < 0.02


def hands(place: Set) -> set[str]:
    """Name the workers that made the tiles."""
    return {str(event.body["worker"]) for event in place.told("tile", SHOT).values()}


def latents_of(place: Set, made: Event) -> Latents:
    store = open_store(f"file:{place.folder / '.farm'}")
    return unpack(store.get(place.outcome(made).outputs["state"]))


def states(place: Set, stage: str) -> dict[str, str]:
    told = place.told(stage, SHOT)
    return {part: place.outcome(e).outputs["state"].digest for part, e in told.items()}


def on_canvas(tile: Tile, latents: Latents) -> np.ndarray:
    """Lay a tile's latents where they belong on their canvas; the rest is not a number."""
    video = latents.pieces[0].video
    laid = np.full((*video.shape[:-2], CANVAS[1] // CELL, CANVAS[0] // CELL), np.nan, np.float32)
    row, column = tile.y // CELL, tile.x // CELL
    laid[..., row : row + tile.height // CELL, column : column + tile.width // CELL] = video
    return laid

"""Put the refined tiles of a canvas together."""

from collections.abc import Generator

from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import tile_of
from functions.models.diffusion.latents import KIND, merge, pack, unpack


def merge_tiles(bench: Bench) -> Generator[Progress, None, Made]:
    """Merge inputs `tile.0000` ... on the canvas `state`, as the params `tiles` say they lie.

    They are added row by row, so the result depends neither on who was ready first nor on how they
    are listed.
    """
    tiles = bench.task.params["tiles"]
    assert isinstance(tiles, list | tuple)
    canvas = unpack(bench.read("state"))
    refined = [
        (tile_of(raw), unpack(bench.read(f"tile.{number:04}"))) for number, raw in enumerate(tiles)
    ]
    yield Progress(done=1, total=2, note="tiles read")
    merged = merge(canvas, refined)
    return Made(outputs={"state": bench.store.put(pack(merged), kind=KIND)})

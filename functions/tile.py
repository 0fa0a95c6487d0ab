"""Refine one tile of a canvas, as a picture of its own."""

from collections.abc import Generator

from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import keep_state, open_refining, read_state, step_through, tile_of


def tile(bench: Bench) -> Generator[Progress, None, Made]:
    """Refine the `tile` (x, y, width, height in pixels) of the canvas `state` (param `span`)."""
    cut = tile_of(bench.task.params["tile"])
    making = open_refining(bench).refine(read_state(bench), tile=cut)
    refined = yield from step_through(bench, making)
    return Made(outputs=keep_state(bench, refined), facts=refined.facts)

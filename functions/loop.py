"""Close a take into a loop: after its last frame comes its first."""

from collections.abc import Generator

from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import keep_footage, open_model, read_state, size_of, step_through


def loop(bench: Bench) -> Generator[Progress, None, Made]:
    """Close the input `state` from frame `start` on (params `span`, `start`, `size`).

    Outputs the closed `state`, which holds the loop's frames alone, and its `clip`.
    """
    model = open_model(bench)
    state = yield from step_through(bench, model.loop(read_state(bench)))
    return (yield from keep_footage(bench, model, state, start=0, size=size_of(bench)))

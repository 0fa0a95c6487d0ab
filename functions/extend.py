"""Go on past the end of a take by one segment."""

from collections.abc import Generator

from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import keep_footage, open_model, read_state, size_of, step_through


def extend(bench: Bench) -> Generator[Progress, None, Made]:
    """Extend the input `state` (params `span`, `frames`, `seed`, `size`).

    Outputs the longer `state` and the `clip` of the new frames alone; facts as a draft's.
    """
    params = bench.task.params
    model = open_model(bench)
    before = read_state(bench)
    frames, seed = int(str(params["frames"])), int(str(params["seed"]))
    making = model.extend(before, frames=frames, seed=seed)
    state = yield from step_through(bench, making)
    size = size_of(bench)
    return (yield from keep_footage(bench, model, state, start=before.frames, size=size))

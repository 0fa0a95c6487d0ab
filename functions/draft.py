"""Shoot one take: a small, cheap, whole rendering of what the request asks."""

from collections.abc import Generator

from farm.shots.request import Request
from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import keep_footage, open_model, read_state, step_through


def draft(bench: Bench) -> Generator[Progress, None, Made]:
    """Make a take from params `request` and `seed`; with an input `after`, go on where that ends.

    Outputs `state` and `clip`; facts `span` (frames that the state holds), `start` (the first of
    them that is this take's own), and what the model says of its reading.
    """
    params = bench.task.params
    request = Request.model_validate(params["request"])
    seed = int(str(params["seed"]))
    model = open_model(bench)
    if "after" in bench.task.inputs:
        before = read_state(bench, "after")
        making = model.extend(before, frames=request.frames, seed=seed, request=request)
        start = before.frames
    else:
        making, start = model.draft(request, seed=seed), 0
    state = yield from step_through(bench, making)
    return (yield from keep_footage(bench, model, state, start=start, size=request.size))

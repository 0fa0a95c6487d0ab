"""Make the canvas of a level: footage twice as large, with the noise of its refinement upon it."""

from collections.abc import Generator

from farm.digest import digest_value
from farm.frames import FrameRange
from farm.task import Made, Progress
from functions.bench import Bench
from functions.footage import keep_state, open_refining, read_state, step_through


def enlarge(bench: Bench) -> Generator[Progress, None, Made]:
    """Enlarge frames `first` to `last` of the input `state` (params `span` too).

    The noise comes from the digest of what it is laid on: the same draft, the same master.
    """
    params = bench.task.params
    frames = FrameRange(int(str(params["first"])), int(str(params["last"])))
    seed = int(digest_value(["noise", bench.task.inputs["state"].digest])[:12], 16)
    making = open_refining(bench).enlarge(read_state(bench), frames=frames, seed=seed)
    canvas = yield from step_through(bench, making)
    return Made(outputs=keep_state(bench, canvas), facts=canvas.facts)

"""What every stage that makes pictures shares: a model's frames, in the store's colours, kept."""

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1, convert
from farm.media.exr import write_clip
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.models import MODELS
from functions.models.base import Model, Pixels, State

Size = tuple[int, int]


def open_model(bench: Bench) -> Model:
    """Make the model that the task's engine names."""
    engine = bench.task.engine
    if engine is None:
        raise TaskError(f"{bench.task.label}: the task names no model")
    return MODELS.get(engine.model)()


def size_of(bench: Bench) -> Size:
    """Return width and height in pixels from the task's `size`."""
    size = bench.task.params["size"]
    assert isinstance(size, list | tuple)
    width, height = (int(str(edge)) for edge in size)
    return width, height


def read_state(bench: Bench, name: str = "state") -> State:
    """Read a model's state from an input; the task's `span` says how many frames it holds."""
    span = bench.task.params["span"]
    assert isinstance(span, int)
    return State(data=bench.read(name), kind=bench.task.inputs[name].kind, frames=span)


def keep_footage(
    bench: Bench, model: Model, state: State, *, start: int, size: Size
) -> Generator[Progress, None, Made]:
    """Render a state's frames from `start` on, and keep them with the state itself."""
    frames = FrameRange(start, state.frames - 1)
    pixels = []
    for frame in aces_frames(model, state, frames, size=size):
        pixels.append(frame)
        yield Progress(done=len(pixels), total=len(frames), note="frames")
    facts = {**state.facts, "span": state.frames, "start": start}
    return Made(outputs=_keep(bench, state, np.stack(pixels)), facts=facts)


def aces_frames(
    model: Model, state: State, frames: FrameRange, *, size: Size
) -> Iterator[NDArray[np.float32]]:
    """Yield a state's frames as float32 (height, width, 3) in ACES2065-1."""
    pixels: Pixels
    for pixels in model.render(state, frames, size=size):
        yield convert(pixels, model.colorspace, ACES2065_1)


def _keep(bench: Bench, state: State, pixels: NDArray[np.float32]) -> dict[str, Artifact]:
    path = bench.scratch / "clip.exr"
    write_clip(path, pixels)
    return {
        "state": bench.store.put(state.data, kind=state.kind),
        "clip": bench.keep_file(path, kind="clip"),
    }

"""What every stage that makes pictures shares: a model's frames, in the store's colours, kept."""

from collections.abc import Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from farm.cards import card_for
from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange
from farm.media.colorspace import ACES2065_1, convert
from farm.media.exr import write_clip
from farm.task import Artifact, Made, Progress
from farm.tiles import Tile
from functions.bench import Bench
from functions.bills import StoredBills
from functions.checkpoints import StoredCheckpoints
from functions.models import MODELS
from functions.models.base import CallSheet, Making, Model, Part, Pixels, Refining, State

Size = tuple[int, int]
STATES = ("state", "after")
"""The inputs that hold footage; all others are files that the request speaks of."""


def open_model(bench: Bench) -> Model:
    """Open the model that the task's engine names, with what the task was given for it."""
    engine = bench.task.engine
    if engine is None:
        raise TaskError(f"{bench.task.label}: the task names no model")
    card = card_for(engine.model)
    files = [name for name in bench.task.inputs if name.partition(".")[0] not in STATES]
    sheet = CallSheet(
        card=card,
        files={name: bench.path(name) for name in files},
        checkpoints=StoredCheckpoints(bench.store, bench.task.key),
        bills=StoredBills(bench.store, bench.task.key),
        threads=max(1, int(bench.task.needs.cpu)),
    )
    return MODELS.get(card.family)(sheet)


def open_refining(bench: Bench) -> Refining:
    """Open the model of a task that refines a draft."""
    model = open_model(bench)
    if not isinstance(model, Refining):
        raise TaskError(f"{bench.task.label}: the model does not refine its drafts")
    return model


def tile_of(raw: Plain) -> Tile:
    """Read a tile from params: x, y, width, height in pixels."""
    assert isinstance(raw, list | tuple)
    x, y, width, height = (int(str(edge)) for edge in raw)
    return Tile(x=x, y=y, width=width, height=height)


def step_through(bench: Bench, making: Making) -> Generator[Progress, None, State]:
    """See a state through to its end; the checkpoints on the way are not needed after that."""
    if isinstance(making, State):
        return making
    state = yield from making
    StoredCheckpoints(bench.store, bench.task.key).drop()
    return state


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
    inputs = bench.task.inputs
    beside = {
        other.removeprefix(f"{name}."): Part(data=bench.read(other), kind=inputs[other].kind)
        for other in inputs
        if other.startswith(f"{name}.")
    }
    return State(data=bench.read(name), kind=inputs[name].kind, frames=span, beside=beside)


def keep_state(bench: Bench, state: State) -> dict[str, Artifact]:
    """Keep a state as the outputs `state` and, for what lies beside it, `state.audio` ..."""
    parts = {f"state.{name}": part for name, part in state.beside.items()}
    kept = {name: bench.store.put(part.data, kind=part.kind) for name, part in parts.items()}
    return {"state": bench.store.put(state.data, kind=state.kind), **kept}


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
    outputs = {**keep_state(bench, state), "clip": _keep_clip(bench, np.stack(pixels))}
    return Made(outputs=outputs, facts=facts)


def aces_frames(
    model: Model, state: State, frames: FrameRange, *, size: Size
) -> Iterator[NDArray[np.float32]]:
    """Yield a state's frames as float32 (height, width, 3) in ACES2065-1."""
    pixels: Pixels
    for pixels in model.render(state, frames, size=size):
        yield convert(pixels, model.colorspace, ACES2065_1)


def _keep_clip(bench: Bench, pixels: NDArray[np.float32]) -> Artifact:
    path = bench.scratch / "clip.exr"
    filed = write_clip(path, pixels)
    return bench.keep_file(path, kind="clip", digest=filed.digest)

"""Render what goes with a chunk of a master: depth, motion, normals, mattes."""

from collections.abc import Generator, Mapping
from fractions import Fraction

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import FrameRange, Rate
from farm.media.exr import write_layers
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.footage import open_model, read_state, size_of
from functions.models.base import Layering


def layers(bench: Bench) -> Generator[Progress, None, Made]:
    """Render the layers `names` of frames `first` to `last` of the input `state`.

    The output `layers` is a sequence of EXRs without a picture, ZIP; collect puts them beside the
    master's. Params: `span` and `size` too; `rate`, `to` and `start` where the frames are of
    another rate, as those of `retime`.
    """
    params = bench.task.params
    frames = FrameRange(int(str(params["first"])), int(str(params["last"])))
    names = params["names"]
    assert isinstance(names, list | tuple)
    model = open_model(bench)
    if not isinstance(model, Layering):
        raise TaskError(f"{bench.task.label}: the model renders no layers")
    times, step = _times(params, frames)
    made = model.layers(
        read_state(bench), times, step=step, size=size_of(bench), names=[str(n) for n in names]
    )
    kept: list[tuple[int, Artifact]] = []
    for number, frame in zip(frames, made, strict=True):
        path = bench.scratch / f"{number}.exr"
        filed = write_layers(path, frame.channels, header=frame.header)
        kept.append((number, bench.keep_file(path, kind="exr", digest=filed.digest)))
        yield Progress(done=len(kept), total=len(frames), note="frames")
    return Made(outputs={"layers": bench.keep_sequence(kept)}, facts={"count": len(kept)})


def _times(params: Mapping[str, Plain], frames: FrameRange) -> tuple[list[Fraction], Fraction]:
    """Say when each frame is, in frames of the state, and how far it is to the next."""
    if "to" not in params:
        return [Fraction(number) for number in frames], Fraction(1)
    step = Rate.parse(str(params["rate"])).value / Rate.parse(str(params["to"])).value
    start = int(str(params["start"]))
    return [start + number * step for number in frames], step

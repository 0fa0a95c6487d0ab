"""Render a chunk of the circled take at full size, losslessly, as the store keeps it."""

from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from farm.frames import FrameRange
from farm.media.exr import HeaderValue, write_exr
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.camera import camera_header
from functions.footage import aces_frames, open_model, read_state, size_of
from functions.heartbeat import heard


def master(bench: Bench) -> Generator[Progress, None, Made]:
    """Render frames `first` to `last` of the input `state` (params `span`, `size` too).

    The output `frames` is a sequence of half ACES2065-1 EXRs, PIZ, with the camera where the model
    knows it and without a slate: packaging is the business of collect. One frame is written while
    the next is rendered. A model that decodes all of them first is silent for long: so it is told
    at once that the work has begun, and again while it goes on.
    """
    params = bench.task.params
    frames = FrameRange(int(str(params["first"])), int(str(params["last"])))
    said = Progress(done=0, total=len(frames), note="frames")
    yield said
    model = open_model(bench)
    state, size = read_state(bench), size_of(bench)
    pictures = zip(frames, aces_frames(model, state, frames, size=size), strict=True)
    written: list[tuple[int, Future[Artifact]]] = []
    with ThreadPoolExecutor(1) as renderer, ThreadPoolExecutor(1) as writer:
        while picture := (yield from heard(renderer.submit(next, pictures, None), said)):
            number, pixels = picture
            path = bench.scratch / f"{number}.exr"
            header = camera_header(model, state, number, size=size)
            written.append((number, writer.submit(_keep, bench, path, pixels, header)))
            said = Progress(done=len(written), total=len(frames), note="frames")
            yield said
        kept = [(number, future.result()) for number, future in written]
    return Made(outputs={"frames": bench.keep_sequence(kept)}, facts={"count": len(kept)})


def _keep(
    bench: Bench, path: Path, pixels: NDArray[np.float32], header: Mapping[str, HeaderValue]
) -> Artifact:
    filed = write_exr(path, pixels, compression="piz", header=header)
    return bench.keep_file(path, kind="exr", digest=filed.digest)

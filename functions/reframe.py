"""Re-compose a piece of a master: a window of every frame, at the size of the delivery, in HDR."""

from collections.abc import Generator
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.media.exr import Half, read_exr, read_layers, write_exr, write_layers
from farm.media.flight import in_flight
from farm.media.header import SAID
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.camera import cropped
from functions.footage import size_of
from functions.sequence import read_sequence
from functions.window import corners, window

Rect = tuple[float, float, float, float]


def reframe(bench: Bench) -> Generator[Progress, None, Made]:
    """Take a window of every frame of the input `frames`.

    Params: `size`, width and height to reach; `source`, the corners in shares of the frame that the
    window stays within. The input `path`, as `follow` leaves it, says where its middle is; without
    it that is the middle of `source`. Output `frames`, numbered as they were, and `layers`, if they
    are an input; facts: `count`, and `scale`, how many new pixels stand for one of the master's.
    """
    params = bench.task.params
    width, height = size_of(bench)
    source, middles = corners(params), _middles(bench)
    frames = read_sequence(bench, "frames")
    beside = dict(read_sequence(bench, "layers")) if "layers" in bench.task.inputs else {}
    scales: list[float] = []

    def taken(frame: tuple[int, Artifact]) -> tuple[int, Artifact, Artifact | None]:
        number, master = frame
        pixels, header = read_exr(bench.store.path(master))
        rect, after = (
            _rect(pixels.shape[:2], Fraction(width, height), source, middle)
            for middle in (middles.get(number), middles.get(number + 1, middles.get(number)))
        )
        scales.append(width / (rect[2] - rect[0]))
        path = bench.scratch / f"{number}.exr"
        camera = cropped(header, _shares(rect, pixels.shape[:2]))
        seen = _window(pixels, rect, (width, height))
        filed = write_exr(path, seen, compression="piz", header=camera)
        kept = bench.keep_file(path, kind="exr", digest=filed.digest)
        layers = beside.get(number)
        return number, kept, _layers(bench, number, layers, (rect, after)) if layers else None

    kept = []
    for one in in_flight(taken, frames, at_once=max(2, int(bench.task.needs.cpu))):
        kept.append(one)
        yield Progress(done=len(kept), total=len(frames), note="frames")
    outputs = {"frames": bench.keep_sequence((number, picture) for number, picture, _ in kept)}
    if beside:
        outputs["layers"] = bench.keep_sequence((number, own) for number, _, own in kept if own)
    return Made(outputs=outputs, facts={"count": len(kept), "scale": round(scales[0], 4)})


def _layers(bench: Bench, number: int, layers: Artifact, rects: tuple[Rect, Rect]) -> Artifact:
    """Take the window of a frame's layers: whole pixels, as a mean of two depths is neither's.

    Motion is in pixels of the window, which has gone on to the second place by the next frame.
    """
    width, height = size_of(bench)
    channels, header = read_layers(bench.store.path(layers))
    (left, top, right, bottom), after = rects
    across, down = width / (right - left), height / (bottom - top)
    columns = np.floor(left + (np.arange(width) + 0.5) / across).astype(int)
    rows = np.floor(top + (np.arange(height) + 0.5) / down).astype(int)
    seen = {name: np.ascontiguousarray(c[rows][:, columns]) for name, c in channels.items()}
    if "forward.u" in seen:
        seen["forward.u"] = (seen["forward.u"] - np.float32(after[0] - left)) * np.float32(across)
        seen["forward.v"] = (seen["forward.v"] + np.float32(after[1] - top)) * np.float32(down)
    path = bench.scratch / f"{number}.layers.exr"
    said = {name: header[name] for name in header if name.startswith(SAID)}
    filed = write_layers(path, seen, header=said)
    return bench.keep_file(path, kind="exr", digest=filed.digest)


def _middles(bench: Bench) -> dict[int, tuple[float, float]]:
    if "path" not in bench.task.inputs:
        return {}
    path = bench.read_json("path")
    start, middles = path["start"], path["middles"]
    assert isinstance(start, int)
    assert isinstance(middles, list)
    return {start + step: (float(x), float(y)) for step, (x, y) in enumerate(middles)}


def _rect(
    shape: tuple[int, int], ratio: Fraction, source: Rect, middle: tuple[float, float] | None
) -> Rect:
    """Place the window, in pixels of the master, about a middle and within the source."""
    height, width = shape
    wide, high = window((height, width), ratio, source)
    x, y = middle or ((source[0] + source[2]) / 2, (source[1] + source[3]) / 2)
    left = min(max(x - wide / 2, source[0]), source[2] - wide)
    top = min(max(y - high / 2, source[1]), source[3] - high)
    return left * width, top * height, (left + wide) * width, (top + high) * height


def _shares(rect: Rect, shape: tuple[int, int]) -> Rect:
    """Return a window in shares of a frame, (height, width)."""
    height, width = shape
    return rect[0] / width, rect[1] / height, rect[2] / width, rect[3] / height


def _window(pixels: Half, rect: Rect, size: tuple[int, int]) -> NDArray[np.float32]:
    """Resample a window, to a fraction of a pixel, in the logarithm of light.

    There a sun leaves no dark ring about itself, as it would in linear light; and no pixel is
    brighter or darker than those about it in the master.
    """
    left, top, right, bottom = rect
    full = pixels.astype(np.float32)
    logs = np.sign(full) * np.log1p(np.abs(full))
    step = (right - left) / size[0], (bottom - top) / size[1]
    if max(step) > 1:
        logs = cv2.GaussianBlur(logs, (0, 0), 0.45 * max(step))
    way = np.array([
        [step[0], 0, left + step[0] / 2 - 0.5],
        [0, step[1], top + step[1] / 2 - 0.5],
    ])  # fmt: skip
    sharp = _sampled(logs, way, size, cv2.INTER_CUBIC)
    kernel = np.ones((3, 3), np.uint8)
    low = _sampled(np.asarray(cv2.erode(logs, kernel), np.float32), way, size, cv2.INTER_NEAREST)
    high = _sampled(np.asarray(cv2.dilate(logs, kernel), np.float32), way, size, cv2.INTER_NEAREST)
    taken = np.clip(sharp, low, high)
    return np.asarray(np.sign(taken) * np.expm1(np.abs(taken)), np.float32)


def _sampled(
    logs: NDArray[np.float32], way: NDArray[np.float64], size: tuple[int, int], kind: int
) -> NDArray[np.float32]:
    flags = kind | cv2.WARP_INVERSE_MAP
    taken = cv2.warpAffine(logs, way, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(taken, np.float32)

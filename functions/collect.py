"""Collect a chunk of a master: every frame becomes a delivery EXR with its full header."""

from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import Rate
from farm.media.exr import (
    MAX_HALF,
    Compression,
    Half,
    HeaderValue,
    read_exr,
    read_layers,
    write_exr,
)
from farm.media.flight import in_flight
from farm.media.header import SAID, Lens, Slate, container_header, delivery_header
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.camera import ATTRIBUTES
from functions.sequence import read_sequence

LUMINANCE = np.array([0.3439664498, 0.7281660966, -0.0721325464], np.float32)
"""The luminance of ACES2065-1's red, green and blue (the Y row of SMPTE ST 2065-1's AP0 to XYZ)."""

BAND = 32

COMPRESSIONS: Mapping[str, Compression] = {"dwab": "dwab", "zip": "zip", "none": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """What was measured in the light of some frames; `clamped` counts values at half's limit."""

    peak: float
    minimum: float
    luminance: float
    clamped: int


def collect(bench: Bench) -> Generator[Progress, None, Made]:
    """Write the input `frames`, a sequence of masters, as frames to deliver.

    Params: `offset`, added to every frame's number; `slate`, with the fields of
    `farm.media.header.Slate` (`rate` as text, `lens` a mapping or None); `exr` with `compression`
    and `container`. The input `layers`, if there is one, is a sequence of what goes into the same
    files. The output `frames` is a sequence numbered as delivered. Facts: `count`, and
    the light of the delivery: `peak`, `minimum`, `luminance` (mean), `clamped`.
    """
    offset = int(str(bench.task.params["offset"]))
    beside = dict(read_sequence(bench, "layers")) if "layers" in bench.task.inputs else {}
    frames = [
        (number + offset, master, beside.get(number)) for number, master in read_sequence(bench)
    ]
    kept: list[tuple[int, Artifact]] = []
    lights = []
    at_once = max(2, int(bench.task.needs.cpu))
    for number, artifact, light in in_flight(
        lambda frame: _deliver(bench, *frame), frames, at_once=at_once
    ):
        kept.append((number, artifact))
        lights.append(light)
        yield Progress(done=len(kept), total=len(frames), note="frames")
    facts: dict[str, Plain] = {"count": len(kept), **asdict(_together(lights))}
    return Made(outputs={"frames": bench.keep_sequence(kept)}, facts=facts)


def _deliver(
    bench: Bench, number: int, master: Artifact, beside: Artifact | None
) -> tuple[int, Artifact, Light]:
    pixels, made = read_exr(bench.store.path(master))
    compression, header = _packaging(bench.task.params, number, made)
    path = bench.scratch / f"delivery.{number}.exr"
    layers, said = read_layers(bench.store.path(beside)) if beside else ({}, {})
    header |= {name: said[name] for name in said if name.startswith(SAID)}
    filed = write_exr(path, pixels, compression=compression, header=header, layers=layers)
    return number, bench.keep_file(path, kind="exr", digest=filed.digest), _measure(pixels)


def _packaging(
    params: Mapping[str, Plain], number: int, made: Mapping[str, HeaderValue]
) -> tuple[Compression, dict[str, HeaderValue]]:
    """Choose compression and header; a strict ACES container allows one of each.

    What the master says of its camera is carried over.
    """
    exr, slate = params["exr"], read_slate(params["slate"])
    assert isinstance(exr, Mapping)
    if exr["container"] == "st2065-4":
        return "none", container_header(slate.rate, frame=number)
    camera = {name: made[name] for name in ATTRIBUTES if name in made}
    return COMPRESSIONS[str(exr["compression"])], delivery_header(slate, frame=number) | camera


def read_slate(raw: Plain) -> Slate:
    """Rebuild a slate from params; raises TaskError where a field is missing or unknown."""
    try:
        fields = dict(raw)  # type: ignore[arg-type]  # params are plain JSON; others raise TypeError
        lens = fields.pop("lens", None)
        rate = Rate.parse(str(fields.pop("rate")))
        return Slate(rate=rate, lens=Lens(**lens) if lens else None, **fields)  # type: ignore[arg-type]  # the same
    except (TypeError, KeyError, ValueError) as fault:
        raise TaskError(f"the slate of the delivery is not complete: {fault}") from fault


def _measure(pixels: Half) -> Light:
    """Measure in bands of lines, which stay in the cache while they are looked at."""
    bands = [_measure_band(pixels[y : y + BAND]) for y in range(0, len(pixels), BAND)]
    weights = [min(BAND, len(pixels) - y) for y in range(0, len(pixels), BAND)]
    luminance = float(np.average([band.luminance for band in bands], weights=weights))
    return replace(_together(bands), luminance=luminance)


def _measure_band(pixels: Half) -> Light:
    full = pixels.astype(np.float32)
    peak, minimum = float(full.max()), float(full.min())
    at_limit = max(peak, -minimum) >= MAX_HALF
    return Light(
        peak=peak,
        minimum=minimum,
        luminance=float((full.reshape(-1, 3) @ LUMINANCE).mean(dtype=np.float64)),
        clamped=int(np.count_nonzero(np.abs(full) >= MAX_HALF)) if at_limit else 0,
    )


def _together(lights: list[Light]) -> Light:
    return Light(
        peak=max(light.peak for light in lights),
        minimum=min(light.minimum for light in lights),
        luminance=round(sum(light.luminance for light in lights) / len(lights), 6),
        clamped=sum(light.clamped for light in lights),
    )

"""Time what the farm does to a 4K frame on disk, beside the OpenEXR library alone.

Run it with `python bench/media.py`; the ratio is what our checks and headers cost.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR

from farm.frames import Rate
from farm.media.colorspace import ACES2065_1, ACESCG, convert, to_display
from farm.media.exr import Compression, exr_fault, read_exr, write_exr
from farm.media.header import Slate, delivery_header
from farm.media.scale import shrink
from farm.media.slate import Burn, burn_in

HEIGHT, WIDTH = 2160, 3840
CODES: dict[Compression, object] = {
    "dwab": OpenEXR.DWAB_COMPRESSION,
    "zip": OpenEXR.ZIP_COMPRESSION,
    "piz": OpenEXR.PIZ_COMPRESSION,
    "none": OpenEXR.NO_COMPRESSION,
}
HEADER = delivery_header(
    Slate(
        show="bench",
        shot="sh0010",
        take="t01",
        version="v001",
        seed="1",
        model="none",
        revision="0",
        prompt_digest="0" * 64,
        rate=Rate.parse(24),
        light="native",
    ),
    frame=1001,
)


def picture() -> np.ndarray:
    """Make a 4K frame with smooth light, hard edges and a little grain, in half."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    light = 1 + np.sin(x / 300) * np.cos(y / 200)
    light += np.where((x - 1900) ** 2 + (y - 700) ** 2 < 300**2, 40, 0)
    grain = np.random.default_rng(1).normal(1, 0.01, light.shape)
    return (light[..., None] * grain[..., None] * [1.0, 0.8, 0.5]).astype(np.float16)


def seconds(work: Callable[[], object], *, times: int = 3) -> float:
    """Time the fastest of a few runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def bench_exr(pixels: np.ndarray, folder: Path) -> None:
    """Print writing and reading, ours and the library's."""
    print(f"{'4K half RGB':14}{'write ms':>10}{'OpenEXR':>10}{'ratio':>7}", end="")
    print(f"{'read ms':>12}{'OpenEXR':>10}{'ratio':>7}{'MB':>8}{'check ms':>10}")
    for name, code in CODES.items():
        ours, theirs = folder / "ours.exr", folder / "theirs.exr"

        def write_alone(code: object = code, path: Path = theirs) -> None:
            OpenEXR.File({"compression": code}, {"RGB": pixels}).write(str(path))

        def read_alone(path: Path = theirs) -> None:
            with OpenEXR.File(str(path)) as file:
                assert file.channels()["RGB"].pixels.shape

        def write_ours(name: Compression = name, path: Path = ours) -> None:
            write_exr(path, pixels, compression=name, header=HEADER)

        wrote, alone = seconds(write_ours), seconds(write_alone)
        read = seconds(lambda path=ours: read_exr(path))
        read_plain = seconds(read_alone)
        check = seconds(lambda path=ours: exr_fault(path))
        print(f"{name:14}{wrote * 1e3:10.0f}{alone * 1e3:10.0f}{wrote / alone:7.2f}", end="")
        print(f"{read * 1e3:12.0f}{read_plain * 1e3:10.0f}{read / read_plain:7.2f}", end="")
        print(f"{ours.stat().st_size / 1e6:8.1f}{check * 1e3:10.2f}")


def bench_colour(pixels: np.ndarray) -> None:
    """Print what colour, scaling and the slate take."""
    full = pixels.astype(np.float32)
    small = to_display(shrink(pixels, (1920, 1080)))
    burn = Burn(title="aurora  sh0010  t01  v001", note="previz")
    works: dict[str, Callable[[], object]] = {
        "ACEScg to ACES2065-1, 4K": lambda: convert(full, ACESCG, ACES2065_1),
        "the same, two threads": lambda: convert(full, ACESCG, ACES2065_1, threads=2),
        "4K to the screen": lambda: to_display(pixels),
        "4K to 1080p": lambda: shrink(pixels, (1920, 1080)),
        "burnt-in slate, 1080p": lambda: burn_in(small, burn, frame="1", timecode="00:00:00:01"),
    }
    for name, work in works.items():
        print(f"{name:28}{seconds(work) * 1e3:8.1f} ms")


if __name__ == "__main__":
    frame = picture()
    with tempfile.TemporaryDirectory() as place:
        bench_exr(frame, Path(place))
    bench_colour(frame)

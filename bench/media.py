"""Time what the farm does to a 4K frame on disk, beside OpenEXR alone, OpenImageIO and ffmpeg.

    python bench/media.py [--only exr | movies | colour]

The ratio is what our checks, headers and digests cost; `hashed` is the library alone and a digest
of the file that it left, which is what a delivery needs. Milliseconds are of processor time, works
that are compared take turns, and the quickest turn counts; those of another program are by the
clock. It also encodes every deliverable, has the ffmpeg program decode it again, and prints how far
its pixels are from the EXR's through the same OCIO transform.
"""

import argparse
import hashlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import OpenEXR

from farm.frames import Rate
from farm.media.codecs import CODECS, Codec
from farm.media.colorspace import ACES2065_1, ACESCG, convert, to_display, to_screen
from farm.media.exr import Compression, exr_fault, read_exr, write_exr
from farm.media.header import Slate, delivery_header
from farm.media.movie import Written, encode_movie
from farm.media.scale import shrink
from farm.media.slate import Burn, burn_in

HEIGHT, WIDTH = 2160, 3840
FRAMES = 6
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


def seconds(
    *works: Callable[[], object],
    times: int = 5,
    clock: Callable[[], float] = time.process_time,
) -> list[float]:
    """Time the quickest of a few turns of each."""
    best = [float("inf")] * len(works)
    for _ in range(times):
        for place, work in enumerate(works):
            start = clock()
            work()
            best[place] = min(best[place], clock() - start)
    return best


def bench_exr(pixels: np.ndarray, folder: Path) -> None:
    """Print writing and reading, ours and the library's."""
    print(f"{'4K half RGB':14}{'write ms':>10}{'OpenEXR':>10}{'hashed':>8}{'ratio':>7}", end="")
    print(f"{'read ms':>12}{'OpenEXR':>10}{'ratio':>7}{'MB':>8}{'check ms':>10}", end="")
    print(f"{'OIIO write':>12}{'OIIO read':>11}{'ffmpeg read':>13}")
    for name, code in CODES.items():
        ours, theirs = folder / "ours.exr", folder / "theirs.exr"

        def write_alone(code: object = code, path: Path = theirs) -> None:
            OpenEXR.File({"compression": code}, {"RGB": pixels}).write(str(path))

        def write_and_hash(alone: Callable[[], None] = write_alone, path: Path = theirs) -> None:
            alone()
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")

        def write_ours(name: Compression = name, path: Path = ours) -> None:
            write_exr(path, pixels, compression=name, header=HEADER)

        def read_alone(path: Path = ours) -> None:
            with OpenEXR.File(str(path)) as file:
                assert file.channels()["RGB"].pixels.shape

        wrote, alone, hashed = seconds(write_ours, write_alone, write_and_hash)
        read, read_plain = seconds(lambda path=ours: read_exr(path), read_alone)
        (check,) = seconds(lambda path=ours: exr_fault(path))
        print(f"{name:14}{wrote * 1e3:10.0f}{alone * 1e3:10.0f}{hashed * 1e3:8.0f}", end="")
        print(f"{wrote / alone:7.2f}", end="")
        print(f"{read * 1e3:12.0f}{read_plain * 1e3:10.0f}{read / read_plain:7.2f}", end="")
        print(f"{ours.stat().st_size / 1e6:8.1f}{check * 1e3:10.2f}", end="")
        print(f"{others(pixels, name, ours)}")


def others(pixels: np.ndarray, name: str, path: Path) -> str:
    """Time OpenImageIO and the ffmpeg program on the same frame, where they are installed."""
    told = [f"{'-':>12}", f"{'-':>11}", f"{'-':>13}"]
    if find_spec("OpenImageIO"):
        import OpenImageIO as oiio  # noqa: N813, PLC0415  # its short name; only to compare with

        oiio.attribute("threads", 1)
        spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, oiio.HALF)
        spec["compression"] = "dwab:45" if name == "dwab" else name

        def write() -> None:
            output = oiio.ImageOutput.create("theirs.exr")
            output.open(str(path.with_name("oiio.exr")), spec)
            output.write_image(pixels)
            output.close()

        def read() -> None:
            opened = oiio.ImageInput.open(str(path))
            assert opened.read_image(oiio.HALF).shape
            opened.close()

        wrote, took = seconds(write, read)
        told[0], told[1] = f"{wrote * 1e3:12.0f}", f"{took * 1e3:11.0f}"
    if program := ffmpeg():
        command = [program, "-v", "error", "-threads", "1", "-i", str(path), "-f", "null", "-"]
        (took,) = seconds(lambda: subprocess.run(command, check=True), clock=time.perf_counter)
        told[2] = f"{took * 1e3:13.0f}"
    return "".join(told)


def ffmpeg() -> str:
    """Find the ffmpeg program that the wheel brings; empty without it."""
    if not find_spec("imageio_ffmpeg"):
        return ""
    import imageio_ffmpeg  # noqa: PLC0415  # only to compare with

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def bench_movies(pixels: np.ndarray, folder: Path) -> None:
    """Encode every movie at 1080p, decode it with another program, and state the error."""
    small = shrink(pixels, (1920, 1080))
    frames = [np.roll(small, (2 * step, 5 * step), (0, 1)) for step in range(FRAMES)]
    print(f"{'1080p movie':18}{'view ms':>9}{'encode ms':>11}{'MB/frame':>10}", end="")
    print(f"{'mean error':>12}{'99.9 %':>8}{'PSNR dB':>9}   in codes of its own depth")
    for kind, codec in CODECS.items():
        begun = time.process_time()
        codes = [to_screen(frame, codec.screen) for frame in frames]
        viewed = time.process_time() - begun
        path = folder / f"{kind}.{codec.container}"
        begun, done = time.process_time(), Written()
        for done in encode_movie(path, iter(codes), codec, rate=Rate.parse(24)):  # noqa: B007  # the last one tells
            pass
        took = time.process_time() - begun
        light = f"   MaxCLL {done.levels.brightest}, MaxFALL {done.levels.average}" if (
            done.levels) else ""  # fmt: skip
        print(f"{kind:18}{viewed / FRAMES * 1e3:9.0f}{took / FRAMES * 1e3:11.0f}", end="")
        print(f"{path.stat().st_size / FRAMES / 1e6:10.2f}{error(path, codes, codec)}{light}")


def error(path: Path, codes: list[np.ndarray], codec: Codec) -> str:
    """State how far a movie, decoded by the ffmpeg program, is from the codes it was made of."""
    program = ffmpeg()
    if not program:
        return f"{'-':>12}{'-':>8}{'-':>9}"
    matrix = "bt2020" if codec.screen in ("pq", "hlg") else "bt709"
    see = f"scale=in_color_matrix={matrix}:flags=accurate_rnd+full_chroma_int+bicubic"
    command = [program, "-v", "error", "-i", str(path), "-vf", see, "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "rgb48le", "-"], capture_output=True, check=True)
    seen = np.frombuffer(raw.stdout, "<u2").reshape(len(codes), *codes[0].shape)
    off = np.abs(seen.astype(np.float32) - np.stack(codes)) / 65535
    depth = 2**codec.bits - 1
    decibels = -10 * np.log10(float(np.mean(off**2)))
    return f"{off.mean() * depth:12.2f}{np.percentile(off, 99.9) * depth:8.1f}{decibels:9.1f}"


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
        (took,) = seconds(work)
        print(f"{name:28}{took * 1e3:8.1f} ms")


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description="4K frames and movies, on disk and back.")
    parser.add_argument("--only", choices=("exr", "movies", "colour"))
    wish, frame = parser.parse_args(), picture()
    with tempfile.TemporaryDirectory() as place:
        if wish.only in (None, "exr"):
            bench_exr(frame, Path(place))
        if wish.only in (None, "movies"):
            bench_movies(frame, Path(place))
    if wish.only in (None, "colour"):
        bench_colour(frame)


if __name__ == "__main__":
    main()

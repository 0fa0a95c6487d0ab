"""Take stills of a master for the web: an AVIF in HDR, a WebP, and a small moving GIF."""

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import AVIF, STILLS
from farm.media.colorspace import to_display, to_screen
from farm.media.exr import Half, read_exr
from farm.media.movie import encode_movie
from farm.media.scale import fit, shrink
from farm.media.still import write_gif, write_webp
from farm.task import Made, Progress
from functions.bench import Bench
from functions.sequence import read_sequence

GIF_BOX, GIF_RATE, GIF_FRAMES = (480, 270), 12, 96
"""How large, fast and long a moving GIF may be."""


def stills(bench: Bench) -> Generator[Progress, None, Made]:
    """Make the stills named in params `kinds` of the inputs `frames.*`, the chunks of a master.

    Params also: `rate`, as text, and `frame`, the frame that stands still. Outputs by kind.
    """
    params = bench.task.params
    kinds, rate = params["kinds"], Rate.parse(str(params["rate"]))
    assert isinstance(kinds, list | tuple)
    frames = dict(read_sequence(bench))
    chosen = int(str(params["frame"]))
    if chosen not in frames:
        raise TaskError(f"{bench.task.label}: there is no frame {chosen} to take a still of")
    outputs = {}
    for done, kind in enumerate(map(str, kinds)):
        if kind not in STILLS:
            raise TaskError(f"there is no still named {kind}", hint=", ".join(STILLS))
        path = bench.scratch / f"still.{STILLS[kind]}"
        if kind == "gif":
            _gif(bench, path, list(frames), rate)
        else:
            pixels, _ = read_exr(bench.store.path(frames[chosen]))
            _still(path, kind, pixels)
        outputs[kind] = bench.keep_file(path, kind=kind)
        yield Progress(done=done + 1, total=len(kinds), note=kind)
    return Made(outputs=outputs, facts={"frame": chosen})


def _still(path: Path, kind: str, pixels: Half) -> None:
    if kind == "webp":
        write_webp(path, to_display(pixels))
        return
    codes = iter([to_screen(pixels, AVIF.screen)])
    for _ in encode_movie(path, codes, AVIF, rate=Rate(Fraction(1))):
        pass


def _gif(bench: Bench, path: Path, numbers: list[int], rate: Rate) -> None:
    """Take every so many frames, small, as the format is large and slow."""
    masters = dict(read_sequence(bench))
    step = max(1, round(float(rate) / GIF_RATE))
    pictures = []
    for number in numbers[::step][:GIF_FRAMES]:
        pixels, _ = read_exr(bench.store.path(masters[number]))
        size = fit((pixels.shape[1], pixels.shape[0]), within=GIF_BOX)
        pictures.append(to_display(shrink(pixels, size)))
    write_gif(path, pictures, rate=rate.value / step)

"""Turn a chunk of a master into single pictures for a screen: 16-bit TIFF or DPX."""

from collections.abc import Generator

from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import SEQUENCES
from farm.media.colorspace import to_screen
from farm.media.exr import read_exr
from farm.media.flight import in_flight
from farm.media.header import timecode
from farm.media.still import write_dpx, write_tiff
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.sequence import read_sequence


def pictures(bench: Bench) -> Generator[Progress, None, Made]:
    """Write the input `frames`, a sequence of masters, as pictures of Rec.709 codes.

    Params: `kind`, `tiff` or `dpx`; `offset`, added to every frame's number; `rate`, as text. The
    output `frames` is a sequence numbered as delivered; fact: `count`.
    """
    params = bench.task.params
    kind, rate = str(params["kind"]), Rate.parse(str(params["rate"]))
    if kind not in SEQUENCES:
        raise TaskError(f"there is no sequence of {kind} pictures", hint="choose tiff or dpx")
    offset = int(str(params["offset"]))
    frames = [(number + offset, master) for number, master in read_sequence(bench)]

    def written(frame: tuple[int, Artifact]) -> tuple[int, Artifact]:
        number, master = frame
        pixels, _ = read_exr(bench.store.path(master))
        codes = to_screen(pixels, "rec709")
        path = bench.scratch / f"{number}.{SEQUENCES[kind]}"
        if kind == "dpx":
            clock = timecode(rate, number)
            digest = write_dpx(path, codes, rate=rate.value, frame=number, timecode=clock)
        else:
            digest = write_tiff(path, codes)
        return number, bench.keep_file(path, kind=kind, digest=digest)

    kept = []
    for one in in_flight(written, frames, at_once=max(2, int(bench.task.needs.cpu))):
        kept.append(one)
        yield Progress(done=len(kept), total=len(frames), note="pictures")
    return Made(outputs={"frames": bench.keep_sequence(kept)}, facts={"count": len(kept)})

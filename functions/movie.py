"""Encode a master as a movie to hand over: the exact view of its screen, at full size."""

from collections.abc import Generator

from farm.digest import Plain
from farm.errors import TaskError
from farm.frames import Rate
from farm.media.codecs import CODECS, Codec
from farm.media.colorspace import to_screen
from farm.media.exr import read_exr
from farm.media.flight import in_flight
from farm.media.movie import Codes, Written, encode_movie
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.sequence import read_sequence, sound_of


def movie(bench: Bench) -> Generator[Progress, None, Made]:
    """Turn the inputs `frames.*`, the chunks of a master, into one movie; `audio` is its sound.

    Params: `kind`, a name of `farm.media.codecs.CODECS`; `rate`, as text; `offset`, added to every
    frame's number for its timecode; `sound_from`, the seconds of sound before the first frame.
    The output is `movie`; facts: `count`, `codec`, and for PQ the measured `max_cll` and `max_fall`
    in cd/m2.
    """
    params = bench.task.params
    codec, rate = _codec(str(params["kind"])), Rate.parse(str(params["rate"]))
    frames = read_sequence(bench)

    def shown(frame: tuple[int, Artifact]) -> Codes:
        pixels, _ = read_exr(bench.store.path(frame[1]))
        return to_screen(pixels, codec.screen)

    path = bench.scratch / f"movie.{codec.container}"
    codes = in_flight(shown, frames, at_once=max(2, int(bench.task.needs.cpu)))
    sound = sound_of(bench, frames=len(frames), rate=rate)
    done = Written()
    first = frames[0][0] + int(str(params["offset"]))
    for done in encode_movie(path, codes, codec, rate=rate, sound=sound, first=first):
        yield Progress(done=done.frames, total=len(frames), note="frames")
    kept = bench.keep_file(path, kind="movie")
    return Made(outputs={"movie": kept}, facts=_facts(codec, done))


def _codec(kind: str) -> Codec:
    if kind not in CODECS:
        raise TaskError(f"there is no movie named {kind}", hint=f"choose from {', '.join(CODECS)}")
    return CODECS[kind]


def _facts(codec: Codec, done: Written) -> dict[str, Plain]:
    facts: dict[str, Plain] = {"count": done.frames, "codec": codec.title}
    if done.levels:
        facts |= {"max_cll": done.levels.brightest, "max_fall": done.levels.average}
    return facts

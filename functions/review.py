"""Make the review movie of a master: H.264, up to 1080p, with a burnt-in slate."""

from collections.abc import Generator, Mapping

from farm.digest import Plain
from farm.frames import Rate
from farm.media.colorspace import to_display
from farm.media.exr import read_exr
from farm.media.flight import in_flight
from farm.media.header import timecode
from farm.media.movie import Picture, encode_review
from farm.media.scale import fit, shrink
from farm.media.slate import Burn, burn_in
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.sequence import read_sequence, sound_of

LARGEST = (1920, 1080)


def review(bench: Bench) -> Generator[Progress, None, Made]:
    """Turn the inputs `frames.*`, the chunks of a master, into one movie; `audio` is its sound.

    Params: `offset`, added to every frame's number; `rate`, as text; `title` and `note`, the
    words of the slate; `sound_from`, the seconds of sound before the first frame. The output is
    `movie`; facts: `count`, and the picture's `size`.
    """
    params = bench.task.params
    offset, rate = int(str(params["offset"])), Rate.parse(str(params["rate"]))
    frames = [(number + offset, master) for number, master in read_sequence(bench)]
    shapes = []

    def shown(frame: tuple[int, Artifact]) -> Picture:
        picture = _picture(bench, frame[1])
        shapes.append(picture.shape)
        return _slated(picture, params, frame=frame[0], rate=rate)

    path = bench.scratch / "review.mp4"
    pictures = in_flight(shown, frames, at_once=max(2, int(bench.task.needs.cpu)))
    sound = sound_of(bench, frames=len(frames), rate=rate)
    for done in encode_review(path, pictures, rate=rate, sound=sound):
        yield Progress(done=done, total=len(frames), note="frames")
    height, width = shapes[0][:2]
    movie = bench.keep_file(path, kind="movie")
    return Made(outputs={"movie": movie}, facts={"count": len(frames), "size": [width, height]})


def _picture(bench: Bench, master: Artifact) -> Picture:
    pixels, _ = read_exr(bench.store.path(master))
    height, width = pixels.shape[:2]
    return to_display(shrink(pixels, fit((width, height), within=LARGEST)))


def _slated(picture: Picture, params: Mapping[str, Plain], *, frame: int, rate: Rate) -> Picture:
    burn = Burn(title=str(params["title"]), note=str(params["note"]))
    return burn_in(picture, burn, frame=f"{frame:04}", timecode=timecode(rate, frame))

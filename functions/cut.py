"""Cut a show together: every shot in turn, dissolves and wipes mixed in linear light, one movie."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from farm.digest import Plain
from farm.frames import Rate
from farm.media.colorspace import ACES2065_1, SRGB, convert, to_display
from farm.media.exr import read_exr
from farm.media.flight import in_flight
from farm.media.header import timecode
from farm.media.lettering import BOLD, fitted, wrapped, write
from farm.media.movie import Picture, encode_review
from farm.media.scale import Size, shrink
from farm.media.slate import Burn, burn_in
from farm.media.sound import Sound, read_wav
from farm.task import Artifact, Made, Progress
from functions.bench import Bench
from functions.sequence import read_sequence

F32 = NDArray[np.float32]
SOFT = 0.06
"""How wide the edge of a wipe is, as a share of the frame's width."""

SLATE_GREY, SLATE_BRIGHT, SLATE_DIM = (38, 40, 46), (240, 240, 242), (170, 174, 182)
LOUDNESS_RATE = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One shot in the cut; see `cut`. `start` is the frame of the cut that it begins with."""

    name: str
    note: str
    first: int
    shown: int
    count: int
    start: int
    kind: str
    length: int
    loops: bool
    sound_from: float | None
    frames: Mapping[int, Artifact]

    @property
    def opens(self) -> int:
        """The first frame of the cut in which anything of it is seen."""
        return self.start - self.length // 2

    def at(self, position: int) -> Artifact | None:
        """Find the frame for a place in the cut; past its handles the last one stands."""
        if not self.frames:
            return None
        number, last = self.first + position - self.start, max(self.frames)
        if self.loops:
            low = min(self.frames)
            return self.frames[low + (number - low) % len(self.frames)]
        return self.frames[min(max(number, min(self.frames)), last)]


def cut(bench: Bench) -> Generator[Progress, None, Made]:
    """Make the movie of a sequence.

    Params: `rate`, as text; `size`, width and height; `title`; and `events`, in order, each with
    `name`, `note`, `first` (of its frames, the first that the cut shows) and `shown` (its number as
    delivered), `count`, `kind` and `length` of the transition into it (half of which lies before
    its first), `loops`, and `sound_from` or None. An event's frames are the inputs `frames.0000.*`
    with its place in the list, its sound is `audio.0000`; one without frames is shown as a slate.
    Output `movie`; facts: `count`, `missing` (names), `held` (frames that stood for lack of
    handles).
    """
    params = bench.task.params
    rate, size = Rate.parse(str(params["rate"])), _size(params)
    events = _events(bench)
    total = events[-1].start + events[-1].count

    def shown(position: int) -> Picture:
        event = _main(events, position)
        picture = to_display(_light(bench, events, position, size))
        number = event.shown + position - event.start
        burn = Burn(title=f"{params['title']}  {event.name}", note=event.note)
        clock = timecode(rate, position)
        return burn_in(picture, burn, frame=f"{number:04}", timecode=clock)

    path = bench.scratch / "cut.mp4"
    pictures = in_flight(shown, range(total), at_once=max(2, int(bench.task.needs.cpu)))
    sound = _sound(bench, events, rate=rate, total=total)
    for done in encode_review(path, pictures, rate=rate, sound=sound):
        yield Progress(done=done, total=total, note="frames")
    facts: dict[str, Plain] = {
        "count": total,
        "missing": [event.name for event in events if not event.frames],
        "held": sum(_held(events)),
    }
    return Made(outputs={"movie": bench.keep_file(path, kind="movie")}, facts=facts)


def _size(params: Mapping[str, Plain]) -> Size:
    size = params["size"]
    assert isinstance(size, list | tuple)
    return int(str(size[0])), int(str(size[1]))


def _events(bench: Bench) -> list[Event]:
    rows: Any = bench.task.params["events"]  # plain JSON, written by the route
    events, start = [], 0
    for index, row in enumerate(rows):
        prefix = f"frames.{index:04}."
        there = any(name.startswith(prefix) for name in bench.task.inputs)
        frames = dict(read_sequence(bench, prefix)) if there else {}
        events.append(Event(**row, start=start, frames=frames))
        start += row["count"]
    return events


def _main(events: Sequence[Event], position: int) -> Event:
    return next(event for event in reversed(events) if event.start <= position)


def _held(events: Sequence[Event]) -> Generator[int, None, None]:
    """Count, for every shot, the frames that it lacks for its transitions."""
    for index, event in enumerate(events):
        if not event.frames or event.loops:
            continue
        next_in = events[index + 1].length if index + 1 < len(events) else 0
        after = next_in - next_in // 2
        yield max(0, min(event.frames) - (event.first - event.length // 2))
        yield max(0, event.first + event.count - 1 + after - max(event.frames))


def _light(bench: Bench, events: Sequence[Event], position: int, size: Size) -> F32:
    """Return one frame of the cut in linear ACES2065-1."""
    for before, event in pairwise(events):
        step = position - event.opens
        if 0 <= step < event.length:
            share = (step + 0.5) / event.length
            old, new = (_picture(bench, one, position, size) for one in (before, event))
            return _mixed(old, new, share, kind=event.kind)
    return _picture(bench, _main(events, position), position, size)


def _mixed(old: F32, new: F32, share: float, *, kind: str) -> F32:
    if kind == "dissolve":
        return np.asarray(old * (1 - share) + new * share, np.float32)
    across = (np.arange(old.shape[1], dtype=np.float32) + 0.5) / old.shape[1]
    edge = share * (1 + SOFT) - SOFT / 2
    mask = np.clip((edge - across) / SOFT + 0.5, 0, 1)[None, :, None]
    return np.asarray(old * (1 - mask) + new * mask, np.float32)


def _picture(bench: Bench, event: Event, position: int, size: Size) -> F32:
    master = event.at(position)
    if master is None:
        return _slate(event, size)
    pixels, _ = read_exr(bench.store.path(master))
    return _boxed(pixels, size)


def _boxed(pixels: NDArray[Any], size: Size) -> F32:
    """Fit a frame into the cut's own size, with black about it where the aspects differ."""
    height, width = pixels.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    inner = (min(size[0], round(width * scale)), min(size[1], round(height * scale)))
    if scale <= 1:
        small = shrink(pixels, inner)
    else:
        small = np.asarray(
            cv2.resize(pixels.astype(np.float32), inner, interpolation=cv2.INTER_LINEAR), np.float32
        )
    if inner == size:
        return small
    result = np.zeros((size[1], size[0], 3), np.float32)
    x, y = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    result[y : y + inner[1], x : x + inner[0]] = small
    return result


def _slate(event: Event, size: Size) -> F32:
    """Stand in for a shot that is missing, and say why."""
    card = np.full((size[1], size[0], 3), SLATE_GREY, np.uint8)
    large = max(12, size[1] // 10)
    small = max(10, size[1] // 26)
    middle = size[0] / 2
    room = size[0] * 0.9
    title = fitted(event.name, size=large, weight=BOLD, room=room)
    write(card, title, (middle, size[1] * 0.45), size=large, color=SLATE_BRIGHT, weight=BOLD,
          anchor="middle")  # fmt: skip
    for line, text in enumerate(wrapped(event.note, size=small, room=room, lines=3)):
        y = size[1] * 0.57 + line * small * 1.4
        write(card, text, (middle, y), size=small, color=SLATE_DIM, anchor="middle")
    return convert(card.astype(np.float32) / 255, SRGB, ACES2065_1)


def _sound(bench: Bench, events: Sequence[Event], *, rate: Rate, total: int) -> Sound | None:
    """Lay every shot's sound under it, one fading into the next where the pictures do."""
    if not any(event.sound_from is not None for event in events):
        return None
    whole = np.zeros((round(total / float(rate) * LOUDNESS_RATE), 2), np.float32)
    for index, event in enumerate(events):
        if event.sound_from is None:
            continue
        after = events[index + 1].length if events[index + 1 : index + 2] else 0
        opens = event.opens if index else event.start
        ends = event.start + event.count + after - after // 2
        read = read_wav(bench.path(f"audio.{index:04}"))
        offset = event.sound_from + (event.first - min(event.frames) + opens - event.start) / float(
            rate
        )
        piece = _stereo(read.cut(offset, float(Fraction(ends - opens) / rate.value)))
        faded = _faded(piece, event.length if index else 0, after, ends - opens)
        at = round(opens / float(rate) * LOUDNESS_RATE)
        room = min(len(faded), len(whole) - at)
        whole[at : at + room] += faded[:room]
    return Sound(whole, LOUDNESS_RATE)


def _stereo(sound: Sound) -> F32:
    """Bring a sound to the cut's rate and to two channels."""
    count = round(sound.seconds * LOUDNESS_RATE)
    times = np.arange(count) * sound.rate / LOUDNESS_RATE
    channels = [
        np.interp(times, np.arange(len(sound.samples)), sound.samples[:, channel])
        for channel in range(sound.samples.shape[1])
    ]
    return np.stack([channels[0], channels[-1]], axis=1).astype(np.float32)


def _faded(samples: F32, fade_in: int, fade_out: int, frames: int) -> F32:
    """Fade over the frames of the transitions at both ends."""
    at = (np.arange(len(samples)) + 0.5) / max(len(samples), 1) * frames
    gain = np.ones(len(samples), np.float32)
    if fade_in:
        gain *= np.clip(at / fade_in, 0, 1).astype(np.float32)
    if fade_out:
        gain *= np.clip((frames - at) / fade_out, 0, 1).astype(np.float32)
    return np.asarray(samples * gain[:, None], np.float32)

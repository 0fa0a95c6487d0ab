"""The cut for the editor: OTIO, FCPXML and CMX 3600, through OpenTimelineIO and its adapters.

A clip's first medium is a proxy movie, and its second, in .otio, the EXRs themselves. All places
are relative to the timeline's own folder, so that a delivery can be moved as a whole.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.util import find_spec
from typing import Any, Final, Literal
from xml.etree import ElementTree as ET  # it reads only what our own adapter wrote

from farm.frames import Rate

INSTALL: Final = "pip install 'farm[editorial]' brings OpenTimelineIO and its adapters"
Kind = Literal["cut", "dissolve", "wipe"]
Otio = Any  # neither the library nor what it makes has static types
NAMES: Final = {"dissolve": "Cross Dissolve", "wipe": "Edge Wipe"}
PROXY, MASTER = "proxy", "exr"
DIGITS: Final = 4

VERSION = 2
"""Raise this when the same cut is written in other words."""

REEL: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One shot in the cut; frames are numbered as delivered.

    `first` and `count` are what the cut shows of it; `head` and `tail` are the handles about that.
    `length` frames of transition lead into it, half of them before its own first. `proxy` is a
    movie and `frames` the beginning of the EXRs' names, both as relative paths; without them the
    shot is missing, and stands as a gap of its length.
    """

    name: str
    first: int
    count: int
    head: int = 0
    tail: int = 0
    kind: Kind = "cut"
    length: int = 0
    proxy: str = ""
    frames: str = ""
    note: str = ""

    @property
    def before(self) -> int:
        """How many frames of its transition lie before its first."""
        return self.length // 2


def available() -> bool:
    """Say whether OpenTimelineIO and the two adapters are installed."""
    needed = ("opentimelineio", "otio_fcpx_xml_adapter", "otio_cmx3600_adapter")
    return all(find_spec(name) is not None for name in needed)


def written(name: str, events: Sequence[Event], rate: Rate) -> dict[str, bytes]:
    """Write the cut as every kind of timeline, by the ending of its file."""
    import opentimelineio as otio  # noqa: PLC0415  # an extra

    whole = _timeline(otio, name, events, rate)
    plain = _timeline(otio, name, events, rate, only_proxies=True)
    edl = otio.adapters.write_to_string(plain, "cmx_3600", rate=float(rate))
    cuts = [replace(event, kind="cut", length=0) for event in events]
    straight = _timeline(otio, name, cuts, rate, only_proxies=True)
    xml = otio.adapters.write_to_string(straight, "fcpx_xml")
    return {
        "otio": otio.adapters.write_to_string(whole, "otio_json").encode(),
        "fcpxml": _completed(xml, events, rate),
        "edl": _with_wipes(edl, events).encode(),
    }


def _timeline(
    otio: Otio,  # the library has no static types
    name: str,
    events: Sequence[Event],
    rate: Rate,
    *,
    only_proxies: bool = False,
) -> Otio:  # the same
    time = _Clock(otio, rate)
    timeline = otio.schema.Timeline(name)
    timeline.global_start_time = time.at(0)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for event, reel in zip(events, reels([event.name for event in events]), strict=True):
        if event.length:
            track.append(_transition(otio, event, time))
        clip = _clip(otio, event, time, only_proxies=only_proxies)
        clip.metadata["cmx_3600"] = {"reel": reel}
        track.append(clip)
    timeline.tracks.append(track)
    return timeline


def reels(names: Sequence[str]) -> list[str]:
    """Name each shot's reel in the eight letters of CMX 3600: no two shots have the same.

    The beginnings of the names or, where these do not tell them apart, their ends, or numbers.
    """
    plain = [re.sub(r"[^A-Za-z0-9]", "", name) for name in names]
    for short in ([name[:REEL] for name in plain], [name[-REEL:] for name in plain]):
        if all(short) and len(set(short)) == len(set(names)):
            return short
    numbers = {name: f"SHOT{number:04}" for number, name in enumerate(dict.fromkeys(names), 1)}
    return [numbers[name] for name in names]


class _Clock:
    """Times at one rate, which the library holds as the nearest double of the exact fraction."""

    def __init__(self, otio: Otio, rate: Rate) -> None:  # the same
        self._time = otio.opentime.RationalTime
        self._range = otio.opentime.TimeRange
        self.rate = rate

    def at(self, frames: int) -> Otio:  # the same
        return self._time(frames, float(self.rate))

    def span(self, first: int, count: int) -> Otio:  # the same
        return self._range(self.at(first), self.at(count))


def _transition(otio: Otio, event: Event, time: _Clock) -> Otio:  # the same
    kind = "SMPTE_Dissolve" if event.kind == "dissolve" else "Custom_Transition"
    return otio.schema.Transition(
        name=NAMES[event.kind],
        transition_type=kind,
        in_offset=time.at(event.before),
        out_offset=time.at(event.length - event.before),
        metadata={"farm": {"kind": event.kind}},
    )


def _clip(otio: Otio, event: Event, time: _Clock, *, only_proxies: bool) -> Otio:  # the same
    used = time.span(event.first, event.count)
    if not event.frames:
        if only_proxies:
            return otio.schema.Gap(name=event.name, source_range=used)
        missing = otio.schema.MissingReference(metadata={"farm": {"why": event.note}})
        return otio.schema.Clip(event.name, missing, used)
    clip = otio.schema.Clip(event.name, source_range=used)
    there = time.span(event.first - event.head, event.head + event.count + event.tail)
    media = {}
    if event.proxy:
        media[PROXY] = otio.schema.ExternalReference(event.proxy, there)
        media[PROXY].name = event.name
    if not only_proxies:
        folder, _, stem = event.frames.rpartition("/")
        media[MASTER] = otio.schema.ImageSequenceReference(
            f"{folder}/", stem, ".exr", start_frame=event.first - event.head, frame_step=1,
            rate=float(time.rate), frame_zero_padding=DIGITS, available_range=there,
        )  # fmt: skip
    if media:
        clip.set_media_references(media, next(iter(media)))
    clip.metadata["farm"] = {"note": event.note}
    return clip


def _with_wipes(edl: str, events: Sequence[Event]) -> str:
    """Write wipes as wipes: the adapter has one word, D, for every change that is no cut."""
    kinds = iter(event.kind for event in events if event.length)
    return re.sub(
        r"D (?=\d{3} )", lambda found: "W001 " if next(kinds) == "wipe" else found[0], edl
    )


def _completed(xml: str, events: Sequence[Event], rate: Rate) -> bytes:
    """Say what the adapter leaves out: the exact rate, and the transitions.

    They lie in the spine over the joint that they bridge (FCPXML, "transition"); the adapter would
    move the joint to where they begin.
    """
    root = ET.fromstring(xml)  # noqa: S314  # our own adapter wrote it
    for form in root.iter("format"):
        form.set("frameDuration", _seconds(Fraction(1), rate))
        form.set("name", form.get("name") or "FFVideoFormatRateUndefined")
    spine = next(root.iter("spine"))
    parts = list(spine)
    for event, part, start in zip(events, parts, _starts(events), strict=True):
        if event.length:
            change = ET.Element("transition", {
                "name": NAMES[event.kind],
                "offset": _seconds(Fraction(start - event.before), rate),
                "duration": _seconds(Fraction(event.length), rate),
            })  # fmt: skip
            spine.insert(list(spine).index(part), change)
    ET.indent(root)
    body = io.BytesIO()
    body.write(b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    ET.ElementTree(root).write(body, encoding="utf-8")
    return body.getvalue() + b"\n"


def _starts(events: Sequence[Event]) -> Iterator[int]:
    at = 0
    for event in events:
        yield at
        at += event.count


def _seconds(frames: Fraction, rate: Rate) -> str:
    time = frames / rate.value
    if time.denominator == 1:
        return f"{time.numerator}s"
    return f"{time.numerator}/{time.denominator}s"

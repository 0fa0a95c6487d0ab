"""The cut: all shots of a variant as one movie, with timelines for the editor."""

import asyncio
import getpass
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from farm.cards.card import Cost
from farm.crew.base import Doer
from farm.delivery import timeline
from farm.delivery.manifest import Picture
from farm.delivery.publish import Delivery, publish
from farm.delivery.timeline import Event
from farm.delivery.version import content_digest, next_version, published_versions
from farm.digest import Plain
from farm.frames import FrameRange, Rate
from farm.naming import Address
from farm.prices import Prices
from farm.route.pieces import sound_inputs
from farm.route.reel import Reel
from farm.route.setup import megapixels, tools
from farm.shots.cutting import NAME, length_of, order
from farm.shots.request import delivery_size, shot_frames
from farm.shots.shot_list import ShotList
from farm.shots.spec import Cut, Shot, Transition
from farm.task import Artifact, Needs, Task

VERSION = 1
"""Raise this when functions/cut.py or the timelines change what they make."""

LARGEST = "1080p"
COST = Cost(cpu=1, memory_gb=2, seconds_per_megapixel=0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One shot of the cut: its reel, or why there is none."""

    shot: Shot
    reel: Reel | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """All that the cut of one variant is made from."""

    shot_list: ShotList
    cut: Cut
    variant: str
    rate: Rate
    shown: tuple[Shown, ...]
    prices: Prices

    @property
    def address(self) -> Address:
        """Say where the cut lies: as a shot named `cut`."""
        return Address(show=self.shot_list.show, shot=NAME, variant=self.variant)


async def cut_show(
    shot_list: ShotList, doer: Doer, shown: Sequence[Shown], *, out: Path, prices: Prices
) -> None:
    """Cut every variant of the show; raises FarmError where one cannot be made.

    A shot without frames is shown as a slate; a variant that has none at all is not cut.
    """
    assert shot_list.cut
    for variant in dict.fromkeys(one.shot.variant for one in shown):
        rows = {one.shot.shot: one for one in shown if one.shot.variant == variant}
        names = [name for name in order(shot_list.cut, rows) if name in rows]
        if any(rows[name].reel for name in names):
            made = Cutting(
                shot_list=shot_list,
                cut=shot_list.cut,
                variant=variant,
                rate=shot_list.delivery.rate or rows[names[0]].shot.rate,
                shown=tuple(rows[name] for name in names),
                prices=prices,
            )
            await _one(made, doer, out=out)


async def _one(made: Cutting, doer: Doer, *, out: Path) -> None:
    address = made.address
    events = [_event(made, one) for one in made.shown]
    task = _task(made, events)
    content = content_digest(
        [task.request, [asdict(event) for event in events], VERSION, timeline.VERSION]
    )
    published = await asyncio.to_thread(published_versions, out / address.folder)
    version = next_version(published, content)
    outcome = await doer.do(task)
    if outcome.outputs["movie"].kind == "supposed":
        return
    stem = address.stem(version)
    files = {
        f"{stem}.{ending}": doer.store.put(body, kind=ending)
        for ending, body in timeline.written(stem, events, made.rate).items()
    }
    delivery = Delivery(
        address=address,
        version=version,
        content=content,
        picture=_picture(made),
        span=FrameRange(0, sum(event.count for event in events) - 1),
        others={f"{stem}.mp4": outcome.outputs["movie"], **files},
        lineage={"events": [asdict(event) for event in events], **outcome.facts},
    )
    stamp: dict[str, Plain] = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "by": getpass.getuser(),
        "on": socket.gethostname(),
    }
    done = await asyncio.to_thread(publish, delivery, doer.store, out, made=stamp)
    doer.tell(
        "delivered", shot=_label(made), version=version, folder=str(done.folder),
        missing=[one.shot.shot for one in made.shown if one.reel is None],
    )  # fmt: skip


def _label(made: Cutting) -> str:
    return made.address.label


def _event(made: Cutting, one: Shown) -> Event:
    change = _change(made.cut, one.shot.shot)
    length = length_of(change, made.rate) if change else 0
    kind = change.kind if change and length else "cut"
    if one.reel is None:
        frames = shot_frames(one.shot)
        seconds = len(frames) / one.shot.rate.value
        count = max(1, round(seconds * made.rate.value))
        return Event(name=one.shot.shot, first=frames.first, count=count, kind=kind,
                     length=length, note=one.why)  # fmt: skip
    reel, home = one.reel, f"../../{one.shot.shot}/{one.reel.version}"
    return Event(
        name=one.shot.shot,
        first=reel.first + reel.offset + reel.handles,
        count=reel.count - 2 * reel.handles,
        head=reel.handles,
        tail=reel.handles,
        kind=kind,
        length=length,
        proxy=f"{home}/{reel.proxy}" if reel.proxy else "",
        frames=f"{home}/{reel.pattern}",
        note=reel.note,
    )


def _change(cut: Cut, name: str) -> Transition | None:
    return next((change for change in cut.transitions if change.into == name), None)


def _task(made: Cutting, events: Sequence[Event]) -> Task:
    size = _size(made)
    total = sum(event.count for event in events)
    minutes = COST.seconds_per_megapixel * megapixels(size, total) / 60
    needs = Needs(cpu=COST.cpu, memory_gb=COST.memory_gb, minutes=minutes)
    return Task(
        stage="cut",
        version=VERSION,
        params={
            "rate": str(made.rate),
            "size": size,
            "title": made.shot_list.show,
            "events": [_row(event, one) for event, one in zip(events, made.shown, strict=True)],
        },
        inputs=_inputs(made.shown),
        engine=tools("av", "numpy", "opencolorio", "opencv-python-headless"),
        shot=_label(made),
        needs=needs,
        usd=minutes / 60 * made.prices.per_hour(needs),
        suppose={"count": total, "missing": [], "held": 0},
    )


def _row(event: Event, one: Shown) -> dict[str, Plain]:
    reel = one.reel
    return {
        "name": event.name,
        "note": event.note,
        "first": reel.first + reel.handles if reel else event.first,
        "shown": event.first,
        "count": event.count,
        "kind": event.kind,
        "length": event.length,
        "loops": bool(reel and reel.loops),
        "sound_from": reel.sound.seconds if reel and reel.sound else None,
    }


def _inputs(shown: Sequence[Shown]) -> Mapping[str, Artifact]:
    inputs: dict[str, Artifact] = {}
    for index, one in enumerate(shown):
        if one.reel:
            for number, frames in enumerate(one.reel.frames):
                inputs[f"frames.{index:04}.{number:04}"] = frames
            for artifact in sound_inputs(one.reel.sound).values():
                inputs[f"audio.{index:04}"] = artifact
    return inputs


def _size(made: Cutting) -> tuple[int, int]:
    """Take the first shot's aspect, at the size of a review, or of the delivery if that is less."""
    aspect = made.shown[0].shot.aspect
    sizes = [delivery_size(box, aspect) for box in (LARGEST, made.shot_list.delivery.resolution)]
    return min(sizes)


def _picture(made: Cutting) -> Picture:
    width, height = _size(made)
    return Picture(
        width=width, height=height, rate=str(made.rate), compression="h264", container="movie",
        colorspace="sRGB",
    )  # fmt: skip

"""What to start now: decided purely, from what waits, what runs and what the machines offer.

While there is far more to do than one shot takes, a shot that has begun goes before one that has
not, and shots begin in the order of the list: so machines of another kind are soon fed, with short
shots and long ones alike, and the first deliveries come early. Begun shots go by *longest
remaining path first*: what has most work behind it must not be late.

When a path is no longer short beside what is left to do (`SLACK`), the longest path goes first
whether its shot has begun or not, unless machines of another kind lack work: or the last long shot
would begin when all else is done, and the night would end with one machine at work. Starting with
the longest, as the rule says on its own, does every draft before the first verdict, and the
machines that master stand idle for half the night.

A task too big for the room that is left keeps its turn: smaller ones pass it only if they will
be gone, or fit beside it, when its room is there ("EASY backfilling", Lifka 1995).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from farm.executors.base import Offer
from farm.task import Needs

CRUMB = 1e-9  # what float sums may be off by
SLACK = 3.0
"""How many times its path a machine's share of the work must be, or a task is urgent."""

MINUTES = 60.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Waiting:
    """A task that waits for its turn; `number` is its place in the order of arrival."""

    number: int
    rank: float
    needs: Needs
    shot: str = ""

    @property
    def urgency(self) -> tuple[float, int]:
        """The order of turns: longest remaining path first, then first come."""
        return (-self.rank, self.number)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Running:
    """A task that runs, and when it should be done, in seconds."""

    waiting: Waiting
    until: float

    @property
    def needs(self) -> Needs:
        """What it takes up."""
        return self.waiting.needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is free on the machines."""

    cpu: float
    memory_gb: float
    gpus: Mapping[str, float] = field(default_factory=dict)

    def fits(self, needs: Needs) -> bool:
        """Tell whether a task could start in this room."""
        return (
            needs.cpu <= self.cpu + CRUMB
            and needs.memory_gb <= self.memory_gb + CRUMB
            and (not needs.gpu or self.gpus.get(needs.gpu, 0) >= needs.gpus - CRUMB)
        )

    def less(self, needs: Needs) -> "Room":
        """Return what is left when a task with these needs starts."""
        return self._changed(needs, sign=-1)

    def more(self, needs: Needs) -> "Room":
        """Return what there is when a task with these needs has ended."""
        return self._changed(needs, sign=1)

    def _changed(self, needs: Needs, *, sign: int) -> "Room":
        gpus = self.gpus
        if needs.gpu:
            gpus = {**gpus, needs.gpu: gpus.get(needs.gpu, 0) + sign * needs.gpus}
        return Room(
            cpu=self.cpu + sign * needs.cpu,
            memory_gb=self.memory_gb + sign * needs.memory_gb,
            gpus=gpus,
        )


def whole_room(offer: Offer) -> Room:
    """Return the room of machines on which nothing runs."""
    return Room(cpu=offer.cpu, memory_gb=offer.memory_gb, gpus=dict(offer.gpus))


def next_up(
    waiting: Sequence[Waiting], running: Iterable[Running], room: Room, *, now: float
) -> Waiting | None:
    """Choose what to start now from what waits, most urgent first; None if nothing may start.

    What runs is given in the order in which it should end. The first that does not fit has a
    promise: whoever passes it must not delay it.
    """
    promise: _Promise | None = None
    for one in waiting:
        if not room.fits(one.needs):
            promise = promise or _promise(one, running, room, now=now)
        elif promise is None or promise.allows(one, now=now):
            return one
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """When a task that must wait will have its room, and what is to spare beside it then."""

    at: float
    spare: Room

    def allows(self, one: Waiting, *, now: float) -> bool:
        minutes = one.needs.minutes
        gone_by_then = minutes > 0 and now + minutes * MINUTES <= self.at
        return gone_by_then or self.spare.fits(one.needs)


def _promise(one: Waiting, running: Iterable[Running], room: Room, *, now: float) -> _Promise:
    at = now
    for other in running:
        if room.fits(one.needs):
            break
        at = max(at, other.until)
        room = room.more(other.needs)
    return _Promise(at=at, spare=room.less(one.needs))

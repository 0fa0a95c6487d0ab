"""What waits and what runs, kept so that choosing the next takes O(log n) of what waits."""

import heapq
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import replace
from operator import attrgetter

from farm.crew.schedule import MINUTES, SLACK, Running, Waiting, next_up, whole_room
from farm.executors.base import Offer
from farm.task import Needs

_Heap = list[tuple[float, int, Waiting]]
_by_end = attrgetter("until", "waiting.number")


class Queue:
    """Tasks by class: those that need the same machine; only the top of each can be next."""

    def __init__(self, offer: Offer) -> None:
        self.offer = offer
        self._machines = {"": int(offer.cpu), **offer.gpus}
        self._room = whole_room(offer)
        self._classes: dict[Needs, _Class] = {}
        self._class_by_needs: dict[Needs, _Class] = {}
        self._running: dict[int, Running] = {}
        self._ends: list[Running] = []
        self._lines: Counter[str] = Counter()
        self._minutes: defaultdict[str, float] = defaultdict(float)
        self._begun: set[str] = set()
        self._unbegun: defaultdict[str, list[Waiting]] = defaultdict(list)

    def __len__(self) -> int:
        return self._lines.total()

    @property
    def running(self) -> int:
        """Count what runs."""
        return len(self._running)

    def push(self, one: Waiting) -> None:
        """Let a task wait."""
        self._class(one.needs).push(one, begun=one.shot in self._begun)
        self._count(one, 1)
        if one.shot and one.shot not in self._begun:
            self._unbegun[one.shot].append(one)

    def drop(self, one: Waiting) -> None:
        """Let a task wait no more; one that does not wait is left alone."""
        waiting = self._class(one.needs).waiting
        if one.number in waiting:
            waiting.remove(one.number)
            self._count(one, -1)

    def pop(self, *, now: float) -> Waiting | None:
        """Take out what to start now; None if nothing may start."""
        one = next_up(self._tops(now), self._ends, self._room, now=now)
        if one:
            self.drop(one)
        return one

    def start(self, one: Waiting, *, now: float) -> None:
        """Count a task as running: it takes up room, and its shot has begun."""
        self._room = self._room.less(one.needs)
        running = Running(waiting=one, until=now + one.needs.minutes * MINUTES)
        self._running[one.number] = running
        insort(self._ends, running, key=_by_end)
        if one.shot and one.shot not in self._begun:
            self._begin(one.shot)

    def end(self, one: Waiting) -> None:
        """Count a task as over: its room is free."""
        running = self._running.pop(one.number)
        del self._ends[bisect_left(self._ends, _by_end(running), key=_by_end)]
        self._room = self._room.more(one.needs) if self._running else whole_room(self.offer)

    def pause(self, needs: Needs, *, until: float) -> None:
        """Let a whole class wait until a time."""
        self._class(needs).asleep_until = until

    def paused_until(self, needs: Needs) -> float:
        """Return when a class goes on, or went on after its last pause."""
        return self._class(needs).asleep_until

    def wakes_at(self, *, now: float) -> float | None:
        """Return when the next class that is paused now, and not empty, goes on."""
        times = [
            c.asleep_until for c in self._classes.values() if c.waiting and c.asleep_until > now
        ]
        return min(times, default=None)

    def _tops(self, now: float) -> list[Waiting]:
        """List the next of every class that may start, those of greater urgency first."""
        hungry = [gpu for gpu, count in self._machines.items() if self._lines[gpu] < count]
        tops = []
        for needs, class_ in self._classes.items():
            if class_.waiting and class_.asleep_until <= now:
                feed = any(gpu != needs.gpu for gpu in hungry)
                one = class_.top(feed=feed, path=self._share(needs) / SLACK)
                passed_over = feed and one.shot not in self._begun
                tops.append((passed_over, -one.rank, one.number, one))
        return [one for *_, one in sorted(tops)]

    def _share(self, needs: Needs) -> float:
        """Return how many minutes each machine of a kind still has to do, of what waits now."""
        return self._minutes[needs.gpu] / max(1, self._machines.get(needs.gpu, 1))

    def _count(self, one: Waiting, sign: int) -> None:
        needs = one.needs
        self._lines[needs.gpu] += sign
        self._minutes[needs.gpu] += sign * needs.minutes * (needs.gpus if needs.gpu else needs.cpu)

    def _begin(self, shot: str) -> None:
        self._begun.add(shot)
        for one in self._unbegun.pop(shot, []):
            self._class(one.needs).promote(one)

    def _class(self, needs: Needs) -> "_Class":
        class_ = self._class_by_needs.get(needs)
        if class_ is None:
            class_ = self._classes.setdefault(class_of(needs), _Class())
            self._class_by_needs[needs] = class_
        return class_


def class_of(needs: Needs) -> Needs:
    """Name the class of tasks that need the same machine, however long they take."""
    return replace(needs, minutes=0.0) if needs.minutes else needs


class _Class:
    """The waiting tasks of one class, in three orders; who is not in `waiting` is gone from all."""

    def __init__(self) -> None:
        self.waiting: set[int] = set()
        self.asleep_until = 0.0
        self._all: _Heap = []
        self._begun: _Heap = []
        self._arrivals: _Heap = []

    def push(self, one: Waiting, *, begun: bool) -> None:
        self.waiting.add(one.number)
        heapq.heappush(self._all, (-one.rank, one.number, one))
        heapq.heappush(self._arrivals, (0.0, one.number, one))
        if begun:
            heapq.heappush(self._begun, (-one.rank, one.number, one))

    def promote(self, one: Waiting) -> None:
        """Count a waiting task among those whose shot has begun."""
        if one.number in self.waiting:
            heapq.heappush(self._begun, (-one.rank, one.number, one))

    def top(self, *, feed: bool, path: float) -> Waiting:
        """Return the next task: while all paths are shorter than `path`, of a shot that has begun.

        With `feed`, machines of another kind lack work, and begun shots go before all others.
        """
        longest = _clean(self._all, self.waiting)
        assert longest, "a class without waiting tasks has no top"
        urgent = longest.rank >= path or not longest.shot
        if urgent and not feed:
            return longest
        begun = _clean(self._begun, self.waiting)
        if begun or urgent:
            return begun or longest
        return _clean(self._arrivals, self.waiting) or longest


def _clean(heap: _Heap, waiting: set[int]) -> Waiting | None:
    """Take from a heap's top what no longer waits, and return what is then there."""
    while heap and heap[0][1] not in waiting:
        heapq.heappop(heap)
    return heap[0][2] if heap else None

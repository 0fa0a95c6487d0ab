"""One machine's door to the store: slow, unreachable, torn, its clock wrong, shut when it dies."""

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from farm.crew.clock import VirtualClock
from farm.digest import Plain
from farm.errors import StoreError
from farm.store.leases import Lease
from farm.store.local import LocalStore
from farm.task import Artifact, Outcome
from tests.simulation.weather import CALM, Weather

T = TypeVar("T")


class Gone(BaseException):  # it is no error: the machine is not there any more
    """The machine that ran this is dead: nothing that it does has any effect."""


class Watcher(Protocol):
    """Whoever judges what is done to the store."""

    def claimed(self, door: "Door", key: str, before: Lease | None, *, granted: bool) -> None:
        """Take note of a claim that was answered."""
        ...

    def remembering(self, outcome: Outcome) -> None:
        """Take note that an outcome is about to be kept."""
        ...

    def remembered(self, outcome: Outcome) -> None:
        """Take note that an outcome was kept."""
        ...


class Door:
    """A store as one machine sees it: the real local store, behind faults.

    `dies_at` counts the calls after which the machine dies; half of all deaths come before the
    call has its effect, half after.
    """

    def __init__(  # a place, its clock, its faults, its judge
        self,
        place: Path,
        *,
        name: str,
        clock: VirtualClock,
        watcher: Watcher,
        chance: random.Random,
        weather: Weather = CALM,
        skew: float = 0.0,
        dies_at: int = 0,
    ) -> None:
        self.name = name
        self.uri = f"door:{name}"
        self.lanes = 0
        self.dead = False
        self.inner = LocalStore(str(place), clock=lambda: clock.now() + skew)
        self.on_death: Callable[[], None] = lambda: None
        self._watcher = watcher
        self._chance = chance
        self._weather = weather
        self._calls = 0
        self._dies_at = dies_at

    def die(self) -> None:
        """Shut for good."""
        if not self.dead:
            self.dead = True
            self.on_death()

    # Everything that a store can do

    def put(self, data: bytes, *, kind: str) -> Artifact:
        """Keep the bytes; the power may be cut meanwhile, and leave a part of them."""
        if self._chance.random() < self._weather.torn_writes and not self.dead:
            artifact = self.inner.put(data, kind=kind)
            spoil(self.inner, artifact, keep=len(data) // 2)
            self.die()
            raise Gone
        return self._do(lambda: self.inner.put(data, kind=kind))

    def put_file(self, path: Path, *, kind: str) -> Artifact:
        """Keep a finished file."""
        return self.put(path.read_bytes(), kind=kind)

    def get(self, artifact: Artifact) -> bytes:
        """Fetch verified bytes."""
        return self._do(lambda: self.inner.get(artifact))

    def path(self, artifact: Artifact) -> Path:
        """Return a verified file."""
        return self._do(lambda: self.inner.path(artifact))

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Lend an empty folder."""
        with self.inner.scratch() as folder:
            yield folder

    def recall(self, key: str) -> Outcome | None:
        """Return what this work left behind."""
        return self._do(lambda: self.inner.recall(key))

    def remember(self, outcome: Outcome) -> None:
        """Keep an outcome."""

        def keep() -> None:
            self._watcher.remembering(outcome)
            self.inner.remember(outcome)
            self._watcher.remembered(outcome)

        self._do(keep)

    def forget(self, key: str) -> None:
        """Drop an outcome."""
        self._do(lambda: self.inner.forget(key))

    def claim(self, key: str, *, owner: str, seconds: float) -> bool:
        """Take the lease on a key."""

        def claim() -> bool:
            before = self.inner.leases.held(key)
            granted = self.inner.claim(key, owner=owner, seconds=seconds)
            self._watcher.claimed(self, key, before, granted=granted)
            return granted

        return self._do(claim)

    def renew(self, key: str, *, owner: str, seconds: float) -> bool:
        """Extend a lease."""
        return self._do(lambda: self.inner.renew(key, owner=owner, seconds=seconds))

    def release(self, key: str, *, owner: str) -> None:
        """Give a lease back."""
        self._do(lambda: self.inner.release(key, owner=owner))

    def write_note(self, name: str, value: Plain) -> None:
        """Keep a small value."""
        self._do(lambda: self.inner.write_note(name, value))

    def read_note(self, name: str) -> Plain:
        """Return a small value."""
        return self._do(lambda: self.inner.read_note(name))

    def _do(self, call: Callable[[], T]) -> T:
        if self.dead:
            raise Gone
        if self._chance.random() < self._weather.store_errors:
            raise StoreError("the store does not answer", hint="run the same command again")
        self._calls += 1
        last = self._calls == self._dies_at
        if last and self._chance.random() < 0.5:
            self.die()
            raise Gone
        answer = call()
        if last:
            self.die()
            raise Gone
        return answer


def spoil(store: LocalStore, artifact: Artifact, *, keep: int) -> None:
    """Replace an artifact's bytes behind the store's back, as rot or a power cut would."""
    shelf = Path(store.place, "cas", artifact.digest[:2], artifact.digest)
    draft = shelf.with_name(f".{shelf.name}")
    draft.write_bytes(bytes(keep))
    times = shelf.stat()
    os.utime(draft, ns=(times.st_atime_ns, times.st_mtime_ns))
    draft.replace(shelf)


class Lane:
    """The crew's lanes to a store that takes its time: calls wait on the way there and back."""

    def __init__(self, door: Door, *, clock: VirtualClock, chance: random.Random, most: float):
        self._door = door
        self._clock = clock
        self._chance = chance
        self._most = most

    async def call(self, function: Callable[..., T], *terms: object, **more: object) -> T:
        """Call; what has begun is seen through, unless the machine is dead."""
        if not self._most:
            return function(*terms, **more)
        there, back = (self._chance.random() * self._most / 2 for _ in range(2))
        try:
            await self._clock.sleep(there)
        except asyncio.CancelledError:
            function(*terms, **more)
            raise
        answer = function(*terms, **more)
        await self._clock.sleep(back)
        return answer

    def post(self, function: Callable[..., Any], *terms: object, **more: object) -> None:
        """Call, and drop what comes of it."""
        try:
            function(*terms, **more)
        except (StoreError, Gone):
            return

    async def close(self) -> None:
        """Nothing is left under way."""

"""A stand-in for Modal on this machine, faults and all: for tests, and for trying a list out.

It keeps Modal's promises and no more: a call that was sent is run to its end even if its driver
goes away, one whose container is taken away is started anew, and messages get lost, late or sent
twice as the weather has it.
"""

import asyncio
import contextlib
import itertools
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field

from farm.errors import CrashError, LostError
from farm.executors.wire import LENGTH, pack, unpack
from farm.task import Needs, Progress

MOST_RESTARTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How likely each fault is, drawn from one seed.

    `lose` is a call that was sent but whose sender does not hear of it, or an answer that does not
    come through at the first asking; `duplicate` a call that is sent twice; `preempt` a container
    that is taken away after at most `preempt_within` seconds; `delay` seconds are waited for a
    container.
    """

    seed: int = 0
    lose: float = 0.0
    duplicate: float = 0.0
    preempt: float = 0.0
    preempt_within: float = 0.5
    delay: float = 0.0


@dataclass(eq=False, slots=True, kw_only=True)
class _Call:
    name: str
    body: bytes
    store_uri: str
    answer: "asyncio.Future[bytes]"
    told: list[Progress] = field(default_factory=list)
    container: "_Container | None" = None
    runner: "asyncio.Task[None] | None" = None
    restarts: int = 0


class StandIn:
    """Runs calls in `containers` processes of this machine; answers `Wire`."""

    reaches_local_stores = True

    def __init__(self, *, containers: int = 2, weather: Weather | None = None) -> None:
        self.weather = weather or Weather()
        self.sent = 0
        self.restarted = 0
        self._most = containers
        self._dice = random.Random(self.weather.seed)  # weather, not secrets
        self._numbers = itertools.count(1)
        self._calls: dict[str, _Call] = {}
        self._idle: list[_Container] = []
        self._all: set[_Container] = set()
        self._places: asyncio.Semaphore | None = None

    async def open(self) -> None:
        """Make room for the containers; they start with the calls."""
        self._places = self._places or asyncio.Semaphore(self._most)

    async def spawn(self, grade: str, body: bytes, store_uri: str, *, needs: Needs) -> str:
        """Take a call; perhaps twice, perhaps without its sender hearing of it."""
        del grade, needs  # any process of this machine will do for any grade
        call = self._take(body, store_uri)
        if self._happens(self.weather.duplicate):
            self._take(body, store_uri)
        if self._happens(self.weather.lose):
            raise LostError("nobody can say whether the call was sent", hint="it is sent again")
        return call.name

    async def answer(self, call: str, *, seconds: float) -> bytes | None:
        """Wait for a call's answer."""
        if self._happens(self.weather.lose):
            raise ConnectionError("the line was cut")
        known = self._calls.get(call)
        if known is None:
            raise LostError(f"there is no call {call}", hint="it is sent again")
        done, _ = await asyncio.wait([known.answer], timeout=seconds)
        return known.answer.result() if done else None

    async def news(self, call: str) -> list[Progress]:
        """Return what a call told since it was last asked."""
        known = self._calls.get(call)
        told = known.told if known else []
        fresh, told[:] = list(told), []
        return fresh

    async def cancel(self, call: str) -> None:
        """Stop a call and its container."""
        known = self._calls.get(call)
        if known and known.runner and not known.runner.done():
            known.runner.cancel()
            await asyncio.wait([known.runner])
        if known and not known.answer.done():
            known.answer.set_exception(LostError(f"the call {call} was cancelled"))
            known.answer.exception()  # whoever asks is told; nobody may ever ask

    async def shut(self) -> None:
        """Stop every container; a driver that closes does not do this, as Modal stays."""
        for call in self._calls:
            await self.cancel(call)
        for container in tuple(self._all):
            await self._end(container)

    def _take(self, body: bytes, store_uri: str) -> _Call:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        name = f"fc-{next(self._numbers)}-{os.getpid()}"
        call = _Call(name=name, body=body, store_uri=store_uri, answer=answer)
        self._calls[call.name] = call
        self.sent += 1
        call.runner = asyncio.create_task(self._run(call))
        return call

    async def _run(self, call: _Call) -> None:
        """Run a call to its answer, anew whenever its container is taken away."""
        assert self._places, "the stand-in is open"
        await asyncio.sleep(self.weather.delay)
        async with self._places:
            while not call.answer.done():
                call.container = container = await self._container()
                preemption = self._preempt_later(container)
                try:
                    call.answer.set_result(await container.do(call))
                except (asyncio.IncompleteReadError, ConnectionError):
                    self._all.discard(container)
                    self._after_death(call, container)
                except BaseException:
                    await self._end(container)
                    raise
                else:
                    self._idle.append(container)
                finally:
                    if preemption:
                        preemption.cancel()

    def _after_death(self, call: _Call, container: "_Container") -> None:
        call.restarts += 1
        self.restarted += 1
        if not container.preempted or call.restarts > MOST_RESTARTS:
            call.answer.set_exception(
                CrashError("its container died", hint="it is tried again in another one")
            )
            call.answer.exception()  # whoever asks is told; nobody may ever ask

    def _preempt_later(self, container: "_Container") -> asyncio.TimerHandle | None:
        if not self._happens(self.weather.preempt):
            return None
        seconds = self._dice.uniform(0, self.weather.preempt_within)
        return asyncio.get_running_loop().call_later(seconds, container.preempt)

    async def _container(self) -> "_Container":
        if self._idle:
            return self._idle.pop()
        container = await _Container.start()
        self._all.add(container)
        return container

    async def _end(self, container: "_Container") -> None:
        self._all.discard(container)
        if container in self._idle:
            self._idle.remove(container)
        await container.kill()

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._dice.random() < chance


class _Container:
    """One process that does calls."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self.preempted = False
        self._process = process
        self._orders = process.stdin
        self._answers = process.stdout

    @classmethod
    async def start(cls) -> "_Container":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "farm.executors.modal_container"),
            stdin=PIPE,
            stdout=PIPE,
            process_group=0,
        )
        return cls(process)

    async def do(self, call: _Call) -> bytes:
        """Do a call; raises IncompleteReadError when the process dies of it."""
        self._orders.write(pack((call.name, call.body, call.store_uri)))
        while True:
            head = await self._answers.readexactly(LENGTH.size)
            said = unpack(await self._answers.readexactly(*LENGTH.unpack(head)))
            if isinstance(said, Progress):
                call.told.append(said)
            elif isinstance(said, bytes):
                return said

    def preempt(self) -> None:
        """Take the container away."""
        self.preempted = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """Stop the process and all that it started, and wait until it is gone."""
        self.preempt()
        self._orders.close()
        await self._process.wait()

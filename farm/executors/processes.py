"""Worker processes on this machine: each a Python of its own that does one task at a time."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import IO

from farm.errors import CrashError, FarmError
from farm.executors.machine import resident_gb, threads_env
from farm.executors.pool import Answer, Tell
from farm.executors.wire import LENGTH, pack, unpack
from farm.task import Outcome, Progress, Task

PATIENCE_SECONDS = 2.0  # what an idle worker gets to leave by itself
LAST_WORDS = 1500  # bytes of a dead worker's stderr that are worth telling


async def start_process(store_uri: str, *, threads: int) -> "ProcessHand":
    """Start a worker process that keeps to so many numerical threads."""
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the worker
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "farm.executors.child", store_uri),
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
        process_group=0,
        env=os.environ | threads_env(threads),
    )
    return ProcessHand(process, stderr=stderr)


class ProcessHand:
    """One worker process, seen from the driver."""

    def __init__(self, process: Process, *, stderr: IO[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self._stderr = stderr
        self._orders = process.stdin
        self._answers = process.stdout

    async def run(self, tasks: Sequence[Task], *, tell: Tell) -> list[Answer]:
        """Do the tasks one by one; raises CrashError when the process dies."""
        with contextlib.suppress(ConnectionError):  # if it is gone, its answers will tell
            self._orders.writelines(pack(task) for task in tasks)
        return [await self._answer_to(task, index, tell) for index, task in enumerate(tasks)]

    async def resident_gb(self) -> float:
        """Say how much memory the process holds."""
        return resident_gb(self._process.pid)

    async def leave(self) -> None:
        """Tell an idle worker that there is no more to do, and see it off."""
        with contextlib.suppress(ConnectionError):
            self._orders.write(pack(None))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)
        await self.kill()

    async def kill(self) -> None:
        """Stop the process and everything that it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._orders.close()
        await self._process.wait()
        self._stderr.close()

    async def _answer_to(self, task: Task, index: int, tell: Tell) -> Answer:
        try:
            while True:
                answer = await self._answer()
                if isinstance(answer, Outcome | FarmError):
                    return answer
                if isinstance(answer, Progress):
                    tell(index, answer)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._lost(task) from error

    async def _answer(self) -> object:
        head = await self._answers.readexactly(LENGTH.size)
        return unpack(await self._answers.readexactly(*LENGTH.unpack(head)))

    async def _lost(self, task: Task) -> CrashError:
        """Say what the process died of, and see to it that what it started dies too."""
        status = await self._process.wait()
        words = self._last_words()
        await self.kill()
        return CrashError(
            f"{task.label}: the worker process {self._process.pid} {_cause(status)}{words}",
            hint="the task is tried again on a new worker",
        )

    def _last_words(self) -> str:
        if self._stderr.closed:
            return ""
        self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, self._stderr.tell() - LAST_WORDS))
        words = self._stderr.read().decode(errors="replace").strip()
        return f"; its last words:\n{words}" if words else ""


def _cause(status: int) -> str:
    if status == -signal.SIGKILL:
        return "was killed, by the system for want of memory or by a person"
    if status < 0:
        return f"died of {signal.Signals(-status).name}"
    return f"ended with status {status}"

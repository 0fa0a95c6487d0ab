"""The probe: a stage that makes nothing worth keeping, to see how the farm itself behaves.

`farm doctor`, the benchmarks and the chaos tests run it. With no params it is instant.

    seconds      how long to take, in `steps` equal steps with progress after each
    steps        how many steps to take (1)
    value        comes back as the fact `value`
    write_bytes  keeps that many bytes as the output `bytes`
    memory_mb    holds that much memory meanwhile
    child        starts a child process that lasts for so many seconds, whatever becomes of us
    crash        ends the worker's process at once, after the steps
    fail         raises, after the steps: lost, shortage, memory, moderated, or any words
"""

import itertools
import os
import subprocess
import time
from collections.abc import Generator

from farm.errors import LostError, ModeratedError, OutOfMemoryError, ShortageError, TaskError
from farm.task import Artifact, Made, Progress
from functions.bench import Bench

CRASHED = 70  # the exit status of a worker that was told to crash: EX_SOFTWARE
FAULTS: dict[str, type[TaskError]] = {
    "lost": LostError,
    "shortage": ShortageError,
    "memory": OutOfMemoryError,
    "moderated": ModeratedError,
}


def probe(bench: Bench) -> Generator[Progress, None, Made]:
    """Behave as the params say."""
    params = bench.task.params
    held = b"\1" * (int(_number(params.get("memory_mb"))) << 20)
    if params.get("child"):
        subprocess.Popen(["sleep", str(params["child"])])  # noqa: S603, S607  # a number; any sleep
    yield from _steps(
        seconds=_number(params.get("seconds")), steps=int(_number(params.get("steps"), 1))
    )
    if params.get("crash"):
        os._exit(CRASHED)
    if fail := params.get("fail"):
        raise FAULTS.get(str(fail), RuntimeError)(f"{bench.task.label}: told to fail: {fail}")
    del held
    return Made(outputs=_outputs(bench), facts={"value": params.get("value")})


def _steps(*, seconds: float, steps: int) -> Generator[Progress, None, None]:
    for step in range(steps):
        if seconds:
            time.sleep(seconds / steps)
        yield Progress(done=step + 1, total=steps)


def _outputs(bench: Bench) -> dict[str, Artifact]:
    size = int(_number(bench.task.params.get("write_bytes")))
    if not size:
        return {}
    path = bench.scratch / "bytes"
    with path.open("wb") as file:
        for piece in _noise(bench.task.key, size):
            file.write(piece)
    return {"bytes": bench.keep_file(path, kind="json")}


def _noise(key: str, size: int) -> Generator[bytes, None, None]:
    """Repeat the task's own key until there are `size` bytes: the same ones every time."""
    block = (key.encode() * 1024)[: 1 << 16]
    for start in itertools.count(0, len(block)):
        if start >= size:
            return
        yield block[: size - start]


def _number(value: object, default: float = 0.0) -> float:
    return float(value) if isinstance(value, int | float) else default

"""Tasks on Ray, the default: warm actors on this machine or on a cluster.

Ray places, starts and supervises the workers, and its autoscaler the machines; tasks and outcomes
travel as small packed values, pictures never do.
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from farm.errors import ExecutorError, FarmError
from farm.executors.base import Offer, Report
from farm.executors.berth import Berth, berth_for, settle
from farm.executors.machine import cores, threads_env
from farm.executors.pool import IDLE_GPU_SECONDS, IDLE_SECONDS, Pool
from farm.executors.ray_cluster import bundles_for, offer_of
from farm.executors.ray_hand import RayHand
from farm.executors.ray_session import LOCAL, RaySession
from farm.task import Needs, Outcome, Task

CARRIED = ("AWS_", "FARM_", "HF_", "LUMA")
"""What names of the driver's environment that go to a cluster's workers begin with."""

HEAD_START_SECONDS = 600.0
"""How long machines that were asked for ahead are held on to if no work comes for them."""


class RayExecutor:
    """Run tasks in Ray actors: on a Ray of our own with `workers` cores, or at `address`.

    The address, `auto`, `HOST:PORT` or `ray://HOST:PORT`, may also come from RAY_ADDRESS. A Ray
    that this program started before is used as it is, and left running. `promised` is what a
    cluster can grow to; `ship` sends the farm's own code to its workers; `node_setup` names
    functions that each machine runs once before its first worker.
    """

    def __init__(  # noqa: PLR0913  # what farm.toml may say of a cluster
        self,
        store_uri: str,
        *,
        workers: int | None = None,
        address: str | None = None,
        promised: Offer | None = None,
        ship: bool = True,
        node_setup: Sequence[str] = (),
        idle_seconds: float = IDLE_SECONDS,
        idle_gpu_seconds: float = IDLE_GPU_SECONDS,
    ) -> None:
        self._store_uri = store_uri
        where = address or os.environ.get("RAY_ADDRESS") or LOCAL
        self._session = RaySession(workers=workers or cores(), address=where, ship=ship)
        self._promised = promised
        self._node_setup = tuple(node_setup)
        self._idle = (idle_seconds, idle_gpu_seconds)
        self._pool: Pool | None = None
        self._offer = Offer(cpu=0, memory_gb=0)
        self._expected: Counter[Berth] = Counter()
        self._asking: asyncio.Task[None] | None = None

    async def open(self) -> Offer:
        """Start or join Ray, and say what it has; raises ExecutorError."""
        if self._pool is None:
            self._offer = offer_of(await self._started(), promised=self._promised)
            idle, idle_gpu = self._idle
            self._pool = Pool(
                offer=self._offer, hire=self._hire, idle_seconds=idle, idle_gpu_seconds=idle_gpu
            )
        return self._offer

    async def _started(self) -> list[dict[str, Any]]:
        """Start or join Ray; whatever it raises then concerns every task."""
        try:
            return await self._session.open()
        except FarmError:
            raise
        except Exception as error:  # Ray raises bare ones, such as when a busy machine starts late
            raise ExecutorError(
                f"Ray did not start: {' '.join(str(error).split())[:200]}",
                hint="run the same command again when the machine is less busy, "
                "or with --executor local",
            ) from error

    async def expect(self, wanted: Mapping[Needs, int]) -> None:
        """Tell the autoscaler ahead of time how many tasks of a kind will want to run at once.

        What is asked for is let go of once so many tasks have come, or when none came for long.
        """
        berths: Counter[Berth] = Counter()
        for needs, count in wanted.items():
            berths[berth_for(settle(needs, offer=self._offer), offer=self._offer)] += count
        self._expected = +_within(berths, self._offer)
        if self._expected:
            self._ask()

    async def perform(self, task: Task, *, report: Report) -> Outcome:
        """Run one task to its outcome."""
        if self._pool is None:
            raise ExecutorError("the ray executor is not open", hint="open it first")
        self._has_come(berth_for(task.needs, offer=self._offer))
        return await self._pool.perform(task, report=report)

    async def close(self) -> None:
        """Stop every worker, and Ray too if it is our own; wait until they are gone."""
        pool, self._pool = self._pool, None
        if pool:
            await pool.close()
            if self._expected:
                self._expect_nothing()
        if self._asking:
            await self._asking
        await self._session.close()

    async def _hire(self, berth: Berth) -> RayHand:
        env = threads_env(round(berth.cpu)) | (_carried() if self._session.is_cluster else {})
        return await RayHand.hire(
            self._session, berth, store_uri=self._store_uri, env=env, node_setup=self._node_setup
        )

    def _has_come(self, berth: Berth) -> None:
        """Count a task that was expected: from here on, workers that are hired are the demand."""
        if self._expected[berth]:
            self._expected[berth] -= 1
            if not +self._expected:
                self._expect_nothing()

    def _expect_nothing(self) -> None:
        """Take back what was asked of the autoscaler: what works holds its machines by itself."""
        self._expected.clear()
        self._ask()

    def _ask(self) -> None:
        """Tell the autoscaler what is expected, while work begins; the session keeps the order."""
        bundles = bundles_for(self._expected)
        asking = self._session.ask(bundles, seconds=HEAD_START_SECONDS)
        self._asking = asyncio.create_task(_tried(asking))


async def _tried(asking: Coroutine[None, None, None]) -> None:
    """Ask; a head start that cannot be had is no reason to stop, nor one on a cluster that went."""
    with contextlib.suppress(ExecutorError, ConnectionError, RuntimeError):
        await asking


def _within(berths: Counter[Berth], offer: Offer) -> Counter[Berth]:
    """Ask for no more than can ever be had."""
    most = {
        berth: int(offer.gpus.get(berth.gpu, 0) / berth.gpus)
        if berth.gpu
        else int(offer.cpu / max(berth.cpu, 0.01))
        for berth in berths
    }
    return Counter({berth: min(count, most[berth]) for berth, count in berths.items()})


def _carried() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(CARRIED)}

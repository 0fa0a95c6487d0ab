"""The driver of the autoscaler tests: a real crew on a real cluster, telling what happens as JSON.

Run as `python -m tests.chaos.autoscaled_night ADDRESS STORE TASKS SECONDS KIND`.
"""

import asyncio
import json
import sys

from farm.crew.crew import Crew
from farm.executors.base import Offer
from farm.executors.ray import RayExecutor
from farm.ledger import Event
from farm.store import open_store
from farm.task import Needs, Task

TOLD = ("started", "made", "retried", "failed", "waiting")


def hear(event: Event) -> None:
    """Pass an event on to the test."""
    if event.kind in TOLD:
        say(event.kind, part=event.part, **{k: v for k, v in event.body.items() if k != "request"})


def say(kind: str, **more: object) -> None:
    """Tell the test something."""
    sys.stdout.write(json.dumps({"kind": kind, **more}, default=str) + "\n")
    sys.stdout.flush()


async def night(address: str, uri: str, *, tasks: int, seconds: float, kind: str) -> None:
    """Do so many tasks, each on a GPU of its own, and stay a little to see the nodes go."""
    promised = Offer(
        cpu=4, memory_gb=8, gpus={kind: 4}, largest=Offer(cpu=1, memory_gb=2, gpus={kind: 1})
    )
    executor = RayExecutor(uri, address=address, promised=promised, idle_gpu_seconds=2.0)
    needs = Needs(cpu=0.5, memory_gb=0.5, gpu=kind, minutes=seconds / 60)
    async with Crew(store=open_store(uri), executor=executor, listeners=(hear,)) as crew:
        offer = await executor.open()
        say("opened", gpus=dict(offer.gpus))
        await executor.expect({needs: tasks})
        say("expected")
        await asyncio.sleep(0.1)
        outcomes = await asyncio.gather(
            *(crew.do(_task(number, seconds, needs)) for number in range(tasks))
        )
        say("done", digests=[o.outputs["bytes"].digest for o in outcomes])
        await asyncio.to_thread(sys.stdin.readline)


def _task(number: int, seconds: float, needs: Needs) -> Task:
    params = {"value": number, "seconds": seconds, "steps": 10, "write_bytes": 1000}
    return Task(
        stage="probe", version=1, params=params, shot="sq010_sh0010", part=f"t{number:02}",
        needs=needs,
    )  # fmt: skip


if __name__ == "__main__":
    where, store, count, length, gpu = sys.argv[1:]
    asyncio.run(night(where, store, tasks=int(count), seconds=float(length), kind=gpu))

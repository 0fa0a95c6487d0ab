"""A driver that asks a cluster's autoscaler for GPUs and then waits for its end.

Run as `python -m tests.chaos.asking_driver ADDRESS GPUS SECONDS`; it says when it was heard.
"""

import asyncio
import sys

from farm.executors.ray_session import RaySession


async def ask(address: str, *, gpus: int, seconds: float) -> None:
    """Ask for so many GPUs for so long, take it back when told to, and leave."""
    session = RaySession(workers=1, address=address, ship=False)
    await session.open()
    await session.ask([{"GPU": 1.0}] * gpus, seconds=seconds)
    sys.stdout.write("heard\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    await session.ask([], seconds=seconds)
    await session.close()


if __name__ == "__main__":
    asyncio.run(ask(sys.argv[1], gpus=int(sys.argv[2]), seconds=float(sys.argv[3])))

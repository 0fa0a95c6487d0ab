"""What a task costs: the seconds that it took, at the price of where it ran."""

from farm.executors.base import Offer
from farm.task import Needs, Outcome, Task

HOUR = 3600.0
MINUTE = 60.0


def actual_usd(
    task: Task, needs: Needs, outcome: Outcome, *, away_seconds: float, offer: Offer
) -> float:
    """Price an outcome by the machine's seconds.

    No more seconds are paid than the task was away: what a worker found made already took none. A
    task whose minutes nobody could tell beforehand costs what it was expected to.
    """
    rate = outcome.usd_per_second
    if rate is None:
        rate = usd_per_second(task, needs, offer=offer)
    if rate is None:
        return task.usd - task.fee_usd
    return min(outcome.seconds, away_seconds) * rate


def burnt_usd(task: Task, needs: Needs, *, seconds: float, most_usd: float, offer: Offer) -> float:
    """Price an attempt that came to nothing by the seconds it was away, up to what was set aside.

    It may have waited for its machine for most of them, which costs nothing.
    """
    rate = usd_per_second(task, needs, offer=offer) or 0.0
    return max(0.0, min(most_usd, seconds * rate))


def usd_per_second(task: Task, needs: Needs, *, offer: Offer) -> float | None:
    """Return what a second costs on the machine that the needs name, or by the task's estimate."""
    gpu = offer.usd_per_gpu_hour.get(needs.gpu) if needs.gpu else 0.0
    core = offer.usd_per_core_hour
    if needs.gpu and gpu is not None:
        return (needs.gpus * gpu + needs.cpu * (core or 0.0)) / HOUR
    if not needs.gpu and core is not None:
        return needs.cpu * core / HOUR
    seconds = task.needs.minutes * MINUTE
    return (task.usd - task.fee_usd) / seconds if seconds else None

"""Which kind of worker a task is given: decided purely, from what it needs and what there is."""

from dataclasses import dataclass

from farm.executors.base import Offer
from farm.task import Needs

TINY_SECONDS = 0.5
TINY_BATCH = 32  # tiny tasks that travel together at most
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Berth:
    """A kind of worker: what it holds of its machine while it lives, and how tasks travel to it.

    `batch` is how many tasks may be sent to it at once; it still does them one by one.
    """

    cpu: float
    memory_gb: float
    gpu: str = ""
    batch: int = 1


def berth_for(needs: Needs, *, offer: Offer) -> Berth:
    """Choose the kind of worker for a task, never more than the whole offer.

    Memory is rounded up to a power of two, so that tasks with nearly the same needs share a warm
    worker. A task that asks for a fraction of a core and says that it lasts no time is tiny.
    """
    tiny = needs.cpu < 1 and not needs.gpu and needs.minutes * 60 < TINY_SECONDS
    return Berth(
        cpu=min(needs.cpu, offer.cpu),
        memory_gb=min(_power_of_two(needs.memory_gb), offer.memory_gb),
        gpu=needs.gpu,
        batch=TINY_BATCH if tiny else 1,
    )


def fits(berth: Berth, beside: list[Berth], *, offer: Offer) -> bool:
    """Tell whether one more worker fits beside those that live already."""
    everyone = [*beside, berth]
    return (
        sum(b.cpu for b in everyone) <= offer.cpu + ROUNDING
        and sum(b.memory_gb for b in everyone) <= offer.memory_gb + ROUNDING
        and _gpus_fit(berth, beside, offer=offer)
    )


def are_enough(berth: Berth, living: list[Berth], *, offer: Offer) -> bool:
    """Tell whether more workers for tiny tasks would only be in each other's way."""
    return berth.batch > 1 and living.count(berth) >= max(1, int(offer.cpu))


def _gpus_fit(berth: Berth, beside: list[Berth], *, offer: Offer) -> bool:
    if not berth.gpu:
        return True
    taken = sum(b.gpu == berth.gpu for b in beside)
    return taken < max(1, offer.gpus.get(berth.gpu, 0))


def _power_of_two(memory_gb: float) -> float:
    size = 0.5
    while size < memory_gb:
        size *= 2
    return size

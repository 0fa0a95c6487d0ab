"""Which kind of worker a task is given: decided purely, from what it needs and what there is."""

import math
from dataclasses import dataclass, replace

from farm.executors.base import Offer
from farm.gpus import cheapest, that_do
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
    gpus: float = 0.0
    batch: int = 1


def settle(needs: Needs, *, offer: Offer) -> Needs:
    """Settle what is left open in a task's needs: which kind of GPU, and how many cores.

    No task gets more cores than one machine has; with fewer it takes longer. Of the GPUs that will
    do, the cheapest is taken. Needs that nothing on offer meets come back as they are.
    """
    if needs.cpu > offer.one_machine.cpu:
        needs = replace(needs, cpu=offer.one_machine.cpu)
    if not needs.gpu:
        return needs
    there = [kind for kind, count in offer.gpus.items() if count >= needs.gpus - ROUNDING]
    able = that_do(needs.gpu, needs.gpu_memory_gb, there)
    if needs.gpu in able:
        return needs
    return replace(needs, gpu=cheapest(able, offer.usd_per_gpu_hour)) if able else needs


def berth_for(needs: Needs, *, offer: Offer) -> Berth:
    """Choose the kind of worker for a task, never more than the whole offer.

    Memory is rounded up to a power of two, so that tasks with nearly the same needs share a warm
    worker. A task that asks for a fraction of a core and says that it lasts no time is tiny.
    """
    tiny = needs.cpu < 1 and not needs.gpu and needs.minutes * 60 < TINY_SECONDS
    machine = offer.one_machine
    return Berth(
        cpu=min(needs.cpu, machine.cpu),
        memory_gb=min(_power_of_two(needs.memory_gb), machine.memory_gb),
        gpu=needs.gpu,
        gpus=needs.gpus if needs.gpu else 0.0,
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
    """Tell whether there are GPUs for one more; small parts of GPUs only share a whole one."""
    if not berth.gpu:
        return True
    others = [b.gpus for b in beside if b.gpu == berth.gpu]
    whole = sum(math.ceil(gpus - ROUNDING) for gpus in others if gpus >= 1)
    parts = math.fsum(gpus for gpus in [*others, berth.gpus] if gpus < 1)
    mine = math.ceil(berth.gpus - ROUNDING) if berth.gpus >= 1 else 0
    there = max(1.0, berth.gpus, offer.gpus.get(berth.gpu, 0))
    return whole + mine + math.ceil(parts - ROUNDING) <= there


def _power_of_two(memory_gb: float) -> float:
    size = 0.5
    while size < memory_gb:
        size *= 2
    return size

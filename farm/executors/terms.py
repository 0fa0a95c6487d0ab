"""What farm.toml says of machines: pools of them, and at what price; checked as it is read."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import inf

from farm.errors import SpecError
from farm.executors.base import Offer
from farm.gpus import ANY, GPU_MEMORY_GB
from farm.registry import nearest
from farm.task import Needs

ON_CLUSTERS = ("ray", "modal")
"""Executors that have GPUs by kind, and machines that come and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePool:
    """Machines of one kind: who runs tasks on them, what each has, what it costs, how many.

    `usd_per_hour` is the price of one machine. `spot` machines may be taken away at any moment.
    `limit` is how many there may be at once; without one, as many as there are when it is opened.
    `idle_minutes` is how long a worker without work is kept, and its machine with it.
    """

    name: str
    executor: str
    cluster: str = ""
    gpu: str = ""
    gpus: int = 1
    gpu_memory_gb: float = 0.0
    cpu: float = 4.0
    memory_gb: float = 16.0
    usd_per_hour: float = 0.0
    spot: bool = False
    limit: int | None = None
    idle_minutes: float | None = None
    node_setup: tuple[str, ...] = ()

    @property
    def machine(self) -> Offer:
        """Return what one of its machines has."""
        gpus = {self.gpu: self.gpus} if self.gpu else {}
        return Offer(cpu=self.cpu, memory_gb=self.memory_gb, gpus=gpus)

    @property
    def offer(self) -> Offer | None:
        """Return what it has at most, as far as its limit tells."""
        if self.limit is None:
            return None
        return Offer(
            cpu=self.cpu * self.limit,
            memory_gb=self.memory_gb * self.limit,
            gpus={self.gpu: self.gpus * self.limit} if self.gpu else {},
            largest=self.machine,
            usd_per_gpu_hour={self.gpu: self.usd_per_hour / self.gpus} if self.gpu else {},
        )

    @property
    def vram_gb(self) -> float:
        """Return the memory of one of its GPUs."""
        return self.gpu_memory_gb or GPU_MEMORY_GB.get(self.gpu, 0.0)

    @property
    def said(self) -> str:
        """Say what it is: `drafts: ray at auto, 8 x (1 x L4), spot, $0.80/h`."""
        place = f"{self.executor} at {self.cluster}" if self.cluster else self.executor
        count = "all its machines" if self.limit is None else f"{self.limit} x"
        have = f"{self.gpus} x {self.gpu}" if self.gpu else f"{self.cpu:g} cores"
        price = f"${self.usd_per_hour:.2f}/h" if self.usd_per_hour else "no price"
        spot = ", spot" if self.spot else ""
        return f"{self.name}: {place}, {count} ({have}){spot}, {price}"

    def meets(self, needs: Needs) -> bool:
        """Tell whether one of its machines has what a task needs, whatever it is called."""
        if needs.memory_gb > self.memory_gb or bool(needs.gpu) != bool(self.gpu):
            return False
        if not needs.gpu:
            return True
        asked_gb = max(needs.gpu_memory_gb, GPU_MEMORY_GB.get(needs.gpu, 0.0))
        same = needs.gpu == self.gpu or self.vram_gb >= asked_gb
        return same and self.gpus >= needs.gpus

    def usd(self, needs: Needs, *, minutes: float) -> float:
        """Price so many minutes of a task: the part of a machine that it holds."""
        if self.gpu and needs.gpu:
            share = needs.gpus / self.gpus
        else:
            share = max(needs.cpu / self.cpu, needs.memory_gb / self.memory_gb)
        return self.usd_per_hour * minutes / 60 * min(1.0, share)


def together(pools: Sequence[MachinePool]) -> Offer | None:
    """Add up what pools of one place have at most; None where no limit tells."""
    offers = [offer for pool in pools if (offer := pool.offer)]
    if not offers:
        return None
    gpus: Counter[str] = Counter()
    prices: dict[str, float] = {}
    for offer in offers:
        gpus.update(dict(offer.gpus))
        prices.update(offer.usd_per_gpu_hour)
    return Offer(
        cpu=sum(offer.cpu for offer in offers),
        memory_gb=sum(offer.memory_gb for offer in offers),
        gpus=dict(gpus),
        largest=Offer(
            cpu=max(pool.cpu for pool in pools), memory_gb=max(pool.memory_gb for pool in pools)
        ),
        usd_per_gpu_hour=prices,
    )


def read_pools(raw: object, *, where: Callable[[str], str], executors: list[str]) -> tuple[
    MachinePool, ...
]:  # fmt: skip
    """Read the pools of farm.toml; `where` says in which file and line a name is written.

    Raises SpecError for what is wrong, with the place and what would be right.
    """
    if not isinstance(raw, Mapping):
        raise SpecError(f"{where('pools')}: pools are tables", hint=_EXAMPLE)
    return tuple(
        _read_pool(name, terms, where=where, executors=executors) for name, terms in raw.items()
    )


def _read_pool(
    name: str, raw: object, *, where: Callable[[str], str], executors: list[str]
) -> MachinePool:
    if not isinstance(raw, Mapping):
        raise SpecError(f"{where(name)}: a pool is a table", hint=_EXAMPLE)
    known = [field.name for field in fields(MachinePool) if field.name != "name"]
    for field, value in raw.items():
        place = f"{where(f'{name}.{field}')} pools.{name}.{field}"
        if field not in known:
            raise SpecError(f"{place}: there is no such setting", hint=nearest(field, known))
        right, wanted = _KINDS[field]
        if not right(value):
            raise SpecError(f"{place}: {value!r} is not right here", hint=f"write {wanted}")
    setup = tuple(raw.get("node_setup", ()))
    pool = MachinePool(**{"executor": "ray", **raw, "name": name, "node_setup": setup})
    _check_together(pool, place=f"{where(name)} pools.{name}", executors=executors)
    return pool


def _check_together(pool: MachinePool, *, place: str, executors: list[str]) -> None:
    """Refuse what is right by itself, and wrong together."""
    if pool.executor not in executors:
        raise SpecError(
            f"{place}: there is no executor named {pool.executor!r} for a pool",
            hint=nearest(pool.executor, executors),
        )
    if pool.cluster and pool.executor != "ray":
        raise SpecError(
            f"{place}: {pool.executor} knows no clusters", hint='write executor = "ray"'
        )
    if pool.gpu and pool.executor not in ON_CLUSTERS:
        raise SpecError(
            f"{place}: {pool.executor} runs on cores alone",
            hint='write executor = "ray" for GPUs, also for those of this machine',
        )
    if pool.gpu and pool.gpu != ANY and not pool.vram_gb:
        raise SpecError(
            f"{place}: how much memory a {pool.gpu} has is not known",
            hint=f"write gpu_memory_gb, or a known kind: {', '.join(GPU_MEMORY_GB)}",
        )
    if pool.executor == "modal" and pool.limit is None:
        raise SpecError(f"{place}: it has no limit", hint="write limit = 8 for eight at once")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def patience_of(pools: Sequence[MachinePool]) -> dict[str, float]:
    """Name the time-outs of idle workers that pools of one place set, each by the most patient."""
    said: dict[str, float] = {}
    for pool in pools:
        if pool.idle_minutes is not None:
            name = "idle_gpu_seconds" if pool.gpu else "idle_seconds"
            said[name] = max(said.get(name, 0.0), 60 * pool.idle_minutes)
    return said


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < inf


def _is_price(value: object) -> bool:
    return _is_amount(value) or (value == 0 and not isinstance(value, bool))


def _are_hooks(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(each) and ":" in each for each in value)


_EXAMPLE = 'write [pools.drafts] and below it executor = "ray", gpu = "L4", limit = 8'
_TEXT, _COUNT = (_is_text, "text in quotes"), (_is_count, "a whole number from 1 on")
_AMOUNT = (_is_amount, "a number above 0")
_KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "executor": _TEXT,
    "cluster": _TEXT,
    "gpu": _TEXT,
    "gpus": _COUNT,
    "gpu_memory_gb": _AMOUNT,
    "cpu": _AMOUNT,
    "memory_gb": _AMOUNT,
    "usd_per_hour": (_is_price, "dollars, as in 0.80"),
    "spot": (lambda value: isinstance(value, bool), "true or false"),
    "limit": _COUNT,
    "idle_minutes": (_is_price, "minutes, as in 2"),
    "node_setup": (_are_hooks, 'functions in brackets, as in ["package.module:function"]'),
}

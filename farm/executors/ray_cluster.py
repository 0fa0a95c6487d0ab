"""What a Ray cluster has, and how a need is said in Ray's words: decided purely."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from farm.executors.base import Offer
from farm.executors.berth import ROUNDING, Berth
from farm.executors.machine import GB
from farm.gpus import ANY

KIND = "accelerator_type:"
OURS = {"A100-40G": "A100-40GB", "A100-80G": "A100-80GB"}
RAYS = {ours: rays for rays, ours in OURS.items()}
MOST_BUNDLES = 1000  # an autoscaler that is asked for more only takes longer


def offer_of(nodes: Iterable[Mapping[str, Any]], *, promised: Offer | None = None) -> Offer:
    """Add up what the living machines have, and what the autoscaler may bring beside them.

    `promised` is what farm.toml says of machines that are started on demand: where more of a kind
    is promised than lives now, the promise counts.
    """
    living = [node["Resources"] for node in nodes if node["Alive"]]
    gpus: Counter[str] = Counter()
    for machine in living:
        gpus[_kind(machine)] += int(machine.get("GPU", 0))
    machines = [_machine(machine) for machine in living]
    if promised:
        machines.append(promised.one_machine)
        gpus |= Counter(dict(promised.gpus))
    least = promised or Offer(cpu=0, memory_gb=0)
    return Offer(
        cpu=max(least.cpu, sum(machine.get("CPU", 0.0) for machine in living)),
        memory_gb=max(least.memory_gb, sum(m.get("memory", 0.0) for m in living) / GB),
        gpus={kind: count for kind, count in gpus.items() if count},
        largest=_largest(machines) if len(machines) > 1 else None,
        usd_per_gpu_hour=least.usd_per_gpu_hour,
    )


def claims(berth: Berth) -> dict[str, object]:
    """Say in Ray's words what a kind of worker holds while it lives."""
    held: dict[str, object] = {
        "num_cpus": berth.cpu,
        "memory": int(berth.memory_gb * GB),
        "max_restarts": 0,
        "max_task_retries": 0,
    }
    if berth.gpu:
        held["num_gpus"] = berth.gpus
        if berth.gpu != ANY:
            held["accelerator_type"] = RAYS.get(berth.gpu, berth.gpu)
    return held


def bundles_for(berths: Mapping[Berth, int]) -> list[dict[str, float]]:
    """List what the autoscaler is asked for: one bundle a worker, those with GPUs first."""
    wanted = sorted(berths.items(), key=lambda one: (not one[0].gpu, -one[0].cpu))
    bundles = [_bundle(berth) for berth, count in wanted for _ in range(count)]
    return bundles[:MOST_BUNDLES]


def _bundle(berth: Berth) -> dict[str, float]:
    bundle: dict[str, float] = {"CPU": berth.cpu, "memory": float(int(berth.memory_gb * GB))}
    if berth.gpu:
        bundle["GPU"] = berth.gpus
        if berth.gpu != ANY:
            bundle[f"{KIND}{RAYS.get(berth.gpu, berth.gpu)}"] = 0.001  # as Ray asks for a kind
    return {name: amount for name, amount in bundle.items() if amount > ROUNDING}


def _machine(resources: Mapping[str, float]) -> Offer:
    return Offer(cpu=resources.get("CPU", 0.0), memory_gb=resources.get("memory", 0.0) / GB)


def _largest(machines: list[Offer]) -> Offer:
    return Offer(
        cpu=max(machine.cpu for machine in machines),
        memory_gb=max(machine.memory_gb for machine in machines),
    )


def _kind(machine: Mapping[str, float]) -> str:
    kinds = [name.removeprefix(KIND) for name in machine if name.startswith(KIND)]
    return OURS.get(kinds[0], kinds[0]) if kinds else ANY

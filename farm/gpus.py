"""Kinds of GPU: what they are called, how much memory they have, and which will do for a need."""

from collections.abc import Iterable, Mapping

ANY = "any"
"""What a task asks for that takes whatever GPU has the memory; and a GPU of no known kind."""

GPU_MEMORY_GB = {
    "T4": 16, "L4": 24, "A10": 24, "A10G": 24, "A100-40GB": 40, "A100": 40, "L40S": 48,
    "A100-80GB": 80, "H100": 80, "RTX-PRO-6000": 96, "H200": 141, "B200": 180, "B300": 288,
}  # fmt: skip
"""Memory as the makers' data sheets give it."""


def enough_gb(gpu: str, gpu_memory_gb: float) -> float:
    """Return the memory that a GPU must have which stands in for what was asked."""
    return max(GPU_MEMORY_GB.get(gpu, 0.0), gpu_memory_gb)


def that_do(gpu: str, gpu_memory_gb: float, kinds: Iterable[str]) -> list[str]:
    """List the kinds that will do for a need, smallest memory first.

    A kind that is asked for by name comes first if it is there, and whatever has as much memory
    stands in for it. A GPU of no known kind does for a need without a number.
    """
    least = enough_gb(gpu, gpu_memory_gb)
    there = sorted(kinds, key=lambda kind: (GPU_MEMORY_GB.get(kind, 0.0), kind))
    able = [kind for kind in there if kind != gpu and GPU_MEMORY_GB.get(kind, 0.0) >= least]
    return [gpu, *able] if gpu in there else able


def cheapest(able: Iterable[str], usd_per_hour: Mapping[str, float]) -> str:
    """Choose the cheapest kind; of those whose price is the same or not known, the first."""
    return min(able, key=lambda kind: usd_per_hour.get(kind, 0.0))


GRADES: dict[str, tuple[str, ...]] = {
    "Cpu": (),
    "Gpu16": ("T4", "L4", "A10"),
    "Gpu24": ("L4", "A10", "L40S"),
    "Gpu48": ("L40S", "A100-80GB", "H100"),
    "Gpu80": ("H100", "A100-80GB", "H200"),
    "Gpu141": ("H200", "B200"),
    "Gpu180": ("B200",),
}
"""Grades of machines on a serverless service: the GPUs that will do for each, the best first."""


def grade_for(gpu: str, gpu_memory_gb: float) -> str:
    """Choose the smallest grade all of whose GPUs have what was asked; empty if none has."""
    if not gpu:
        return "Cpu"
    least = enough_gb(gpu, gpu_memory_gb)
    fitting = (
        grade
        for grade, kinds in GRADES.items()
        if kinds and min(GPU_MEMORY_GB[kind] for kind in kinds) >= least
    )
    return next(fitting, "")

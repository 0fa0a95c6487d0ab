"""Thousands of simulated nights, each from a seed, with faults of every kind; laws on all of them.

What strikes and what must hold is in tests/simulation. A night that breaks a law is printed with
the command that replays it, event by event.

    python -m bench.simulation [--seeds 10000] [--first 0] [--jobs 2]
    python -m bench.simulation --seed 4711
"""

import argparse
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass

from tests.simulation.world import Night, run_night


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a seed came to, in short."""

    seed: int
    broken: tuple[str, ...]
    kinds: Counter[str]
    virtual_seconds: float


def main() -> None:
    """Run many seeds, or replay one."""
    parser = argparse.ArgumentParser(description="Nights in simulated weather.")
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, help="replay this one, and print what happened")
    wish = parser.parse_args()
    if wish.seed is not None:
        raise SystemExit(replay(run_night(wish.seed)))
    seeds = range(wish.first, wish.first + wish.seeds)
    began = time.perf_counter()
    verdicts = []
    with multiprocessing.get_context("spawn").Pool(wish.jobs) as pool:
        for verdict in pool.imap_unordered(judge, seeds, chunksize=20):
            verdicts.append(verdict)
            if verdict.broken:
                print(f"seed {verdict.seed}: {verdict.broken[0]}", flush=True)
                print(f"  replay: python -m bench.simulation --seed {verdict.seed}", flush=True)
    report(verdicts, seconds=time.perf_counter() - began)
    raise SystemExit(any(verdict.broken for verdict in verdicts))


def judge(seed: int) -> Verdict:
    """Run one night; one that ends in an exception breaks the law too."""
    try:
        night = run_night(seed)
    except Exception as error:  # noqa: BLE001  # the outermost edge: it is told with its seed
        words = f"{type(error).__name__}: {error}"
        return Verdict(seed=seed, broken=(words,), kinds=Counter(), virtual_seconds=0.0)
    kinds = Counter(line.split()[2] for line in night.log)
    seconds = night.virtual_seconds
    return Verdict(seed=seed, broken=night.broken, kinds=kinds, virtual_seconds=seconds)


def report(verdicts: list[Verdict], *, seconds: float) -> None:
    """Print the sums."""
    kinds = sum((verdict.kinds for verdict in verdicts), Counter[str]())
    hours = sum(verdict.virtual_seconds for verdict in verdicts) / 3600
    bad = sum(bool(verdict.broken) for verdict in verdicts)
    said = ", ".join(f"{kinds[kind]:,} {kind}" for kind in ("made", "reused", "retried", "burnt"))
    print(
        f"{len(verdicts):,} nights, {hours:,.0f} hours of them in {seconds:,.0f} s: {bad} broke a "
        f"law; tasks: {said}; {kinds['delivered']:,} deliveries, {kinds['stopped']:,} stopped by "
        f"the budget"
    )


def replay(night: Night) -> int:
    """Print a night event by event; return 1 if it broke a law."""
    print("\n".join(night.log))
    for broken in night.broken:
        print(f"BROKEN {broken}")
    return int(bool(night.broken))


if __name__ == "__main__":
    main()

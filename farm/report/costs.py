"""What a show cost: the same dollars added up by shot, by take, by stage and by pool."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import Plain
from farm.ledger import Event

NO_POOL = "(one pool)"
Sums = defaultdict[str, float]


def _sums() -> Sums:
    return defaultdict(float)


@dataclass(slots=True)
class Costs:
    """Sums of dollars; `burnt` is the part of them that attempts cost which came to nothing.

    A take costs what its draft did; its masters belong to the shot.
    """

    shots: Sums = field(default_factory=_sums)
    takes: Sums = field(default_factory=_sums)
    stages: Sums = field(default_factory=_sums)
    pools: Sums = field(default_factory=_sums)
    usd: float = 0.0
    burnt: float = 0.0

    def hear(self, event: Event) -> None:
        """Take one event in."""
        usd = event.body.get("usd")
        if event.kind not in ("made", "burnt") or not isinstance(usd, int | float) or not usd:
            return
        self.usd += usd
        self.burnt += usd if event.kind == "burnt" else 0.0
        self.shots[event.shot] += usd
        self.stages[event.stage] += usd
        self.pools[str(event.body.get("pool") or NO_POOL)] += usd
        if event.stage == "draft":
            self.takes[f"{event.shot} {event.part}"] += usd

    def plain(self) -> dict[str, Plain]:
        """Return every sum as a plain value."""
        return {
            "usd": round(self.usd, 6),
            "burnt": round(self.burnt, 6),
            "by_shot": _rounded(self.shots),
            "by_take": _rounded(self.takes),
            "by_stage": _rounded(self.stages),
            "by_pool": _rounded(self.pools),
        }


def _rounded(sums: Mapping[str, float]) -> dict[str, Plain]:
    return {name: round(usd, 6) for name, usd in sorted(sums.items())}

"""How often people and the judge circle the same take: a pure fold over the picks in a ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from farm.digest import Plain
from farm.ledger import Event

PICKED = "picked"
"""The kind of event that tells of a person's pick, or, without a take, that it was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of the shots that a person and the judge have both chosen a take for, how many agree."""

    agreed: int
    chosen: int

    @property
    def said(self) -> str:
        """Say it in words, nothing where nobody has chosen yet."""
        if not self.chosen:
            return ""
        return f"people and the judge agree on {self.agreed} of {self.chosen} shots that both chose"

    def plain(self) -> dict[str, Plain]:
        """Write it down for programs."""
        return {"agreed": self.agreed, "chosen": self.chosen}


def pick_event(
    *, at: float, show: str, shot: str, note: Mapping[str, Plain] | None, judged: str
) -> Event:
    """Tell of a pick: who circled which take of a shot, why, and what the judge had circled."""
    told = dict(note) if note else {"take": None}
    return Event(
        at=at, kind=PICKED, shot=shot, body={"show": show, "judge": judged or None, **told}
    )


def agreement(events: Iterable[Event], *, show: str) -> Agreement:
    """Count agreement over the last pick of every shot of a show."""
    last: dict[str, bool | None] = {}
    for event in events:
        if event.kind == PICKED and event.body.get("show") == show:
            take, judged = event.body.get("take"), event.body.get("judge")
            last[event.shot] = take == judged if take and judged else None
    known = [agrees for agrees in last.values() if agrees is not None]
    return Agreement(agreed=sum(known), chosen=len(known))

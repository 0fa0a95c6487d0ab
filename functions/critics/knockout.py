"""The knockout: takes meet in pairs, seeded by their scores, until one stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from farm.digest import Plain
from functions.critics.base import Finding
from functions.critics.eyes import Picture

MARGIN = 0.12
"""Takes whose scores lie further apart are not shown to a critic: measures have decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was found about one take: its `total`, 0..1, and the gates that threw it out.

    `pictures` are the contact frames that a vision critic is shown, none where none is seated.
    """

    take: str
    total: float
    findings: tuple[Finding, ...]
    pictures: tuple[Picture, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """Name the gates that threw the take out."""
        return tuple(finding.axis for finding in self.findings if finding.broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How one pair was decided: by whom, and in which words."""

    winner: Score
    loser: Score
    by: Literal["measures", "critic"]
    said: str

    def written(self) -> dict[str, Plain]:
        """Write the match down for the verdict."""
        return {
            "winner": self.winner.take, "loser": self.loser.take, "by": self.by, "said": self.said,
        }  # fmt: skip


Decide = Callable[[Score, Score], Match]


def knock_out(seeded: Sequence[Score], decide: Decide) -> tuple[list[Score], list[Match]]:
    """Rank whole takes, best seed first: the strongest meets the weakest, and winners go on.

    Returns the ranking (who went out later stands higher, seeds break ties) and every match.
    """
    standing = list(seeded)
    out: list[Score] = []
    matches: list[Match] = []
    while len(standing) > 1:
        half = len(standing) // 2
        pairs = list(zip(standing[:half], reversed(standing), strict=False))
        met = [decide(better, worse) for better, worse in pairs]
        losers = {match.loser.take for match in met}
        out = [score for score in standing if score.take in losers] + out
        standing = [score for score in standing if score.take not in losers]
        matches += met
    return standing + out, matches


def by_measures(first: Score, second: Score, weights: Mapping[str, float]) -> Match:
    """Decide on the axes that were asked of both: a take is no worse for being asked less."""
    ours, theirs = (
        {f.axis: f.score for f in score.findings if f.weighs} for score in (first, second)
    )
    shared = [axis for axis in ours if axis in theirs and weights.get(axis)]
    gap = sum(weights[axis] * (ours[axis] - theirs[axis]) for axis in shared)
    winner, loser = (second, first) if gap < -1e-9 else (first, second)
    telling = max(shared, key=lambda a: weights[a] * abs(ours[a] - theirs[a]), default="")
    said = (
        f"{winner.take} is ahead of {loser.take} by {telling}"
        if abs(gap) > 1e-9
        else f"{winner.take} and {loser.take} are equal, and the first stands"
    )
    return Match(winner=winner, loser=loser, by="measures", said=said)

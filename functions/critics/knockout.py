"""The knockout: takes are scored on the same axes, and meet in pairs until one stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from farm.digest import Plain
from functions.critics.base import Finding
from functions.critics.eyes import Picture

MARGIN = 0.12
"""Takes whose scores lie further apart are not shown to a critic: measures have decided."""

UNTOLD = 0.5
"""What an axis is worth to a take of which it could not be told, as it could of another."""

COUNTS_HALF = "it could be told of another take, so it counts half here"


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


def total_of(findings: Sequence[Finding], weights: Mapping[str, float]) -> float:
    """Average the scores that weigh, by weight."""
    weighed = [(f.score, weights.get(f.axis, 0.0)) for f in findings if f.weighs]
    weight = sum(w for _, w in weighed)
    return round(sum(s * w for s, w in weighed) / weight, 4) if weight else 0.0


def level(scores: Sequence[Score], weights: Mapping[str, float]) -> list[Score]:
    """Score whole takes on the same axes, so that their totals can be compared.

    What could be told of one take and not of another counts half for that one: evidence for a take
    beats none, and none beats evidence against it.
    """
    told = dict.fromkeys(
        f.axis
        for s in scores
        if not s.broken
        for f in s.findings
        if f.weighs and weights.get(f.axis)
    )
    return [score if score.broken else _levelled(score, tuple(told), weights) for score in scores]


def _levelled(score: Score, axes: Sequence[str], weights: Mapping[str, float]) -> Score:
    found = {finding.axis: finding for finding in score.findings}
    for axis in axes:
        known = found.get(
            axis, Finding(axis=axis, score=UNTOLD, measured={}, said="", weighs=False)
        )
        if not known.weighs:
            said = f"{known.said or 'it shows nothing to tell this by'}; {COUNTS_HALF}"
            found[axis] = replace(known, score=UNTOLD, said=said, weighs=True)
    findings = tuple(found.values())
    return replace(score, findings=findings, total=total_of(findings, weights))


def by_measures(first: Score, second: Score, weights: Mapping[str, float]) -> Match:
    """Decide by the totals of levelled takes, and name the axis that tells them apart most."""
    winner, loser = (second, first) if second.total > first.total else (first, second)
    ours, theirs = ({f.axis: f.score for f in s.findings if f.weighs} for s in (winner, loser))
    shared = [axis for axis in ours if axis in theirs and weights.get(axis)]
    telling = max(shared, key=lambda a: weights[a] * (ours[a] - theirs[a]), default="")
    names = f"{winner.take} ({winner.total:.2f}) and {loser.take} ({loser.total:.2f})"
    said = (
        f"{winner.take} ({winner.total:.2f}) is ahead of {loser.take} ({loser.total:.2f}), most by "
        f"{telling} ({ours[telling]:.2f} against {theirs[telling]:.2f})"
        if winner.total > loser.total
        else f"{names} are equal, and the first stands"
    )
    return Match(winner=winner, loser=loser, by="measures", said=said)

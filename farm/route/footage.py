"""Footage and takes: what the stages of the route hand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import digest_value
from farm.naming import take_name
from farm.shots.request import Request
from farm.shots.spec import Shot
from farm.task import MADE_ON, Artifact, Outcome

BESIDE = "state."


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """Frames that a model has made.

    The state holds `span` frames; those from `start` on are this piece's own, shown by `clip`.
    `beside` is what the model keeps beside its state, by name: its sound as `audio` ...
    `made_on` are the kinds of machine that had a hand in it.
    """

    state: Artifact
    clip: Artifact
    span: int
    start: int
    beside: Mapping[str, Artifact] = field(default_factory=dict)
    made_on: frozenset[str] = frozenset()

    @classmethod
    def of(cls, outcome: Outcome) -> "Footage":
        """Read what a draft, an extension or a loop left behind."""
        span, start = outcome.facts["span"], outcome.facts["start"]
        assert isinstance(span, int)
        assert isinstance(start, int)
        clip, state = outcome.outputs["clip"], outcome.outputs["state"]
        return cls(
            state=state,
            clip=clip,
            span=span,
            start=start,
            beside=beside(outcome),
            made_on=machines(outcome),
        )

    def inputs(self, name: str = "state") -> dict[str, Artifact]:
        """Hand the state to a task, with what lies beside it: `state`, `state.audio` ..."""
        return {name: self.state, **{f"{name}.{part}": a for part, a in self.beside.items()}}


def beside(outcome: Outcome) -> dict[str, Artifact]:
    """Read what an outcome keeps beside its state."""
    return {
        name.removeprefix(BESIDE): artifact
        for name, artifact in outcome.outputs.items()
        if name.startswith(BESIDE)
    }


def machines(*outcomes: Outcome) -> frozenset[str]:
    """Name the kinds of machine on which models made something."""
    return frozenset(str(o.facts[MADE_ON]) for o in outcomes if MADE_ON in o.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One take: its number and seed, what it was asked, and what came of it."""

    number: int
    seed: int
    request: Request
    outcome: Outcome

    @property
    def name(self) -> str:
        """Name the take as people do: `t03`."""
        return take_name(self.number)

    @property
    def clip(self) -> Artifact:
        """Return the frames as they are judged and drawn."""
        return self.outcome.outputs["clip"]

    @property
    def footage(self) -> Footage:
        """Return the take's frames."""
        return Footage.of(self.outcome)


def seed_of(shot: Shot, number: int) -> int:
    """Derive a take's seed: the shot's own seed counted up, or else from its name and the number.

    The variant stays out, so that the cells of a sweep differ by what was swept and nothing else.
    """
    if shot.seed is not None:
        return shot.seed + number - 1
    return int(digest_value([shot.shot, number])[:12], 16)

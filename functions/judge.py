"""Judge a round of takes: gates, metrics, a ranking with its reasons, and what to ask for next."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import cv2

from farm.digest import Plain
from farm.errors import TaskError
from farm.media.exr import read_clip
from farm.shots.request import Request
from farm.shots.revise import Edit, describe, new_seeds
from farm.task import Made, Progress
from functions.bench import Bench
from functions.critics import CRITICS, GATES, METRICS
from functions.critics.base import Finding, Take

WEIGHTS = {
    "camera": 3.0, "annotations": 3.0, "motion": 1.5, "exposure": 1.5, "coherence": 1.5,
    "subject": 1.5, "sharpness": 1.0, "flicker": 0.5, "clipped": 0.5,
}  # fmt: skip
"""What an axis weighs unless the task's `weights` say otherwise; an axis that is not listed weighs
nothing."""

GOOD = 0.75
"""Above this score there is nothing to say against an axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was found about one take: its `total`, 0..1, and the gates that threw it out."""

    take: str
    total: float
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """Name the gates that threw the take out."""
        return tuple(finding.axis for finding in self.findings if finding.broken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the judge goes by: the task's parameters."""

    request: Request
    takes: tuple[str, ...]
    weights: Mapping[str, float]
    accept: float
    round: int
    rounds: int


def judge(bench: Bench) -> Generator[Progress, None, Made]:
    """Score every take, circle the best one that is whole, and say why and what to change.

    Inputs `clip.NAME` for every name in `takes`; params `request`, `takes`, `accept`, and if need
    be `weights`, `round` and `rounds`. The first named wins a tie. Where every take is broken, none
    is circled.
    """
    cv2.setNumThreads(1)  # the bits of DIS flow depend on how OpenCV cuts the picture
    rules = read_rules(bench.task.params)
    scores = []
    for name in rules.takes:
        scores.append(_look(bench, rules, name))
        yield Progress(done=len(scores), total=len(rules.takes), note=name)
    verdict = reach_verdict(rules, scores)
    names = ("circled", "accepted", "scores", "edits", "critique", "thrown_out")
    facts = {name: verdict[name] for name in names}
    return Made(outputs={"verdict": bench.keep_json(verdict, kind="json")}, facts=facts)


def read_rules(params: Mapping[str, Plain]) -> Rules:
    """Read the task's parameters; pydantic checks the request."""
    takes, weights = params["takes"], params.get("weights") or {}
    assert isinstance(takes, list | tuple)
    assert isinstance(weights, Mapping)
    given = {axis: _number(weight) for axis, weight in weights.items()}
    return Rules(
        request=Request.model_validate(params["request"]),
        takes=tuple(str(name) for name in takes),
        weights={**WEIGHTS, **given},
        accept=_number(params["accept"]),
        round=int(_number(params.get("round", 1))),
        rounds=int(_number(params.get("rounds", 1))),
    )


def score_take(take: Take, rules: Rules) -> Score:
    """Ask the gates, and where none throws the take out, the metrics."""
    findings = []
    for name in GATES:
        finding = CRITICS.get(name)(take, rules.request)
        findings += [finding] if finding else []
        if finding and finding.broken:
            return Score(take=take.name, total=0.0, findings=tuple(findings))
    asked = (CRITICS.get(name)(take, rules.request) for name in METRICS)
    findings += [finding for finding in asked if finding]
    return Score(take=take.name, total=_total(findings, rules.weights), findings=tuple(findings))


def reach_verdict(rules: Rules, scores: list[Score]) -> dict[str, Plain]:
    """Rank the takes, circle one, and write down everything that led there."""
    ranked = sorted(scores, key=lambda s: (bool(s.broken), -s.total, rules.takes.index(s.take)))
    best = ranked[0] if ranked and not ranked[0].broken else None
    accepted = best is not None and best.total >= rules.accept
    edits = [] if accepted else propose(best, scores)
    return {
        "rules": {
            "accept": rules.accept, "round": rules.round, "rounds": rules.rounds,
            "weights": dict(rules.weights),
        },
        "takes": {score.take: _written(score, rules.weights) for score in scores},
        "ranking": [score.take for score in ranked],
        "scores": {score.take: score.total for score in scores},
        "thrown_out": {score.take: list(score.broken) for score in scores if score.broken},
        "circled": best.take if best else None,
        "accepted": accepted,
        "critique": criticise(best, ranked, rules, edits),
        "edits": [dict(edit) for edit in edits],
    }  # fmt: skip


def propose(best: Score | None, scores: list[Score]) -> list[Edit]:
    """Collect the edits that the best take's findings ask for, the worst axis first; one of a kind.

    Where every take is broken, all of their findings are asked. Where nobody asks for anything, new
    seeds are.
    """
    findings = [f for score in ([best] if best else scores) for f in score.findings]
    asked: dict[Plain, Edit] = {}
    for finding in sorted(findings, key=lambda f: f.score):
        for edit in finding.edits:
            asked.setdefault(edit["kind"], edit)
    return list(asked.values()) or [new_seeds(because="total")]


def criticise(best: Score | None, ranked: list[Score], rules: Rules, edits: list[Edit]) -> str:
    """Say the verdict in sentences."""
    said = [
        f"{score.take} is thrown out: {finding.said}."
        for score in ranked
        for finding in score.findings
        if finding.broken
    ]
    if best is None:
        said.append("No take is whole, so none is circled.")
    else:
        enough = "enough" if best.total >= rules.accept else "not enough"
        said.append(f"{best.take} is best at {best.total:.2f}, {enough} for {rules.accept:.2f}.")
        said += [f"{f.axis.capitalize()} {f.score:.2f}: {f.said}." for f in _weak(best, rules)]
    if edits:
        said.append(f"Next: {', '.join(describe(edit) for edit in edits)}.")
    return " ".join(said)


def _weak(score: Score, rules: Rules) -> list[Finding]:
    weighed = [f for f in score.findings if rules.weights.get(f.axis) and f.score < GOOD]
    return sorted(weighed, key=lambda f: f.score)


def _look(bench: Bench, rules: Rules, name: str) -> Score:
    """Read one take and score it; a clip that cannot be read is thrown out, not fatal."""
    path = bench.path(f"clip.{name}")
    try:
        clip = read_clip(path)
    except TaskError as fault:
        finding = Finding(axis="decodes", score=0.0, measured={}, said=fault.problem, broken=True)
        return Score(take=name, total=0.0, findings=(finding,))
    take = Take(
        name=name,
        clip=clip,
        focal_mm=rules.request.camera.focal_length,
        threads=max(1, int(bench.task.needs.cpu)),
    )
    return score_take(take, rules)


def _total(findings: list[Finding], weights: Mapping[str, float]) -> float:
    """Average the scores by weight."""
    weighed = [(finding.score, weights.get(finding.axis, 0.0)) for finding in findings]
    weight = sum(w for _, w in weighed)
    return round(sum(s * w for s, w in weighed) / weight, 4) if weight else 0.0


def _written(score: Score, weights: Mapping[str, float]) -> dict[str, Plain]:
    return {
        "total": score.total,
        "broken": list(score.broken),
        "axes": {
            finding.axis: {
                "score": round(finding.score, 4),
                "weight": weights.get(finding.axis, 0.0),
                "gate": finding.axis in GATES,
                "broken": finding.broken,
                "said": finding.said,
                "measured": finding.measured,
                "frames": list(finding.frames),
            }
            for finding in score.findings
        },
    }


def _number(value: Plain) -> float:
    assert isinstance(value, int | float)
    return float(value)

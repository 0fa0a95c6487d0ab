"""Judge a round of takes: gates, metrics, a ranking with its reasons, and what to ask for next."""

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cv2

from farm.digest import Plain
from farm.errors import TaskError
from farm.media.exr import read_clip
from farm.shots.request import Request
from farm.shots.revise import Edit, describe, new_seeds
from farm.task import Made, Progress
from functions.bench import Bench
from functions.critics import CRITICS, GATES, METRICS
from functions.critics.base import GOOD, Finding, Take
from functions.critics.contact import contact_frames
from functions.critics.embedder import Embedder
from functions.critics.knockout import (
    MARGIN,
    Match,
    Score,
    by_measures,
    knock_out,
    level,
    total_of,
)
from functions.critics.seating import seat_embedder, seat_seer
from functions.critics.vision import FRAMES, Seer

WEIGHTS = {
    "camera": 3.0, "annotations": 3.0, "motion": 1.5, "exposure": 1.5, "coherence": 1.5,
    "subject": 1.5, "steps": 2.0, "contrast": 1.0, "sharpness": 1.0, "text": 1.5, "likeness": 1.5,
    "vision": 2.0, "flicker": 0.5, "clipped": 0.5,
}  # fmt: skip
"""What an axis weighs unless the task's `weights` say otherwise; an axis that is not listed weighs
nothing."""

MOST_LOOKED_AT = 6
"""A vision critic is shown the best few takes; looking costs."""

NOT_OF_ALL = "it said nothing that counts of another take, so this does not count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the judge goes by: the task's parameters."""

    request: Request
    takes: tuple[str, ...]
    weights: Mapping[str, float]
    accept: float
    round: int = 1
    rounds: int = 1
    critic: Mapping[str, Plain] | None = None
    embedder: str = ""
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Who is asked beside the gates and metrics, and what keeps them from it."""

    seer: Seer | None = None
    embed: Embedder | None = None
    notes: tuple[str, ...] = ()


def judge(bench: Bench) -> Generator[Progress, None, Made]:
    """Score every take, circle the best one that is whole, and say why and what to change.

    Inputs `clip.NAME` for every name in `takes`, and `anchor.CHARACTER` for clips of other shots;
    params `request`, `takes`, `accept`, and if need be `weights`, `round`, `rounds`, `critic` (its
    `model` and `door`, endpoint or transformers) and `embedder`. The first named wins a tie. Where
    every take is broken, none is circled.
    """
    cv2.setNumThreads(1)  # the bits of DIS flow depend on how OpenCV cuts the picture
    rules = read_rules(bench.task.params)
    panel = _seat(rules)
    scores = []
    for name in rules.takes:
        scores.append(_look(bench, rules, panel, name))
        yield Progress(done=len(scores), total=len(rules.takes), note=name)
    verdict = reach_verdict(rules, _seen(scores, rules, panel.seer), panel)
    names = ("circled", "accepted", "scores", "edits", "critique", "thrown_out")
    facts = {name: verdict[name] for name in names}
    return Made(outputs={"verdict": bench.keep_json(verdict, kind="json")}, facts=facts)


def _seat(rules: Rules) -> Panel:
    embed, note = seat_embedder(rules.embedder)
    seer = seat_seer(rules.critic, rules.request, environ=os.environ)
    return Panel(seer=seer, embed=embed, notes=(note,) if note else ())


def read_rules(params: Mapping[str, Plain]) -> Rules:
    """Read the task's parameters; pydantic checks the request."""
    takes, weights = params["takes"], params.get("weights") or {}
    assert isinstance(takes, list | tuple)
    assert isinstance(weights, Mapping)
    given = {axis: _number(weight) for axis, weight in weights.items()}
    critic, anchors = params.get("critic"), params.get("anchors") or ()
    assert critic is None or isinstance(critic, Mapping)
    assert isinstance(anchors, list | tuple)
    return Rules(
        request=Request.model_validate(params["request"]),
        takes=tuple(str(name) for name in takes),
        weights={**WEIGHTS, **given},
        accept=_number(params["accept"]),
        round=int(_number(params.get("round", 1))),
        rounds=int(_number(params.get("rounds", 1))),
        critic=critic,
        embedder=str(params.get("embedder") or ""),
        anchors=tuple(str(name) for name in anchors),
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
    return Score(take=take.name, total=total_of(findings, rules.weights), findings=tuple(findings))


def reach_verdict(rules: Rules, scores: list[Score], panel: Panel = Panel()) -> dict[str, Plain]:
    """Let the whole takes meet, circle the winner, and write down everything that led there."""
    ranked, matches = rank(rules, scores, panel.seer)
    scores = sorted(ranked, key=lambda score: rules.takes.index(score.take))
    best = ranked[0] if ranked and not ranked[0].broken else None
    accepted = best is not None and best.total >= rules.accept
    faults, edits = ([], []) if accepted else propose_all(best, scores, panel.seer)
    said = [criticise(best, ranked, rules, edits), *_decided(ranked, matches)]
    return {
        "rules": {
            "accept": rules.accept, "round": rules.round, "rounds": rules.rounds,
            "weights": dict(rules.weights),
        },
        "takes": {score.take: _written(score, rules.weights) for score in scores},
        "ranking": [score.take for score in ranked],
        "matches": [match.written() for match in matches],
        "scores": {score.take: score.total for score in scores},
        "thrown_out": {score.take: list(score.broken) for score in scores if score.broken},
        "circled": best.take if best else None,
        "accepted": accepted,
        "critic": panel.seer.written() if panel.seer else None,
        "notes": list(panel.notes),
        "critique": " ".join([*said, *_heard(panel, faults)]),
        "edits": [dict(edit) for edit in edits],
    }  # fmt: skip


def rank(rules: Rules, scores: list[Score], seer: Seer | None) -> tuple[list[Score], list[Match]]:
    """Score the takes on the same axes and rank the whole ones by knockout, the broken ones last.

    They are seeded by their totals; only the vision critic can let a lower one win.
    """
    levelled = level(scores, rules.weights)
    seeded = sorted(levelled, key=lambda s: (bool(s.broken), -s.total, rules.takes.index(s.take)))
    whole = [score for score in seeded if not score.broken]
    ranked, matches = knock_out(whole, partial(_meet, rules, seer))
    return ranked + seeded[len(whole) :], matches


def _meet(rules: Rules, seer: Seer | None, first: Score, second: Score) -> Match:
    """Let the critic decide between takes that measures hardly tell apart, or else the measures."""
    measured = by_measures(first, second, rules.weights)
    if seer is None or abs(first.total - second.total) > MARGIN:
        return measured
    if not (first.pictures and second.pictures):
        return measured
    opinion = seer.compare(first.pictures, second.pictures, names=(first.take, second.take))
    if opinion.better is None:
        return replace(measured, said=f"{measured.said}; the vision critic: {opinion.said}")
    winner, loser = (first, second) if opinion.better == 0 else (second, first)
    return Match(winner=winner, loser=loser, by="critic", said=opinion.said)


def _seen(scores: list[Score], rules: Rules, seer: Seer | None) -> list[Score]:
    """Add what the vision critic sees in the best few takes."""
    if seer is None:
        return scores
    whole = sorted((score for score in scores if not score.broken), key=lambda score: -score.total)
    looked_at = {score.take for score in whole[:MOST_LOOKED_AT]}
    seen = [
        _with_sight(score, seer, rules) if score.take in looked_at else replace(score, pictures=())
        for score in scores
    ]
    heard = {score.take for score in seen if any(_is_sight(f) for f in score.findings)}
    return seen if heard == looked_at else [_unheard(score, rules) for score in seen]


def _is_sight(finding: Finding) -> bool:
    return finding.axis == "vision" and finding.weighs


def _unheard(score: Score, rules: Rules) -> Score:
    """Let what the critic said of some takes and not of all count for none: silence never picks."""
    findings = tuple(
        replace(f, weighs=False, said=f"{f.said}; {NOT_OF_ALL}") if _is_sight(f) else f
        for f in score.findings
    )
    return replace(score, findings=findings, total=total_of(findings, rules.weights))


def _with_sight(score: Score, seer: Seer, rules: Rules) -> Score:
    finding = seer.look(score.take, score.pictures)
    if finding is None:
        return score
    findings = (*score.findings, finding)
    return replace(score, findings=findings, total=total_of(findings, rules.weights))


def propose_all(
    best: Score | None, scores: list[Score], seer: Seer | None
) -> tuple[list[str], list[Edit]]:
    """Return the faults that the critic names, and the edits of measures and critic, one of a kind.

    Measures speak first; where they only ask for other seeds, the critic's words come before.
    """
    measured = propose(best, scores)
    faults, wished = seer.critique(best.take, best.pictures) if seer and best else ([], [])
    edits = {str(edit["kind"]): edit for edit in (*wished, *measured)}
    edits |= {str(edit["kind"]): edit for edit in measured}
    return faults, sorted(edits.values(), key=lambda edit: edit["kind"] == "new_seeds")


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


def criticise(
    best: Score | None, ranked: Sequence[Score], rules: Rules, edits: Sequence[Edit]
) -> str:
    """Say the verdict of the measures in sentences."""
    said = [
        f"{score.take} is thrown out: {finding.said}."
        for score in ranked
        for finding in score.findings
        if finding.broken
    ]
    if best is None:
        said.append("No take is whole, so none is circled.")
    else:
        said.append(f"{best.take} is best at {best.total:.2f}; {rules.accept:.2f} was asked.")
        weak = _weak(best, rules)
        said += [f"{f.axis.capitalize()} {f.score:.2f}: {f.said}." for f in weak if f.score < GOOD]
        if weak and best.total < rules.accept and weak[0].score >= GOOD:
            said.append(f"Weakest is {weak[0].axis} at {weak[0].score:.2f}: {weak[0].said}.")
    if edits:
        said.append(f"Next: {', '.join(describe(edit) for edit in edits)}.")
    return " ".join(said)


def _decided(ranked: Sequence[Score], matches: Sequence[Match]) -> list[str]:
    """Say what decided the last match, in which the best two met, and why no higher total won."""
    if not matches:
        return []
    best = ranked[0]
    higher = [score for score in ranked if score.total > best.total]
    over = ", ".join(f"{score.take} at {score.total:.2f}" for score in higher)
    passed = [f"{best.take} is circled over {over}, as the vision critic prefers it."]
    return [f"Last match: {matches[-1].said}.", *(passed if higher else [])]


def _heard(panel: Panel, faults: Sequence[str]) -> list[str]:
    """Say what the vision critic named, and why it or the embedding model abstained."""
    notes = list(dict.fromkeys(panel.seer.notes)) if panel.seer else []
    return [
        *(f"The vision critic sees: {fault.rstrip('.')}." for fault in faults),
        *([f"The vision critic does not count: {'; '.join(notes)}."] if notes else []),
        *(f"Not asked: {note}." for note in panel.notes),
    ]


def _weak(score: Score, rules: Rules) -> list[Finding]:
    """List the findings that cost the take something, the worst first."""
    weighed = [f for f in score.findings if f.weighs and rules.weights.get(f.axis) and f.score < 1]
    return sorted(weighed, key=lambda f: f.score)


def _look(bench: Bench, rules: Rules, panel: Panel, name: str) -> Score:
    """Read one take and score it; a clip that cannot be read is thrown out, not fatal."""
    try:
        clip = read_clip(bench.path(f"clip.{name}"))
    except TaskError as fault:
        finding = Finding(axis="decodes", score=0.0, measured={}, said=fault.problem, broken=True)
        return Score(take=name, total=0.0, findings=(finding,))
    take = Take(
        name=name,
        clip=clip,
        focal_mm=rules.request.camera.focal_length,
        threads=max(1, int(bench.task.needs.cpu)),
        embed=panel.embed,
        anchors={c: read_clip(bench.path(f"anchor.{c}")) for c in rules.anchors},
    )
    score = score_take(take, rules)
    if panel.seer is None or score.broken:
        return score
    return replace(score, pictures=contact_frames(take, count=FRAMES, label=""))


def _written(score: Score, weights: Mapping[str, float]) -> dict[str, Plain]:
    return {
        "total": score.total,
        "broken": list(score.broken),
        "axes": {
            finding.axis: {
                "score": round(finding.score, 4),
                "weight": weights.get(finding.axis, 0.0) if finding.weighs else 0.0,
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

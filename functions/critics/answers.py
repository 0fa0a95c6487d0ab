"""What a vision critic's words are worth: an answer in the agreed shape, or none.

A model is asked about pictures and a prompt that others wrote, and either may speak to it. So its
answer must parse, fit the schema and repeat a code; and where the prompt, or what the model says
it has read in the frames, addresses the judge, the answer does not count.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from farm.digest import Plain
from farm.shots import revise
from farm.shots.request import Request
from farm.shots.revise import Edit
from functions.critics.eyes import Question, Silence

Words = Annotated[str, Field(max_length=400)]
Few = Annotated[list[Words], Field(max_length=6)]
MOST_EDITS = 3
MOST_LETTERS, MOST_TRIES = 40_000, 20
"""How much of an answer is read, and how many braces in it are tried for the beginning of one."""

FIT_WORDS = re.compile(r"[\w ,.'\u2019-]{3,80}")

_WHO = r"\b(you|judge|critic|reviewer|assistant|ai|model)\b"
_OUGHT = r"\b(must|should|shall|have to|please)\b"
_JUDGES = r"\b(choose|prefer|answer|pick|score|rate|say|reply|circle|vote)"
_THIS = r"\b(this (take|one|video|clip|image)|take \w|option \w|answer \w|[ab]\b)"
_SPEAKS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instruction|above|previous|prior|rule)",
        f"{_WHO}.{{0,40}}{_OUGHT}.{{0,60}}{_JUDGES}",
        rf"\b(choose|prefer|pick|select|vote for|circle|rate|score)\b.{{0,12}}{_THIS}",
        r"\b(answer|reply|respond|output)\b.{0,12}\b(with|only|yes|no|json|[ab]\b)",
        r"\b(system prompt|better[\"\u201d]?\s*:|happened[\"\u201d]?\s*:)",
    )
)


class Answer(BaseModel):
    """What every answer has: the code, and the writing that is seen in the frames."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    code: Annotated[str, Field(max_length=12)]
    text_seen: Annotated[str, Field(max_length=2000)]


class SeenStep(BaseModel):
    """Whether one step happened, and at which of the numbered frames it is seen."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    step: int
    happened: Literal["yes", "no", "unclear"]
    frame: int | None


class Look(Answer):
    """What is seen in one take."""

    steps: Annotated[list[SeenStep], Field(max_length=32)]
    faults: Few


class Choice(Answer):
    """Which of two takes is better."""

    better: Literal["A", "B", "neither"]
    because: Words


class Proposal(BaseModel):
    """One edit to the request; what a kind does not need is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    kind: Literal[
        "add_words", "replace_words", "slow_camera", "quicken_camera", "steady_camera",
        "change_exposure", "new_seeds",
    ]  # fmt: skip
    words: Annotated[str, Field(max_length=120)] = ""
    instead_of: Annotated[str, Field(max_length=120)] = ""
    stops: float = 0.0


class Critique(Answer):
    """What is wrong with a take, and what to change in the request."""

    faults: Few
    edits: Annotated[list[Proposal], Field(max_length=8)]


A = TypeVar("A", bound=Answer)


def schema_of(shape: type[BaseModel]) -> dict[str, Plain]:
    """Return the JSON schema of an answer, with everything required, as servers ask."""
    schema = shape.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
        part["required"] = list(part.get("properties", {}))
    return schema


def read(words: str, shape: type[A], question: Question) -> A:
    """Read an answer; raises Silence for all that is none."""
    wrong = "its answer is no JSON"
    for found in _objects(words):
        try:
            answer = shape.model_validate(found)
        except ValidationError as fault:
            row = fault.errors(include_url=False)[0]
            where = ".".join(str(step) for step in row["loc"]) or "it"
            wrong = f"its answer does not fit: {where}: {row['msg'].lower()}"
            continue
        if answer.code != question.code:
            raise Silence("its answer does not repeat the code: it did not read the question")
        if speaks_to_judge(answer.text_seen):
            raise Silence("writing in the frames speaks to the judge; its answer does not count")
        return answer
    raise Silence("it refuses to answer" if _refuses(words) else wrong)


def speaks_to_judge(text: str) -> bool:
    """Tell whether a text gives orders to whoever judges, in the ways that are known."""
    return any(pattern.search(text) for pattern in _SPEAKS)


def edits_of(critique: Critique, request: Request) -> list[Edit]:
    """Return the edits that are sound: known words, small steps, nothing addressed to anyone."""
    made = (_edit(proposal, request) for proposal in critique.edits)
    return [edit for edit in made if edit is not None][:MOST_EDITS]


def _edit(wish: Proposal, request: Request) -> Edit | None:
    fit = bool(FIT_WORDS.fullmatch(wish.words)) and not speaks_to_judge(wish.words)
    if wish.kind == "add_words":
        return revise.add_words(wish.words.strip(), because="vision") if fit else None
    if wish.kind == "replace_words":
        known = wish.instead_of.strip() and wish.instead_of.casefold() in request.prompt.casefold()
        sound = known and (fit or not wish.words)
        return (
            revise.replace_words(wish.instead_of, wish.words, because="vision") if sound else None
        )
    if wish.kind == "change_exposure":
        stops = round(min(max(wish.stops, -2.0), 2.0), 1)
        return revise.change_exposure(stops, because="vision") if stops else None
    return _PLAIN[wish.kind]


_PLAIN: dict[str, Edit] = {
    "slow_camera": revise.slow_camera(0.7, because="vision"),
    "quicken_camera": revise.quicken_camera(1.4, because="vision"),
    "steady_camera": revise.steady_camera(because="vision"),
    "new_seeds": revise.new_seeds(because="vision"),
}


def _objects(words: str) -> Iterator[object]:
    """Yield the JSON objects in an answer, after what it thought aloud; only so many are tried."""
    text = words[-MOST_LETTERS:].rpartition("</think>")[2]
    reader, at = json.JSONDecoder(), text.find("{")
    for _ in range(MOST_TRIES):
        if at < 0:
            return
        try:
            found, end = reader.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        yield found
        at = text.find("{", end)


def _refuses(words: str) -> bool:
    return bool(
        re.search(r"\b(i'?m sorry|i cannot|i can.?t|unable to|won.?t|not able to)\b", words.lower())
    )

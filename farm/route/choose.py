"""The reasoning loop: shoot, judge, revise, and circle one take; a person's pick always wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farm.digest import Plain
from farm.errors import TaskError
from farm.route.draft import draft
from farm.route.footage import Footage, Take
from farm.route.judge import Round, judge
from farm.route.setup import Setup
from farm.route.worth import another
from farm.shots.request import Request
from farm.shots.revise import revise


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Every take of a shot, every round, and the take that is circled; None waits for a person."""

    takes: Mapping[str, Take]
    rounds: tuple[Round, ...]
    circled: Take | None
    by: str

    @property
    def score(self) -> float:
        """Return the circled take's score in the last round that judged it."""
        if self.circled is None:
            return 0.0
        scores: dict[str, Plain] = {}
        for round_ in self.rounds:
            said = round_.outcome.facts.get("scores")
            scores |= said if isinstance(said, dict) else {}
        score = scores.get(self.circled.name)
        return float(score) if isinstance(score, int | float) else 0.0


async def choose(setup: Setup, *, after: Footage | None) -> Chosen:
    """Shoot and judge takes, round by round, until one is accepted; a person's pick always wins.

    The champion of a round defends its place in the next, whose takes are asked as the judge's
    typed edits say. Raises TaskError when every take is broken.
    """
    takes: dict[str, Take] = {}
    rounds: list[Round] = []
    request, champion = setup.request, None
    for number in range(1, setup.shot.judge.rounds + 1):
        call = _Call(setup=setup, number=number, request=request, after=after)
        last = await _hold_round(call, champion)
        rounds.append(last)
        takes |= {take.name: take for take in last.takes}
        champion = takes.get(last.circled or "")
        if last.outcome.facts["accepted"] or not last.edits:
            break
        request = revise(request, last.edits)
    return _choose(setup, takes, tuple(rounds), champion)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What a round is called for: its number, its request, and the footage that it goes on from."""

    setup: Setup
    number: int
    request: Request
    after: Footage | None

    async def shoot(self, numbers: Sequence[int]) -> list[Take]:
        return await draft(self.setup, self.request, numbers=numbers, after=self.after)


async def _hold_round(call: _Call, champion: Take | None) -> Round:
    """Shoot the least takes at once, then one by one up to the most while another is worth it.

    What is judged again stands in the round's last verdict, the only one that is kept.
    """
    setup, numbers = call.setup, numbers_of(call.setup, call.number)
    defender = [champion] if champion else []
    contenders = defender + await call.shoot(numbers[: setup.shot.takes.min])
    held = await judge(setup, number=call.number, contenders=contenders)
    for number in numbers[setup.shot.takes.min :]:
        if held.outcome.facts["accepted"] or not _worth_another(setup, held):
            break
        try:
            contenders = contenders + await call.shoot([number])
        except TaskError:
            continue  # a take beyond the least that fails is a take that was not shot
        held = await judge(setup, number=call.number, contenders=contenders)
    return held


def _worth_another(setup: Setup, held: Round) -> bool:
    scores = held.outcome.facts.get("scores")
    told = (
        [s for s in scores.values() if isinstance(s, int | float)]
        if isinstance(scores, Mapping)
        else []
    )
    return another(told, take_price=setup.seconds_to_draft, finish_price=setup.seconds_to_finish)


def numbers_of(setup: Setup, round_: int) -> range:
    """Count a round's takes on from where the round before it could have ended."""
    most = setup.shot.takes.max
    return range((round_ - 1) * most + 1, round_ * most + 1)


def _choose(
    setup: Setup, takes: Mapping[str, Take], rounds: tuple[Round, ...], champion: Take | None
) -> Chosen:
    pick = setup.doer.store.read_note(f"picks/{setup.shot_list.show}/{setup.name}")
    if isinstance(pick, dict):
        name = str(pick["take"])
        if name not in takes:
            hint = f"choose from {', '.join(takes)} with `farm circle {setup.name} TAKE`"
            raise TaskError(f"{setup.name}: a person circled {name}, which was not shot", hint=hint)
        return Chosen(takes=takes, rounds=rounds, circled=takes[name], by="human")
    if setup.shot.judge.choose == "human":
        return Chosen(takes=takes, rounds=rounds, circled=None, by="human")
    if champion is None:
        said = rounds[-1].outcome.facts.get("critique", "")
        hint = "change the prompt or the seed, or raise judge.rounds"
        raise TaskError(f"{setup.name}: every take is broken: {said}", hint=hint)
    return Chosen(takes=takes, rounds=rounds, circled=champion, by="judge")

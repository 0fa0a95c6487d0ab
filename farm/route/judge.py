"""Judgement: measure the takes, ask for better ones where none is good enough, circle one."""

from collections.abc import Mapping
from dataclasses import dataclass

from farm.digest import Plain
from farm.route.footage import Take
from farm.route.setup import Setup, megapixels, tools
from farm.task import Artifact, Outcome

VERSION = 5
"""Raise this when functions/judge.py or a critic changes its mind about the same takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of judgement: who stood in it, and what was said."""

    number: int
    takes: tuple[Take, ...]
    outcome: Outcome

    @property
    def edits(self) -> list[Mapping[str, Plain]]:
        """Return what the judge would change in the request for another round."""
        edits = self.outcome.facts["edits"]
        assert isinstance(edits, list | tuple)
        return [edit for edit in edits if isinstance(edit, Mapping)]

    @property
    def circled(self) -> str | None:
        """Name the take that won the round, if any did."""
        name = self.outcome.facts.get("circled")
        return name if isinstance(name, str) else None


async def judge(setup: Setup, *, number: int, contenders: list[Take]) -> Round:
    """Let the judge measure and rank the contenders of one round."""
    request = setup.request
    faces = await setup.faces.known(setup.shot) if setup.faces else {}
    inputs: dict[str, Artifact] = {
        **{f"clip.{take.name}": take.clip for take in contenders},
        **{f"anchor.{name}": clip for name, clip in faces.items()},
    }
    task = setup.task(
        "judge",
        version=VERSION,
        params={
            "request": request.model_dump(mode="json"),
            "takes": [take.name for take in contenders],
            "accept": setup.shot.judge.accept,
            "round": number,
            "rounds": setup.shot.judge.rounds,
            **setup.panel.params(),
            **({"anchors": list(faces)} if faces else {}),
        },
        inputs=inputs,
        engine=tools("numpy", "opencv-python-headless", "opencolorio"),
        megapixels=megapixels(request.size, request.frames * len(contenders)),
        part=f"r{number}",
        suppose={"circled": contenders[0].name, "accepted": True, "scores": {}, "edits": []},
    )
    outcome = await setup.doer.do(task)
    setup.doer.tell("verdict", outcome.facts, shot=setup.name, part=task.part, key=task.key)
    return Round(number=number, takes=tuple(contenders), outcome=outcome)

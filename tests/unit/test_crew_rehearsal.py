"""The plan is what the same route does with a crew that only supposes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from farm.crew.base import Doer
from farm.crew.clock import VirtualClock, run_virtually
from farm.crew.rehearsal import PlanRow, Rehearsal
from farm.crew.why import why
from farm.ledger import Ledger
from farm.task import Needs, Task
from tests.unit.crew_night import Night


def ask(stage: str, *, prompt: str = "a ball", part: str = "", **more: Any) -> Task:
    params = {"request": {"prompt": prompt, "size": [480, 270]}, "seed": part}
    needs = Needs(minutes=3)
    return Task(
        stage=stage, version=1, params=params, shot="sh010", part=part, needs=needs, usd=2, **more
    )


async def route(doer: Doer, *, prompt: str = "a ball") -> None:
    """Shoot two takes, judge them, and master the one that is circled."""
    drafts = [ask("draft", prompt=prompt, part=part) for part in ("t01", "t02")]
    one, two = await asyncio.gather(*map(doer.do, drafts))
    inputs = {"clip.t01": one.outputs["out"], "clip.t02": two.outputs["out"]}
    verdict = await doer.do(ask("judge", inputs=inputs, suppose={"circled": "t01"}))
    circled = one if verdict.facts.get("circled", "t01") == "t01" else two
    await doer.do(ask("master", inputs={"state": circled.outputs["out"]}, part="0-24"))


def plan(night: Night, ledger: Path | None = None, **more: Any) -> list[PlanRow]:
    doer = Rehearsal(store=night.store, ledger=ledger, clock=VirtualClock(), lanes=0)
    run_virtually(route(doer, **more))
    return doer.rows


def verdicts(rows: list[PlanRow]) -> Mapping[str, str]:
    return {f"{row.stage} {row.part}".strip(): row.verdict for row in rows}


def test_a_new_show_is_run_as_far_as_can_be_known() -> None:
    rows = plan(Night())
    assert verdicts(rows) == {
        "draft t01": "run",
        "draft t02": "run",
        "judge": "depends",
        "master 0-24": "depends",
    }
    assert [row.why for row in rows] == [
        "new",
        "new",
        "follows draft t01, draft t02",
        "follows draft t01",
    ]
    assert (rows[0].minutes, rows[0].usd) == (3, 2)


def test_what_was_made_is_reused_and_the_rest_follows_from_it() -> None:
    night = Night()
    night.run(route)
    assert set(verdicts(plan(night)).values()) == {"reuse"}
    assert [row.why for row in plan(night)] == [""] * 4


def test_a_plan_says_which_field_has_changed(tmp_path: Path) -> None:
    night = Night()
    ledger = tmp_path / "ledger.db"
    with Ledger(ledger) as writing:
        night.run(route)
        for event in night.events:
            writing.write(event)
    rows = plan(night, ledger, prompt="a cube")
    assert rows[0].why == 'prompt: "a ball" -> "a cube"'
    assert rows[0].verdict == "run"
    assert rows[2].verdict == "depends"


def test_a_rehearsal_asks_for_every_task_once() -> None:
    async def twice(doer: Doer) -> None:
        await asyncio.gather(route(doer), route(doer))

    doer = Rehearsal(store=Night().store, clock=VirtualClock(), lanes=0)
    run_virtually(twice(doer))
    assert len(doer.rows) == 4


def test_rows_come_shot_by_shot() -> None:
    async def show(doer: Doer) -> None:
        for part in ("t01", "t02"):
            for shot in ("sh020", "sh010"):
                await doer.do(
                    Task(stage="draft", version=1, params={"x": shot + part}, shot=shot, part=part)
                )

    doer = Rehearsal(store=Night().store, clock=VirtualClock(), lanes=0)
    run_virtually(show(doer))
    assert [(row.shot, row.part) for row in doer.rows] == [
        ("sh020", "t01"), ("sh020", "t02"), ("sh010", "t01"), ("sh010", "t02"),
    ]  # fmt: skip


def test_whys_are_named_and_short() -> None:
    old = {"params": {"a": [1, 2], "b": "x" * 99, "c": 2.0}, "engine": ["m", "1", "f"]}
    new = {"params": {"a": [1, 3], "b": "x", "c": 2, "d": None}, "engine": ["m", "2", "f"]}
    assert why(new, old) == (f'a[1]: 2 -> 3; b: "{"x" * 36}... -> "x"; d: added null; and 1 more')
    assert why(new, {**new, "engine": ["m", "1", "f"]}) == 'engine.revision: "1" -> "2"'
    assert why(new, None) == "new"
    assert why(new, new) == "asked before, but not finished, or no longer whole in the store"


def test_long_words_are_shown_from_where_they_part() -> None:
    old = "A red ball rolls into a sunlit courtyard and hits a stack of crates"
    new = old.replace("sunlit", "moonlit")
    assert why({"prompt": new}, {"prompt": old}) == (
        'prompt: "...olls into a sunlit courtyard and ... -> '
        '"...olls into a moonlit courtyard and...'
    )

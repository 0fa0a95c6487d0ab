"""A character's first shot sets its face, for the shots that show it again, and holds nobody up."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from farm.crew.clock import RealClock
from farm.crew.rehearsal import Rehearsal
from farm.crew.sim import MemoryStore
from farm.errors import TaskError
from farm.panel import Panel
from farm.route.shoot import ShotResult
from farm.route.show import Terms, shoot_show
from farm.shots.load import load_shot_list
from farm.task import Outcome, Task

LIST = """
show: q
characters: {hero: {description: a red robot}, dog: {description: a dog}}
defaults: {duration: 1s, takes: 2}
shots:
  - {shot: a, prompt: hero walks, characters: [hero]}
  - {shot: b, prompt: hero and dog run, characters: [hero, dog]}
  - {shot: c, prompt: dog sits, characters: [dog]}
  - {shot: d, prompt: hero stands, characters: [hero], continues: c}
delivery: {resolution: 480x270}
"""


class Watching(Rehearsal):
    """Remembers what the judge was asked, and lets a shot's drafts fail where told to."""

    fails = ""

    async def do(self, task: Task) -> Outcome:
        if task.stage == "draft" and task.shot == self.fails:
            raise TaskError("told to fail")
        if task.stage == "judge":
            self.judged[task.shot] = task
        return await super().do(task)


def shot_with(folder: Path, panel: Panel, *, fails: str = "", text: str = LIST):
    path = folder / "list.yaml"
    path.write_text(text)
    doer = Watching(store=MemoryStore(RealClock()))
    doer.fails, doer.judged = fails, {}
    terms = Terms(out=folder / "out", publish=False, until="judge")

    async def show() -> tuple[ShotResult, ...]:
        try:
            return await asyncio.wait_for(
                shoot_show(load_shot_list(path), doer, replace(terms, panel=panel)), timeout=30
            )
        finally:
            await doer.close()

    return asyncio.run(show()), doer.judged


def anchors(judged: dict[str, Task]) -> dict[str, list[str]]:
    named = {
        name: [key for key in t.inputs if key.startswith("anchor.")] for name, t in judged.items()
    }
    assert all(
        list(t.params.get("anchors", ())) == [k[7:] for k in named[n]] for n, t in judged.items()
    )
    return {name: [key.removeprefix("anchor.") for key in keys] for name, keys in named.items()}


def test_each_shot_is_held_against_the_first_that_shows_its_characters(tmp_path: Path) -> None:
    results, judged = shot_with(tmp_path, Panel(embedder="clip"))
    assert {result.state for result in results} == {"done"}
    assert anchors(judged) == {"a": [], "b": ["hero"], "c": ["dog"], "d": ["hero"]}
    assert judged["b"].inputs["anchor.hero"] == judged["a"].inputs["clip.t01"]


def test_without_an_embedding_model_no_shot_waits_for_another(tmp_path: Path) -> None:
    _, judged = shot_with(tmp_path, Panel())
    assert not any(anchors(judged).values())
    assert not any("anchors" in task.params for task in judged.values())


def test_a_first_shot_that_fails_holds_nobody_up(tmp_path: Path) -> None:
    results, judged = shot_with(tmp_path, Panel(embedder="clip"), fails="a")
    assert {result.shot: result.state for result in results}["a"] == "failed"
    assert anchors(judged) == {"b": [], "c": ["dog"], "d": []}


def test_a_first_shot_that_waits_for_a_person_holds_nobody_up(tmp_path: Path) -> None:
    text = LIST.replace("characters: [hero]}", "characters: [hero], judge: {choose: human}}", 1)
    results, judged = shot_with(tmp_path, Panel(embedder="clip"), text=text)
    assert {result.shot: result.state for result in results}["a"] == "waiting"
    assert anchors(judged)["b"] == []


@pytest.mark.parametrize("first", ["c", "d"])
def test_a_shot_that_continues_another_sets_no_face(tmp_path: Path, first: str) -> None:
    """Listed before what it continues: it would wait for itself."""
    lines = LIST.splitlines()
    rows = {line.split("shot: ")[1][0]: line for line in lines if "shot: " in line}
    order = [rows["d"], rows["c"], rows["a"], rows["b"]]
    text = "\n".join(line for line in lines if "shot: " not in line)
    text = text.replace("shots:", "shots:\n" + "\n".join(order))
    results, judged = shot_with(tmp_path, Panel(embedder="clip"), text=text)
    assert {result.state for result in results} == {"done"}
    assert anchors(judged)[first] == {"c": [], "d": ["hero"]}[first]

"""The story that the ledger's events tell."""

from farm.ledger import Event, read_events
from farm.report.story import Story, tell
from tests.unit.told_show import told_show


def story_of(tmp_path) -> Story:
    told = told_show(tmp_path)
    names = [shot.shot for shot in told.shot_list.shots]
    return tell(read_events(told.settings.ledger), show="told", shots=names)


def test_every_shot_of_the_list_is_told_of_in_its_order(tmp_path):
    story = story_of(tmp_path)
    states = {name: tale.state for name, tale in story.shots.items()}
    assert list(states.items()) == [("sh010", "delivered"), ("sh020", "failed"), ("sh030", "new")]


def test_money_and_time_add_up(tmp_path):
    story = story_of(tmp_path)
    assert (story.made, story.reused, story.failed, story.usd) == (4, 1, 1, 2.0)
    assert story.shots["sh010"].spent_seconds == 66.0


def test_a_shot_knows_its_takes_scores_and_circle(tmp_path):
    tale = story_of(tmp_path).shots["sh010"]
    assert tale.takes == ["t01", "t02"]
    assert tale.scores == {"t01": 0.52, "t02": 0.84}
    assert (tale.circled, tale.version, tale.folder) == ("t02", "v001", "/out/told/sh010/v001")


def test_another_run_tells_the_shot_anew_and_remembers_what_was_spent(tmp_path):
    story = story_of(tmp_path)
    story.hear(Event(at=2e9, kind="run_started", body={"show": "told"}, run="night-2"))
    reused = Event(
        at=2e9, kind="reused", shot="sh010", stage="draft", part="t01", key="d1" * 32, run="night-2"
    )
    story.hear(reused)
    tale = story.shots["sh010"]
    assert (tale.state, tale.takes, tale.spent_usd) == ("running", ["t01"], 2.0)
    assert (story.runs, story.made, story.reused) == (2, 0, 1)


def test_other_shows_in_the_same_ledger_are_left_out(tmp_path):
    told = told_show(tmp_path)
    assert tell(read_events(told.settings.ledger), show="another").shots == {}


def test_the_end_of_a_run_says_what_became_of_every_shot():
    story = Story("night")
    rows = [{"shot": "sh1", "variant": "tonic", "state": "waiting", "problem": "circle one"}]
    story.hear(Event(at=1, kind="run_ended", body={"shots": rows}))
    tale = story.shots["tonic/sh1"]
    assert (story.ended, tale.state, tale.problem) == (True, "waiting", "circle one")

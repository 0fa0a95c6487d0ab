"""Every verb, called as a person calls it."""

import json
from pathlib import Path

import pytest

import farm.cli
from farm.report.summary import Summary
from farm.route.shoot import ShotResult
from tests.unit.told_show import told_show

GOOD = "show: night\nshots:\n  - {shot: sh010, prompt: A ball rolls, duration: 1s}\n"
WRONG = "show: night\nshots:\n  - {shot: sh010, promt: A ball rolls, duration: 5}\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("FARM_STORE", "FARM_OUT", "FARM_EXECUTOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def told(tmp_path):
    return told_show(tmp_path)


@pytest.fixture
def farm_says(capsys):
    """Run a command; return its exit code, stdout and stderr."""

    def say(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            farm.cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return say


def written(text: str, name: str = "night.yaml") -> Path:
    Path(name).write_text(text)
    return Path(name)


def test_init_writes_a_list_that_is_good_and_touches_nothing_that_is_there(farm_says):
    assert farm_says("init", "show")[0] == 0
    assert farm_says("check", "show/shots.yaml")[:2] == (
        0,
        "show/shots.yaml: good: 2 shots, 6 takes in the first round\n",
    )
    before = Path("show/shots.yaml").read_bytes()
    code, _, err = farm_says("init", "show")
    assert (code, "is there already" in err) == (2, True)
    assert Path("show/shots.yaml").read_bytes() == before


def test_check_says_every_fault_with_its_place_and_ends_with_2(farm_says):
    code, out, err = farm_says("check", written(WRONG))
    assert (code, out) == (2, "")
    assert "night.yaml:3:" in err
    assert "did you mean prompt?" in err
    assert "duration" in err


def test_check_gives_programs_the_faults_as_values(farm_says):
    code, out, _ = farm_says("check", written(WRONG), "--json")
    said = json.loads(out)
    assert (code, said["ok"]) == (2, False)
    assert {"file", "line", "column", "path", "problem", "hint"} == set(said["faults"][0])
    assert json.loads(farm_says("check", written(GOOD), "--json")[1]) == {
        "ok": True, "faults": [], "weights": [],
    }  # fmt: skip


def test_check_refuses_what_a_model_cannot_make_and_says_who_could(farm_says):
    marked = GOOD.replace(
        "1s}", "1s, annotations: [{frame: 1001, gaze: [[0.1, 0.1], [0.5, 0.5]]}]}"
    )
    code, _, err = farm_says("check", written(marked))
    assert (code, "previz cannot do gaze annotations" in err) == (2, True)


def test_plan_makes_nothing_and_says_what_would_be_made(farm_says, tmp_path):
    code, out, _ = farm_says("plan", written(GOOD), "--set", "defaults.takes=2")
    assert code == 0
    assert "draft    t01 t02" in out
    assert "run: new" in out
    assert out.splitlines()[-1].startswith("1 shot: 0 tasks reused, 2 to run,")
    assert [path.name for path in tmp_path.iterdir()] == ["night.yaml"]


def test_plan_for_programs_has_a_row_for_every_task(farm_says):
    code, out, _ = farm_says("plan", written(GOOD), "--json", "--until", "judge")
    said = json.loads(out)
    assert code == 0
    assert [row["stage"] for row in said["tasks"]][:4] == ["draft"] * 4
    assert said["run"] == 4
    assert said["usd"] == 0


def test_a_shot_that_is_not_in_the_list_is_refused(farm_says):
    code, _, err = farm_says("plan", written(GOOD), "--only", "sh011")
    assert (code, "did you mean 'sh010'?" in err) == (2, True)


def test_where_nothing_can_be_delivered_nothing_is_started(farm_says, tmp_path):
    in_the_way = written("a letter", "renders")
    code, out, err = farm_says("render", written(GOOD), "--executor", "local")
    assert (code, out) == (2, "")
    assert f"nothing can be delivered into {tmp_path / in_the_way}" in err
    assert "--out" in err
    assert not Path(".farm/cas").exists()
    assert in_the_way.read_text() == "a letter"


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["plan"],
        ["plan", "x.yaml", "--until", "noon"],
        ["render", "x.yaml", "--fast"],
    ],
)
def test_a_wrong_command_ends_with_2_and_without_a_trace(farm_says, words):
    code, _, err = farm_says(*words)
    assert code == 2
    assert "Traceback" not in err


def test_a_setting_without_a_value_is_refused(farm_says):
    code, _, err = farm_says("check", written(GOOD), "--set", "defaults.takes")
    assert (code, "FIELD=VALUE" in err) == (2, True)


def test_a_fault_of_the_farm_itself_shows_no_trace_unless_asked(farm_says, monkeypatch):
    monkeypatch.setattr("farm.cards.load_cards", lambda: 1 / 0)
    code, _, err = farm_says("models")
    assert (code, "--debug" in err, "Traceback" in err) == (70, True, False)
    assert "Traceback" in farm_says("models", "--debug")[2]


def ended(state: str, code: int, **told: object) -> Summary:
    """Make the summary of a run with one shot."""
    shot = ShotResult(shot="sh010", variant="", state=state, **told)
    return Summary(
        shots=(shot,), takes=4, tasks_made=6, tasks_reused=0, tasks_failed=0, usd=1.5, seconds=75.0,
        exit_code=code,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("summary", "out", "err"),
    [
        (ended("delivered", 0, take="t02", score=0.8, version="v001", folder=Path("/out")),
         "sh010  t02  0.80  v001  /out\n", ""),
        (ended("failed", 1, problem="it jammed", hint="oil it"),
         "", "sh010: failed: it jammed\n  hint: oil it\n"),
        (ended("stopped", 3, problem="no money"), "", "sh010: stopped: no money\n"),
        (ended("waiting", 4), "", "sh010: waits for you: farm circle night.yaml sh010 TAKE\n"),
    ],
)  # fmt: skip
def test_render_ends_as_the_run_did(farm_says, monkeypatch, summary, out, err):
    monkeypatch.setattr("farm.run.render", lambda *_, **__: summary)
    line = "1 shot, 4 takes, 6 tasks made, 0 reused, 0 failed, $1.50, 1m15s\n"
    assert farm_says("render", written(GOOD)) == (summary.exit_code, out + line, err)
    code, said, _ = farm_says("render", written(GOOD), "--json")
    assert (code, json.loads(said)["exit_code"]) == (summary.exit_code, summary.exit_code)


def test_an_interrupted_render_ends_with_130_and_says_how_to_go_on(farm_says, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("farm.run.render", interrupt)
    code, _, err = farm_says("render", written(GOOD))
    assert (code, "the same command goes on from there" in err) == (130, True)


def test_a_terminal_is_asked_before_money_is_spent(farm_says, monkeypatch):
    monkeypatch.setattr("farm.cli.render._terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    Path("farm.toml").write_text("usd_per_hour = 1000\n")
    code, _, err = farm_says("render", written(GOOD))
    assert (code, "nothing was made" in err) == (3, True)


def test_status_tells_every_shot(told, farm_says):
    code, out, _ = farm_says("status", told.path)
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:4]] == [
        ["sh010", "delivered"],
        ["sh020", "failed"],
        ["sh030", "new"],
    ]
    said = json.loads(farm_says("status", told.path, "--json")[1])
    assert (said["tasks_made"], said["tasks_failed"], said["shots"][0]["circled"]) == (4, 1, "t02")


def test_status_of_a_list_that_was_never_run_says_so(farm_says):
    code, out, _ = farm_says("status", written(GOOD))
    assert code == 0
    assert "nothing was run yet" in out


def test_takes_shows_scores_on_every_axis_and_the_critique(told, farm_says):
    code, out, _ = farm_says("takes", told.path, "sh010")
    assert code == 0
    assert out.splitlines()[0].split() == ["take", "score", "camera", "motion"]
    assert "circled by the judge" in out.splitlines()[2]
    assert "not understood: lantern" in out
    said = json.loads(farm_says("takes", told.path, "sh010", "--json")[1])
    assert said["takes"][0]["axes"]["camera"]["score"] == 0.91
    assert said["takes"][0]["seed"] == "77"


def test_circle_remembers_a_person_s_pick_and_takes_it_back(told, farm_says):
    assert farm_says("circle", told.path, "sh010", "t01", "--why", "the light")[0] == 0
    said = json.loads(farm_says("takes", told.path, "sh010", "--json")[1])
    assert (said["circled"], said["chosen_by"] != "the judge") == ("t01", True)
    assert said["chosen_why"] == "the light"
    code, out, err = farm_says("takes", told.path, "sh010")
    assert (code, err) == (0, "")
    assert f"t01 is circled by {said['chosen_by']}: the light" in out
    page = told.path.parent / "why.html"
    assert farm_says("report", told.path, "--page", page)[0] == 0
    assert ": the light</p>" in page.read_text()
    assert farm_says("circle", told.path, "sh010", "--clear")[0] == 0
    said = json.loads(farm_says("takes", told.path, "sh010", "--json")[1])
    assert (said["circled"], said["chosen_by"]) == ("t02", "the judge")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sh010", "t12"], "no take named 't12'"),
        (["sh011", "t01"], "no shot named 'sh011'"),
        (["sh030", "t01"], "no takes yet"),
        (["sh010"], "--clear"),
        (["sh020", "t01"], "no take named 't01'"),
    ],
)
def test_circle_refuses_what_was_not_shot(told, farm_says, words, said):
    code, _, err = farm_says("circle", told.path, *words)
    assert (code, said in err) == (2, True)


def test_report_writes_a_page_and_xml(told, farm_says, tmp_path):
    code, out, _ = farm_says("report", told.path, "--junit", "out/junit.xml")
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "renders/told_report.html"), "out/junit.xml"]
    assert b"testsuite" in Path("out/junit.xml").read_bytes()
    assert b"<!doctype html>" in Path("renders/told_report.html").read_bytes()


def test_verify_of_a_folder_without_deliveries_says_so(farm_says, tmp_path):
    code, _, err = farm_says("verify", tmp_path)
    assert (code, "there is no delivery" in err) == (1, True)


def test_models_lists_the_cards(farm_says):
    lines = farm_says("models")[1].splitlines()
    assert "previz  The embedded previsualisation renderer" in lines
    assert json.loads(farm_says("models", "--json")[1])["previz"]["family"] == "previz"


def test_schema_is_a_json_schema(farm_says):
    assert json.loads(farm_says("schema")[1])["type"] == "object"


def test_gc_says_what_would_go(told, farm_says, tmp_path):
    code, out, _ = farm_says("gc", "--store", tmp_path / ".farm", "--dry-run")
    assert (code, "would be freed" in out) == (0, True)


def test_doctor_finds_this_machine_well_and_leaves_nothing_behind(farm_says, tmp_path):
    code, out, _ = farm_says("doctor", "--executor", "local", "--json")
    found = {each["name"]: each["ok"] for each in json.loads(out)}
    assert (code, found["store"], found["exr"], found["executor"]) == (0, True, True, True)
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_told(farm_says):
    assert farm_says("--version")[1].startswith("farm ")


def test_a_fault_of_the_farms_own_is_named_by_its_cause_and_not_by_its_group(
    farm_says, monkeypatch
):
    def fails(*_: object, **__: object) -> None:
        raise ExceptionGroup("several", [ExceptionGroup("more", [KeyError("the cause")])])

    monkeypatch.setattr("farm.run.rehearse", fails)
    code, _, err = farm_says("plan", written(GOOD))
    assert (code, "KeyError: 'the cause'" in err, "--debug" in err) == (70, True, True)
